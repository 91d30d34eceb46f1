"""A population whose table is held against the model's system `rehash`, by a trace of what was done to it and seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from redproof_properties.buckets import Buckets, locate
from redproof_properties.frozen import child_process, held_still
from redproof_properties.hashing import HashOf
from redproof_properties.hashtable import VERSIONS as HASHTABLES
from redproof_properties.hashtable import hashtable_machine
from redproof_properties.judged import Judged
from redproof_properties.paging import Pager, sound_pager
from redproof_properties.population import Page, Population
from redproof_properties.rehash import VERSIONS as DICTS
from redproof_properties.rehash import dict_machine
from redproof_properties.replay import ImpossibleStepError, Machine, Replay
from redproof_properties.script import Moment, Script
from redproof_properties.tables import Tables
from redproof_properties.waiting import wait_until


class Event(NamedTuple):
    """Something done to a table, as `again` does it to a replay, and what was seen then, if that is to be the same."""

    moment: Moment
    again: Callable[[Replay], object]
    seen: object = None
    expected: str = ""


def machine_for(judged: Judged) -> Machine:
    """The system with the thresholds of a target's version; skips the property, with the reason, if it has none."""
    version = judged.target.version
    row = (version.family, version.number[:2])
    if row in DICTS:
        return dict_machine(DICTS[row])
    if row in HASHTABLES:
        return hashtable_machine(HASHTABLES[row])
    pytest.skip(f"{judged.target.spelling}: the thresholds of {version} are not known")


def need_shrinking(judged: Judged, scan: str) -> None:
    """Skip the property, with the reason, where deletions do not let the table shrink."""
    if scan == "SCAN" and not machine_for(judged).keyspace_shrinks_on_deletion:
        pytest.skip(f"{judged.target.spelling}: the keyspace's table shrinks in the background alone")


class Traced(Population):
    """A population that keeps the trace of its table for `judge` to hold it against the system.

    Unless `hash_of` tells the hashes, `locate` must be called while the table is the largest: the bucket there is all
    of a hash that any table has asked for. Elements that are not there any more must have been located before.
    """

    def __init__(
        self, judged: Judged, script: Script, scan: str, first: int = 0, hash_of: HashOf | None = None
    ) -> None:
        self.machine = machine_for(judged)
        self._judged = judged
        self._hash_of = hash_of
        self._events: list[Event] = []
        self._ever: list[bytes] = []
        self._located = Buckets(1, {})
        super().__init__(judged, script, scan, first)

    def add(self, elements: Sequence[bytes]) -> None:
        """Add these elements."""
        super().add(elements)
        self._ever += elements
        self._did(lambda replay: replay.add(elements))

    def remove(self, elements: Sequence[bytes]) -> None:
        """Take these elements away."""
        super().remove(elements)
        self._did(lambda replay: replay.remove(elements))

    def find(self, elements: Sequence[bytes]) -> None:
        """Look these elements up, once each; all of them must be found."""
        super().find(elements)
        self._did(lambda replay: replay.find(elements))

    def tables(self) -> Tables:
        """The tables as the server shows them."""
        tables = super().tables()
        self._saw(tables, lambda replay: replay.tables, "the tables that the system shows")
        return tables

    def scan_by_one(self, meanwhile: Callable[[], None] = lambda: None) -> Iterator[Page]:
        """The pages of a full iteration with COUNT 1, each to be held against that of the system."""
        for page in self.scan([1], meanwhile=meanwhile):
            self._saw(page.in_order(), Replay.next_page, "the page that the system gives")
            yield page

    def fill(self, child: bool = False) -> int:
        """Add as many elements as the table takes without growing; its size in buckets."""
        self.settle()
        before = self.tables()
        room = self.machine.fullest(before.main.size, child) - before.used
        self._script.require(room >= 0, "no more elements than the table takes without growing")
        self.grow(room)
        return before.main.size

    def make_sparse(self) -> int:
        """Remove as many elements as the table can lose without shrinking; its size in buckets."""
        self.settle()
        size = self.locate().size
        self.remove_last(len(self.present) - self.machine.sparsest(size))
        return size

    def await_cron(self) -> None:
        """Wait for the cron, when the server is no longer frozen, to shrink the table and to rehash it to the end."""
        size = super().tables().main.size

        def shrunk() -> bool:
            tables = super(Traced, self).tables()
            return tables.target is None and tables.main.size < size

        self._script.require(wait_until(shrunk), "a smaller table, once the cron has run")
        self._did(lambda replay: replay.cron())

    @contextmanager
    def child_process(self) -> Iterator[None]:
        """Let a child process save, while the server is frozen."""
        with child_process(self._judged, self._script):
            self._did(Replay.fork)
            yield
        self._did(Replay.reap)

    def locate(self) -> Buckets:
        """The bucket of each element in the only table; what is known of the hashes must agree."""
        if self._hash_of is not None:
            size = self.tables().main.size
            return Buckets(size, {element: self._hash_of(element) % size for element in self.present})
        buckets = locate(self._script, self, self.tables().main.size)
        common = buckets.of.keys() & self._located.of.keys()
        smaller = min(buckets.size, self._located.size)
        agree = all(buckets.of[element] % smaller == self._located.of[element] % smaller for element in common)
        self._script.require(agree, "each element in its bucket of a table of another size modulo the smaller size")
        if buckets.size > self._located.size:
            self._located = Buckets(buckets.size, {**self._located.of, **buckets.of})
        return buckets

    def judge(self) -> None:
        """Claim that all that was seen is what the system shows after the same operations."""
        replay = self._replay(sound_pager())
        for event in self._events:
            try:
                shown = event.again(replay)
            except ImpossibleStepError as impossible:
                self._script.require(False, "operations that the system can take", str(impossible), event.moment)
            self._script.require(event.seen in (None, shown), event.expected, str(shown), event.moment)

    def scanned_by(self, pager: Pager) -> set[bytes]:
        """What the iteration would have returned with the pages of another system, at the same calls and to its end."""
        replay = self._replay(pager)
        found: set[bytes] = set()
        cursor = None
        for event in self._events:
            if not isinstance(event.seen, Page):
                event.again(replay)
                continue
            while cursor != 0:
                cursor, elements = replay.next_page()
                found.update(elements)
                if event.seen.cursor:
                    break
        return found

    def _replay(self, pager: Pager) -> Replay:
        hashes = self._hashes()
        tracked = list(hashes)[len(hashes) // 2]
        return self.machine.replay(pager, self._scannable, hashes, tracked)

    def _did(self, again: Callable[[Replay], None]) -> None:
        self._events.append(Event(self._script.now, again))

    def _saw(self, seen: object, again: Callable[[Replay], object], expected: str) -> None:
        self._events.append(Event(self._script.now, again, seen, expected))

    def _hashes(self) -> Mapping[bytes, int]:
        if self._hash_of is None:
            return self._located.of
        return {element: self._hash_of(element) for element in self._ever}


@contextmanager
def traced(judged: Judged, scan: str, first: int = 0) -> Iterator[tuple[Script, Traced]]:
    """A population that commands alone change; its trace is judged once its rehash has ended and it is located."""
    with Script(judged) as script:
        with held_still(judged, script):
            population = Traced(judged, script, scan, first)
            yield script, population
            population.settle()
            population.locate()
        population.judge()
