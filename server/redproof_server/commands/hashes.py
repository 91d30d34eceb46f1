"""Hashes; sampling them is in `sampling`, scanning them in `collection_scans`."""

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, RANDOM, READONLY, SORT_FOR_SCRIPT, WRITE, command
from redproof_server.engine.errors import NOT_A_FLOAT, OVERFLOW, WRONG_ARITY, CommandError
from redproof_server.engine.events import HASH
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.waiting import delete_if_empty
from redproof_server.protocol.long_double import LongDouble, add, format_long_double, parse_long_double
from redproof_server.protocol.numbers import INT64_MAX, INT64_MIN, parse_int64
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    OK,
    array,
    bulk,
    bulk_or_null,
    bulks,
    integer,
    mapping,
)

NOT_A_HASH_INTEGER = b"ERR hash value is not an integer"
NOT_A_HASH_FLOAT = b"ERR hash value is not a float"
NAN_OR_INFINITY = b"ERR value is NaN or Infinity"
RESULT_NAN_OR_INFINITY = b"ERR increment would produce NaN or Infinity"


@command("hset", arity=-4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def hset(client: Client, args: list[bytes]) -> bytes:
    """HSET key field value [field value ...] (t_hash.c hsetCommand)."""
    return integer(set_fields(client, args, b"hset"))


@command("hmset", arity=-4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def hmset(client: Client, args: list[bytes]) -> bytes:
    """HMSET key field value [field value ...] (t_hash.c hsetCommand)."""
    set_fields(client, args, b"hmset")
    return OK


def set_fields(client: Client, args: list[bytes], name: bytes) -> int:
    """Set the fields one after the other; how many are new."""
    if len(args) % 2:
        raise CommandError(WRONG_ARITY % name)
    key = args[1]
    value = hash_or_new(client, key)
    created = 0
    for position in range(2, len(args), 2):
        created += value.set(args[position], args[position + 1])
    client.db.changed(key, HASH, b"hset", count=len(args) // 2 - 1)
    return created


def hash_or_new(client: Client, key: bytes) -> Hash:
    """The hash at `key`, which is put there if there is none (t_hash.c hashTypeLookupWriteOrCreate)."""
    value = client.db.write(key, Hash)
    if value is None:
        value = Hash(client.server.limits)
        client.db.add(key, value)
    return value


@command("hsetnx", arity=4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def hsetnx(client: Client, args: list[bytes]) -> bytes:
    """HSETNX key field value (t_hash.c hsetnxCommand)."""
    _, key, field, text = args
    value = hash_or_new(client, key)
    if client.server.version.hsetnx_converts_first:
        value.convert_if_long(field, text)
    if value.get(field) is not None:
        return integer(0)
    value.set(field, text)
    client.db.changed(key, HASH, b"hset")
    return integer(1)


@command("hget", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def hget(client: Client, args: list[bytes]) -> bytes:
    """HGET key field (t_hash.c hgetCommand)."""
    value = client.db.read(args[1], Hash)
    return bulk_or_null(None if value is None else value.get(args[2]), client.resp)


@command("hmget", arity=-3, flags=READONLY | FAST, keys=(1, 1, 1))
def hmget(client: Client, args: list[bytes]) -> bytes:
    """HMGET key field [field ...] (t_hash.c hmgetCommand)."""
    value = client.db.read(args[1], Hash)
    return array([bulk_or_null(None if value is None else value.get(field), client.resp) for field in args[2:]])


@command("hgetall", arity=2, flags=READONLY | RANDOM, keys=(1, 1, 1))
def hgetall(client: Client, args: list[bytes]) -> bytes:
    """HGETALL key (t_hash.c hgetallCommand)."""
    value = client.db.read(args[1], Hash)
    items = [] if value is None else value.items()
    return mapping([bulk(text) for item in items for text in item], client.resp)


@command("hkeys", arity=2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, 1, 1))
def hkeys(client: Client, args: list[bytes]) -> bytes:
    """HKEYS key (t_hash.c hkeysCommand)."""
    value = client.db.read(args[1], Hash)
    return EMPTY_ARRAY if value is None else bulks(field for field, _ in value.items())


@command("hvals", arity=2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, 1, 1))
def hvals(client: Client, args: list[bytes]) -> bytes:
    """HVALS key (t_hash.c hvalsCommand)."""
    value = client.db.read(args[1], Hash)
    return EMPTY_ARRAY if value is None else bulks(text for _, text in value.items())


@command("hlen", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def hlen(client: Client, args: list[bytes]) -> bytes:
    """HLEN key (t_hash.c hlenCommand)."""
    value = client.db.read(args[1], Hash)
    return integer(0 if value is None else len(value))


@command("hexists", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def hexists(client: Client, args: list[bytes]) -> bytes:
    """HEXISTS key field (t_hash.c hexistsCommand)."""
    value = client.db.read(args[1], Hash)
    return integer(int(value is not None and value.get(args[2]) is not None))


@command("hstrlen", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def hstrlen(client: Client, args: list[bytes]) -> bytes:
    """HSTRLEN key field (t_hash.c hstrlenCommand)."""
    value = client.db.read(args[1], Hash)
    text = None if value is None else value.get(args[2])
    return integer(0 if text is None else len(text))


@command("hdel", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1))
def hdel(client: Client, args: list[bytes]) -> bytes:
    """HDEL key field [field ...] (t_hash.c hdelCommand)."""
    db, key = client.db, args[1]
    value = db.write(key, Hash)
    if value is None:
        return integer(0)
    deleted = sum(value.delete(field) for field in args[2:])
    if deleted:
        db.changed(key, HASH, b"hdel", count=deleted)
        delete_if_empty(db, key, value)
    return integer(deleted)


@command("hincrby", arity=4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def hincrby(client: Client, args: list[bytes]) -> bytes:
    """HINCRBY key field increment (t_hash.c hincrbyCommand)."""
    _, key, field, increment_text = args
    increment = read_integer(increment_text)
    value = hash_or_new(client, key)
    text = value.get(field)
    number = 0 if text is None else parse_int64(text)
    if number is None:
        raise CommandError(NOT_A_HASH_INTEGER)
    if not INT64_MIN <= number + increment <= INT64_MAX:
        raise CommandError(OVERFLOW)
    store_increment(client, key, value, field, b"%d" % (number + increment), b"hincrby")
    return integer(number + increment)


@command("hincrbyfloat", arity=4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def hincrbyfloat(client: Client, args: list[bytes]) -> bytes:
    """HINCRBYFLOAT key field increment (t_hash.c hincrbyfloatCommand)."""
    _, key, field, increment_text = args
    increment = parse_long_double(increment_text)
    if increment is None:
        raise CommandError(NOT_A_FLOAT)
    if not increment.is_finite:
        raise CommandError(NAN_OR_INFINITY)
    value = hash_or_new(client, key)
    text = value.get(field)
    number = LongDouble(0, 0) if text is None else parse_long_double(text)
    if number is None:
        raise CommandError(NOT_A_HASH_FLOAT)
    total = add(number, increment)
    if not total.is_finite:
        raise CommandError(RESULT_NAN_OR_INFINITY)
    total_text = format_long_double(total)
    store_increment(client, key, value, field, total_text, b"hincrbyfloat")
    client.server.propagation.rewrite(b"HSET", key, field, total_text)
    return bulk(total_text)


def store_increment(client: Client, key: bytes, value: Hash, field: bytes, text: bytes, event: bytes) -> None:
    """Set a field to the sum; versions differ in whether a long text converts the hash then."""
    value.set(field, text, checks_length=client.server.version.hash_increments_check_length)
    client.db.changed(key, HASH, event)
