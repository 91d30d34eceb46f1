"""Unions, intersections and differences of sorted sets and sets (`t_zset.c` zunionInterDiffGenericCommand)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Final, TypeAlias

from redproof_model.choice import Expected
from redproof_model.commands.sorted_sets.storage import compact, elements_reply, score_argument, store
from redproof_model.errors import SYNTAX, WRONG_TYPE, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import SetValue, SortedSet
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged
from redproof_model.versions import Version

table = CommandTable()

_WEIGHT_NOT_FLOAT: Final = b"ERR weight value is not a float"
_NEGATIVE_LIMIT: Final = b"ERR LIMIT can't be negative"

_Scores: TypeAlias = Mapping[bytes, float]
_Aggregate: TypeAlias = Callable[[float, float], float]


def _number(value: float) -> float:
    """A score that is not NaN: inf - inf and inf * 0 count as 0."""
    return 0.0 if isnan(value) else value


def _sum(total: float, score: float) -> float:
    return _number(total + score)


def _minimum(total: float, score: float) -> float:
    return score if score < total else total


def _maximum(total: float, score: float) -> float:
    return score if score > total else total


_AGGREGATES: Final[dict[bytes, _Aggregate]] = {b"SUM": _sum, b"MIN": _minimum, b"MAX": _maximum}


@dataclass(slots=True)
class _Request:
    """What a command asks for: its sources with a weight each, and the options that it takes."""

    version: Version
    sources: list[_Scores]
    weights: list[float]
    aggregate: _Aggregate = _sum
    with_scores: bool = False
    limit: int = 0

    @classmethod
    def parse(cls, world: World, argv: list[bytes], first: int, allowed: frozenset[bytes]) -> _Request:
        """Read the number of keys at `argv[first]`, the keys, and the options after them; raises ReplyError."""
        count = integer(argv[first])
        if count < 1:
            raise ReplyError(world.version.no_input_keys.replace(b"%s", c_string(argv[0]).lower()))
        if count > len(argv) - first - 1:
            raise ReplyError(SYNTAX)
        options_at = first + 1 + count
        request = cls(world.version, [_scores_at(world, key) for key in argv[first + 1 : options_at]], [1.0] * count)
        request._read(argv[options_at:], allowed)
        return request

    def _read(self, words: list[bytes], allowed: frozenset[bytes]) -> None:
        at = 0
        while at < len(words):
            word = c_string(words[at]).upper()
            arguments = _ARGUMENTS.get(word, len(self.sources))
            if word not in allowed or at + arguments >= len(words):
                raise ReplyError(SYNTAX)
            self._take(word, words[at + 1 : at + 1 + arguments])
            at += 1 + arguments

    def _take(self, option: bytes, arguments: list[bytes]) -> None:
        if option == b"WEIGHTS":
            self.weights = [score_argument(self.version, text, _WEIGHT_NOT_FLOAT) for text in arguments]
        elif option == b"WITHSCORES":
            self.with_scores = True
        elif option == b"LIMIT":
            self.limit = ranged(arguments[0], 0, INT64_MAX, _NEGATIVE_LIMIT)
        else:
            aggregate = _AGGREGATES.get(c_string(arguments[0]).upper())
            if aggregate is None:
                raise ReplyError(SYNTAX)
            self.aggregate = aggregate

    def by_size(self) -> list[tuple[_Scores, float]]:
        """Sources with their weights, the smallest first: the order in which scores are added up."""
        return sorted(zip(self.sources, self.weights, strict=True), key=lambda source: len(source[0]))


_ARGUMENTS: Final = {b"AGGREGATE": 1, b"LIMIT": 1, b"WITHSCORES": 0}
_STORE_OPTIONS: Final = frozenset([b"WEIGHTS", b"AGGREGATE"])
_REPLY_OPTIONS: Final = _STORE_OPTIONS | {b"WITHSCORES"}
_DIFF_OPTIONS: Final = frozenset([b"WITHSCORES"])
_CARD_OPTIONS: Final = frozenset([b"LIMIT"])
_NO_OPTIONS: Final[frozenset[bytes]] = frozenset()


def _scores_at(world: World, key: bytes) -> _Scores:
    """The members of a sorted set with their scores, or of a set with 1 each; none without a key."""
    value = world.get(key)
    if value is None:
        return {}
    if isinstance(value, SortedSet):
        return value.scores
    if isinstance(value, SetValue):
        return dict.fromkeys(value.members, 1.0)
    raise ReplyError(WRONG_TYPE)


def _union(request: _Request) -> dict[bytes, float]:
    totals: dict[bytes, float] = {}
    for scores, weight in request.by_size():
        for member, score in scores.items():
            weighted = _number(weight * score)
            totals[member] = request.aggregate(totals[member], weighted) if member in totals else weighted
    return totals


def _intersection(request: _Request) -> dict[bytes, float]:
    (smallest, weight), *others = request.by_size()
    totals: dict[bytes, float] = {}
    for member, score in smallest.items():
        if all(member in scores for scores, _ in others):
            total = _number(weight * score)
            for scores, other_weight in others:
                total = request.aggregate(total, scores[member] * other_weight)
            totals[member] = total
    return totals


def _difference(request: _Request) -> dict[bytes, float]:
    first, *others = request.sources
    return {member: score for member, score in first.items() if not any(member in other for other in others)}


_Combine: TypeAlias = Callable[[_Request], dict[bytes, float]]


def _reply(world: World, argv: list[bytes], combine: _Combine, allowed: frozenset[bytes]) -> Expected:
    request = _Request.parse(world, argv, 1, allowed)
    elements = sorted([(score, member) for member, score in combine(request).items()])
    return elements_reply(world, elements, request.with_scores)


def _store(world: World, argv: list[bytes], combine: _Combine, allowed: frozenset[bytes]) -> Expected:
    request = _Request.parse(world, argv, 2, allowed)
    return store(world, argv[1], compact(world.version, combine(request)))


@table.command("ZUNION", arity=-3)
def zunion(world: World, argv: list[bytes]) -> Expected:
    """ZUNION numkeys key [key …] [WEIGHTS …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES] (t_zset.c zunionCommand)."""
    return _reply(world, argv, _union, _REPLY_OPTIONS)


@table.command("ZINTER", arity=-3)
def zinter(world: World, argv: list[bytes]) -> Expected:
    """ZINTER numkeys key [key …] [WEIGHTS …] [AGGREGATE SUM|MIN|MAX] [WITHSCORES] (t_zset.c zinterCommand)."""
    return _reply(world, argv, _intersection, _REPLY_OPTIONS)


@table.command("ZDIFF", arity=-3)
def zdiff(world: World, argv: list[bytes]) -> Expected:
    """ZDIFF numkeys key [key …] [WITHSCORES] (t_zset.c zdiffCommand)."""
    return _reply(world, argv, _difference, _DIFF_OPTIONS)


@table.command("ZINTERCARD", arity=-3)
def zintercard(world: World, argv: list[bytes]) -> Expected:
    """ZINTERCARD numkeys key [key …] [LIMIT limit] (t_zset.c zinterCardCommand)."""
    request = _Request.parse(world, argv, 1, _CARD_OPTIONS)
    cardinality = len(_intersection(request))
    return min(cardinality, request.limit) if request.limit else cardinality


@table.command("ZUNIONSTORE", arity=-4)
def zunionstore(world: World, argv: list[bytes]) -> Expected:
    """ZUNIONSTORE dst numkeys key [key …] [WEIGHTS …] [AGGREGATE SUM|MIN|MAX] (t_zset.c zunionstoreCommand)."""
    return _store(world, argv, _union, _STORE_OPTIONS)


@table.command("ZINTERSTORE", arity=-4)
def zinterstore(world: World, argv: list[bytes]) -> Expected:
    """ZINTERSTORE dst numkeys key [key …] [WEIGHTS …] [AGGREGATE SUM|MIN|MAX] (t_zset.c zinterstoreCommand)."""
    return _store(world, argv, _intersection, _STORE_OPTIONS)


@table.command("ZDIFFSTORE", arity=-4)
def zdiffstore(world: World, argv: list[bytes]) -> Expected:
    """ZDIFFSTORE dst numkeys key [key …] (t_zset.c zdiffstoreCommand)."""
    return _store(world, argv, _difference, _NO_OPTIONS)
