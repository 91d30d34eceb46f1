"""What command handlers share when they wait for keys, empty them or store results in them."""

from redproof_server.engine.blocking import Serve, Wait
from redproof_server.engine.client import Client
from redproof_server.engine.database import Database
from redproof_server.engine.events import GENERIC, Event
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List
from redproof_server.protocol.replies import NO_REPLY


def block(
    client: Client,
    keys: list[bytes],
    kind: type[List] | type[SortedSet],
    deadline_ms: int | None,
    serve: Serve,
    timeout_reply: bytes,
) -> bytes:
    """Suspend the client until `serve` has a reply, or answer at once where blocking is denied (blockForKeys)."""
    if client.deny_blocking:
        return timeout_reply
    wait = Wait(client.db, keys, kind, deadline_ms, serve, timeout_reply)
    client.server.blocking.block(client, wait)
    return NO_REPLY


def delete_if_empty(db: Database, key: bytes, value: List | Hash | Set | SortedSet) -> None:
    """Delete a key whose collection has become empty, with its event."""
    if not len(value):
        db.delete(key)
        db.changed(key, GENERIC, b"del", count=0)


def store_or_delete(db: Database, key: bytes, result: Set | SortedSet, event_class: Event, event: bytes) -> None:
    """Put a result in the place of what `key` held, and its expiry time; one that is empty deletes the key."""
    if len(result):
        db.put(key, result)
        db.changed(key, event_class, event)
    elif db.delete(key):
        db.changed(key, GENERIC, b"del")
