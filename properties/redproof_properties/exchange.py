"""Server and clients of a history under way: what each has told, also what comes to a client that asked for nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence

from redproof_model.choice import BLOCKED, Choice, Expected
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role
from redproof_model.reply import Reply
from redproof_model.versions import Version

from redproof_properties.divergence import UNANSWERED, Divergence, found, unanswered
from redproof_properties.errors import ProtocolError, TargetClosed, TargetError, TargetSilent
from redproof_properties.history import Call, Step
from redproof_properties.targets import Connection


class Exchange:
    """The connections of the clients and of `control`, the model, and which clients are blocked, gone or listen.

    `executed` is how far the history has come. With `propagates` the model tells what enters the replication stream,
    of a server with or without `active_expire`, and it has the server's `role`.
    """

    propagates: bool = False
    active_expire: bool = False
    role: Role = Role.MASTER

    def __init__(
        self, version: Version, clock_offset_ms: tuple[int, int], control: Connection, links: dict[str, Connection]
    ) -> None:
        self.model = Model(version, propagates=self.propagates, active_expire=self.active_expire, role=self.role)
        self.commands = 0
        self.executed: list[Step] = []
        self._control = control
        self._offset_low_ms, self._offset_high_ms = clock_offset_ms
        self._links = links
        self._blocked: dict[str, Call] = {}
        self._gone: set[str] = set()
        self._listens = False
        for name, link in links.items():
            self.model.connect(name, link.resp)

    @property
    def clients(self) -> Sequence[str]:
        """The names of the clients that take part and have not quit."""
        return [name for name in self._links if name not in self._gone]

    def _low_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._offset_low_ms

    def _high_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._offset_high_ms

    def _barrier(self, awaited: Connection | None = None) -> None:
        """Come back when the server has executed what was sent before, or something has come on the connection.

        Two round trips: the first may share a turn of the server's event loop with what was sent.
        """
        for _ in range(2):
            if awaited is not None and awaited.readable():
                return
            self._control.call(b"PING")

    def _part(self, batch: Sequence[Call]) -> Divergence | None:
        """See that the server closes the connection of a client that has quit."""
        client = batch[-1].client
        try:
            reply = self._links[client].receive()
        except TargetClosed:
            self.model.disconnect(client)
            self._gone.add(client)
            return None
        except (TargetSilent, ProtocolError) as failure:
            return self._unanswered(batch, "the end of the connection", failure)
        return self._found(batch, "unasked reply", "the end of the connection", reply)

    def _deliveries(self, batch: Sequence[Call], last: bool) -> Divergence | None:
        """Hold against the model what clients got apart from replies after a command, the `last` of those sent or not.

        Where it is not certain that a client gets something, what comes may be due to a later command: then it is
        looked for when all have been executed. So is what a client gets that should get nothing.

        The caller comes first: what it gets after the array of EXEC may tell what the rest of its transaction did.
        """
        receivers = self.model.receivers()
        if last and (self._listens or not all(receivers.values())):
            self._barrier()
        for client in sorted(self.clients if self._listens else self._blocked, key=batch[-1].client.__ne__):
            while receivers.get(client) or (last and (client in receivers or self._links[client].readable())):
                kind = "reply" if client in receivers else "unasked reply"
                waited = client in self._blocked
                divergence = self._delivery(client, batch, receivers.get(client, False), kind)
                if divergence is not None:
                    return divergence
                receivers = self.model.receivers()
                if waited and client not in self._blocked and client == batch[-1].client:
                    # What comes next may be the reply to the command that was sent after the one that has waited.
                    break
        return None

    def _delivery(self, client: str, batch: Sequence[Call], certain: bool, kind: str) -> Divergence | None:
        """Hold against the model what a client got next; wait for it if it is certain to get something.

        Where it may be that its time is up, a wrong reply is one to what it waited with, whatever came meanwhile.
        """
        link = self._links[client]
        expected: Choice | str = self.model.expected_delivery(client) or BLOCKED
        try:
            reply = link.receive() if certain or link.readable() else None
        except UNANSWERED as failure:
            return self._unanswered(batch, expected, failure)
        if not self.model.deliver(client, reply, link.resp, self._high_ms()):
            divergence = self._found(batch, kind, expected, reply)
            if kind == "reply" and not certain and client in self._blocked:
                divergence.command = self._blocked[client].name
            return divergence
        if reply is not None and client in self._blocked and not self.model.blocks(client):
            del self._blocked[client]
        return None

    def _found(self, batch: Sequence[Call], kind: str, expected: Expected | str, reply: Reply | None) -> Divergence:
        return self._told(batch, found(batch[-1].name, kind, expected, reply, [*self.executed, *batch]))

    def _unanswered(self, batch: Sequence[Call], expected: Expected | str, failure: TargetError) -> Divergence:
        return self._told(batch, unanswered(batch[-1].name, expected, failure, [*self.executed, *batch]))

    def _told(self, batch: Sequence[Call], divergence: Divergence) -> Divergence:
        divergence.clients = {name: link.resp for name, link in self._links.items()}
        divergence.model = self.model.version.name
        divergence.role = self.role.value
        self.commands += len(batch)
        return divergence
