"""HRANDFIELD, SRANDMEMBER and ZRANDMEMBER: some members of a collection at random."""

from collections.abc import Callable, Sequence

from redproof_server.engine.arguments import NOT_BETWEEN, read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import RANDOM, READONLY, command
from redproof_server.engine.errors import OUT_OF_RANGE, SYNTAX, CommandError
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.protocol.numbers import INT64_MAX
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    NO_REPLY,
    array,
    bulk,
    bulk_or_null,
    double,
    null,
)

# A set that is at most so many times as large as the sample is walked through rather than drawn from.
WALK_RATIO_MAX = 3
# Redis sends repeated samples until memory ends; a client that asks for more than this is given up before.
REPEATED_SAMPLE_MAX = 10_000_000
_COUNT_MAX_WITH_VALUES = INT64_MAX // 2

Collection = Hash | Set | SortedSet


@command("hrandfield", arity=-2, flags=READONLY | RANDOM, keys=(1, 1, 1))
def hrandfield(client: Client, args: list[bytes]) -> bytes:
    """HRANDFIELD key [count [WITHVALUES]] (t_hash.c hrandfieldCommand)."""
    if len(args) == 2:
        value = client.db.read(args[1], Hash)
        return bulk_or_null(None if value is None else random_member(value, client.server.random), client.resp)
    count, with_values = parse_sample_request(args, b"withvalues")
    value = client.db.read(args[1], Hash)
    if value is None:
        return EMPTY_ARRAY
    entries = value.fields.entries
    return sample_reply(client, value, count, (lambda field: bulk(entries[field])) if with_values else None)


@command("srandmember", arity=-2, flags=READONLY | RANDOM, keys=(1, 1, 1))
def srandmember(client: Client, args: list[bytes]) -> bytes:
    """SRANDMEMBER key [count] (t_set.c srandmemberCommand)."""
    if len(args) > 3:
        raise CommandError(SYNTAX)
    count = parse_sample_count(args[2]) if len(args) == 3 else None
    value = client.db.read(args[1], Set)
    if value is None:
        return null(client.resp) if count is None else EMPTY_ARRAY
    if count is None:
        return bulk(random_member(value, client.server.random))
    return sample_reply(client, value, count, None)


@command("zrandmember", arity=-2, flags=READONLY | RANDOM, keys=(1, 1, 1))
def zrandmember(client: Client, args: list[bytes]) -> bytes:
    """ZRANDMEMBER key [count [WITHSCORES]] (t_zset.c zrandmemberCommand)."""
    if len(args) == 2:
        value = client.db.read(args[1], SortedSet)
        return bulk_or_null(None if value is None else random_member(value, client.server.random), client.resp)
    count, with_scores = parse_sample_request(args, b"withscores")
    value = client.db.read(args[1], SortedSet)
    if value is None:
        return EMPTY_ARRAY
    scores, resp = value.scores.entries, client.resp
    return sample_reply(client, value, count, (lambda member: double(scores[member], resp)) if with_scores else None)


def parse_sample_request(args: list[bytes], option: bytes) -> tuple[int, bool]:
    """The count, and whether what belongs to each member is asked for by the only option there is."""
    count = parse_sample_count(args[2])
    if len(args) > 4 or (len(args) == 4 and read_word(args[3]) != option):
        raise CommandError(SYNTAX)
    is_pairs = len(args) == 4
    if is_pairs and abs(count) > _COUNT_MAX_WITH_VALUES:
        raise CommandError(OUT_OF_RANGE)
    return count, is_pairs


def parse_sample_count(text: bytes) -> int:
    """A count that can be negated in 64 bits."""
    count = read_integer(text)
    if count < -INT64_MAX:
        raise CommandError(NOT_BETWEEN % (-INT64_MAX, INT64_MAX))
    return count


def sample_reply(client: Client, value: Collection, count: int, companion: Callable[[bytes], bytes] | None) -> bytes:
    """An array of members, each with its companion's reply: as a pair of its own in RESP3, in turn in RESP2."""
    if count < -REPEATED_SAMPLE_MAX:
        client.server.close(client)
        return NO_REPLY
    random = client.server.random
    members = sample_distinct(value, count, random) if count >= 0 else sample_repeated(value, -count, random)
    if companion is None:
        return array([bulk(member) for member in members])
    if client.resp == 3:
        return array([array([bulk(member), companion(member)]) for member in members])
    return array([part for member in members for part in (bulk(member), companion(member))])


def random_member(value: Collection, random: RandomSource) -> bytes:
    """One member (hashTypeRandomElement, setTypeRandomElement, zsetTypeRandomElement)."""
    match value:
        case Hash():
            return value.fields.random_key(random)
        case Set():
            return value.random_member(random)
        case SortedSet():
            return value.scores.random_key(random)


def members_in_order(value: Collection) -> Sequence[bytes]:
    """All members in the order that they are stored in."""
    match value:
        case Hash():
            return list(value.fields)
        case Set():
            return list(value)
        case SortedSet():
            return [member for _, member in value.ranking]


def is_compact(value: Collection) -> bool:
    """Whether Redis walks through the collection for any sample (lpRandomPairsUnique)."""
    match value:
        case Hash():
            return not value.fields.indexed
        case Set():
            return value.integers is not None
        case SortedSet():
            return not value.scores.indexed


def sample_repeated(value: Collection, count: int, random: RandomSource) -> Sequence[bytes]:
    """That many members, drawn one independently of the other."""
    if not is_compact(value):
        return [random_member(value, random) for _ in range(count)]
    members = members_in_order(value)
    return [members[random.randrange(len(members))] for _ in range(count)]


def sample_distinct(value: Collection, count: int, random: RandomSource) -> Sequence[bytes]:
    """That many different members, or all when there are no more."""
    size = len(value)
    if count >= size:
        # A whole sorted set is walked from its greatest member (t_zset.c zuiInitIterator).
        return members_in_order(value)[:: -1 if isinstance(value, SortedSet) else 1]
    if is_compact(value) or count * WALK_RATIO_MAX > size:
        return choose_in_order(members_in_order(value), count, random)
    chosen: dict[bytes, None] = {}
    while len(chosen) < count:
        chosen[random_member(value, random)] = None
    return list(chosen)


def choose_in_order(members: Sequence[bytes], count: int, random: RandomSource) -> list[bytes]:
    """That many of the members without a change of their order, each choice as likely as any other."""
    chosen: list[bytes] = []
    for position, member in enumerate(members):
        if random.randrange(len(members) - position) < count - len(chosen):
            chosen.append(member)
    return chosen
