"""The hash tables of a server as DEBUG HTSTATS shows them: how large, how full, and whether one is rehashed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TABLE = re.compile(
    r"Hash table (?P<number>[01]) stats \([a-z ]+\):\n"
    r"(?:No stats available for empty dictionaries|"
    r" table size: (?P<size>\d+)\n number of elements: (?P<used>\d+)\n different slots: (?P<slots>\d+)\n)"
)
_EXPIRES = "[Expires HT]"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its buckets, its elements, and how many buckets hold any; all 0 where it holds none.

    The size of a table that holds nothing is not told.
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


def parse_tables(text: str) -> Tables:
    """Read what DEBUG HTSTATS tells of the keys, or HTSTATS-KEY of a value (dict.c dictGetStats).

    Raises ValueError on anything else.
    """
    found = {match["number"]: _table(match) for match in _TABLE.finditer(text.partition(_EXPIRES)[0])}
    if "0" not in found:
        raise ValueError(f"no statistics of a hash table: {text!r}")
    return Tables(found["0"], found.get("1"))


def _table(match: re.Match[str]) -> Table:
    size, used, slots = (int(match[name] or 0) for name in ("size", "used", "slots"))
    return Table(size, used, slots)
