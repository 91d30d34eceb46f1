"""ZRANGE, ZRANGESTORE and the older commands that ask for a range of a sorted set (`t_zset.c`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from redproof_model.choice import Expected, OneOf
from redproof_model.commands.sorted_sets.spans import MemberRange, ScoreRange
from redproof_model.commands.sorted_sets.storage import Element, elements_reply, insert, new, store
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.systems.arithmetic.ranges import element_range
from redproof_model.versions import Version

table = CommandTable()

_LIMIT_BY_RANK: Final = b"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
_SCORES_BY_MEMBER: Final = b"ERR syntax error, WITHSCORES not supported in combination with BYLEX"


class By(Enum):
    """What a range is counted in."""

    RANK = "rank"
    SCORE = "score"
    MEMBER = "member"


_BY_OPTION: Final = {b"BYSCORE": By.SCORE, b"BYLEX": By.MEMBER}

_Search: TypeAlias = Callable[[SortedSet], list[list[Element]]]


@dataclass(slots=True)
class _Options:
    """What follows the two ends of a range; None where the command leaves it to the options.

    Without `unified` each command has options of its own, and ZRANGE none but WITHSCORES.
    """

    by: By | None
    reverse: bool | None
    stores: bool
    unified: bool
    with_scores: bool = False
    offset: int = 0
    limit: int = -1

    def read(self, words: list[bytes]) -> None:
        """Take the options in the order in which they come; raises ReplyError."""
        by_rank, by_member = (False, False) if self.unified else (self.by is By.RANK, self.by is By.MEMBER)
        at = 0
        while at < len(words):
            word = c_string(words[at]).upper()
            if word == b"WITHSCORES" and not self.stores and not by_member and (not by_rank or len(words) == 1):
                self.with_scores = True
            elif word == b"LIMIT" and at + 2 < len(words) and not by_rank:
                self.offset, self.limit = integer(words[at + 1]), integer(words[at + 2])
                at += 2
            elif word == b"REV" and self.reverse is None:
                self.reverse = True
            elif word in _BY_OPTION and self.by is None:
                self.by = _BY_OPTION[word]
            else:
                raise ReplyError(SYNTAX)
            at += 1
        self._refuse_conflicts()

    def _refuse_conflicts(self) -> None:
        if self.limit != -1 and self.by in (None, By.RANK):
            raise ReplyError(_LIMIT_BY_RANK)
        if self.with_scores and self.by is By.MEMBER:
            raise ReplyError(_SCORES_BY_MEMBER)

    def search(self, version: Version, first: bytes, second: bytes) -> _Search:
        """What finds the elements of the range between the two ends, as they were given; raises ReplyError."""
        reverse = bool(self.reverse)
        low, high = (second, first) if reverse else (first, second)
        if self.by is By.SCORE:
            scores = ScoreRange.parse(version, low, high)
            return lambda zset: [scores.selection(version, zset, reverse, self.offset, self.limit)]
        if self.by is By.MEMBER:
            members = MemberRange.parse(low, high)
            return lambda zset: members.selections(version, zset, reverse, self.offset, self.limit)
        start, stop = integer(first), integer(second)
        return lambda zset: [_ranked(zset, start, stop, reverse)]


def _parse(world: World, argv: list[bytes], by: By | None, reverse: bool | None) -> tuple[_Search, _Options]:
    """Read the ends of the range and the options: which of them first depends on the version; raises ReplyError."""
    if world.version.unified_zrange:
        options = _Options(by, reverse, stores=False, unified=True)
        options.read(argv[4:])
        return options.search(world.version, argv[2], argv[3]), options
    options = _Options(by or By.RANK, bool(reverse), stores=False, unified=False)
    search = options.search(world.version, argv[2], argv[3])
    options.read(argv[4:])
    return search, options


def _ranked(zset: SortedSet, start: int, stop: int, reverse: bool) -> list[Element]:
    order = zset.ordered()
    first, end = element_range.compiled(len(order), start, stop)
    return order[::-1][first:end] if reverse else order[first:end]


def _range(world: World, argv: list[bytes], by: By | None = None, reverse: bool | None = None) -> Expected:
    """What all commands do that answer with the elements (zrangeGenericCommand)."""
    search, options = _parse(world, argv, by, reverse)
    zset = world.sorted_set(argv[1])
    if zset is None:
        return []
    replies = [elements_reply(world, found, options.with_scores) for found in search(zset)]
    return replies[0] if len(replies) == 1 else OneOf(replies)


@table.command("ZRANGE", arity=-4)
def zrange(world: World, argv: list[bytes]) -> Expected:
    """ZRANGE key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES] (t_zset.c zrangeCommand)."""
    return _range(world, argv)


@table.command("ZREVRANGE", arity=-4)
def zrevrange(world: World, argv: list[bytes]) -> Expected:
    """ZREVRANGE key start stop [WITHSCORES] (t_zset.c zrevrangeCommand)."""
    return _range(world, argv, By.RANK, reverse=True)


@table.command("ZRANGEBYSCORE", arity=-4)
def zrangebyscore(world: World, argv: list[bytes]) -> Expected:
    """ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count] (t_zset.c zrangebyscoreCommand)."""
    return _range(world, argv, By.SCORE, reverse=False)


@table.command("ZREVRANGEBYSCORE", arity=-4)
def zrevrangebyscore(world: World, argv: list[bytes]) -> Expected:
    """ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count] (t_zset.c zrevrangebyscoreCommand)."""
    return _range(world, argv, By.SCORE, reverse=True)


@table.command("ZRANGEBYLEX", arity=-4)
def zrangebylex(world: World, argv: list[bytes]) -> Expected:
    """ZRANGEBYLEX key min max [LIMIT offset count] (t_zset.c zrangebylexCommand)."""
    return _range(world, argv, By.MEMBER, reverse=False)


@table.command("ZREVRANGEBYLEX", arity=-4)
def zrevrangebylex(world: World, argv: list[bytes]) -> Expected:
    """ZREVRANGEBYLEX key max min [LIMIT offset count] (t_zset.c zrevrangebylexCommand)."""
    return _range(world, argv, By.MEMBER, reverse=True)


@table.command("ZRANGESTORE", arity=-5)
def zrangestore(world: World, argv: list[bytes]) -> Expected:
    """ZRANGESTORE dst src min max [BYSCORE|BYLEX] [REV] [LIMIT offset count] (t_zset.c zrangestoreCommand)."""
    options = _Options(None, None, stores=True, unified=True)
    options.read(argv[5:])
    search = options.search(world.version, argv[3], argv[4])
    zset = world.sorted_set(argv[2])
    if zset is None:
        return store(world, argv[1], new(world.version))
    by_rank = options.by is None
    return split(world, search(zset), lambda world, found: _store(world, argv[1], found, by_rank))


def _store(world: World, key: bytes, elements: list[Element], length_is_known: bool) -> int:
    """Store elements one by one, in a skiplist from the start if they are known to be many (zrangeResultBeginStore)."""
    zset = new(world.version, len(elements) if length_is_known else 0)
    for score, member in elements:
        insert(world.version, zset, member, score)
    return store(world, key, zset)


@table.command("ZCOUNT", arity=4)
def zcount(world: World, argv: list[bytes]) -> Expected:
    """ZCOUNT key min max (t_zset.c zcountCommand)."""
    scores = ScoreRange.parse(world.version, argv[2], argv[3])
    zset = world.sorted_set(argv[1])
    if zset is None:
        return 0
    first, end = scores.span(zset)
    return end - first


@table.command("ZLEXCOUNT", arity=4)
def zlexcount(world: World, argv: list[bytes]) -> Expected:
    """ZLEXCOUNT key min max (t_zset.c zlexcountCommand)."""
    members = MemberRange.parse(argv[2], argv[3])
    zset = world.sorted_set(argv[1])
    if zset is None:
        return 0
    counts = members.counts(world.version, zset)
    return counts[0] if len(counts) == 1 else OneOf(counts)


@table.command("ZREMRANGEBYRANK", arity=4)
def zremrangebyrank(world: World, argv: list[bytes]) -> Expected:
    """ZREMRANGEBYRANK key start stop (t_zset.c zremrangebyrankCommand)."""
    start, stop = integer(argv[2]), integer(argv[3])
    zset = world.sorted_set(argv[1])
    return 0 if zset is None else _remove(world, argv[1], _ranked(zset, start, stop, reverse=False))


@table.command("ZREMRANGEBYSCORE", arity=4)
def zremrangebyscore(world: World, argv: list[bytes]) -> Expected:
    """ZREMRANGEBYSCORE key min max (t_zset.c zremrangebyscoreCommand)."""
    scores = ScoreRange.parse(world.version, argv[2], argv[3])
    zset = world.sorted_set(argv[1])
    return 0 if zset is None else _remove(world, argv[1], zset.ordered()[slice(*scores.span(zset))])


@table.command("ZREMRANGEBYLEX", arity=4)
def zremrangebylex(world: World, argv: list[bytes]) -> Expected:
    """ZREMRANGEBYLEX key min max (t_zset.c zremrangebylexCommand)."""
    members = MemberRange.parse(argv[2], argv[3])
    zset = world.sorted_set(argv[1])
    if zset is None:
        return 0
    return split(world, members.removals(world.version, zset), lambda world, found: _remove(world, argv[1], found))


def _remove(world: World, key: bytes, elements: list[Element]) -> int:
    zset = world.sorted_set(key)
    if zset is not None and elements:
        for _, member in elements:
            zset.discard(member)
        world.changed(key, zset)
    return len(elements)
