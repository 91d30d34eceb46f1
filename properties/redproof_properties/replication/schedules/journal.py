"""What is recorded of a failover that a property plays: each write with its times and offset, and each promotion."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from redproof_model.loss.account import Entry, account, is_sound
from redproof_model.loss.record import FOREVER_MS, Branch, Outcome, Record, Write
from redproof_model.reply import Error, Reply

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.replication.schedules.play import Play

VALUES: Final = "values"
"""The list to which each write appends a value of its own."""

WAIT_MS: Final = 10_000


class Journal:
    """Writes to the nodes of a play, and keeps what the account of losses needs; use it with `with`.

    The harness is a replica of the node that is observed, and takes the offset of each write from its stream.
    """

    def __init__(self, play: Play, master: str) -> None:
        self._play = play
        self._replicas = len(play.deployment.names) - 1
        self._writes: dict[bytes, Write] = {}
        self._branches = [Branch(node=master, replid=play.info(master).master_replid)]
        self._replids = dict.fromkeys(play.deployment.names, self._branches[0].replid)
        self._links: dict[str, ReplicaLink] = {}
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    # ---- writes

    def write(self, node: str, count: int) -> None:
        """Let a client of a node write, a value after the other, each with its reply."""
        for value in self._new_values(node, count):
            invoked_ms = _now_ms()
            reply = self._play.call(node, "RPUSH", VALUES, value)
            outcome = Outcome.FAILED if isinstance(reply, Error) else Outcome.OK
            self._keep(node, value, invoked_ms, outcome, _now_ms())

    def send(self, node: str, count: int) -> None:
        """Let another client of a node send writes, and read no reply to any."""
        client = self._cleanup.enter_context(self._play.deployment.targets[node].connect())
        for value in self._new_values(node, count):
            self._keep(node, value, _now_ms(), Outcome.UNKNOWN)
            client.send(encode_command([b"RPUSH", VALUES.encode(), value.encode()]))

    def confirm(self, node: str, replicas: int) -> int:
        """Let the client of a node that wrote wait for its replicas, and give how many have all its writes."""
        reply = self._play.call(node, "WAIT", replicas, WAIT_MS)
        if not isinstance(reply, int):
            raise TargetError(f"{node}: WAIT was answered with {reply!r}")
        for value, write in self._writes.items():
            if write.client == node and write.outcome is Outcome.OK:
                self._writes[value] = replace(write, confirmed_replicas=max(reply, write.confirmed_replicas))
        return reply

    def observe(self, node: str) -> None:
        """Read what a node has propagated by now; the first time says from when on it is read."""
        control = self._play.deployment.control(node)
        if node not in self._links:
            link = ReplicaLink(self._play.deployment.targets[node].connect())
            self._links[node] = self._cleanup.enter_context(link)
            link.synchronise(control)
        for command in self._links[node].catch_up(control):
            if command.name == b"RPUSH":
                write = self._writes[command.argv[2]]
                place = (self._links[node].replid,)
                self._writes[write.value] = replace(write, replids=place, offset_bytes=command.end_offset)

    # ---- roles

    def promote(self, node: str) -> Branch:
        """Promote a node, and give the history that it begins."""
        self._play.suffer("promote", node)
        told = self._play.info(node)
        known = {branch.replid for branch in self._branches}
        self._play.require(told.master_replid2 in known, "the former id after a promotion", told)
        return self._begin(node, told.master_replid, told.master_replid2, told.second_repl_offset - 1)

    def come_back(self, node: str, offset_bytes: int) -> None:
        """Start a node that was killed as the master that it was, with the data that it had saved at an offset."""
        self._links.pop(node).close()
        former = self._replids[node]
        self._play.suffer("restart", node, 1)
        self._begin(node, self._play.info(node).master_replid, former, offset_bytes)

    def _begin(self, node: str, replid: str, former: str, offset_bytes: int) -> Branch:
        branch = Branch(node=node, replid=replid, former=former, offset_bytes=offset_bytes, at_ms=_now_ms())
        self._branches.append(branch)
        self._replids[node] = replid
        return branch

    # ---- the end

    def found(self, node: str) -> tuple[bytes, ...]:
        """The values that a node holds."""
        reply = self._play.call(node, "LRANGE", VALUES, 0, -1)
        if not isinstance(reply, list):
            raise TargetError(f"{node}: LRANGE was answered with {reply!r}")
        return tuple(map(_value, reply))

    def account(self, master: str) -> list[Entry]:
        """The account of all writes, where all agree on a master."""
        record = Record(
            writes=tuple(self._writes.values()),
            branches=tuple(self._branches),
            agreed=self._replids[master],
            found=self.found(master),
            replicas=self._replicas,
        )
        return account(record)

    def require_sound(self, master: str) -> list[Entry]:
        """Claim that each acknowledged write that is gone is explained, and that nothing is there that should not be.

        Raises DivergenceError when it is not so, with all that is not explained.
        """
        entries = self.account(master)
        wrong = [str(entry) for entry in entries if not is_sound([entry])]
        self._play.require(not wrong, "each acknowledged write that is gone was lost by design", "; ".join(wrong))
        return entries

    def _new_values(self, node: str, count: int) -> list[str]:
        first = len(self._writes)
        return [f"{node}{number}" for number in range(first, first + count)]

    def _keep(
        self, node: str, value: str, invoked_ms: float, outcome: Outcome, returned_ms: float = FOREVER_MS
    ) -> None:
        self._writes[value.encode()] = Write(
            client=node,
            value=value.encode(),
            invoked_ms=invoked_ms,
            returned_ms=returned_ms,
            outcome=outcome,
            replids=(self._replids[node],),
        )


def _now_ms() -> float:
    return time.monotonic() * 1000


def _value(reply: Reply) -> bytes:
    if not isinstance(reply, bytes):
        raise TargetError(f"a value of a list is {reply!r}")
    return reply
