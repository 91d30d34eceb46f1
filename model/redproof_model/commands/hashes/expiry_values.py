"""Hash fields with their expiry in one command: HGETEX, HSETEX and HGETDEL (`t_hash.c`)."""

from __future__ import annotations

from redproof_model.choice import Expected
from redproof_model.commands.hashes.expiry_arguments import Request, read_fields, read_getex, read_setex
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import convert_for, convert_if_many
from redproof_model.keyspace.fields import (
    delete_field,
    expire_field,
    facts_of,
    forget,
    is_past,
    may_expire,
    meet,
    set_field,
)
from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, Reply

table = CommandTable()


@table.command("HGETDEL", arity=-5)
def hgetdel(world: World, argv: list[bytes]) -> Expected:
    """HGETDEL key FIELDS count field [field …] (t_hash.c hgetdelCommand)."""
    fields = read_fields(world, argv)
    value = world.hash_at(argv[1])
    if value is None:
        return [NULL] * len(fields)
    reply: list[Reply] = []
    meet(world, argv[1], value, fields)
    for field in fields:
        reply.append(value.fields.get(field, NULL))
        delete_field(world, value, field)
    if any(text is not NULL for text in reply):
        world.changed(argv[1], value)
    return reply


@table.command("HGETEX", arity=-5)
def hgetex(world: World, argv: list[bytes]) -> Expected:
    """HGETEX key [EX | PX | EXAT | PXAT time | PERSIST] FIELDS count field [field …] (t_hash.c hgetexCommand)."""
    request = read_getex(world, argv)
    when = request.instant(world, "HGETEX")
    value = world.hash_at(argv[1])
    if value is None:
        return [NULL] * len(request.fields)
    if request.options:
        may_expire(world, value)
    meet(world, argv[1], value, request.fields)
    changed = False
    reply: list[Reply] = []
    for field in request.fields:
        reply.append(value.fields.get(field, NULL))
        changed |= _renew(world, value, field, when, b"PERSIST" in request.options)
    if changed:
        world.changed(argv[1], value)
    return reply


def _renew(world: World, value: Hash, field: bytes, when: Interval | None, persist: bool) -> bool:
    """Change when a field expires; False if there is nothing to change."""
    if field not in value.fields:
        return False
    if when is not None:
        expire_field(world, value, field, when)
    elif persist and field in value.expiries:
        forget(value, field)
    else:
        return False
    return True


@table.command("HSETEX", arity=-6)
def hsetex(world: World, argv: list[bytes]) -> Expected:
    """HSETEX key [FNX | FXX] [EX | PX | EXAT | PXAT time | KEEPTTL] FIELDS count field value … (hsetexCommand)."""
    request = read_setex(world, argv)
    key = argv[1]
    value = world.hash_at(key)
    if (b"NX" in request.options and value is not None) or (b"XX" in request.options and value is None):
        return 0
    when = request.instant(world, "HSETEX")
    if value is None:
        value = Hash({}, world.version.listpack)
    if request.options & {b"FNX", b"FXX"} and value.ghosts:
        meet(world, key, value, request.fields[::2])
    if not _conditions_hold(request, value):
        return 0
    if facts_of(world).sets_what_is_past or when is None or not is_past(world, when):
        convert_for(value, request.fields)
    if when is not None:
        may_expire(world, value)
    for field, text in zip(request.fields[::2], request.fields[1::2], strict=True):
        if b"KEEPTTL" in request.options and field in value.ghosts and facts_of(world).meets_expired:
            value.ghosts[field] = text, value.ghosts[field][1]
            continue
        set_field(value, field, text, keep=when is not None or b"KEEPTTL" in request.options)
        if when is not None:
            expire_field(world, value, field, when)
    convert_if_many(value)
    if key in world.db.values or value:
        world.put(key, value, keep_ttl=True)
    world.changed(key, value)
    return 1


def _conditions_hold(request: Request, value: Hash) -> bool:
    fields = request.fields[::2]
    if b"FNX" in request.options:
        return not any(field in value.fields for field in fields)
    return b"FXX" not in request.options or all(field in value.fields for field in fields)
