"""Sorted sets: members, scores and ranks; ranges, algebra and pops have modules of their own."""

from math import isnan

from redproof_server.engine.arguments import read_float, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import ZSET
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.waiting import delete_if_empty
from redproof_server.protocol.replies import array, double, integer, null

ADD_OPTIONS = frozenset((b"nx", b"xx", b"gt", b"lt", b"ch", b"incr"))
NX_WITH_XX = b"ERR XX and NX options at the same time are not compatible"
NX_GT_LT = b"ERR GT, LT, and/or NX options at the same time are not compatible"
INCR_TAKES_ONE_PAIR = b"ERR INCR option supports a single increment-element pair"
RESULT_IS_NAN = b"ERR resulting score is not a number (NaN)"

Options = frozenset[bytes] | set[bytes]


@command("zadd", arity=-4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def zadd(client: Client, args: list[bytes]) -> bytes:
    """ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] (t_zset.c zaddCommand)."""
    options, start = parse_add_options(args)
    return add_generic(client, args[1], args[start:], options)


@command("zincrby", arity=4, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def zincrby(client: Client, args: list[bytes]) -> bytes:
    """ZINCRBY key increment member (t_zset.c zincrbyCommand)."""
    options, start = parse_add_options(args)
    return add_generic(client, args[1], args[start:], options | {b"incr"})


def parse_add_options(args: list[bytes]) -> tuple[set[bytes], int]:
    """The options of ZADD, and where the first score is; a score that spells an option is one, in ZINCRBY too."""
    options: set[bytes] = set()
    for position in range(2, len(args)):
        word = read_word(args[position])
        if word not in ADD_OPTIONS:
            return options, position
        options.add(word)
    return options, len(args)


def check_add_options(options: Options, pair_texts: int) -> None:
    """Refuse what does not go together, given the number of scores and members (t_zset.c zaddGenericCommand)."""
    if pair_texts % 2 or not pair_texts:
        raise CommandError(SYNTAX)
    if not options:
        return
    if {b"nx", b"xx"} <= options:
        raise CommandError(NX_WITH_XX)
    if len(options & {b"nx", b"gt", b"lt"}) > 1:
        raise CommandError(NX_GT_LT)
    if b"incr" in options and pair_texts > 2:
        raise CommandError(INCR_TAKES_ONE_PAIR)


def add_generic(client: Client, key: bytes, pairs: list[bytes], options: Options) -> bytes:
    """Add or change the members, scores and members given in turn (t_zset.c zaddGenericCommand)."""
    check_add_options(options, len(pairs))
    scores = [read_float(text) for text in pairs[::2]]
    value = client.db.write(key, SortedSet)
    if value is None:
        if b"xx" in options:
            return null(client.resp) if b"incr" in options else integer(0)
        value = SortedSet(client.server.limits)
        client.db.add(key, value)
    added = updated = 0
    new_score = None
    for score, member in zip(scores, pairs[1::2], strict=True):
        old_score = value.score(member)
        new_score = resulting_score(old_score, score, options)
        if new_score is not None:
            added += value.set(member, new_score)
            updated += old_score is not None and old_score != new_score
    is_increment = b"incr" in options
    if added or updated:
        client.db.changed(key, ZSET, b"zincr" if is_increment else b"zadd", count=added + updated)
    if is_increment:
        return null(client.resp) if new_score is None else double(new_score, client.resp)
    return integer(added + updated if b"ch" in options else added)


def resulting_score(old_score: float | None, score: float, options: Options) -> float | None:
    """The score that a member gets, or None when the options leave it as it is (t_zset.c zsetAdd)."""
    if old_score is None:
        return None if b"xx" in options else score
    if not options:
        return score
    if b"nx" in options:
        return None
    if b"incr" in options:
        score += old_score
        if isnan(score):
            raise CommandError(RESULT_IS_NAN)
    return score if may_replace_score(old_score, score, options) else None


def may_replace_score(old_score: float, score: float, options: Options) -> bool:
    """Whether GT and LT let a score take the place of another; a tie does not."""
    if b"gt" in options:
        return score > old_score
    return b"lt" not in options or score < old_score


@command("zrem", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1))
def zrem(client: Client, args: list[bytes]) -> bytes:
    """ZREM key member [member ...] (t_zset.c zremCommand)."""
    value = client.db.write(args[1], SortedSet)
    if value is None:
        return integer(0)
    deleted = sum(value.delete(member) for member in args[2:])
    if deleted:
        client.db.changed(args[1], ZSET, b"zrem", count=deleted)
        delete_if_empty(client.db, args[1], value)
    return integer(deleted)


@command("zcard", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def zcard(client: Client, args: list[bytes]) -> bytes:
    """ZCARD key (t_zset.c zcardCommand)."""
    value = client.db.read(args[1], SortedSet)
    return integer(0 if value is None else len(value))


@command("zscore", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def zscore(client: Client, args: list[bytes]) -> bytes:
    """ZSCORE key member (t_zset.c zscoreCommand)."""
    return score_reply(client, client.db.read(args[1], SortedSet), args[2])


@command("zmscore", arity=-3, flags=READONLY | FAST, keys=(1, 1, 1))
def zmscore(client: Client, args: list[bytes]) -> bytes:
    """ZMSCORE key member [member ...] (t_zset.c zmscoreCommand)."""
    value = client.db.read(args[1], SortedSet)
    return array([score_reply(client, value, member) for member in args[2:]])


def score_reply(client: Client, value: SortedSet | None, member: bytes) -> bytes:
    """The score of a member, or the null that stands for its absence."""
    score = None if value is None else value.score(member)
    return null(client.resp) if score is None else double(score, client.resp)


@command("zrank", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def zrank(client: Client, args: list[bytes]) -> bytes:
    """ZRANK key member (t_zset.c zrankCommand)."""
    rank = rank_of(client.db.read(args[1], SortedSet), args[2], is_reverse=False)
    return null(client.resp) if rank is None else integer(rank)


@command("zrevrank", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def zrevrank(client: Client, args: list[bytes]) -> bytes:
    """ZREVRANK key member (t_zset.c zrevrankCommand)."""
    rank = rank_of(client.db.read(args[1], SortedSet), args[2], is_reverse=True)
    return null(client.resp) if rank is None else integer(rank)


def rank_of(value: SortedSet | None, member: bytes, is_reverse: bool) -> int | None:
    """The 0-based rank of a member from either end (t_zset.c zsetRank)."""
    score = None if value is None else value.score(member)
    if value is None or score is None:
        return None
    rank = value.ranking.rank(score, member)
    return len(value) - 1 - rank if is_reverse else rank
