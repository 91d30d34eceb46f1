"""Faults in sets."""

from __future__ import annotations

from collections.abc import Iterable

from planted.fault import fault, substitute, wrap
from redproof_server.commands import sampling, set_algebra, sets
from redproof_server.engine import waiting
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.database import Database
from redproof_server.engine.events import Event
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.protocol.replies import integer

SETS = ("sets",)
READS = (
    "SMEMBERS SCARD SISMEMBER SMISMEMBER SADD SREM SMOVE SPOP SRANDMEMBER SSCAN OBJECT "
    "SINTER SINTERCARD SINTERSTORE SUNION SUNIONSTORE SDIFF SDIFFSTORE"
)


@fault("sinterstore-leaves-the-old", "SINTERSTORE with an empty result leaves the old destination", SETS, READS)
def sinterstore_leaves_the_old() -> None:
    honest = waiting.store_or_delete

    def faulty(db: Database, key: bytes, result: Set | SortedSet, event_class: Event, event: bytes) -> None:
        if len(result) or event != b"sinterstore":
            honest(db, key, result, event_class, event)

    substitute(honest, faulty)


@fault(
    "smove-copies-an-absent-member", "SMOVE of a member that the source lacks adds it to the destination", SETS, READS
)
def smove_copies_an_absent_member() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        target = client.db.write(args[2], Set)
        if reply == integer(0) and target is not None and args[1] != args[2]:
            target.add(args[3])
        return reply

    wrap("smove", faulty)


@fault("spop-gives-a-member-twice", "SPOP with a count may give a member twice, and leaves another", SETS, "SPOP")
def spop_gives_a_member_twice() -> None:
    def faulty(value: Set, count: int, random: RandomSource) -> list[bytes]:
        taken = [value.random_member(random) for _ in range(count)]
        for member in taken:
            value.discard(member)
        return taken

    substitute(sets.take_members, faulty)


@fault("sintercard-ignores-limit", "SINTERCARD counts on beyond its LIMIT", SETS, "SINTERCARD", within=10_000, script=3)
def sintercard_ignores_limit() -> None:
    honest = set_algebra.parse_limit
    substitute(honest, lambda options: honest(options) * 0)


@fault(
    "srandmember-never-repeats", "SRANDMEMBER with a negative count gives each member once at most", SETS, "SRANDMEMBER"
)
def srandmember_never_repeats() -> None:
    honest = sampling.sample_distinct
    substitute(sampling.sample_repeated, honest)


@fault("sadd-normalises-numbers", "SADD takes 01 and -0 for 1 and 0", SETS, READS, within=10_000)
def sadd_normalises_numbers() -> None:
    def normal(text: bytes) -> bytes:
        return b"%d" % int(text) if text.removeprefix(b"-").isdigit() else text

    wrap("sadd", lambda honest, client, args: honest(client, [*args[:2], *map(normal, args[2:])]))


@fault(
    "sdiff-forgets-the-last-set",
    "SDIFF of three sets or more does not subtract the last one",
    SETS,
    "SDIFF SDIFFSTORE " + READS,
    within=500,
    script=3,
)
def sdiff_forgets_the_last_set() -> None:
    honest = set_algebra.difference

    def faulty(limits: Limits, sources: list[Set | None]) -> Set:
        return honest(limits, sources[:-1] if len(sources) > 2 else sources)

    substitute(honest, faulty)


@fault(
    "sinter-ignores-absent-sets",
    "SINTER leaves absent keys out where they make the result empty",
    SETS,
    READS,
    within=500,
    script=3,
)
def sinter_ignores_absent_sets() -> None:
    honest = set_algebra.intersection

    def faulty(sources: list[Set | None]) -> list[bytes]:
        present: Iterable[Set | None] = [source for source in sources if source is not None]
        return honest(list(present) or sources)

    substitute(honest, faulty)
