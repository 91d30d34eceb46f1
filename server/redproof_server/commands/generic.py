"""Keys whatever they hold: deleting, counting, listing, renaming, copying and moving them."""

from redproof_server.engine.arguments import read_int32, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    DENYOOM,
    FAST,
    RANDOM,
    READONLY,
    SORT_FOR_SCRIPT,
    TOUCHES_ARBITRARY_KEYS,
    WRITE,
    command,
)
from redproof_server.engine.database import Database
from redproof_server.engine.errors import NO_SUCH_KEY, SYNTAX, CommandError
from redproof_server.engine.events import GENERIC
from redproof_server.engine.glob import selects
from redproof_server.engine.values.value import Value, duplicate, type_name
from redproof_server.protocol.replies import OK, bulk, bulks, integer, null, status

SAME_OBJECT = b"ERR source and destination objects are the same"
DB_OUT_OF_RANGE = b"ERR DB index is out of range"
RANDOM_TRIES_ON_REPLICA = 100


@command("del", arity=-2, flags=WRITE, keys=(1, -1, 1))
def del_(client: Client, args: list[bytes]) -> bytes:
    """DEL key [key ...] (db.c delCommand)."""
    return integer(delete_keys(client.db, args[1:]))


@command("unlink", arity=-2, flags=WRITE | FAST, keys=(1, -1, 1))
def unlink(client: Client, args: list[bytes]) -> bytes:
    """UNLINK key [key ...] (db.c unlinkCommand)."""
    return integer(delete_keys(client.db, args[1:]))


def delete_keys(db: Database, keys: list[bytes]) -> int:
    """Delete keys; how many there were (db.c delGenericCommand)."""
    deleted = 0
    for key in keys:
        db.expire_if_needed(key)
        if db.delete(key):
            db.changed(key, GENERIC, b"del")
            deleted += 1
    return deleted


@command("exists", arity=-2, flags=READONLY | FAST, keys=(1, -1, 1))
def exists(client: Client, args: list[bytes]) -> bytes:
    """EXISTS key [key ...] (db.c existsCommand)."""
    return integer(sum(client.db.peek_read(key) is not None for key in args[1:]))


@command("touch", arity=-2, flags=READONLY | FAST, keys=(1, -1, 1))
def touch(client: Client, args: list[bytes]) -> bytes:
    """TOUCH key [key ...] (expire.c touchCommand)."""
    return integer(sum(client.db.lookup_read(key) is not None for key in args[1:]))


@command("type", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def type_(client: Client, args: list[bytes]) -> bytes:
    """TYPE key (db.c typeCommand)."""
    value = client.db.peek_read(args[1])
    return status(b"none" if value is None else type_name(value))


@command("keys", arity=2, flags=READONLY | SORT_FOR_SCRIPT)
def keys(client: Client, args: list[bytes]) -> bytes:
    """KEYS pattern (db.c keysCommand)."""
    db = client.db
    return bulks([key for key in db.keys.walk() if selects(args[1], key) and not db.is_expired(key)])


@command("randomkey", arity=1, flags=READONLY | RANDOM | TOUCHES_ARBITRARY_KEYS)
def randomkey(client: Client, args: list[bytes]) -> bytes:
    """RANDOMKEY (db.c randomkeyCommand)."""
    db = client.db
    tries_left = replica_tries(db)
    while len(db.keys):
        key = db.keys.random_key(client.server.random)
        if tries_left is not None:
            tries_left -= 1
            if not tries_left:
                return bulk(key)
        if key not in db.expires or not db.expire_if_needed(key):
            return bulk(key)
    return null(client.resp)


def replica_tries(db: Database) -> int | None:
    """How often a replica draws where all keys may have expired, for it deletes none; None for as often as needed."""
    all_expire = len(db.keys) == len(db.expires)
    return RANDOM_TRIES_ON_REPLICA if all_expire and not db.server.replication.is_master else None


@command("rename", arity=3, flags=WRITE, keys=(1, 2, 1))
def rename(client: Client, args: list[bytes]) -> bytes:
    """RENAME key newkey (db.c renameCommand)."""
    value = source_to_rename(client, args[1])
    if args[1] != args[2]:
        expiry_ms = client.db.expiry_ms(args[1])
        if client.db.lookup(args[2]) is not None:
            client.db.delete(args[2])
        rename_key(client.db, args[1], args[2], value, expiry_ms)
    return OK


@command("renamenx", arity=3, flags=WRITE | FAST, keys=(1, 2, 1))
def renamenx(client: Client, args: list[bytes]) -> bytes:
    """RENAMENX key newkey (db.c renamenxCommand)."""
    value = source_to_rename(client, args[1])
    if args[1] == args[2]:
        return integer(0)
    expiry_ms = client.db.expiry_ms(args[1])
    if client.db.lookup(args[2]) is not None:
        return integer(0)
    rename_key(client.db, args[1], args[2], value, expiry_ms)
    return integer(1)


def source_to_rename(client: Client, key: bytes) -> Value:
    """The value at a key that must exist."""
    value = client.db.lookup(key)
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    return value


def rename_key(db: Database, source: bytes, destination: bytes, value: Value, expiry_ms: int | None) -> None:
    """Give a value to a key that holds nothing, with its expiry time, and delete the old key."""
    place(db, destination, value, expiry_ms)
    db.delete(source)
    db.changed(source, GENERIC, b"rename_from")
    db.changed(destination, GENERIC, b"rename_to", count=0)


def place(db: Database, key: bytes, value: Value, expiry_ms: int | None) -> None:
    """Add a value at a key that holds nothing, and let it expire."""
    db.add(key, value)
    if expiry_ms is not None:
        db.set_expiry(key, expiry_ms)


@command("move", arity=3, flags=WRITE | FAST, keys=(1, 1, 1))
def move(client: Client, args: list[bytes]) -> bytes:
    """MOVE key db (db.c moveCommand)."""
    source, key = client.db, args[1]
    destination = read_database(client, args[2])
    if source is destination:
        raise CommandError(SAME_OBJECT)
    value = source.lookup(key)
    if value is None:
        return integer(0)
    expiry_ms = source.expiry_ms(key)
    if destination.lookup(key) is not None:
        return integer(0)
    place(destination, key, value, expiry_ms)
    source.delete(key)
    source.changed(key, GENERIC, b"move_from")
    destination.changed(key, GENERIC, b"move_to", count=0)
    return integer(1)


def read_database(client: Client, text: bytes) -> Database:
    """The database of a number (db.c selectDb)."""
    index = read_int32(text)
    if not 0 <= index < len(client.server.databases):
        raise CommandError(DB_OUT_OF_RANGE)
    return client.server.databases[index]


@command("copy", arity=-3, flags=WRITE | DENYOOM, keys=(1, 2, 1))
def copy(client: Client, args: list[bytes]) -> bytes:
    """COPY source destination [DB db] [REPLACE] (db.c copyCommand)."""
    destination, replaces = parse_copy_options(client, args)
    source_key, key = args[1], args[2]
    if destination is client.db and source_key == key:
        raise CommandError(SAME_OBJECT)
    value = client.db.lookup_source(source_key)
    if value is None:
        return integer(0)
    expiry_ms = client.db.expiry_ms(source_key)
    if destination.lookup(key) is not None:
        if not replaces:
            return integer(0)
        destination.delete(key)
    place(destination, key, duplicate(value), expiry_ms)
    destination.changed(key, GENERIC, b"copy_to")
    return integer(1)


def parse_copy_options(client: Client, args: list[bytes]) -> tuple[Database, bool]:
    """The database to copy to, and whether what is there is replaced."""
    destination, replaces = client.db, False
    position = 3
    while position < len(args):
        option = read_word(args[position])
        if option == b"replace":
            replaces = True
        elif option == b"db" and position + 1 < len(args):
            position += 1
            destination = read_database(client, args[position])
        else:
            raise CommandError(SYNTAX)
        position += 1
    return destination, replaces
