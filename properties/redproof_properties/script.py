"""Properties that need no model: a script on a server whose claims about the replies become divergences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from redproof_model.reply import Reply

from redproof_properties.divergence import Divergence, render
from redproof_properties.encoding import encode_command
from redproof_properties.history import FIRST_CLIENT, Call, Step
from redproof_properties.judged import Judged
from redproof_properties.targets import Connection


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

    @property
    def now(self) -> Moment:
        """The point that has been reached."""
        return Moment(len(self._steps), self._last)

    def require(self, holds: bool, expected: str, values: str = "", moment: Moment | None = None) -> None:
        """Claim that `holds` is true of what came back; `expected` says in words what should have come.

        `values` adds what is another in every run; the claim is about an earlier `moment` if there is one. Raises
        DivergenceError when it is false.
        """
        if holds:
            return
        steps, reply = self.now if moment is None else moment
        last = self._steps[steps - 1]
        divergence = Divergence(
            command=last.name if isinstance(last, Call) else "",
            kind="property",
            expected=f"{expected}: {values}" if values else expected,
            actual=render(reply),
            expected_shape=expected,
            actual_shape="otherwise",
            steps=self._steps[:steps],
            clients={name: connection.resp for name, connection in self._connections.items()},
            model="none: the property needs no model",
        )
        raise self._judged.enter(divergence)

    def _connection(self, client: str) -> Connection:
        if client not in self._connections:
            self._connections[client] = self._judged.target.connect(self._resp)
        return self._connections[client]


def _word(part: bytes | str | int) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode()
