"""A script that puts elements into the keyspace or a collection, takes them away, looks them up and scans them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count, cycle, islice
from typing import Final, NamedTuple

from redproof_model.reply import Reply

from redproof_properties.judged import Judged
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.tables import Tables, parse_tables, statistics_options

ANCHOR: Final = b"~" * 65
"""An element too long for the compact encodings (hash-max-listpack-value and its kin), so that there is a table."""

_BATCH: Final = 1_000
_EMPTY_VISITS: Final = 10
"""How many empty buckets a step of a rehash goes over at most (`dict.c` dictRehash)."""


class Page(NamedTuple):
    """What a call of a scan gives: the cursor to go on with, and elements."""

    cursor: int
    elements: list[bytes]

    def in_order(self) -> Page:
        """The same page, its elements in the order of their names."""
        return Page(self.cursor, sorted(self.elements))


class Population:
    """Elements of the keyspace or of a collection; begins with the anchor alone.

    `present` are those that are there, in the order in which they came. New ones are numbered from `first`.
    """

    def __init__(self, judged: Judged, script: Script, scan: str, first: int = 0) -> None:
        self._script = script
        self._scannable = SCANNABLES[scan]
        self._database = judged.target.databases[0]
        self._statistics = statistics_options(judged.target.version)
        version = judged.target.version
        self._lacks_find = version.family == "redis" and version.number < self._scannable.find_since
        self._numbers = count(first)
        self.present: dict[bytes, None] = {}
        self.peak = 0
        """The most elements that there were at any time."""
        self.add([ANCHOR])

    def grow(self, number: int, letters: bytes = b"e") -> list[bytes]:
        """Add so many new elements; their names begin with one letter after the other."""
        new = [b"%c%d" % (letter, next(self._numbers)) for letter in islice(cycle(letters), number)]
        self.add(new)
        return new

    def add(self, elements: Sequence[bytes]) -> None:
        """Add these elements."""
        for batch in _batches(elements):
            self._call(self._scannable.add, *chain.from_iterable(map(self._scannable.stored, batch)))
        self.came(elements)

    def came(self, elements: Iterable[bytes]) -> None:
        """Know that these elements are there, however they came."""
        self.present |= dict.fromkeys(elements)
        self.peak = max(self.peak, len(self.present))

    def remove(self, elements: Sequence[bytes]) -> None:
        """Take these elements away."""
        for batch in _batches(elements):
            self._call(self._scannable.remove, *batch)
        for element in elements:
            del self.present[element]

    def remove_last(self, number: int) -> None:
        """Take away so many of those that came last."""
        self.remove(list(self.present)[-number:] if number else [])

    def find(self, elements: Sequence[bytes]) -> None:
        """Look these elements up, once each; all of them must be found."""
        for batch in _batches(elements):
            reply = self._find_one_by_one(batch) if self._lacks_find else self._call(self._scannable.find, *batch)
            self._script.require(reply == self._scannable.found(batch), "all of them, each with its value")

    def _find_one_by_one(self, elements: Sequence[bytes]) -> Reply:
        return self._script.call_all([self._command(self._scannable.find_one, element) for element in elements])

    def look_up(self, number: int) -> None:
        """Look up so many elements, after the last one again from the first."""
        self.find(list(islice(cycle(self.present), number)))

    def settle(self) -> None:
        """Look up as many elements as it takes to end a rehash that may be under way; the target must `can_debug`.

        Each lookup moves a bucket or goes over ten empty ones, unless a child process holds the rehash back. Since 8.0
        it is the bucket that was looked into, so one in ten may move nothing (`dict.c` _dictRehashStepIfNeeded). How
        many there are is not always told once they are all empty.
        """
        tables = self.tables()
        if tables.target is not None:
            buckets = tables.main.size or self._buckets_max
            self.look_up(buckets + buckets // _EMPTY_VISITS + 1)

    @property
    def _buckets_max(self) -> int:
        """At least as many as the buckets of a table for the most elements; a small power of two is the least."""
        return 4 * self.peak + 16

    def page(self, cursor: int, *options: bytes | str | int) -> Page:
        """What one call gives; each element must be there, with what belongs to it."""
        return self._read_page(self._call(self._scannable.scan, cursor, *options))

    def pages(self, cursors: Iterable[int]) -> dict[int, Page]:
        """What a call with COUNT 1 gives for each of these cursors; all are sent at once."""
        asked = list(cursors)
        replies = self._script.call_all([self._command(self._scannable.scan, each, "COUNT", 1) for each in asked])
        return dict(zip(asked, map(self._read_page, replies), strict=True))

    def _read_page(self, reply: Reply) -> Page:
        read = _read_page(reply)
        self._script.require(read is not None, "a cursor and an array")
        assert read is not None
        following, found = read
        shown = self._scannable.shown
        elements = found[:: len(shown(ANCHOR))]
        told = list(chain.from_iterable(map(shown, elements)))
        self._script.require(
            found == told and self.present.keys() >= set(elements), "only elements that are there, each with its value"
        )
        return Page(following, elements)

    def scan(
        self, counts: Sequence[int], *options: bytes | str, meanwhile: Callable[[], None] = lambda: None
    ) -> Iterator[Page]:
        """The pages of a full iteration; COUNT is one of `counts` after the other, `meanwhile` comes after each page.

        It must end within as many pages as the largest table has buckets: each takes the cursor over one at least.
        """
        cursor = 0
        for pages, number in enumerate(cycle(counts), 1):
            page = self.page(cursor, "COUNT", number, *options)
            cursor = page.cursor
            self._script.require(not cursor or pages <= self._buckets_max, "a cursor that has come back to 0 by now")
            yield page
            if not cursor:
                return
            meanwhile()

    def size(self) -> Reply:
        """The number of elements, as the server tells it."""
        return self._call(self._scannable.size)

    def tables(self) -> Tables:
        """The tables that hold the elements, as the server shows them; the target must have `can_debug`."""
        key = self._scannable.key
        reply = self._script.call(
            "DEBUG", *(("HTSTATS-KEY", *key) if key else ("HTSTATS", self._database)), *self._statistics
        )
        assert isinstance(reply, bytes), reply
        tables = parse_tables(reply.decode())
        self._script.require(tables.used == len(self.present), "as many elements in the tables as there are")
        return tables

    def _call(self, name: str, *arguments: bytes | str | int) -> Reply:
        return self._script.call(*self._command(name, *arguments))

    def _command(self, name: str, *arguments: bytes | str | int) -> tuple[bytes | str | int, ...]:
        return (name, *self._scannable.key, *arguments)


class Passing:
    """Elements that come and go: called after each page of a scan, it makes the next change of a list of them."""

    def __init__(self, population: Population, number: int, changes: Iterable[int] = (), letters: bytes = b"e") -> None:
        self._population = population
        self._letters = letters
        self._changes = iter(changes)
        self._elements: list[bytes] = []
        self.come(number)

    def __call__(self) -> None:
        number = next(self._changes, 0)
        self.come(number) if number > 0 else self.go(-number)

    def come(self, number: int) -> None:
        """Let new ones come."""
        if number:
            self._elements += self._population.grow(number, self._letters)

    def go(self, number: int) -> None:
        """Let those go that came first, as far as there are any."""
        gone, self._elements = self._elements[:number], self._elements[number:]
        if gone:
            self._population.remove(gone)


def _read_page(reply: Reply) -> tuple[int, list[bytes]] | None:
    """The cursor and what came with it; None if the reply is anything else."""
    match reply:
        case [bytes(cursor), list(found)] if cursor.isdigit():
            return int(cursor), [element for element in found if isinstance(element, bytes)]
    return None


def _batches(elements: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(elements)
    while batch := list(islice(rest, _BATCH)):
        yield batch
