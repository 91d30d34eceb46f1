"""Expired keys on replicas: hidden, and left to the master (db.c expireIfNeeded, expire.c expireSlaveKeys)."""

from typing import TYPE_CHECKING

from redproof_server.engine import pausing
from redproof_server.engine.command import READONLY

if TYPE_CHECKING:
    from redproof_server.engine.database import Database
    from redproof_server.engine.server import Server
    from redproof_server.replication.state import Replication


def is_hidden(db: "Database", key: bytes, for_writing: bool) -> bool:
    """Whether a lookup does not see a key that has expired, which is deleted if that is this server's to do."""
    server = db.server
    replication = server.replication
    if replication.is_master:
        if pausing.end_if_over(server):
            db.delete_expired(key)
        return True
    client = replication.current_client
    if client is not None and client.is_master:
        return False
    if server.version.replicas_hide_expired_from_readers_only:
        command = replication.current_command
        return not for_writing and command is not None and bool(command.flags & READONLY)
    if for_writing and not server.config.is_yes("replica-read-only"):
        db.delete_expired(key)
    return True


def is_past(server: "Server", when_ms: int) -> bool:
    """Whether a key that is to expire at a unix time is gone at once; a replica leaves that to its master
    (checkAlreadyExpired)."""
    return when_ms <= server.now_ms and server.replication.is_master


def remember(db: "Database", key: bytes) -> None:
    """Remember a key that a client of a writable replica made expire: no master will delete it
    (rememberSlaveKeyWithExpire)."""
    replication = db.server.replication
    client = replication.current_client
    is_local = not replication.is_master and not (client is not None and client.is_master)
    if is_local and not db.server.config.is_yes("replica-read-only"):
        replication.local_expiries[db, key] = None


def expire_local(replication: "Replication") -> None:
    """Delete what expired of those keys, and forget those that no longer expire (expireSlaveKeys)."""
    for db, key in tuple(replication.local_expiries):
        when_ms = db.expires.entries.get(key)
        if when_ms is None or db.server.now_ms > when_ms:
            del replication.local_expiries[db, key]
        if when_ms is not None and db.server.now_ms > when_ms:
            db.delete_expired(key)
