"""How far a sentinel has come in elections and failovers, by what it has published.

Source: `sentinel.c` (sentinelStartFailover takes the next epoch and publishes it, then `+try-failover`;
sentinelVoteLeader; sentinelFailoverWaitStart, sentinelFailoverSelectSlave, sentinelRefreshInstanceInfo what follows;
sentinelAbortFailover, and sentinelResetMasterAndChangeAddress its end).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from redproof_properties.failover.traces.hearing import Heard

NO_FAILOVER: Final = 0
"""The epoch of a failover that there is not."""


@dataclass(slots=True)
class Standing:
    """A sentinel: the epoch of its failover, and the address of the replica that it has `selected` for it.

    `votes` are the run IDs for which it has voted, and `led` the epochs in which it was elected.
    """

    failover_epoch: int = NO_FAILOVER
    selected: tuple[str, int] | None = None
    has_promoted: bool = False
    votes: dict[int, str] = field(default_factory=dict)
    led: set[int] = field(default_factory=set)
    _epoch: int = 0

    def hear(self, heard: Heard) -> None:
        """Take what the sentinel has published next."""
        match heard.event, heard.text.split():
            case "+new-epoch", [epoch]:
                self._epoch = int(epoch)
            case "+vote-for-leader", [run_id, epoch]:
                self.votes[int(epoch)] = run_id
            case "+try-failover", _:
                self.failover_epoch = self._epoch
            case "+elected-leader", _:
                self.led.add(self.failover_epoch)
            case "+selected-slave", [_, _, host, port, *_]:
                self.selected = host, int(port)
            case "+promoted-slave", _:
                self.has_promoted = True
            case "+switch-master", _:
                self._end()
            case event, _ if event.startswith("-failover-abort"):
                self._end()

    def _end(self) -> None:
        self.failover_epoch, self.selected, self.has_promoted = NO_FAILOVER, None, False
