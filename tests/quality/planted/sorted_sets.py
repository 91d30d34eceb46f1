"""Faults in sorted sets."""

from __future__ import annotations

from bisect import bisect_right

from planted.fault import fault, replace_attribute, substitute, wrap
from redproof_server.commands import sorted_set_algebra, sorted_set_pops, sorted_set_ranges, sorted_sets
from redproof_server.commands.lists import slice_bounds
from redproof_server.commands.sorted_set_algebra import Request
from redproof_server.commands.sorted_sets import Options
from redproof_server.engine import ranges, waiting
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.database import Database
from redproof_server.engine.errors import CommandError
from redproof_server.engine.events import Event
from redproof_server.engine.ranking import Ranked, Ranking
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.protocol import numbers
from redproof_server.protocol.replies import bulk, integer

ZSETS = ("sorted_sets",)
READS = (
    "ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZRANGESTORE ZSCORE ZMSCORE ZRANK "
    "ZREVRANK ZCOUNT ZLEXCOUNT ZCARD ZADD ZREM ZINCRBY ZPOPMIN ZPOPMAX ZMPOP BZPOPMIN BZPOPMAX BZMPOP ZUNION ZINTER "
    "ZDIFF ZINTERCARD ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX ZRANDMEMBER "
    "ZSCAN"
)


@fault("zadd-gt-takes-ties", "ZADD GT takes a score that equals the old one", ZSETS, "ZADD", within=13_000, script=3)
def zadd_gt_takes_ties() -> None:
    honest = sorted_sets.may_replace_score

    def faulty(old_score: float, score: float, options: Options) -> bool:
        return honest(old_score, score, options) or (b"gt" in options and score == old_score)

    substitute(honest, faulty)


@fault("zadd-xx-adds", "ZADD XX adds members that are not there", ZSETS, READS)
def zadd_xx_adds() -> None:
    honest = sorted_sets.resulting_score
    substitute(
        honest, lambda old_score, score, options: score if old_score is None else honest(old_score, score, options)
    )


@fault("zadd-ch-counts-all", "ZADD CH counts members whose score stays", ZSETS, "ZADD", within=10_000, script=3)
def zadd_ch_counts_all() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        options, start = sorted_sets.parse_add_options(args)
        return integer(len(set(args[start + 1 :: 2]))) if options == {b"ch"} else reply

    wrap("zadd", faulty)


@fault(
    "zincrby-keeps-quiet-about-nan",
    "ZINCRBY of infinity by its opposite leaves the score where it must be refused",
    ZSETS,
    "ZINCRBY ZADD",
    within=200_000,
    script=3,
)
def zincrby_keeps_quiet_about_nan() -> None:
    honest = sorted_sets.resulting_score

    def faulty(old_score: float | None, score: float, options: Options) -> float | None:
        try:
            return honest(old_score, score, options)
        except CommandError:
            return old_score

    substitute(honest, faulty)


@fault(
    "zrangebylex-always-includes",
    "A parenthesis before an end of ZRANGEBYLEX includes it as a bracket does",
    ZSETS,
    READS,
    within=10_000,
    script=3,
)
def zrangebylex_always_includes() -> None:
    honest = ranges._parse_member_end
    substitute(honest, lambda text: (honest(text)[0], False))


@fault(
    "zcount-excludes-the-minimum",
    "A range of scores that is to include its minimum leaves it out",
    ZSETS,
    READS,
    script=4,
)
def zcount_excludes_the_minimum() -> None:
    honest = Ranking.score_start
    replace_attribute(Ranking, "score_start", lambda self, minimum, exclusive: honest(self, minimum, True))


@fault(
    "zrangebyscore-limit-0-means-all",
    "LIMIT with a count of 0 gives all entries",
    ZSETS,
    READS,
    within=10_000,
    script=3,
)
def zrangebyscore_limit_0_means_all() -> None:
    honest = sorted_set_ranges.parse_range_options

    def faulty(request: sorted_set_ranges.RangeRequest, options: list[bytes], is_stored: bool) -> None:
        honest(request, options, is_stored)
        request.limit = request.limit or -1

    substitute(honest, faulty)


@fault("zrevrange-from-the-least", "ZREVRANGE counts its ranks from the least score", ZSETS, READS, within=500)
def zrevrange_from_the_least() -> None:
    honest = sorted_set_ranges.entries_by_rank

    def faulty(value: SortedSet, start: int, stop: int, is_reverse: bool) -> list[Ranked]:
        entries = honest(value, start, stop, False)
        return entries[::-1] if is_reverse else entries

    substitute(honest, faulty)


@fault(
    "zrangestore-leaves-the-old",
    "ZRANGESTORE with an empty result leaves the old destination",
    ZSETS,
    READS,
    within=500,
)
def zrangestore_leaves_the_old() -> None:
    honest = waiting.store_or_delete

    def faulty(db: Database, key: bytes, result: Set | SortedSet, event_class: Event, event: bytes) -> None:
        if len(result) or event != b"zrangestore":
            honest(db, key, result, event_class, event)

    substitute(honest, faulty)


@fault(
    "zremrangebyrank-spares-the-last",
    "ZREMRANGEBYRANK leaves the last entry of its range",
    ZSETS,
    "ZREMRANGEBYRANK",
    within=5_000,
    script=3,
)
def zremrangebyrank_spares_the_last() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        start, stop = read_integer(args[2]), read_integer(args[3])

        def find(value: SortedSet) -> tuple[int, int]:
            first, end = slice_bounds(start, stop, len(value))
            return first, max(first, end - 1)

        return sorted_set_ranges.remove_ranks(client, args[1], b"zremrangebyrank", find)

    wrap("zremrangebyrank", faulty)


@fault(
    "zunionstore-ignores-weights",
    "ZUNION and ZUNIONSTORE add the scores as they are, whatever WEIGHTS says",
    ZSETS,
    READS,
    within=10_000,
)
def zunionstore_ignores_weights() -> None:
    honest = sorted_set_algebra.union

    def faulty(request: Request) -> dict[bytes, float]:
        for source in request.sources:
            source.weight = 1.0
        return honest(request)

    substitute(honest, faulty)


@fault(
    "zinter-min-of-the-first",
    "ZINTER AGGREGATE MIN gives the score in the first sorted set",
    ZSETS,
    READS,
    within=10_000,
)
def zinter_min_of_the_first() -> None:
    honest = sorted_set_algebra.aggregated
    substitute(
        honest, lambda aggregate, total, score: total if aggregate == b"min" else honest(aggregate, total, score)
    )


@fault(
    "zunion-takes-no-sets",
    "ZUNION takes a set for a key of the wrong type",
    ("sorted_sets", "sets"),
    READS,
    within=500,
    script=3,
)
def zunion_takes_no_sets() -> None:
    honest = sorted_set_algebra.read_source

    def faulty(client: Client, key: bytes, is_stored: bool) -> sorted_set_algebra.Source:
        client.db.write(key, SortedSet)
        return honest(client, key, is_stored)

    substitute(honest, faulty)


@fault(
    "zpopmax-ties-in-wrong-order",
    "Of members with the greatest score ZPOPMAX takes the one that sorts first",
    ZSETS,
    READS,
    within=10_000,
)
def zpopmax_ties_in_wrong_order() -> None:
    honest = sorted_set_pops.pop_entries

    def faulty(client: Client, key: bytes, value: SortedSet, count: int, from_min: bool) -> list[Ranked]:
        score, _ = value.ranking.entries[-1]
        tied = [entry for entry in value.ranking.entries if entry[0] == score]
        if from_min or count > 1 or len(tied) == 1:
            return honest(client, key, value, count, from_min)
        value.delete(tied[0][1])
        return [tied[0]]

    substitute(honest, faulty)


@fault(
    "ties-in-order-of-insertion",
    "Members of equal score are ranked in the order in which they came",
    ZSETS,
    READS,
    within=500,
    script=3,
)
def ties_in_order_of_insertion() -> None:
    def add(self: Ranking, score: float, member: bytes) -> None:
        self.entries.insert(bisect_right(self.entries, score, key=lambda entry: entry[0]), (score, member))

    def rank(self: Ranking, score: float, member: bytes) -> int:
        return self.entries.index((score, member))

    replace_attribute(Ranking, "add", add)
    replace_attribute(Ranking, "rank", rank)


@fault(
    "resp3-zscore-is-a-string",
    "ZSCORE answers RESP3 clients with a string in place of a double",
    ZSETS,
    "ZSCORE ZMSCORE",
    resp=3,
    within=10_000,
    script=3,
)
def resp3_zscore_is_a_string() -> None:
    honest = sorted_sets.score_reply

    def faulty(client: Client, value: SortedSet | None, member: bytes) -> bytes:
        reply = honest(client, value, member)
        return bulk(reply[1:-2]) if reply.startswith(b",") else reply

    substitute(honest, faulty)


@fault(
    "scores-in-six-digits",
    "Scores are written with six significant digits where seventeen are needed",
    ZSETS,
    READS,
    within=500,
    script=3,
)
def scores_in_six_digits() -> None:
    substitute(numbers.format_double, lambda number: b"%g" % number)


@fault(
    "bzpopmin-waits-in-vain",
    "A client that waits for a sorted set is not served when ZADD makes one",
    ("blocking",),
    "ZADD ZINCRBY ZUNIONSTORE ZINTERSTORE ZDIFFSTORE ZRANGESTORE BZPOPMIN BZPOPMAX BZMPOP",
    clients=2,
    within=5_000,
    script=3,
)
def bzpopmin_waits_in_vain() -> None:
    for name in ("zadd", "zincrby"):
        wrap(name, _without_waking)


def _without_waking(honest: Handler, client: Client, args: list[bytes]) -> bytes:
    reply = honest(client, args)
    client.server.blocking.ready.clear()
    return reply
