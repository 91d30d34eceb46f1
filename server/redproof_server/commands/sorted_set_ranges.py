"""Ranges of sorted sets by rank, score or member: answered, stored, counted or removed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile

from redproof_server.commands.lists import slice_bounds
from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.database import checked
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import ZSET
from redproof_server.engine.ranges import (
    MemberRange,
    ScoreRange,
    first_candidate_rank,
    first_member_rank,
    last_member_rank,
    parse_member_range,
    parse_score_range,
    score_ranks,
)
from redproof_server.engine.ranking import Ranked
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.waiting import delete_if_empty, store_or_delete
from redproof_server.protocol.replies import EMPTY_ARRAY, array, bulk, bulks, double, integer

LIMIT_NEEDS_BY = b"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
NO_SCORES_BY_MEMBER = b"ERR syntax error, WITHSCORES not supported in combination with BYLEX"
RANK, SCORE, MEMBER = b"", b"byscore", b"bylex"
NO_LIMIT = -1

Select = Callable[[SortedSet], list[Ranked]]


@dataclass(slots=True)
class RangeRequest:
    """What a range command asks for; `by` and `is_reverse` are None until an option or the default decides."""

    by: bytes | None
    is_reverse: bool | None
    start: bytes
    stop: bytes
    with_scores: bool = False
    offset: int = 0
    limit: int = NO_LIMIT


@command("zrange", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrange(client: Client, args: list[bytes]) -> bytes:
    """ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] (t_zset.c zrangeCommand)."""
    return range_reply(client, args, by=None, is_reverse=None)


@command("zrevrange", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrevrange(client: Client, args: list[bytes]) -> bytes:
    """ZREVRANGE key start stop [WITHSCORES] (t_zset.c zrevrangeCommand)."""
    return range_reply(client, args, by=RANK, is_reverse=True)


@command("zrangebyscore", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrangebyscore(client: Client, args: list[bytes]) -> bytes:
    """ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] (t_zset.c zrangebyscoreCommand)."""
    return range_reply(client, args, by=SCORE, is_reverse=False)


@command("zrevrangebyscore", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrevrangebyscore(client: Client, args: list[bytes]) -> bytes:
    """ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] (t_zset.c zrevrangebyscoreCommand)."""
    return range_reply(client, args, by=SCORE, is_reverse=True)


@command("zrangebylex", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrangebylex(client: Client, args: list[bytes]) -> bytes:
    """ZRANGEBYLEX key min max [LIMIT offset count] (t_zset.c zrangebylexCommand)."""
    return range_reply(client, args, by=MEMBER, is_reverse=False)


@command("zrevrangebylex", arity=-4, flags=READONLY, keys=(1, 1, 1))
def zrevrangebylex(client: Client, args: list[bytes]) -> bytes:
    """ZREVRANGEBYLEX key max min [LIMIT offset count] (t_zset.c zrevrangebylexCommand)."""
    return range_reply(client, args, by=MEMBER, is_reverse=True)


def range_reply(client: Client, args: list[bytes], by: bytes | None, is_reverse: bool | None) -> bytes:
    """Answer a range of the sorted set at the first argument (t_zset.c zrangeGenericCommand)."""
    request = RangeRequest(by, is_reverse, args[2], args[3])
    parse_range_options(request, args[4:], is_stored=False)
    select = parse_range(request)
    value = client.db.read(args[1], SortedSet)
    if value is None:
        return EMPTY_ARRAY
    return entries_reply(select(value), request.with_scores, client.resp)


def entries_reply(entries: list[Ranked], with_scores: bool, resp: int) -> bytes:
    """Members, with their scores if asked for: as pairs in RESP3, in turn in RESP2."""
    if not with_scores:
        return bulks(member for _, member in entries)
    if resp == 3:
        return array([array([bulk(member), double(score, resp)]) for score, member in entries])
    return array([part for score, member in entries for part in (bulk(member), double(score, resp))])


@command("zrangestore", arity=-5, flags=WRITE | DENYOOM, keys=(1, 2, 1))
def zrangestore(client: Client, args: list[bytes]) -> bytes:
    """ZRANGESTORE dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count] (t_zset.c zrangestoreCommand)."""
    request = RangeRequest(None, None, args[3], args[4])
    parse_range_options(request, args[5:], is_stored=True)
    select = parse_range(request)
    value = checked(client.db.lookup_source(args[2]), SortedSet)
    entries = [] if value is None else select(value)
    result = SortedSet(client.server.limits)
    if request.by == RANK:
        result.convert_for(len(entries))
    for score, member in entries:
        result.set(member, score)
    store_or_delete(client.db, args[1], result, ZSET, b"zrangestore")
    return integer(len(entries))


def parse_range_options(request: RangeRequest, options: list[bytes], is_stored: bool) -> None:
    """Read the options into the request, and settle what they leave open."""
    position = 0
    while position < len(options):
        word = read_word(options[position])
        if word == b"withscores" and not is_stored:
            request.with_scores = True
        elif word == b"limit" and position + 2 < len(options):
            request.offset, request.limit = map(read_integer, options[position + 1 : position + 3])
            position += 2
        elif word == b"rev" and request.is_reverse is None:
            request.is_reverse = True
        elif word in (SCORE, MEMBER) and request.by is None:
            request.by = word
        else:
            raise CommandError(SYNTAX)
        position += 1
    request.by = request.by or RANK
    if request.by == RANK and request.limit != NO_LIMIT:
        raise CommandError(LIMIT_NEEDS_BY)
    if request.by == MEMBER and request.with_scores:
        raise CommandError(NO_SCORES_BY_MEMBER)


def parse_range(request: RangeRequest) -> Select:
    """What finds the entries of the range; in reverse the ends of scores and members come the other way round."""
    if request.by == RANK:
        start, stop = read_integer(request.start), read_integer(request.stop)
        return partial(entries_by_rank, start=start, stop=stop, is_reverse=bool(request.is_reverse))
    ends = (request.stop, request.start) if request.is_reverse else (request.start, request.stop)
    if request.by == SCORE:
        return partial(entries_by_score, scores=parse_score_range(*ends), request=request)
    return partial(entries_by_member, members=parse_member_range(*ends), request=request)


def entries_by_rank(value: SortedSet, start: int, stop: int, is_reverse: bool) -> list[Ranked]:
    """The entries between two ranks, which count from the greatest in reverse (genericZrangebyrankCommand)."""
    size = len(value)
    start, stop = slice_bounds(start, stop, size)
    if is_reverse:
        return value.ranking.entries[size - stop : size - start][::-1]
    return value.ranking.entries[start:stop]


def entries_by_score(value: SortedSet, scores: ScoreRange, request: RangeRequest) -> list[Ranked]:
    """The entries whose scores lie in a range, after an offset, up to a limit (genericZrangebyscoreCommand)."""
    start, stop = score_ranks(value, scores)
    if request.offset < 0:
        return []
    if request.is_reverse:
        stop = max(stop - request.offset, start)
        start = start if request.limit < 0 else max(start, stop - request.limit)
        return value.ranking.entries[start:stop][::-1]
    start += request.offset
    return value.ranking.entries[start : stop if request.limit < 0 else min(stop, start + request.limit)]


def entries_by_member(value: SortedSet, members: MemberRange, request: RangeRequest) -> list[Ranked]:
    """The entries whose members lie in a range, after an offset, up to a limit (genericZrangebylexCommand)."""
    find_first = last_member_rank if request.is_reverse else first_member_rank
    first = find_first(value, members)
    if first is None or request.offset < 0:
        return []
    entries = value.ranking.entries
    onwards = reversed(entries[: first + 1]) if request.is_reverse else iter(entries[first:])
    remaining = islice(onwards, min(request.offset, len(entries)), None)
    in_range = takewhile(members.starts_before if request.is_reverse else members.ends_after, remaining)
    return list(in_range if request.limit < 0 else islice(in_range, min(request.limit, len(entries))))


@command("zcount", arity=4, flags=READONLY | FAST, keys=(1, 1, 1))
def zcount(client: Client, args: list[bytes]) -> bytes:
    """ZCOUNT key min max (t_zset.c zcountCommand)."""
    scores = parse_score_range(args[2], args[3])
    value = client.db.read(args[1], SortedSet)
    if value is None:
        return integer(0)
    start, stop = score_ranks(value, scores)
    return integer(stop - start)


@command("zlexcount", arity=4, flags=READONLY | FAST, keys=(1, 1, 1))
def zlexcount(client: Client, args: list[bytes]) -> bytes:
    """ZLEXCOUNT key min max (t_zset.c zlexcountCommand)."""
    members = parse_member_range(args[2], args[3])
    value = client.db.read(args[1], SortedSet)
    if value is None:
        return integer(0)
    return integer(member_count(value, members))


def member_count(value: SortedSet, members: MemberRange) -> int:
    """How many members lie in a range: a skiplist is asked for the ranks of the first and the last, a compact
    sorted set is walked; without equal scores that makes a difference (t_zset.c zlexcountCommand)."""
    if not value.scores.indexed:
        start, stop = member_ranks(value, members)
        return stop - start
    first, last = first_member_rank(value, members), last_member_rank(value, members)
    if first is None:
        return 0
    return (len(value) if last is None else last + 1) - first


def member_ranks(value: SortedSet, members: MemberRange) -> tuple[int, int]:
    """The half-open range of ranks from the first member of a range on, as long as they lie in it."""
    first = first_member_rank(value, members)
    return (0, 0) if first is None else ranks_from(value, first, members)


def ranks_from(value: SortedSet, first: int, members: MemberRange) -> tuple[int, int]:
    """The ranks from `first` on whose members the maximum of the range admits."""
    return first, first + sum(1 for _ in takewhile(members.ends_after, value.ranking.entries[first:]))


@command("zremrangebyrank", arity=4, flags=WRITE, keys=(1, 1, 1))
def zremrangebyrank(client: Client, args: list[bytes]) -> bytes:
    """ZREMRANGEBYRANK key start stop (t_zset.c zremrangebyrankCommand)."""
    start, stop = read_integer(args[2]), read_integer(args[3])
    return remove_ranks(client, args[1], b"zremrangebyrank", lambda value: slice_bounds(start, stop, len(value)))


@command("zremrangebyscore", arity=4, flags=WRITE, keys=(1, 1, 1))
def zremrangebyscore(client: Client, args: list[bytes]) -> bytes:
    """ZREMRANGEBYSCORE key min max (t_zset.c zremrangebyscoreCommand)."""
    scores = parse_score_range(args[2], args[3])
    return remove_ranks(client, args[1], b"zremrangebyscore", lambda value: score_ranks(value, scores))


@command("zremrangebylex", arity=4, flags=WRITE, keys=(1, 1, 1))
def zremrangebylex(client: Client, args: list[bytes]) -> bytes:
    """ZREMRANGEBYLEX key min max (t_zset.c zremrangebylexCommand)."""
    members = parse_member_range(args[2], args[3])
    return remove_ranks(client, args[1], b"zremrangebylex", lambda value: removed_ranks(value, members))


def removed_ranks(value: SortedSet, members: MemberRange) -> tuple[int, int]:
    """As `member_ranks`; in a skiplist its ends are not asked before the search (zslDeleteRangeByLex)."""
    if not value.scores.indexed:
        return member_ranks(value, members)
    return ranks_from(value, first_candidate_rank(value, members), members)


def remove_ranks(client: Client, key: bytes, event: bytes, find: Callable[[SortedSet], tuple[int, int]]) -> bytes:
    """Remove the half-open range of ranks that `find` tells (t_zset.c zremrangeGenericCommand)."""
    value = client.db.write(key, SortedSet)
    if value is None:
        return integer(0)
    deleted = value.delete_ranks(*find(value))
    if deleted:
        client.db.changed(key, ZSET, event, count=deleted)
        delete_if_empty(client.db, key, value)
    return integer(deleted)
