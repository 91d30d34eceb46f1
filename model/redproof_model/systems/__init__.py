"""The systems that are written in the kernel's vocabulary, each in a module of its own, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Final, TypeAlias, cast

from redproof_model.kernel.system import System

Maker: TypeAlias = Callable[[], System]


@dataclass(frozen=True, slots=True)
class Entry:
    """A system as people name it: what it is about, the form that is proved, and its finite scopes, the smallest first.

    A system of lemmas alone has no scopes, and one that is only explored has no proof.
    """

    name: str
    summary: str
    proof: Maker | None = None
    scopes: Mapping[str, Maker] = field(default_factory=dict)


def made_by(module: str, function: str) -> Maker:
    """What calls a function of a module of this package, which is imported only then."""

    def make() -> System:
        return cast(Maker, getattr(import_module(f"{__name__}.{module}"), function))()

    return make


_ENTRIES: Final[tuple[Entry, ...]] = (
    Entry(
        "rehash",
        "the hash table of Redis moves to another size, a bucket with each operation",
        made_by("rehash.system", "rehash"),
        {"small": made_by("rehash.system", "small")},
    ),
    Entry(
        "visiting",
        "the same from Redis 7.4 on, where an operation moves the bucket that it looks into",
        made_by("rehash.system", "visiting"),
        {"small": made_by("rehash.system", "small_visiting")},
    ),
    Entry(
        "scan",
        "SCAN returns all that stays, whatever the table does meanwhile",
        made_by("scan.system", "scan"),
        {"small": made_by("scan.system", "small"), "large": made_by("scan.system", "large")},
    ),
    Entry(
        "slots",
        "a cursor with a slot in its low bits does the same over the dicts of all slots",
        made_by("scan.slots", "slots"),
        {"small": made_by("scan.slots", "small")},
    ),
    Entry(
        "hashtable",
        "the hash table of Valkey 8.1 moves to another size, a chain of buckets with each operation",
        made_by("hashtable.tables.system", "tables"),
        {
            "small": made_by("hashtable.tables.system", "small"),
            "filling": made_by("hashtable.tables.system", "filling"),
        },
    ),
    Entry(
        "chain",
        "one chain of its buckets grows, fills its holes, and shrinks",
        scopes={
            "small": made_by("hashtable.chain.system", "small"),
            "large": made_by("hashtable.chain.system", "large"),
        },
    ),
    Entry(
        "psync",
        "replicas go on where they were, or are sent everything, whoever is promoted or lost",
        made_by("psync.system", "psync"),
        {name: made_by("psync.system", name) for name in ("small", "restarts", "chain", "promotions")},
    ),
    Entry(
        "popular",
        "what is often said of replication, and what refutes it",
        scopes={"small": made_by("psync.popular", "popular")},
    ),
    Entry(
        "transfer",
        "the blocks of a full synchronisation, and the stream that waits meanwhile",
        made_by("psync.transfer", "transfer"),
        {"small": made_by("psync.transfer", "small")},
    ),
    Entry(
        "election",
        "sentinels elect the one that leads a failover, at most one in an epoch",
        made_by("sentinel.election.system", "election"),
        {name: made_by("sentinel.election.system", name) for name in ("calm", "three", "five", "down", "source")},
    ),
    Entry(
        "configuration",
        "it promotes a replica, and all come to agree on the new master, the old one too",
        made_by("sentinel.configuration.system", "configuration"),
        {name: made_by("sentinel.configuration.system", name) for name in ("three", "source", "calm", "five")},
    ),
    Entry(
        "failover",
        "what a failover keeps of the data, and which acknowledged writes it loses",
        made_by("failover.system", "failover"),
        {name: made_by("failover.system", name) for name in ("lagging", "confirmed_by_all", "forgetful", "small")},
    ),
    Entry(
        "lock",
        "a lock is broken by a failover, a pause or a clock, and a fencing token makes up for it",
        made_by("lock.system", "lock"),
        {name: made_by("lock.system", name) for name in ("small", "counter")},
    ),
    Entry("ranges", "indexes and ranges of strings, lists and sorted sets", made_by("arithmetic.ranges", "ranges")),
    Entry("counters", "INCR and its kin, and what overflows", made_by("arithmetic.counters", "counters")),
    Entry("expiry", "times to live as instants, and what overflows", made_by("arithmetic.expiry", "expiry")),
    Entry("bitfield", "BITFIELD at every width and in its three modes", made_by("arithmetic.bitfield", "bitfield")),
    Entry("positions", "the ranks and counts of LPOS", made_by("arithmetic.positions", "positions")),
    Entry("crc16", "the slot of a key", made_by("crc16", "crc16_system")),
)

SYSTEMS: Final[Mapping[str, Entry]] = {entry.name: entry for entry in _ENTRIES}
"""Every system by its name."""
