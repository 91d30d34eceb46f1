"""Properties that need no model: a script on a server whose claims about the replies become divergences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final, NamedTuple, Self

from redproof_model.reply import Reply

from redproof_properties.divergence import Divergence, render
from redproof_properties.encoding import encode_command
from redproof_properties.history import FIRST_CLIENT, Call, Step
from redproof_properties.judged import Judged
from redproof_properties.replication.topologies.topology import Topology
from redproof_properties.targets import Connection

CLAIM: Final = "property"
"""The kind of a divergence that only the property tells which has found it."""


def broken_claim(
    steps: Sequence[Step],
    clients: Mapping[str, int],
    expected: str,
    actual: str,
    values: str = "",
    topology: Topology | None = None,
) -> Divergence:
    """The divergence of a claim that is false after these steps; `values` adds what is another in every run."""
    last = steps[-1] if steps else None
    return Divergence(
        command=last.name if isinstance(last, Call) else "",
        kind=CLAIM,
        expected=f"{expected}: {values}" if values else expected,
        actual=actual,
        expected_shape=expected,
        actual_shape="otherwise",
        steps=list(steps),
        clients=dict(clients),
        model="none: the property needs no model",
        topology=topology,
    )


class Moment(NamedTuple):
    """A point in a script: how many steps had been taken, and what came back last."""

    steps: int
    reply: Reply | None


class Script:
    """Commands sent one at a time to an emptied server; `require` claims something about what came back.

    Use it with `with`. Raises TargetError when the server fails.
    """

    def __init__(self, judged: Judged, resp: int = 2) -> None:
        self._judged = judged
        self._resp = resp
        self._connections: dict[str, Connection] = {}
        self._steps: list[Step] = []
        self._last: Reply | None = None

    def __enter__(self) -> Self:
        self._connection(FIRST_CLIENT).call("FLUSHALL")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections.values():
            connection.close()
        self._judged.summary.histories += 1
        self._judged.summary.commands += len(self._steps)

    def call(self, *argv: bytes | str | int, client: str = FIRST_CLIENT) -> Reply:
        """Let a client send a command and wait for its reply."""
        (reply,) = self.call_all([argv], client)
        return reply

    def call_all(self, commands: Iterable[Sequence[bytes | str | int]], client: str = FIRST_CLIENT) -> list[Reply]:
        """Let a client send commands at once and wait for their replies, of which there must be some."""
        connection = self._connection(client)
        requests = [tuple(map(_word, argv)) for argv in commands]
        self._steps += [Call(client, request) for request in requests]
        connection.send(b"".join(map(encode_command, requests)))
        replies = [connection.receive() for _ in requests]
        self._last = replies[-1]
        return replies

    def did(self, steps: Iterable[Step]) -> None:
        """Take in what clients of the same names did beside the script."""
        self._steps += steps

    @property
    def now(self) -> Moment:
        """The point that has been reached."""
        return Moment(len(self._steps), self._last)

    def require(
        self, holds: bool, expected: str, values: str = "", moment: Moment | None = None, actual: str = ""
    ) -> None:
        """Claim that `holds` is true of what came back; `expected` says in words what should have come.

        `values` adds what is another in every run; the claim is about an earlier `moment` if there is one, and
        `actual` is what came if that is not the last reply. Raises DivergenceError when it is false.
        """
        if holds:
            return
        steps, reply = self.now if moment is None else moment
        clients = {name: connection.resp for name, connection in self._connections.items()}
        raise self._judged.enter(broken_claim(self._steps[:steps], clients, expected, actual or render(reply), values))

    def _connection(self, client: str) -> Connection:
        if client not in self._connections:
            self._connections[client] = self._judged.target.connect(self._resp)
        return self._connections[client]


def _word(part: bytes | str | int) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode()
