"""What the server remembers of one client: its database, its transaction, what it watches and waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redproof_model.keyspace.blocking import Wait
from redproof_model.keyspace.silence import Silence

if TYPE_CHECKING:
    from redproof_model.keyspace.command import Spec


@dataclass(slots=True)
class Session:
    """One connection. `queue` is None outside MULTI; `wait` is None while the client is not blocked.

    A key in `watched` is marked True if it had expired before and the server, which may not have deleted it yet,
    may hold that against EXEC. `channels`, `patterns` and `shards` are what it is subscribed to, in the order in which
    it subscribed; `subscribed` while there are any. `id` is None until the server has told it; `title` is the name
    that the client gave itself; `user` is None for the default user. A replica's session of its
    master `is_master`.
    """

    name: str
    resp: int = 2
    database: int = 0
    queue: list[tuple[Spec, list[bytes]]] | None = None
    dirty_exec: bool = False
    dirty_cas: bool = False
    watched: dict[tuple[int, bytes], bool] = field(default_factory=dict)
    wait: Wait | None = None
    channels: tuple[bytes, ...] = ()
    patterns: tuple[bytes, ...] = ()
    shards: tuple[bytes, ...] = ()
    subscribed: bool = False
    silence: Silence | None = None
    id: int | None = None
    title: bytes = b""
    user: bytes | None = None
    is_master: bool = False

    def copy(self) -> Session:
        """A session of the same state that shares no mutable part."""
        queue = None if self.queue is None else self.queue.copy()
        return Session(
            self.name,
            self.resp,
            self.database,
            queue,
            self.dirty_exec,
            self.dirty_cas,
            self.watched.copy(),
            self.wait,
            self.channels,
            self.patterns,
            self.shards,
            self.subscribed,
            self.silence,
            self.id,
            self.title,
            self.user,
            self.is_master,
        )
