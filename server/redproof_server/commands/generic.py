"""DEL and EXISTS."""

from redproof_server.engine.client import Client
from redproof_server.engine.command import FAST, READONLY, WRITE, command
from redproof_server.engine.events import GENERIC
from redproof_server.protocol.replies import integer


@command("del", arity=-2, flags=WRITE, keys=(1, -1, 1))
def del_(client: Client, args: list[bytes]) -> bytes:
    """DEL key [key ...] (db.c delGenericCommand)."""
    db, deleted = client.db, 0
    for key in args[1:]:
        if not db.expire_if_needed(key) and db.delete(key):
            db.changed(key, GENERIC, b"del")
            deleted += 1
    return integer(deleted)


@command("exists", arity=-2, flags=READONLY | FAST, keys=(1, -1, 1))
def exists(client: Client, args: list[bytes]) -> bytes:
    """EXISTS key [key ...] (db.c existsCommand)."""
    return integer(sum(client.db.lookup_read(key) is not None for key in args[1:]))
