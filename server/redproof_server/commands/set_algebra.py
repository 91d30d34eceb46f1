"""Intersections, unions and differences of sets, answered, counted or stored."""

from redproof_server.engine.arguments import read_at_least, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, MOVABLE_KEYS, READONLY, SORT_FOR_SCRIPT, WRITE, command
from redproof_server.engine.database import checked
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import SET
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.set import Set
from redproof_server.engine.waiting import store_or_delete
from redproof_server.protocol.replies import bulk_set, integer

UNLIMITED = 0


@command("sinter", arity=-2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, -1, 1))
def sinter(client: Client, args: list[bytes]) -> bytes:
    """SINTER key [key ...] (t_set.c sinterCommand)."""
    return bulk_set(intersection(read_sets(client, args[1:])), client.resp)


@command("sinterstore", arity=-3, flags=WRITE | DENYOOM, keys=(1, -1, 1))
def sinterstore(client: Client, args: list[bytes]) -> bytes:
    """SINTERSTORE destination key [key ...] (t_set.c sinterstoreCommand)."""
    members = intersection(read_sources(client, args[2:]))
    return store_set(client, args[1], Set(client.server.limits, members), b"sinterstore")


@command("sintercard", arity=-3, flags=READONLY | MOVABLE_KEYS, since="7.0")
def sintercard(client: Client, args: list[bytes]) -> bytes:
    """SINTERCARD numkeys key [key ...] [LIMIT limit] (t_set.c sinterCardCommand)."""
    key_count = read_at_least(args[1], 1, b"ERR numkeys should be greater than 0")
    if key_count > len(args) - 2:
        raise CommandError(b"ERR Number of keys can't be greater than number of args")
    limit = parse_limit(args[key_count + 2 :])
    cardinality = len(intersection(read_sets(client, args[2 : key_count + 2])))
    return integer(min(cardinality, limit) if limit else cardinality)


def parse_limit(options: list[bytes]) -> int:
    """The number after LIMIT, the last one if it is repeated; 0 means no limit."""
    limit = UNLIMITED
    for position in range(0, len(options), 2):
        if read_word(options[position]) != b"limit" or position + 1 == len(options):
            raise CommandError(SYNTAX)
        limit = read_at_least(options[position + 1], 0, b"ERR LIMIT can't be negative")
    return limit


@command("sunion", arity=-2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, -1, 1))
def sunion(client: Client, args: list[bytes]) -> bytes:
    """SUNION key [key ...] (t_set.c sunionCommand)."""
    return bulk_set(union(client.server.limits, read_sets(client, args[1:])), client.resp)


@command("sunionstore", arity=-3, flags=WRITE | DENYOOM, keys=(1, -1, 1))
def sunionstore(client: Client, args: list[bytes]) -> bytes:
    """SUNIONSTORE destination key [key ...] (t_set.c sunionstoreCommand)."""
    result = union(client.server.limits, read_sources(client, args[2:]))
    return store_set(client, args[1], result, b"sunionstore")


@command("sdiff", arity=-2, flags=READONLY | SORT_FOR_SCRIPT, keys=(1, -1, 1))
def sdiff(client: Client, args: list[bytes]) -> bytes:
    """SDIFF key [key ...] (t_set.c sdiffCommand)."""
    return bulk_set(difference(client.server.limits, read_sets(client, args[1:])), client.resp)


@command("sdiffstore", arity=-3, flags=WRITE | DENYOOM, keys=(1, -1, 1))
def sdiffstore(client: Client, args: list[bytes]) -> bytes:
    """SDIFFSTORE destination key [key ...] (t_set.c sdiffstoreCommand)."""
    result = difference(client.server.limits, read_sources(client, args[2:]))
    return store_set(client, args[1], result, b"sdiffstore")


def read_sets(client: Client, keys: list[bytes]) -> list[Set | None]:
    """The sets at the keys, None where there is none; raises WRONGTYPE."""
    return [client.db.read(key, Set) for key in keys]


def read_sources(client: Client, keys: list[bytes]) -> list[Set | None]:
    """As `read_sets`, for a command that stores its result."""
    return [checked(client.db.lookup_source(key), Set) for key in keys]


def store_set(client: Client, destination: bytes, result: Set, event: bytes) -> bytes:
    """Put the result in the place of what `destination` held, and answer its size."""
    store_or_delete(client.db, destination, result, SET, event)
    return integer(len(result))


def intersection(sets: list[Set | None]) -> list[bytes]:
    """The members that all sets have, in the order of the smallest (t_set.c sinterGenericCommand)."""
    present = [value for value in sets if value is not None]
    if len(present) < len(sets):
        return []
    smallest, *others = sorted(present, key=len)
    return [member for member in smallest if all(other is smallest or member in other for other in others)]


def union(limits: Limits, sets: list[Set | None]) -> Set:
    """The members that any set has (t_set.c sunionDiffGenericCommand)."""
    result = Set(limits)
    for value in sets:
        result.update(value or ())
    return result


def difference(limits: Limits, sets: list[Set | None]) -> Set:
    """The members of the first set that no other has (t_set.c sunionDiffGenericCommand).

    The way shows in the encoding of the result: a member that is added and removed again may have converted it.
    """
    first, *others = sets
    if first is None or any(other is first for other in others):
        return Set(limits)
    subtracted = [other for other in others if other is not None]
    if prefers_lookups(len(first), [len(other) for other in subtracted]):
        return Set(limits, (member for member in first if not any(member in other for other in subtracted)))
    result = Set(limits, first)
    for other in subtracted:
        for member in other:
            result.discard(member)
        if not len(result):
            break
    return result


def prefers_lookups(size: int, other_sizes: list[int]) -> bool:
    """Whether looking up each member of the first set in all others is the less work, which counts half."""
    return size * (1 + len(other_sizes)) // 2 <= size + sum(other_sizes)
