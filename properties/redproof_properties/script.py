"""Properties that need no model: a script on a server whose claims about the replies become divergences."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from redproof_model.reply import Reply

from redproof_properties.divergence import Divergence, render
from redproof_properties.history import FIRST_CLIENT, Call, Step
from redproof_properties.judged import Judged
from redproof_properties.targets import Connection


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
        self._connection(client)
        words = tuple(part if isinstance(part, bytes) else str(part).encode() for part in argv)
        self._steps.append(Call(client, words))
        self._last = self._connection(client).call(*words)
        return self._last

    def require(self, holds: bool, expected: str) -> None:
        """Claim that `holds` is true of what came back; `expected` says in words what should have come.

        Raises DivergenceError when it is false.
        """
        if holds:
            return
        last = self._steps[-1]
        divergence = Divergence(
            command=last.name if isinstance(last, Call) else "",
            kind="property",
            expected=expected,
            actual=render(self._last),
            expected_shape=expected,
            actual_shape="otherwise",
            steps=self._steps,
            clients={name: connection.resp for name, connection in self._connections.items()},
            model="none: the property needs no model",
        )
        raise self._judged.enter(divergence)

    def _connection(self, client: str) -> Connection:
        if client not in self._connections:
            self._connections[client] = self._judged.target.connect(self._resp)
        return self._connections[client]
