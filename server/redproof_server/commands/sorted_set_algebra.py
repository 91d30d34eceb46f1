"""Unions, intersections and differences of sorted sets and sets, answered, counted or stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

from redproof_server.commands.sorted_set_ranges import entries_reply
from redproof_server.engine.arguments import read_at_least, read_float, read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, MOVABLE_KEYS, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, WRONG_TYPE, CommandError
from redproof_server.engine.events import ZSET
from redproof_server.engine.ranking import Ranked
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.waiting import store_or_delete
from redproof_server.protocol.replies import integer

SET_MEMBER_SCORE = 1.0
AGGREGATES = (b"sum", b"min", b"max")
NOT_A_WEIGHT = b"ERR weight value is not a float"


@dataclass(slots=True)
class Source:
    """A key that is read: a sorted set, a set whose members all score 1, or nothing."""

    value: SortedSet | Set | None
    weight: float = 1.0

    def __len__(self) -> int:
        return 0 if self.value is None else len(self.value)

    def entries(self) -> Iterator[Ranked]:
        """Scores and members as a walk meets them: from the greatest of a sorted set (zuiInitIterator)."""
        if isinstance(self.value, SortedSet):
            return reversed(self.value.ranking.entries)
        return ((SET_MEMBER_SCORE, member) for member in self.value or ())

    def score(self, member: bytes) -> float | None:
        """The score of a member, or None (zuiFind)."""
        if isinstance(self.value, SortedSet):
            return self.value.score(member)
        return SET_MEMBER_SCORE if self.value is not None and member in self.value else None


@dataclass(slots=True)
class Request:
    """Sources and options of a command; `limit` is ZINTERCARD's, 0 for none."""

    sources: list[Source]
    aggregate: bytes = b"sum"
    with_scores: bool = False
    limit: int = 0


UNION_WORDS = frozenset((b"weights", b"aggregate", b"withscores"))
STORE_WORDS = UNION_WORDS - {b"withscores"}
DIFFERENCE_WORDS = frozenset((b"withscores",))
COUNT_WORDS = frozenset((b"limit",))


@command("zunion", arity=-3, flags=READONLY | MOVABLE_KEYS)
def zunion(client: Client, args: list[bytes]) -> bytes:
    """ZUNION numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] (zunionCommand)."""
    request = read_request(client, b"zunion", args[1:], UNION_WORDS)
    return result_reply(client, request, union(request))


@command("zinter", arity=-3, flags=READONLY | MOVABLE_KEYS)
def zinter(client: Client, args: list[bytes]) -> bytes:
    """ZINTER numkeys key [key ...] [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] (zinterCommand)."""
    request = read_request(client, b"zinter", args[1:], UNION_WORDS)
    return result_reply(client, request, intersection(request))


@command("zdiff", arity=-3, flags=READONLY | MOVABLE_KEYS)
def zdiff(client: Client, args: list[bytes]) -> bytes:
    """ZDIFF numkeys key [key ...] [WITHSCORES] (t_zset.c zdiffCommand)."""
    request = read_request(client, b"zdiff", args[1:], DIFFERENCE_WORDS)
    return result_reply(client, request, difference(request))


@command("zintercard", arity=-3, flags=READONLY | MOVABLE_KEYS, since="7.0")
def zintercard(client: Client, args: list[bytes]) -> bytes:
    """ZINTERCARD numkeys key [key ...] [LIMIT limit] (t_zset.c zinterCardCommand)."""
    request = read_request(client, b"zintercard", args[1:], COUNT_WORDS)
    cardinality = len(intersection(request))
    return integer(min(cardinality, request.limit) if request.limit else cardinality)


@command("zunionstore", arity=-4, flags=WRITE | DENYOOM | MOVABLE_KEYS, keys=(1, 1, 1))
def zunionstore(client: Client, args: list[bytes]) -> bytes:
    """ZUNIONSTORE destination numkeys key [key ...] [WEIGHTS ...] [AGGREGATE ...] (zunionstoreCommand)."""
    request = read_request(client, b"zunionstore", args[2:], STORE_WORDS, is_stored=True)
    members = union(request)
    return store_result(client, args[1], members, b"zunionstore", presized=len(members))


@command("zinterstore", arity=-4, flags=WRITE | DENYOOM | MOVABLE_KEYS, keys=(1, 1, 1))
def zinterstore(client: Client, args: list[bytes]) -> bytes:
    """ZINTERSTORE destination numkeys key [key ...] [WEIGHTS ...] [AGGREGATE ...] (zinterstoreCommand)."""
    request = read_request(client, b"zinterstore", args[2:], STORE_WORDS, is_stored=True)
    return store_result(client, args[1], intersection(request), b"zinterstore")


@command("zdiffstore", arity=-4, flags=WRITE | DENYOOM | MOVABLE_KEYS, keys=(1, 1, 1))
def zdiffstore(client: Client, args: list[bytes]) -> bytes:
    """ZDIFFSTORE destination numkeys key [key ...] (t_zset.c zdiffstoreCommand)."""
    request = read_request(client, b"zdiffstore", args[2:], frozenset(), is_stored=True)
    return store_result(client, args[1], difference(request), b"zdiffstore")


def result_reply(client: Client, request: Request, result: dict[bytes, float]) -> bytes:
    """The members of a result by rank, with their scores if asked for."""
    return entries_reply(ranked(result), request.with_scores, client.resp)


def store_result(
    client: Client, destination: bytes, result: dict[bytes, float], event: bytes, presized: int = 0
) -> bytes:
    """Put a result in the place of what `destination` held, and answer its size."""
    value = SortedSet(client.server.limits)
    value.fill(ranked(result), presized)
    store_or_delete(client.db, destination, value, ZSET, event)
    return integer(len(value))


def ranked(result: dict[bytes, float]) -> list[Ranked]:
    """Scores and members in the order of a sorted set."""
    return sorted((score, member) for member, score in result.items())


def read_request(
    client: Client, name: bytes, args: list[bytes], words: frozenset[bytes], is_stored: bool = False
) -> Request:
    """Read the keys from their number on, then the options, of which the command knows those in `words`."""
    key_count = read_integer(args[0])
    if key_count < 1:
        raise CommandError(client.server.version.zset_needs_a_key % name)
    if key_count > len(args) - 1:
        raise CommandError(SYNTAX)
    request = Request([read_source(client, key, is_stored) for key in args[1 : key_count + 1]])
    options = args[key_count + 1 :]
    while options:
        options = options[parse_option(request, options, words) :]
    return request


def read_source(client: Client, key: bytes, is_stored: bool) -> Source:
    """What is at a key, a set or a sorted set; raises WRONGTYPE."""
    db = client.db
    value = db.lookup_source(key) if is_stored else db.lookup_read(key)
    if value is None or isinstance(value, SortedSet | Set):
        return Source(value)
    raise CommandError(WRONG_TYPE)


def parse_option(request: Request, options: list[bytes], words: frozenset[bytes]) -> int:
    """Read the option that comes first; how many arguments it took (zunionInterDiffGenericCommand)."""
    word, values = read_word(options[0]), options[1:]
    sources = request.sources
    if word not in words:
        raise CommandError(SYNTAX)
    if word == b"withscores":
        request.with_scores = True
        return 1
    if word == b"weights" and len(values) >= len(sources):
        for source, text in zip(sources, values, strict=False):
            source.weight = read_float(text, NOT_A_WEIGHT)
        return 1 + len(sources)
    if word == b"aggregate" and values and read_word(values[0]) in AGGREGATES:
        request.aggregate = read_word(values[0])
        return 2
    if word == b"limit" and values:
        request.limit = read_at_least(values[0], 0, b"ERR LIMIT can't be negative")
        return 2
    raise CommandError(SYNTAX)


def union(request: Request) -> dict[bytes, float]:
    """The members that any source has, their weighted scores aggregated from the smallest source on."""
    result: dict[bytes, float] = {}
    for source in sorted(request.sources, key=len):
        for score, member in source.entries():
            weighted = number_or_zero(source.weight * score)
            known = result.get(member)
            result[member] = weighted if known is None else aggregated(request.aggregate, known, weighted)
    return result


def intersection(request: Request) -> dict[bytes, float]:
    """The members that all sources have, their weighted scores aggregated from the smallest source on."""
    smallest, *others = sorted(request.sources, key=len)
    result: dict[bytes, float] = {}
    for score, member in smallest.entries():
        total = number_or_zero(smallest.weight * score)
        for other in others:
            other_score = other.score(member)
            if other_score is None:
                break
            total = aggregated(request.aggregate, total, other_score * other.weight)
        else:
            result[member] = total
    return result


def difference(request: Request) -> dict[bytes, float]:
    """The members of the first source that no other has (t_zset.c zdiff)."""
    first, *others = request.sources
    return {member: score for score, member in first.entries() if all(other.score(member) is None for other in others)}


def number_or_zero(score: float) -> float:
    """An infinite score that is weighted with 0 counts as 0."""
    return 0.0 if isnan(score) else score


def aggregated(aggregate: bytes, total: float, score: float) -> float:
    """One score made of two; a tie keeps the first, opposite infinities make 0 (zunionInterAggregate)."""
    if aggregate == b"min":
        return score if score < total else total
    if aggregate == b"max":
        return score if score > total else total
    return number_or_zero(total + score)
