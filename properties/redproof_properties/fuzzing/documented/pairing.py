"""Two servers side by side: the same histories, and every reply of one held to that of the other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from redproof_model.reply import Reply

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import UNANSWERED, Divergence, found, unanswered
from redproof_properties.encoding import encode_command
from redproof_properties.fuzzing.documented.normal import Normal
from redproof_properties.history import FIRST_CLIENT, Call, History
from redproof_properties.replication.data.dataset import UNREPLICATED, read_dataset
from redproof_properties.replication.data.differences import differences
from redproof_properties.seen import SeenReplies
from redproof_properties.sending import pipelined
from redproof_properties.targets import Connection, Target

REPLIES: Final = "replies of two servers"
"""The kind of a divergence of which only the two servers tell; what is expected is what the first one answers."""

DATA: Final = "data of two servers"
_EXPIRY_SLACK_MS: Final = 1_000
_EMPTY: Final = ((b"FUNCTION", b"FLUSH"), (b"SCRIPT", b"FLUSH"), (b"FLUSHALL",))


class Pair:
    """Runs histories of one client on two targets; a history ends with the first reply that differs, or their data.

    What earlier replies told stands in later commands as the first server told it, on both. `without` are fields of
    XINFO STREAM FULL that the two versions do not share.
    """

    def __init__(self, left: Target, right: Target, normal: Normal, comparison: Comparison) -> None:
        self.commands_judged = 0
        self._targets = left, right
        self._normal = normal
        self._comparison = comparison
        self._without: Collection[bytes] = frozenset().union(
            *(UNREPLICATED.get(f"{each.version.family} {'.'.join(map(str, each.version.number[:2]))}", frozenset())
              for each in self._targets)
        )  # fmt: skip

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """The first difference of each history."""
        return map(self.run_alone, histories)

    def run_alone(self, history: History) -> Divergence | None:
        """The first difference of a history on emptied servers, over new connections.

        Raises TargetError when a server cannot be reached or emptied.
        """
        calls = [step for step in history if isinstance(step, Call)]
        seen = SeenReplies()
        with self._targets[0].connect() as left, self._targets[1].connect() as right:
            for link in (left, right):
                for emptying in _EMPTY:
                    link.call(*emptying)
            done = 0
            while done < len(calls):
                batch = pipelined(calls, calls[done], done + 1)
                divergence = self._send(batch, calls[:done], seen, (left, right))
                if divergence is not None:
                    return self._told(divergence)
                done += len(batch)
        return self._compare_data(calls)

    def _send(
        self, batch: Sequence[Call], before: Sequence[Call], seen: SeenReplies, links: tuple[Connection, Connection]
    ) -> Divergence | None:
        """Send commands to both in one write, and hold the replies to each other as they come."""
        argvs = [[part if isinstance(part, bytes) else seen.told[part] for part in call.argv] for call in batch]
        for link in links:
            link.send(b"".join(map(encode_command, argvs)))
        for position, call in enumerate(batch):
            self.commands_judged += 1
            steps = [*before, *batch[: position + 1]]
            try:
                left, right = (link.receive() for link in links)
            except UNANSWERED as failure:
                return unanswered(call.name, "a reply of both servers", failure, steps)
            seen.remember(argvs[position], left)
            if not self._alike(call, left, right):
                return found(call.name, REPLIES, left, right, steps)
        return None

    def _alike(self, call: Call, left: Reply, right: Reply) -> bool:
        if left == right or self._normal(call, left) == self._normal(call, right):
            return True
        return self._comparison.same_error(left, right)

    def _compare_data(self, calls: Sequence[Call]) -> Divergence | None:
        """Where what the servers hold at the end differs."""
        try:
            with self._targets[0].connect() as left, self._targets[1].connect() as right:
                held = [read_dataset(link, self._without) for link in (left, right)]
        except UNANSWERED as failure:
            return self._told(unanswered(calls[-1].name, "the data of both servers", failure, calls))
        differing = differences(held[0], held[1], _EXPIRY_SLACK_MS)
        if not differing:
            return None
        first = differing[0]
        divergence = found(calls[-1].name, DATA, f"{first.where}: {first.left}", None, calls)
        divergence.actual = f"{first.where}: {first.right}"
        divergence.expected_shape, divergence.actual_shape = f"{DATA}: {first.what}", first.what
        return self._told(divergence)

    def _told(self, divergence: Divergence) -> Divergence:
        divergence.clients = {FIRST_CLIENT: 2}
        divergence.target = " and ".join(target.spelling for target in self._targets)
        divergence.server = " and ".join(str(target.version) for target in self._targets)
        return divergence
