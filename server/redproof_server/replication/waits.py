"""Clients that wait for replicas (replication.c waitCommand, processClientsWaitingReplicas)."""

from typing import TYPE_CHECKING

from redproof_server.engine import pausing
from redproof_server.engine.blocking import Wait
from redproof_server.protocol.replies import NO_REPLY, integer
from redproof_server.replication.replicas import count_acks

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.replication.state import Replication

GETACK = [b"REPLCONF", b"GETACK", b"*"]


class Waits:
    """Who waits for how many replicas at which offset, newest first."""

    def __init__(self, replication: "Replication") -> None:
        self._replication = replication
        self._clients: dict[Client, tuple[int, int]] = {}
        self._asks_for_acks = False

    def block(self, client: "Client", count: int, deadline_ms: int | None) -> bytes:
        """Suspend a client until `count` replicas have what it wrote."""
        offset = client.write_offset
        wait = Wait(client.db, [], bytes, deadline_ms, lambda key: None, lambda: integer(self._acks(offset)))
        self._clients = {client: (offset, count), **self._clients}
        self._asks_for_acks = True
        self._replication.server.blocking.block(client, wait)
        return NO_REPLY

    def before_sleep(self) -> None:
        """Ask replicas for acknowledgements, and answer who has enough of them (beforeSleep)."""
        if not self._clients and not self._asks_for_acks:
            return
        self._serve()
        if self._asks_for_acks and pausing.end_if_over(self._replication.server):
            self._asks_for_acks = False
            self._replication.propagate(self._replication.selected_db, GETACK)

    def _serve(self) -> None:
        blocking = self._replication.server.blocking
        for client, (offset, count) in tuple(self._clients.items()):
            if client.wait is None:
                del self._clients[client]
            elif (acks := self._acks(offset)) >= count:
                del self._clients[client]
                blocking.unblock(client)
                self._replication.server.push(client, integer(acks))

    def _acks(self, offset: int) -> int:
        return count_acks(self._replication.replicas, offset)
