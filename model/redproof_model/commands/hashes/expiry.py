"""When hash fields expire: HEXPIRE and its kin, and HPERSIST (`t_hash.c`)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.hashes.expiry_arguments import read_expire, read_fields
from redproof_model.commands.hashes.expiry_request import Request
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.fields import expire_field, facts_of, forget, may_expire, revive
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World
from redproof_model.propagation.arguments import Argument, number
from redproof_model.reply import Reply

table = CommandTable()

_NO_FIELD: Final = -2
_NO_EXPIRY: Final = -1
_REFUSED: Final = 0
_DONE: Final = 1
_DELETED: Final = 2


@table.command("HEXPIRE", arity=-6)
def hexpire(world: World, argv: list[bytes]) -> Expected:
    """HEXPIRE key seconds [NX | XX | GT | LT] FIELDS count field [field …] (t_hash.c hexpireCommand)."""
    return _expire(world, argv, "HEXPIRE", in_seconds=True, relative=True)


@table.command("HPEXPIRE", arity=-6)
def hpexpire(world: World, argv: list[bytes]) -> Expected:
    """HPEXPIRE key milliseconds [NX | XX | GT | LT] FIELDS count field [field …] (t_hash.c hpexpireCommand)."""
    return _expire(world, argv, "HPEXPIRE", in_seconds=False, relative=True)


@table.command("HEXPIREAT", arity=-6)
def hexpireat(world: World, argv: list[bytes]) -> Expected:
    """HEXPIREAT key unix-time-seconds [NX | XX | GT | LT] FIELDS count field [field …] (t_hash.c hexpireatCommand)."""
    return _expire(world, argv, "HEXPIREAT", in_seconds=True, relative=False)


@table.command("HPEXPIREAT", arity=-6)
def hpexpireat(world: World, argv: list[bytes]) -> Expected:
    """HPEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] FIELDS count field [field …] (hpexpireatCommand)."""
    return _expire(world, argv, "HPEXPIREAT", in_seconds=False, relative=False)


@table.command("HPERSIST", arity=-5)
def hpersist(world: World, argv: list[bytes]) -> Expected:
    """HPERSIST key FIELDS count field [field …] (t_hash.c hpersistCommand)."""
    fields = read_fields(world, argv)
    value = world.hash_at(argv[1])
    if value is None:
        return [_NO_FIELD] * len(fields)
    reply: list[Reply] = []
    for field in fields:
        if field in value.expiries:
            forget(value, field)
            reply.append(_DONE)
        else:
            reply.append(_NO_EXPIRY if field in value.fields else _NO_FIELD)
    if _DONE in reply:
        world.modified(argv[1])
    return reply


def _expire(world: World, argv: list[bytes], name: str, in_seconds: bool, relative: bool) -> Expected:
    """Let fields expire, where the conditions hold (`t_hash.c` hexpireGenericCommand)."""
    request, when = read_expire(world, argv, name, in_seconds, relative)
    value = world.hash_at(argv[1])
    if value is None:
        return [_NO_FIELD] * len(request.fields)

    def act(heir: World, verdicts: dict[bytes, bool]) -> Expected:
        reply = _expire_where(heir, argv[1], request, verdicts, when)
        if heir.recorder is not None:
            _propagate(heir, argv, request, reply, number(when) if name != "HPEXPIREAT" else argv[2])
        return reply

    return split(world, [*_verdicts(value, request.fields, request.options, when)], act)


def _propagate(world: World, argv: list[bytes], request: Request, reply: list[Reply], when: Argument) -> None:
    """Let HEXPIRE or its kin be propagated, if it has changed something (`t_hash.c` hexpireGenericCommand)."""
    fields = request.fields
    updated = [field for field, told in zip(fields, reply, strict=True) if told == _DONE]
    deleted = [field for field, told in zip(fields, reply, strict=True) if told == _DELETED]
    name = argv[0] if when is argv[2] else b"HPEXPIREAT"
    if not facts_of(world).tells_each_field:
        world.propagate(*((b"HDEL", argv[1], *deleted) if deleted else (name, argv[1], when, *argv[3:])))
    elif updated:
        before, told, after = request.parts(argv)
        world.propagate(name, argv[1], when, *before[3:], told[0], b"%d" % len(updated), *updated, *after)
    else:
        world.prevent_propagation()


def _verdicts(
    value: Hash, fields: list[bytes], conditions: frozenset[bytes], when: Interval
) -> Iterator[dict[bytes, bool]]:
    """Of which fields the conditions may hold, all together; more than one answer where instants are not known."""
    names = list(dict.fromkeys(field for field in fields if field in value.fields or field in value.ghosts))
    expiries = [value.ghosts[name][1] if name in value.ghosts else value.expiries.get(name) for name in names]
    allowed = [_holds(conditions, when, expiry) for expiry in expiries]
    for choice in product(*allowed):
        yield dict(zip(names, choice, strict=True))


def _holds(conditions: frozenset[bytes], when: Interval, current: Interval | None) -> tuple[bool, ...]:
    """What may be true of the conditions; only GT without an expiry, and XX, are about one that is not there."""
    if current is None:
        return (not conditions & {b"XX", b"GT"},)
    if b"NX" in conditions:
        return (False,)
    if b"GT" in conditions:
        return _greater(when, current)
    if b"LT" in conditions:
        return _greater(current, when)
    return (True,)


def _greater(left: Interval, right: Interval) -> tuple[bool, ...]:
    if left[0] > right[1]:
        return (True,)
    return (False,) if left[1] <= right[0] else (True, False)


def _expire_where(
    world: World, key: bytes, request: Request, verdicts: dict[bytes, bool], when: Interval
) -> list[Reply]:
    """What each field is answered; one that is named again expires at that very instant, if it is still there."""
    value = world.hash_at(key)
    if value is None:
        raise LookupError("the hash that was there is not in its heir")
    may_expire(world, value)
    reply: list[Reply] = []
    for field in request.fields:
        if field not in value.fields and not (field in value.ghosts and facts_of(world).meets_expired):
            reply.append(_NO_FIELD)
        elif not verdicts[field]:
            reply.append(_REFUSED)
        else:
            revive(world, value, field)
            reply.append(_DONE if expire_field(world, key, value, field, when) else _DELETED)
            verdicts[field] = not request.options & {b"NX", b"GT", b"LT"}
    if _DONE in reply or _DELETED in reply:
        world.changed(key, value)
    return reply
