"""Sets: members in and out; several sets at once are in `set_algebra`."""

from redproof_server.engine.arguments import read_positive
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, RANDOM, READONLY, SORT_FOR_SCRIPT, WRITE, command
from redproof_server.engine.database import checked
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import SET
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.values.set import Set
from redproof_server.engine.waiting import delete_if_empty
from redproof_server.protocol.replies import array, bulk, bulk_set, integer, null

# SPOP rebuilds a set from what stays when it takes at least so many times as many members.
REBUILD_RATIO_MIN = 5


@command("sadd", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def sadd(client: Client, args: list[bytes]) -> bytes:
    """SADD key member [member ...] (t_set.c saddCommand)."""
    db, key = client.db, args[1]
    value = db.write(key, Set)
    if value is None:
        value = Set(client.server.limits)
        db.add(key, value)
    added = value.update(args[2:])
    if added:
        db.changed(key, SET, b"sadd", count=added)
    return integer(added)


@command("srem", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1))
def srem(client: Client, args: list[bytes]) -> bytes:
    """SREM key member [member ...] (t_set.c sremCommand)."""
    value = client.db.write(args[1], Set)
    if value is None:
        return integer(0)
    deleted = sum(value.discard(member) for member in args[2:])
    if deleted:
        client.db.changed(args[1], SET, b"srem", count=deleted)
        delete_if_empty(client.db, args[1], value)
    return integer(deleted)


@command("sismember", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def sismember(client: Client, args: list[bytes]) -> bytes:
    """SISMEMBER key member (t_set.c sismemberCommand)."""
    value = client.db.read(args[1], Set)
    return integer(int(value is not None and args[2] in value))


@command("smismember", arity=-3, flags=READONLY | FAST, keys=(1, 1, 1))
def smismember(client: Client, args: list[bytes]) -> bytes:
    """SMISMEMBER key member [member ...] (t_set.c smismemberCommand)."""
    value = client.db.read(args[1], Set)
    return array([integer(int(value is not None and member in value)) for member in args[2:]])


@command("scard", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def scard(client: Client, args: list[bytes]) -> bytes:
    """SCARD key (t_set.c scardCommand)."""
    value = client.db.read(args[1], Set)
    return integer(0 if value is None else len(value))


@command("smembers", arity=2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, 1, 1))
def smembers(client: Client, args: list[bytes]) -> bytes:
    """SMEMBERS key (t_set.c sinterCommand)."""
    value = client.db.read(args[1], Set)
    return bulk_set(() if value is None else value, client.resp)


@command("smove", arity=4, flags=WRITE | FAST, keys=(1, 2, 1))
def smove(client: Client, args: list[bytes]) -> bytes:
    """SMOVE source destination member (t_set.c smoveCommand)."""
    db, (_, source, destination, member) = client.db, args
    origin, goal = db.lookup(source), db.lookup(destination)
    value = checked(origin, Set)
    if value is None:
        return integer(0)
    target = checked(goal, Set)
    if value is target:
        return integer(int(member in value))
    if not value.discard(member):
        return integer(0)
    db.changed(source, SET, b"srem")
    delete_if_empty(db, source, value)
    if target is None:
        target = Set(client.server.limits)
        db.add(destination, target)
    if target.add(member):
        db.changed(destination, SET, b"sadd")
    return integer(1)


@command("spop", arity=-2, flags=WRITE | FAST | RANDOM, keys=(1, 1, 1))
def spop(client: Client, args: list[bytes]) -> bytes:
    """SPOP key [count] (t_set.c spopCommand)."""
    if len(args) > 3:
        raise CommandError(SYNTAX)
    if len(args) == 3:
        return spop_with_count(client, args[1], read_positive(args[2]))
    value = client.db.write(args[1], Set)
    if value is None:
        return null(client.resp)
    member = value.random_member(client.server.random)
    value.discard(member)
    client.db.changed(args[1], SET, b"spop")
    client.server.propagation.rewrite(b"SREM", args[1], member)
    delete_if_empty(client.db, args[1], value)
    return bulk(member)


def spop_with_count(client: Client, key: bytes, count: int) -> bytes:
    """Take up to `count` members out of a set (t_set.c spopWithCountCommand)."""
    db, limits, random = client.db, client.server.limits, client.server.random
    value = db.write(key, Set)
    if value is None or not count:
        return bulk_set((), client.resp)
    size = len(value)
    if count >= size:
        taken, rest = list(Set(limits, value)), Set(limits)
    elif must_rebuild(size, count):
        rest = Set(limits, take_members(value, size - count, random))
        taken = list(value)
    else:
        taken, rest = take_members(value, count, random), value
    if len(rest):
        client.server.propagation.rewrite_each([[b"SREM", key, member] for member in taken])
    else:
        client.server.propagation.rewrite(b"DEL", key)
    if rest is not value:
        db.overwrite(key, rest)
    db.changed(key, SET, b"spop", count=len(taken))
    delete_if_empty(db, key, rest)
    return bulk_set(taken, client.resp)


def must_rebuild(size: int, count: int) -> bool:
    """Whether SPOP moves what stays to a new set: its encoding starts afresh."""
    return (size - count) * REBUILD_RATIO_MIN <= count


def take_members(value: Set, count: int, random: RandomSource) -> list[bytes]:
    """Take that many members out at random."""
    taken = []
    for _ in range(count):
        member = value.random_member(random)
        value.discard(member)
        taken.append(member)
    return taken
