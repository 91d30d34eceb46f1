"""Sets, and what is picked from them (`t_set.c`); their algebra is in `set_operations`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.keys.scan import empty_page, parse_cursor, scan_collection
from redproof_model.commands.sampling import OneMember, Sample
from redproof_model.errors import NOT_POSITIVE, OUT_OF_RANGE, SYNTAX, ReplyError
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import INTSET, LISTPACK, add_members, expecting, grown, set_of
from redproof_model.keyspace.values import SetValue
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, negatable, ranged, to_integer
from redproof_model.reply import NULL, Reply, Set
from redproof_model.versions import Version

table = CommandTable()

_REBUILT_FROM: Final = 5
_SREM_MEMBERS: Final = 1024
"""How many members an SREM has at most that a SPOP is propagated as."""


def whole(members: Collection[bytes], in_order: bool, *, as_set: bool = True) -> Expected:
    """All the members: in the order of their numbers, as an intset is iterated, or in any order."""
    if not in_order:
        return Sample(members, len(members), as_set=as_set)
    items: list[Reply] = [*sorted(members, key=int)]
    return Set(items) if as_set else items


def collects_in_intset(version: Version, operands: Sequence[SetValue], result: SetValue) -> bool:
    """Whether a union or a difference that is not stored is put together in an intset (sunionDiffGenericCommand)."""
    if version.algebra_in_hashtables and any(operand.encoding != INTSET for operand in operands):
        return False
    return result.encoding == INTSET


def _iterated(value: SetValue) -> Collection[bytes]:
    """The members, in the order in which the server iterates them if it is an intset."""
    return sorted(value.members, key=int) if value.encoding == INTSET else value.members


@table.command("SADD", arity=-3)
def sadd(world: World, argv: list[bytes]) -> Expected:
    """SADD key member [member …] (t_set.c saddCommand)."""
    value = world.set_at(argv[1])
    if value is None:
        value = SetValue(set(), INTSET if to_integer(argv[2]) is not None else LISTPACK)
    value.encoding = expecting(world.version, value.encoding, len(argv) - 2)
    added = add_members(world.version, value, argv[2:])
    if added:
        world.put(argv[1], value, keep_ttl=True)
    return added


@table.command("SREM", arity=-3)
def srem(world: World, argv: list[bytes]) -> Expected:
    """SREM key member [member …] (t_set.c sremCommand)."""
    value = world.set_at(argv[1])
    if value is None:
        return 0
    before = len(value.members)
    value.members.difference_update(argv[2:])
    removed = before - len(value.members)
    if removed:
        world.changed(argv[1], value)
    return removed


@table.command("SMOVE", arity=4)
def smove(world: World, argv: list[bytes]) -> Expected:
    """SMOVE source destination member (t_set.c smoveCommand)."""
    _, source_key, destination_key, member = argv
    for key in (source_key, destination_key):
        world.meet(key)
    source = world.set_at(source_key)
    if source is None:
        return 0
    destination = world.set_at(destination_key)
    if member not in source.members:
        return 0
    if source is destination:
        return 1
    source.members.remove(member)
    world.changed(source_key, source)
    if destination is None:
        world.put(destination_key, set_of(world.version, {member}))
    elif add_members(world.version, destination, [member]):
        world.modified(destination_key)
    return 1


@table.command("SISMEMBER", arity=3)
def sismember(world: World, argv: list[bytes]) -> Expected:
    """SISMEMBER key member (t_set.c sismemberCommand)."""
    value = world.set_at(argv[1])
    return 0 if value is None else int(argv[2] in value.members)


@table.command("SMISMEMBER", arity=-3)
def smismember(world: World, argv: list[bytes]) -> Expected:
    """SMISMEMBER key member [member …] (t_set.c smismemberCommand)."""
    value = world.set_at(argv[1])
    members = set() if value is None else value.members
    return [int(member in members) for member in argv[2:]]


@table.command("SCARD", arity=2)
def scard(world: World, argv: list[bytes]) -> Expected:
    """SCARD key (t_set.c scardCommand)."""
    value = world.set_at(argv[1])
    return 0 if value is None else len(value.members)


@table.command("SMEMBERS", arity=2)
def smembers(world: World, argv: list[bytes]) -> Expected:
    """SMEMBERS key (t_set.c sinterCommand)."""
    value = world.set_at(argv[1])
    return Set([]) if value is None else whole(value.members, value.encoding == INTSET)


@table.command("SSCAN", arity=-3)
def sscan(world: World, argv: list[bytes]) -> Expected:
    """SSCAN key cursor [MATCH pattern] [COUNT count] (t_set.c sscanCommand)."""
    cursor = parse_cursor(world, argv[2])
    value = world.set_at(argv[1])
    if value is None:
        return empty_page()
    return scan_collection(world, argv, cursor, _iterated(value), value.encoding == INTSET)


@table.command("SRANDMEMBER", arity=-2)
def srandmember(world: World, argv: list[bytes]) -> Expected:
    """SRANDMEMBER key [count] (t_set.c srandmemberCommand)."""
    if len(argv) > 3:
        raise ReplyError(SYNTAX)
    if len(argv) == 2:
        value = world.set_at(argv[1])
        return NULL if value is None else OneMember(value.members)
    as_set = world.version.srandmember_gives_set
    count = integer(argv[2]) if as_set else negatable(argv[2])
    value = world.set_at(argv[1])
    if value is None or count == 0:
        return Set([]) if as_set else []
    if count >= len(value.members):
        return whole(value.members, value.encoding == INTSET, as_set=as_set)
    return Sample(value.members, abs(count), as_set=as_set, repeats=count < 0)


@table.command("SPOP", arity=-2)
def spop(world: World, argv: list[bytes]) -> Expected:
    """SPOP key [count] (t_set.c spopCommand)."""
    if len(argv) > 3:
        raise ReplyError(SYNTAX)
    if len(argv) == 3:
        return _pop_count(world, argv[1], _pop_count_argument(world.version, argv[2]))
    value = world.set_at(argv[1])
    if value is None:
        return NULL
    if len(value.members) == 1:
        world.remove(argv[1])
        member = next(iter(value.members))
        world.propagate(b"SREM", argv[1], member)
        return member
    world.modified(argv[1])

    def pop(member: bytes) -> None:
        value.members.remove(member)
        world.propagate(b"SREM", argv[1], member)

    return OneMember(value.members, pop)


def _pop_count_argument(version: Version, text: bytes) -> int:
    """How many members SPOP is to take; raises ReplyError."""
    if version.tells_not_integer:
        integer(text)
        return ranged(text, 0, INT64_MAX, OUT_OF_RANGE)
    return ranged(text, 0, INT64_MAX, NOT_POSITIVE)


def _pop_count(world: World, key: bytes, count: int) -> Expected:
    """SPOP key count (t_set.c spopWithCountCommand)."""
    value = world.set_at(key)
    if value is None or count == 0:
        return Set([])
    if world.version.propagation.spop_counts_what_was_asked:
        world.dirty(count)
    remaining = len(value.members) - count
    if remaining <= 0:
        world.remove(key)
        world.propagate(world.version.propagation.replaced, key)
        return whole(value.members, collects_in_intset(world.version, [value], set_of(world.version, value.members)))
    world.modified(key)
    world.prevent_propagation()
    if remaining * _REBUILT_FROM > count:

        def take(popped: Sequence[bytes]) -> None:
            value.members.difference_update(popped)
            _propagate_removal(world, key, popped)

        return Sample(value.members, count, as_set=True, then=take)

    values, version = world.db.values, world.version
    compact = INTSET if value.encoding == INTSET or not version.listpack_sets else LISTPACK

    def rebuild(popped: Sequence[bytes]) -> None:
        """What stays is put into a new set, which may be compact again."""
        _propagate_removal(world, key, popped)
        left = value.members.difference(popped)
        values[key] = SetValue(left, grown(version, compact, len(left), left))

    return Sample(_iterated(value), count, as_set=True, in_order=value.encoding == INTSET, then=rebuild)


def _propagate_removal(world: World, key: bytes, members: Sequence[bytes]) -> None:
    """Let what SPOP has taken be propagated, as the version does."""
    if world.version.propagation.spop_in_one:
        for first in range(0, len(members), _SREM_MEMBERS):
            world.propagate_also(b"SREM", key, *members[first : first + _SREM_MEMBERS])
    else:
        for member in members:
            world.propagate_also(b"SREM", key, member)
