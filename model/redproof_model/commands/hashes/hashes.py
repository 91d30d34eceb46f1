"""Hashes (`t_hash.c`)."""

from __future__ import annotations

from redproof_model.choice import AnyOrder, Expected
from redproof_model.commands.keys.scan import empty_page, parse_cursor, scan_collection
from redproof_model.errors import OVERFLOW, ReplyError, wrong_arity
from redproof_model.extended import add, extended, extended_text, to_extended
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import HASHTABLE, convert_for, convert_if_many
from redproof_model.keyspace.fields import counted, delete_field, meet, set_field
from redproof_model.keyspace.values import Hash
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.propagation.arguments import number
from redproof_model.reply import NULL, OK, Map, Reply
from redproof_model.systems.arithmetic.counters import incremented
from redproof_model.versions.propagation import KeepsFieldExpiry

table = CommandTable()


def _hash_to_write(world: World, key: bytes, *read: bytes) -> Hash:
    """The hash at `key`, or a new one that is not yet stored (`t_hash.c` hashTypeLookupWriteOrCreate).

    It is new also if a field that is read first had expired and was the last one.
    """
    value = world.typed(key, Hash)
    if value is not None and value.ghosts:
        meet(world, key, value, read)
    return value if value is not None and world.get(key) is value else Hash({}, world.version.listpack)


def _store(world: World, key: bytes, value: Hash) -> None:
    convert_if_many(value)
    world.put(key, value, keep_ttl=True)


@table.command("HSET", arity=-4)
def hset(world: World, argv: list[bytes]) -> Expected:
    """HSET key field value [field value …] (t_hash.c hsetCommand)."""
    return _set_fields(world, argv, "HSET")


@table.command("HMSET", arity=-4)
def hmset(world: World, argv: list[bytes]) -> Expected:
    """HMSET key field value [field value …] (t_hash.c hsetCommand)."""
    _set_fields(world, argv, "HMSET")
    return OK


def _set_fields(world: World, argv: list[bytes], name: str) -> int:
    """Set all the fields of HSET or HMSET and return how many are new."""
    if len(argv) % 2:
        raise wrong_arity(name)
    value = _hash_to_write(world, argv[1])
    convert_for(value, argv[2:])
    pairs = zip(argv[2::2], argv[3::2], strict=True)
    if value.expiries or value.ghosts:
        before = counted(world, value)
        for field, text in pairs:
            set_field(value, field, text, keep=False)
        created = counted(world, value) - before
    else:
        before = len(value.fields)
        value.fields.update(pairs)
        created = len(value.fields) - before
    _store(world, argv[1], value)
    return created


@table.command("HSETNX", arity=4)
def hsetnx(world: World, argv: list[bytes]) -> Expected:
    """HSETNX key field value (t_hash.c hsetnxCommand)."""
    value = _hash_to_write(world, argv[1], argv[2])
    exists = argv[2] in value.fields
    if not exists or world.version.hsetnx_always_converts:
        convert_for(value, argv[2:])
    if exists:
        return 0
    if world.recorder is not None:
        _propagate_result(world, argv, value, argv[3])
    set_field(value, argv[2], argv[3], keep=False)
    _store(world, argv[1], value)
    return 1


def _read(world: World, argv: list[bytes]) -> Hash | None:
    """The hash of which a command reads the fields that follow the key."""
    value = world.typed(argv[1], Hash)
    if value is not None and value.ghosts:
        meet(world, argv[1], value, argv[2:])
    return value


@table.command("HGET", arity=3)
def hget(world: World, argv: list[bytes]) -> Expected:
    """HGET key field (t_hash.c hgetCommand)."""
    value = _read(world, argv)
    return NULL if value is None else value.fields.get(argv[2], NULL)


@table.command("HMGET", arity=-3)
def hmget(world: World, argv: list[bytes]) -> Expected:
    """HMGET key field [field …] (t_hash.c hmgetCommand)."""
    value = _read(world, argv)
    fields = {} if value is None else value.fields
    return [fields.get(field, NULL) for field in argv[2:]]


@table.command("HDEL", arity=-3)
def hdel(world: World, argv: list[bytes]) -> Expected:
    """HDEL key field [field …] (t_hash.c hdelCommand)."""
    value = world.hash_at(argv[1])
    if value is None:
        return 0
    if value.expiries or value.ghosts:
        deleted = sum([delete_field(world, value, field) for field in argv[2:]])
    else:
        before = len(value.fields)
        for field in argv[2:]:
            value.fields.pop(field, None)
        deleted = before - len(value.fields)
    if deleted:
        world.changed(argv[1], value)
    return deleted


@table.command("HLEN", arity=2)
def hlen(world: World, argv: list[bytes]) -> Expected:
    """HLEN key (t_hash.c hlenCommand)."""
    value = world.hash_at(argv[1])
    return 0 if value is None else len(value.fields) + len(value.ghosts)


@table.command("HSTRLEN", arity=3)
def hstrlen(world: World, argv: list[bytes]) -> Expected:
    """HSTRLEN key field (t_hash.c hstrlenCommand)."""
    value = _read(world, argv)
    return 0 if value is None else len(value.fields.get(argv[2], b""))


@table.command("HEXISTS", arity=3)
def hexists(world: World, argv: list[bytes]) -> Expected:
    """HEXISTS key field (t_hash.c hexistsCommand)."""
    value = _read(world, argv)
    return 0 if value is None else int(argv[2] in value.fields)


@table.command("HGETALL", arity=2)
def hgetall(world: World, argv: list[bytes]) -> Expected:
    """HGETALL key (t_hash.c hgetallCommand)."""
    value = world.hash_at(argv[1])
    if value is None:
        return Map([])
    everything = Map([*value.fields.items()])
    return everything if value.ordered else AnyOrder(everything)


@table.command("HKEYS", arity=2)
def hkeys(world: World, argv: list[bytes]) -> Expected:
    """HKEYS key (t_hash.c hkeysCommand)."""
    value = world.hash_at(argv[1])
    return [] if value is None else _in_order_of(value, [*value.fields])


@table.command("HVALS", arity=2)
def hvals(world: World, argv: list[bytes]) -> Expected:
    """HVALS key (t_hash.c hvalsCommand)."""
    value = world.hash_at(argv[1])
    return [] if value is None else _in_order_of(value, [*value.fields.values()])


def _in_order_of(value: Hash, items: list[Reply]) -> Expected:
    return items if value.ordered else AnyOrder(items)


@table.command("HINCRBY", arity=4)
def hincrby(world: World, argv: list[bytes]) -> Expected:
    """HINCRBY key field increment (t_hash.c hincrbyCommand)."""
    increment = integer(argv[3])
    value = _hash_to_write(world, argv[1], argv[2])
    current = to_integer(value.fields.get(argv[2], b"0"))
    if current is None:
        raise ReplyError(b"ERR hash value is not an integer")
    overflows, result = incremented.compiled(current, increment)
    if overflows:
        raise ReplyError(OVERFLOW)
    if world.recorder is not None:
        _propagate_result(world, argv, value, b"%d" % result)
    _put_result(world, argv, value, b"%d" % result)
    return int(result)


@table.command("HINCRBYFLOAT", arity=4)
def hincrbyfloat(world: World, argv: list[bytes]) -> Expected:
    """HINCRBYFLOAT key field increment (t_hash.c hincrbyfloatCommand)."""
    increment = extended(argv[3])
    if not increment.finite and not world.version.hincrbyfloat_creates_first:
        raise ReplyError(b"ERR value is NaN or Infinity")
    value = _hash_to_write(world, argv[1], argv[2])
    current = to_extended(value.fields.get(argv[2], b"0"))
    if current is None:
        raise ReplyError(b"ERR hash value is not a float")
    result = add(current, increment)
    if result is None or not result.finite:
        if world.version.hincrbyfloat_creates_first and argv[1] not in world.db.values:
            world.db.ghosts.discard(argv[1])
            world.db.values[argv[1]] = value
        raise ReplyError(b"ERR increment would produce NaN or Infinity")
    text = extended_text(result)
    if world.recorder is not None:
        _propagate_float(world, argv, value, text)
    _put_result(world, argv, value, text)
    return text


def _propagate_float(world: World, argv: list[bytes], value: Hash, text: bytes) -> None:
    """Let HINCRBYFLOAT be propagated as what it has set (`t_hash.c` hincrbyfloatCommand)."""
    facts = world.version.propagation
    plain = (b"HSET", argv[1], argv[2], text)
    keeping = (b"HSETEX", argv[1], b"KEEPTTL", b"FIELDS", b"1", argv[2], text)
    if facts.hincrbyfloat is KeepsFieldExpiry.SINCE_A_PATCH:
        world.propagate_either(plain, keeping)
    elif facts.hincrbyfloat is KeepsFieldExpiry.WHERE_THERE_IS_ONE and argv[2] in value.expiries:
        _propagate_with_expiry(world, argv, value, text)
    else:
        world.propagate(*plain)


def _propagate_result(world: World, argv: list[bytes], value: Hash, text: bytes) -> None:
    """Let HINCRBY and HSETNX be propagated as what they set in a hash of which a field expires (`t_hash.c`)."""
    if world.version.propagation.hincrbyfloat is not KeepsFieldExpiry.WHERE_THERE_IS_ONE:
        return
    if argv[2] in value.expiries:
        _propagate_with_expiry(world, argv, value, text)
    elif value.expiries or value.ghosts:
        world.propagate(b"HSET", argv[1], argv[2], text)


def _propagate_with_expiry(world: World, argv: list[bytes], value: Hash, text: bytes) -> None:
    when = number(value.expiries[argv[2]])
    world.propagate(b"HSETEX", argv[1], b"PXAT", when, b"FIELDS", b"1", argv[2], text)


def _put_result(world: World, argv: list[bytes], value: Hash, result: bytes) -> None:
    """Store what HINCRBY or HINCRBYFLOAT made of the field `argv[2]`."""
    if world.version.hincrby_converts:
        convert_for(value, (argv[2], result))
    set_field(value, argv[2], result, keep=True)
    _store(world, argv[1], value)


@table.command("HSCAN", arity=-3)
def hscan(world: World, argv: list[bytes]) -> Expected:
    """HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES] (t_hash.c hscanCommand)."""
    cursor = parse_cursor(world, argv[2])
    value = world.hash_at(argv[1])
    if value is None:
        return empty_page()
    return scan_collection(world, argv, cursor, value.fields, value.encoding != HASHTABLE, value.ordered)
