"""Sorted sets: their members, one at a time (`t_zset.c`)."""

from __future__ import annotations

from math import isnan
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sorted_sets.storage import (
    MAX_LISTPACK_ENTRIES,
    MAX_LISTPACK_MEMBER_BYTES,
    SKIPLIST,
    insert,
    new,
    score_argument,
    score_reply,
)
from redproof_model.errors import SYNTAX, ReplyError, c_string, wrong_arity
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, NULL_ARRAY, Reply
from redproof_model.versions import Version

table = CommandTable()

_ADD_OPTIONS: Final = frozenset([b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR"])
_NX_AND_XX: Final = b"ERR XX and NX options at the same time are not compatible"
_GT_LT_AND_NX: Final = b"ERR GT, LT, and/or NX options at the same time are not compatible"
_INCR_OF_MANY: Final = b"ERR INCR option supports a single increment-element pair"
_NOT_A_NUMBER: Final = b"ERR resulting score is not a number (NaN)"


@table.command("ZADD", arity=-4)
def zadd(world: World, argv: list[bytes]) -> Expected:
    """ZADD key [NX|XX] [GT|LT] [CH] [INCR] score member [score member …] (t_zset.c zaddCommand)."""
    return _add(world, argv, set())


@table.command("ZINCRBY", arity=4)
def zincrby(world: World, argv: list[bytes]) -> Expected:
    """ZINCRBY key increment member (t_zset.c zincrbyCommand); it takes the options of ZADD, but has no room for one."""
    return _add(world, argv, {b"INCR"})


def _add(world: World, argv: list[bytes], options: set[bytes]) -> Expected:
    """What both commands do (zaddGenericCommand)."""
    first = 2
    known = _ADD_OPTIONS if world.version.zadd_gt_lt else _ADD_OPTIONS - {b"GT", b"LT"}
    while first < len(argv) and (word := c_string(argv[first]).upper()) in known:
        options.add(word)
        first += 1
    _refuse_options(options, len(argv) - first)
    scores = [score_argument(world.version, text) for text in argv[first::2]]
    members = argv[first + 1 :: 2]
    held = world.sorted_set(argv[1])
    if held is None and b"XX" in options:
        return NULL if b"INCR" in options else 0
    zset = held or new(world.version)
    if world.version.zadd_expects_entries and _will_be_too_large(world.version, members):
        zset.encoding = SKIPLIST
    added, updated, last = _apply(world, zset, members, scores, options)
    if held is None:
        world.put(argv[1], zset)
    elif added or updated:
        world.modified(argv[1])
    if b"INCR" in options:
        return NULL if last is None else score_reply(world.version, last)
    return added + updated if b"CH" in options else added


def _will_be_too_large(version: Version, members: list[bytes]) -> bool:
    """Whether ZADD prepares for these members, were there twins among them, a skiplist (zsetTypeMaybeConvert)."""
    if len(members) > MAX_LISTPACK_ENTRIES:
        return True
    return version.zadd_looks_at_lengths and max(map(len, members)) > MAX_LISTPACK_MEMBER_BYTES


def _refuse_options(options: set[bytes], arguments_left: int) -> None:
    if arguments_left % 2 or not arguments_left:
        raise ReplyError(SYNTAX)
    if not options:
        return
    if {b"NX", b"XX"} <= options:
        raise ReplyError(_NX_AND_XX)
    if len(options & {b"NX", b"GT", b"LT"}) > 1:
        raise ReplyError(_GT_LT_AND_NX)
    if b"INCR" in options and arguments_left > 2:
        raise ReplyError(_INCR_OF_MANY)


def _apply(
    world: World, zset: SortedSet, members: list[bytes], scores: list[float], options: set[bytes]
) -> tuple[int, int, float | None]:
    """Set the scores; how many members were added, how many changed, and the last score that was not passed over."""
    added = updated = 0
    last: float | None = None
    for member, score in zip(members, scores, strict=True):
        current = zset.scores.get(member)
        wanted = _wanted_score(current, score, options) if options else score
        if wanted is None:
            continue
        last = wanted
        if current is None:
            added += 1
        elif wanted != current:
            updated += 1
        else:
            continue
        insert(world.version, zset, member, wanted)
    return added, updated, last


def _wanted_score(current: float | None, score: float, options: set[bytes]) -> float | None:
    """The score that a member is to have, None if the options pass it over (zsetAdd)."""
    if current is None:
        return None if b"XX" in options else score
    if b"NX" in options:
        return None
    if b"INCR" in options:
        score += current
        if isnan(score):
            raise ReplyError(_NOT_A_NUMBER)
    if (b"LT" in options and score >= current) or (b"GT" in options and score <= current):
        return None
    return score


@table.command("ZREM", arity=-3)
def zrem(world: World, argv: list[bytes]) -> Expected:
    """ZREM key member [member …] (t_zset.c zremCommand)."""
    zset = world.sorted_set(argv[1])
    if zset is None:
        return 0
    removed = sum([zset.discard(member) for member in argv[2:]])
    if removed:
        world.changed(argv[1], zset)
    return removed


@table.command("ZCARD", arity=2)
def zcard(world: World, argv: list[bytes]) -> Expected:
    """ZCARD key (t_zset.c zcardCommand)."""
    zset = world.sorted_set(argv[1])
    return 0 if zset is None else len(zset.scores)


@table.command("ZSCORE", arity=3)
def zscore(world: World, argv: list[bytes]) -> Expected:
    """ZSCORE key member (t_zset.c zscoreCommand)."""
    return _score(world, world.sorted_set(argv[1]), argv[2])


@table.command("ZMSCORE", arity=-3)
def zmscore(world: World, argv: list[bytes]) -> Expected:
    """ZMSCORE key member [member …] (t_zset.c zmscoreCommand)."""
    zset = world.sorted_set(argv[1])
    return [_score(world, zset, member) for member in argv[2:]]


def _score(world: World, zset: SortedSet | None, member: bytes) -> Reply:
    score = None if zset is None else zset.scores.get(member)
    return NULL if score is None else score_reply(world.version, score)


@table.command("ZRANK", arity=-3)
def zrank(world: World, argv: list[bytes]) -> Expected:
    """ZRANK key member [WITHSCORE] (t_zset.c zrankCommand)."""
    return _rank(world, argv, "ZRANK", reverse=False)


@table.command("ZREVRANK", arity=-3)
def zrevrank(world: World, argv: list[bytes]) -> Expected:
    """ZREVRANK key member [WITHSCORE] (t_zset.c zrevrankCommand)."""
    return _rank(world, argv, "ZREVRANK", reverse=True)


def _rank(world: World, argv: list[bytes], name: str, reverse: bool) -> Expected:
    """The rank of a member, alone or with its score (zrankGenericCommand)."""
    if len(argv) > 4:
        raise wrong_arity(name)
    with_score = len(argv) == 4
    if with_score and c_string(argv[3]).upper() != b"WITHSCORE":
        raise ReplyError(SYNTAX)
    zset = world.sorted_set(argv[1])
    rank = None if zset is None else zset.rank(argv[2])
    if zset is None or rank is None:
        return NULL_ARRAY if with_score else NULL
    if reverse:
        rank = len(zset.scores) - 1 - rank
    return [rank, score_reply(world.version, zset.scores[argv[2]])] if with_score else rank
