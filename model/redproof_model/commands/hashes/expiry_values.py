"""Hash fields with their expiry in one command: HGETEX, HSETEX and HGETDEL (`t_hash.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.hashes.expiry_arguments import read_fields, read_getex, read_setex
from redproof_model.commands.hashes.expiry_request import TIMES, Request
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
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World
from redproof_model.propagation.arguments import Argument, Number, number
from redproof_model.reply import NULL, Reply

table = CommandTable()

_CONDITIONS: Final = frozenset([b"NX", b"XX", b"FNX", b"FXX"])


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
        if facts_of(world).tells_each_field:
            world.propagate(b"HDEL", argv[1], *fields)
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
    changed: list[bytes] = []
    reply: list[Reply] = []
    for field in request.fields:
        meet(world, argv[1], value, [field])
        reply.append(value.fields.get(field, NULL))
        if _renew(world, argv[1], value, field, when, b"PERSIST" in request.options):
            changed.append(field)
    if changed:
        world.changed(argv[1], value)
        if world.recorder is not None:
            _propagate_getex(world, argv, request, changed, when)
    return reply


def _propagate_getex(
    world: World, argv: list[bytes], request: Request, changed: list[bytes], when: Interval | None
) -> None:
    """Let HGETEX be propagated as what it has done (`t_hash.c` hgetexCommand)."""
    facts, key = facts_of(world), argv[1]
    each, told = facts.tells_each_field, request.parts(argv)[1]
    if facts.options_anywhere or not each:
        named = request.fields if facts.options_anywhere else changed
        told = [b"FIELDS", b"%d" % len(named), *named]
    if when is None:
        world.propagate(b"HPERSIST", key, *told)
    elif not is_past(world, when):
        world.propagate(b"HPEXPIREAT", key, number(when), *told)
    elif each:
        world.prevent_propagation()
    else:
        world.propagate(b"HDEL", key, *changed)


def _renew(world: World, key: bytes, value: Hash, field: bytes, when: Interval | None, persist: bool) -> bool:
    """Change when a field expires; False if there is nothing to change."""
    if field not in value.fields:
        return False
    if when is not None:
        expire_field(world, key, value, field, when)
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
        meet(world, key, value, _looked_at(request, value))
    if not _conditions_hold(request, value):
        return 0
    due = _due(world, request, value)
    if not due:
        return _set_fields(world, argv, request, value, when)

    def act(heir: World, are_due: bool) -> Expected:
        there = heir.hash_at(key)
        assert there is not None
        for field in due if are_due else []:
            there.ghosts[field] = there.fields.pop(field), there.expiries.pop(field)
        return _set_fields(heir, argv, request, there, when)

    return split(world, (False, True), act)


def _due(world: World, request: Request, value: Hash) -> list[bytes]:
    """The fields that Valkey may find expired to KEEPTTL in the millisecond of their expiry, but not to a condition."""
    if world.recorder is None or b"KEEPTTL" not in request.options or facts_of(world).tells_each_field:
        return []
    expiries = [(field, value.expiries.get(field)) for field in dict.fromkeys(request.fields[::2])]
    return [field for field, expiry in expiries if expiry is not None and expiry[0] <= world.now_high_ms]


def _set_fields(world: World, argv: list[bytes], request: Request, value: Hash, when: Interval | None) -> int:
    """Set the fields of HSETEX, whose conditions hold."""
    key = argv[1]
    if world.recorder is not None:
        _propagate_setex(world, argv, request, value, when)
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
            expire_field(world, key, value, field, when)
    convert_if_many(value)
    if key in world.db.values or value:
        world.put(key, value, keep_ttl=True)
    world.changed(key, value)
    return 1


def _propagate_setex(world: World, argv: list[bytes], request: Request, value: Hash, when: Interval | None) -> None:
    """Let HSETEX be propagated, before it is carried out, as what it will do (`t_hash.c` hsetexCommand)."""
    each = facts_of(world).tells_each_field
    fields = dict.fromkeys(request.fields[::2])
    if when is not None and is_past(world, when):
        there = [field for field in fields if field in value.fields or field in value.ghosts]
        if each or not there:
            world.prevent_propagation()
        else:
            world.propagate(b"HDEL", argv[1], *there)
        return
    expired = [field for field in fields if field in value.ghosts]
    if expired and not each and b"KEEPTTL" in request.options:
        world.propagate_also(b"HDEL", argv[1], *expired)
    before, told, after = request.parts(argv)
    world.propagate(
        *argv[:2],
        *_with_instant(before[2:], when, keeps_conditions=each),
        *told,
        *_with_instant(after, when, keeps_conditions=each),
    )


def _with_instant(arguments: list[bytes], when: Interval | None, keeps_conditions: bool) -> list[Argument]:
    """Options of HSETEX with the instant in the place of a time, and perhaps without its conditions.

    Of a time that is given more than once the last counts.
    """
    command: list[Argument] = []
    options = iter(arguments)
    last = -1
    for option in options:
        name = option.upper()
        if name in TIMES:
            last = len(command)
            command += option, next(options)
        else:
            command.append(option)
    if last >= 0 and when is not None and command[last] not in (b"PXAT", b"pxat"):
        command[last : last + 2] = b"PXAT", number(when)
    if not keeps_conditions:
        # Wherever they stand, also as the argument of a time that does not count.
        command = [part for part in command if isinstance(part, Number) or part.upper() not in _CONDITIONS]
    return command


def _looked_at(request: Request, value: Hash) -> list[bytes]:
    """The fields that a condition looks at, up to the first of which it does not hold."""
    fields = request.fields[::2]
    failing = (at for at, field in enumerate(fields) if (field in value.fields) == (b"FNX" in request.options))
    return fields[: next(failing, len(fields)) + 1]


def _conditions_hold(request: Request, value: Hash) -> bool:
    fields = request.fields[::2]
    if b"FNX" in request.options:
        return not any(field in value.fields for field in fields)
    return b"FXX" not in request.options or all(field in value.fields for field in fields)
