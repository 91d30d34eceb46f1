"""A group whose sentinels hear only what a trace lets them hear: of servers, and of each other.

Whoever asks has opened the link, so that a gate holds what one sentinel asks another and the answers, and lets go what
the other asks. A server is linked to one sentinel at a time, since sentinels tell each other by publishing there, too.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations, product
from typing import Final, Self

from redproof_model.reply import OK

from redproof_properties.errors import TargetError, TargetSilent
from redproof_properties.failover.group import Group
from redproof_properties.failover.traces.asking import Asking, NotFollowed
from redproof_properties.failover.traces.hearing import Heard, Hearing
from redproof_properties.failover.traces.standing import Standing
from redproof_properties.failover.views import pairs
from redproof_properties.targets.process import ProcessTarget

SLOWLY_MS: Final = 400
"""How long a message takes that is to be stopped on its way once it is known to have been sent."""

SOON_MS: Final = 1_000
LONG_MS: Final = 60_000
"""Times of a sentinel: to begin soon after it has voted for another, and to give up nothing while a trace is played."""

_TIMES: Final = ("election-timeout", "slave-reconf-timeout", "min-link-reconnect-period", "tilt-trigger")
"""After such times a sentinel gives up something that takes longer here."""

QUORUM: Final = 2
OUT_OF_REACH: Final = 4
"""The quorum of a sentinel that may begin a failover, and that of one that is to begin none."""

_SHOWN: Final = 6
_SAVED: Final = re.compile(r"^sentinel (current-epoch|leader-epoch \S+) (\d+)$", re.MULTILINE)


class SentinelStage(Asking):
    """A running group, of which nothing passes from and to sentinels unless it is let; use it with `with`.

    Sentinels go by their numbers, servers as well.
    """

    def __init__(self, group: Group) -> None:
        super().__init__(group, group.servers)
        self.sentinels: Sequence[str] = group.sentinels
        self._standings = [Standing() for _ in group.sentinels]
        self._heard: deque[Heard] = deque(maxlen=_SHOWN)
        self._hearing = Hearing(group, "*")

    def __enter__(self) -> Self:
        for name in self.sentinels:
            for time in _TIMES:
                # Redis 6 has no such command, and gives up earlier.
                self._control(name).call("SENTINEL", "DEBUG", time, LONG_MS)
        for one, other in permutations(self.sentinels, 2):
            self._shut(one, other)
        for sentinel, server in product(self.sentinels, self.names):
            self._shut(sentinel, server)
        for number, name in enumerate(self.sentinels):
            self._await(partial(self.misses, number), f"{name} to miss the master")
        return self

    def close(self) -> None:
        """Close the connections."""
        self._hearing.close()
        super().close()

    def last(self) -> str:
        """What sentinels published last, for people."""
        return "; ".join(f"{each.sentinel} {each.event} {each.text}" for each in self._heard)

    # ---- what is let

    def tell(self, sentinel: int, other: int, delay_ms: int = 0) -> None:
        """Let a sentinel ask another, and tell it what it knows; each way takes so long."""
        self._open(self.sentinels[sentinel], self.sentinels[other], delay_ms)

    def silence(self, sentinel: int, other: int) -> None:
        """Let a sentinel not reach another any more: what is on its way, there or back, waits."""
        self._shut(self.sentinels[sentinel], self.sentinels[other])

    def drop(self, sentinel: int, other: int) -> None:
        """Lose what is on its way from a sentinel to another, or back; it connects again."""
        self.group.gates[self.sentinels[other]].cut_from(self._process(self.sentinels[sentinel]).host)

    def link(self, sentinel: int, server: int, delay_ms: int = 0) -> None:
        """Let a sentinel reach a server; each way takes so long."""
        self._open(self.sentinels[sentinel], self.names[server], delay_ms)

    def unlink(self, sentinel: int, server: int) -> None:
        """Let a sentinel not reach a server any more."""
        self._shut(self.sentinels[sentinel], self.names[server])

    def set(self, sentinel: int, option: str, value: int) -> None:
        """Give a sentinel another value of an option; raises `TargetError` where it is refused."""
        name = self.group.plan.settings.master_name
        reply = self._control(self.sentinels[sentinel]).call("SENTINEL", "SET", name, option, value)
        if reply != OK:
            raise TargetError(f"{self.sentinels[sentinel]}: SENTINEL SET {option} was answered with {reply!r}")

    def begin(self, sentinel: int, other: int, *, stops: bool) -> None:
        """Let a sentinel hear from another that it misses the master, too, and begin a failover.

        What it asks at once arrives, and the link is left open; or it `stops` on its way.
        """
        self.set(sentinel, "quorum", QUORUM)
        has_voted = bool(self.standing(sentinel).votes)
        if has_voted:
            self.set(sentinel, "failover-timeout", SOON_MS)
        self.tell(sentinel, other, SLOWLY_MS if stops else 0)
        self.until(lambda: bool(self.standing(sentinel).failover_epoch), f"sentinel {sentinel} to begin a failover")
        if stops:
            self.silence(sentinel, other)
        if has_voted:
            self.set(sentinel, "failover-timeout", LONG_MS)

    def reach(self, sentinel: int, server: int) -> None:
        """Let a sentinel find a replica, which then is not told soon what it sends."""
        self.link(sentinel, server)
        self.until(lambda: self.finds(sentinel, server), f"sentinel {sentinel} to find server {server}")
        self.link(sentinel, server, SLOWLY_MS)

    def let_select(self, sentinel: int, server: int) -> None:
        """Wait until a leader has selected a replica that it reaches, and stop what it sends to that."""
        self.until(lambda: self.standing(sentinel).selected is not None, f"sentinel {sentinel} to select a replica")
        self.unlink(sentinel, server)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something is so; raises `NotFollowed` where it does not come to be."""
        try:
            self._await(holds, what)
        except TargetSilent as silent:
            raise NotFollowed(str(silent)) from silent

    # ---- what is seen

    def standing(self, sentinel: int) -> Standing:
        """How far a sentinel has come, by what it has published until now."""
        for heard in self._hearing.take():
            self._heard.append(heard)
            self._standings[self.sentinels.index(heard.sentinel)].hear(heard)
        return self._standings[sentinel]

    def misses(self, sentinel: int) -> bool:
        """Whether a sentinel takes the master that it knows for down."""
        return "s_down" in self._view(self.sentinels[sentinel]).flags

    def finds(self, sentinel: int, server: int) -> bool:
        """Whether a sentinel reaches a replica, and knows what it is like."""
        return any(
            self.number_at(each.host, each.port) == server and each.flags == "slave" and each.run_id
            for each in self._view(self.sentinels[sentinel]).replicas
        )

    def configuration(self, sentinel: int) -> tuple[int, int]:
        """The configuration epoch of a sentinel, and the master in its table: the old one until a failover is over."""
        name = self.group.plan.settings.master_name
        told = pairs(self._control(self.sentinels[sentinel]).call("SENTINEL", "MASTER", name))
        return int(told["config-epoch"]), self.number_at(told["ip"], int(told["port"]))

    def saved_epochs(self, sentinel: int) -> tuple[int, int]:
        """The epoch that a sentinel is in, and that of its last vote, as it has saved them."""
        folder = self._process(self.sentinels[sentinel]).place.folder
        text = (folder / "sentinel.conf").read_text()
        saved = {words.split()[0]: int(epoch) for words, epoch in _SAVED.findall(text)}
        return saved.get("current-epoch", 0), saved.get("leader-epoch", 0)

    # ---- links

    def _open(self, source: str, to: str, delay_ms: int) -> None:
        host = self._process(source).host
        self.group.gates[to].delay_from(host, delay_ms)
        self.group.gates[to].release_from(host)

    def _shut(self, source: str, to: str) -> None:
        self.group.gates[to].hold_from(self._process(source).host)

    def _process(self, name: str) -> ProcessTarget:
        target = self.group.targets[name]
        assert isinstance(target, ProcessTarget)
        return target
