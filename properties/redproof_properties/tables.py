"""The hash tables of a server as DEBUG HTSTATS shows them: how large, how full, and whether one is rehashed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from redproof_properties.targets.greeting import ServerVersion

_TABLE = re.compile(
    r"(?:Hash table (?P<number>[01]) stats \([a-z ]+\):\n)?"
    r"(?:No stats available for empty (?:dictionaries|hash tables)\n|"
    r" table size: (?P<size>\d+)\n number of (?:elements|entries): (?P<used>\d+)\n"
    r"(?: rehashing index: -?\d+\n)?"
    r"(?: different slots: (?P<slots>\d+)\n| top-level buckets: (?P<buckets>\d+)\n))"
)
_EXPIRES = "[Expires HT]"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its buckets, its elements, and how many buckets hold any; all 0 where it holds none.

    The size of a table that holds nothing is not told by all servers. Valkey's hashtable does not tell how many
    buckets hold any: `slots` is 0 then. What it calls the size is how many elements find a place in its buckets.
    """

    size: int
    used: int
    slots: int


@dataclass(frozen=True, slots=True)
class Tables:
    """The table of a dict, and the one that it is moved to while a rehash is under way."""

    main: Table
    target: Table | None = None

    @property
    def used(self) -> int:
        """The elements in both."""
        return self.main.used + (self.target.used if self.target is not None else 0)

    @property
    def newest_size(self) -> int:
        """The buckets of the table that new elements go to; 0 where that is not told."""
        return self.main.size if self.target is None else self.target.size


def statistics_options(version: ServerVersion) -> tuple[str, ...]:
    """What DEBUG HTSTATS is to be asked so that it tells all: from 7.2 on that takes a word (debug.c debugCommand)."""
    return () if version.family == "redis" and version.number < (7, 2) else ("FULL",)


def parse_tables(text: str) -> Tables:
    """Read what DEBUG HTSTATS tells of the keys, or HTSTATS-KEY of a value.

    Redis 6.0 does not say which table it is that is empty: they come in their order. Raises ValueError on anything
    else. Source: dict.c dictGetStats, hashtable.c hashtableGetStatsMsg.
    """
    found = list(_TABLE.finditer(text.partition(_EXPIRES)[0]))
    numbers = [int(match["number"] or place) for place, match in enumerate(found)]
    if numbers not in ([0], [0, 1]):
        raise ValueError(f"no statistics of a hash table: {text!r}")
    return Tables(*map(_table, found))


def _table(match: re.Match[str]) -> Table:
    size, used, slots = (int(match[name] or 0) for name in ("size", "used", "slots"))
    return Table(int(match["buckets"] or size), used, slots) if used else Table(0, 0, 0)
