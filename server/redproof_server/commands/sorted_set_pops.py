"""Sorted sets: popping the least or greatest members, of one or the first of several, at once or when there are any."""

from redproof_server.commands.list_moves import parse_pop_request
from redproof_server.commands.sorted_set_ranges import entries_reply
from redproof_server.engine.arguments import read_deadline_ms, read_integer, read_positive
from redproof_server.engine.client import Client
from redproof_server.engine.command import BLOCKING, FAST, MOVABLE_KEYS, NOSCRIPT, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import ZSET
from redproof_server.engine.ranking import Ranked
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.waiting import block, delete_if_empty
from redproof_server.protocol.replies import EMPTY_ARRAY, array, bulk, double, null_array

ENDS = (b"min", b"max")


@command("zpopmin", arity=-2, flags=WRITE | FAST, keys=(1, 1, 1))
def zpopmin(client: Client, args: list[bytes]) -> bytes:
    """ZPOPMIN key [count] (t_zset.c zpopminCommand)."""
    return pop_generic(client, args, from_min=True)


@command("zpopmax", arity=-2, flags=WRITE | FAST, keys=(1, 1, 1))
def zpopmax(client: Client, args: list[bytes]) -> bytes:
    """ZPOPMAX key [count] (t_zset.c zpopmaxCommand)."""
    return pop_generic(client, args, from_min=False)


def pop_generic(client: Client, args: list[bytes], from_min: bool) -> bytes:
    """Pop one entry, or as many as the count says; only then are they pairs in RESP3 (t_zset.c genericZpopCommand)."""
    if len(args) > 3:
        raise CommandError(SYNTAX)
    count = read_pop_count(client, args[2]) if len(args) == 3 else None
    if count is not None and count <= 0 and client.server.version.zpop_of_none_ignores_key:
        return EMPTY_ARRAY
    value = client.db.write(args[1], SortedSet)
    if value is None or count == 0:
        return EMPTY_ARRAY
    entries = pop_entries(client, args[1], value, count or 1, from_min)
    return entries_reply(entries, with_scores=True, resp=client.resp) if count else flat_reply(client, [], entries)


def read_pop_count(client: Client, text: bytes) -> int:
    """The count of ZPOPMIN; versions differ in whether it may be negative, which is as good as 0."""
    return read_integer(text) if client.server.version.zpop_of_none_ignores_key else read_positive(text)


def flat_reply(client: Client, before: list[bytes], entries: list[Ranked]) -> bytes:
    """Members and scores in turn, in RESP3 as well."""
    resp = client.resp
    return array([*before, *(part for score, member in entries for part in (bulk(member), double(score, resp)))])


def pop_entries(client: Client, key: bytes, value: SortedSet, count: int, from_min: bool) -> list[Ranked]:
    """Take up to `count` entries from an end, with their events."""
    entries = []
    for _ in range(min(count, len(value))):
        entry = value.ranking.entries[0 if from_min else -1]
        value.delete(entry[1])
        entries.append(entry)
    client.db.changed(key, ZSET, b"zpopmin" if from_min else b"zpopmax", count=len(entries))
    delete_if_empty(client.db, key, value)
    return entries


@command("zmpop", arity=-4, flags=WRITE | MOVABLE_KEYS, since="7.0")
def zmpop(client: Client, args: list[bytes]) -> bytes:
    """ZMPOP numkeys key [key ...] MIN|MAX [COUNT count] (t_zset.c zmpopCommand)."""
    keys, end, count = parse_pop_request(args[1:], ENDS)
    reply = pop_from_first(client, keys, end == b"min", count)
    return null_array(client.resp) if reply is None else reply


@command("bzpopmin", arity=-3, flags=WRITE | FAST | NOSCRIPT | BLOCKING, keys=(1, -2, 1))
def bzpopmin(client: Client, args: list[bytes]) -> bytes:
    """BZPOPMIN key [key ...] timeout (t_zset.c bzpopminCommand)."""
    return blocking_pop(client, args[1:-1], args[-1], from_min=True, count=None)


@command("bzpopmax", arity=-3, flags=WRITE | FAST | NOSCRIPT | BLOCKING, keys=(1, -2, 1))
def bzpopmax(client: Client, args: list[bytes]) -> bytes:
    """BZPOPMAX key [key ...] timeout (t_zset.c bzpopmaxCommand)."""
    return blocking_pop(client, args[1:-1], args[-1], from_min=False, count=None)


@command("bzmpop", arity=-5, flags=WRITE | BLOCKING | MOVABLE_KEYS, since="7.0")
def bzmpop(client: Client, args: list[bytes]) -> bytes:
    """BZMPOP timeout numkeys key [key ...] MIN|MAX [COUNT count] (t_zset.c bzmpopCommand)."""
    keys, end, count = parse_pop_request(args[2:], ENDS)
    return blocking_pop(client, keys, args[1], end == b"min", count)


def blocking_pop(client: Client, keys: list[bytes], timeout: bytes, from_min: bool, count: int | None) -> bytes:
    """Pop from the first key that holds a sorted set, or wait for one that does (blockingGenericZpopCommand)."""
    deadline_ms = read_deadline_ms(client, timeout)

    def serve(key: bytes) -> bytes | None:
        reply = pop_with_key(client, key, from_min, count)
        if client.server.version.served_zpop_is_lower_case:
            client.server.propagation.rewrite(b"zpopmin" if from_min else b"zpopmax", key)
        return reply

    reply = pop_from_first(client, keys, from_min, count)
    return block(client, keys, SortedSet, deadline_ms, serve, null_array(client.resp)) if reply is None else reply


def pop_from_first(client: Client, keys: list[bytes], from_min: bool, count: int | None) -> bytes | None:
    """Pop from the first of the keys that exists, or answer None."""
    replies = (pop_with_key(client, key, from_min, count) for key in keys)
    return next((reply for reply in replies if reply is not None), None)


def pop_with_key(client: Client, key: bytes, from_min: bool, count: int | None) -> bytes | None:
    """Pop from a sorted set and answer its key: with one entry flat, or with an array of pairs for a count."""
    value = client.db.write(key, SortedSet)
    if value is None:
        return None
    entries = pop_entries(client, key, value, count or 1, from_min)
    counted = [] if count is None else [b"%d" % len(entries)]
    client.server.propagation.rewrite(b"ZPOPMIN" if from_min else b"ZPOPMAX", key, *counted)
    if count is None:
        return flat_reply(client, [bulk(key)], entries)
    return array([bulk(key), array([flat_reply(client, [], [entry]) for entry in entries])])
