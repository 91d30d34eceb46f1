"""What the documentation promises of SCAN, HSCAN, SSCAN and ZSCAN while tables grow, are rehashed and shrink."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import partial
from itertools import cycle, zip_longest
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redproof_properties.frozen import no_active_rehashing
from redproof_properties.judged import Judged
from redproof_properties.population import ANCHOR, Page, Passing, Population
from redproof_properties.replay import Machine
from redproof_properties.scannable import SCANNABLES
from redproof_properties.script import Script
from redproof_properties.traced import machine_for
from redproof_properties.waiting import wait_until

SOURCE = "https://redis.io/docs/latest/commands/scan/"
DICT_SCAN = "https://github.com/redis/redis/blob/7.0.15/src/dict.c"
PATTERNS = (b"*", b"a*", b"?1*", b"[ab]*", b"*7", b"b[0-4]?", b"nobody")
MAKING: dict[str, tuple[str, tuple[str, ...]]] = {
    "string": ("SET", ("x",)),
    "list": ("RPUSH", ("x",)),
    "hash": ("HSET", ("x", "x")),
    "set": ("SADD", ("x",)),
    "zset": ("ZADD", ("1", "x")),
}
"""By type, the command that makes a key of it, and what follows the key."""
Change: TypeAlias = Callable[[Machine, Population, Passing], None]
LETTERS = b"abc"
ALL_THAT_STAYED = "each element that was there all the time at least once"
ROUNDS = 6
ROUNDS_UNTIL_AGAIN = 200
PAGES_BEFORE_RESIZE = 3

every_scan = pytest.mark.parametrize("scan", SCANNABLES)
passing = st.integers(0, 120)
staying = st.integers(0, 40)
changes = st.lists(st.integers(-120, 120), max_size=4)
"""How many elements come, or go if negative, after each page."""
counts = st.lists(st.integers(1, 20), min_size=1, max_size=3)


def elements(pages: Iterable[Page]) -> list[bytes]:
    """What all of these pages gave, in their order."""
    return [element for page in pages for element in page.elements]


@pytest.mark.documented(
    "A full iteration of {scan} always retrieves all the elements that were present from the start to the end of it, "
    "whatever COUNT each call gives",
    source=SOURCE,
)
@every_scan
@given(stay=staying, come=passing, changes=changes, counts=counts)
def test_scan_is_complete(
    judged: Judged, scan: str, stay: int, come: int, changes: list[int], counts: list[int]
) -> None:
    with Script(judged) as script:
        population = Population(judged, script, scan)
        stayed = {ANCHOR, *population.grow(stay)}
        seen = elements(population.scan(counts, meanwhile=Passing(population, come, changes)))
        script.require(stayed <= set(seen), ALL_THAT_STAYED)


@pytest.mark.documented(
    "{scan} is guaranteed to terminate if the size of the iterated collection remains bounded to a given maximum size",
    source=SOURCE,
)
@every_scan
@given(come=st.integers(1, 150), turnover=st.integers(1, 100), count=st.integers(1, 15))
def test_scan_terminates(judged: Judged, scan: str, come: int, turnover: int, count: int) -> None:
    with Script(judged) as script:
        population = Population(judged, script, scan)
        meanwhile = Passing(population, come, cycle((-turnover, turnover)))
        seen = elements(population.scan([count], meanwhile=meanwhile))
        script.require(ANCHOR in seen, ALL_THAT_STAYED)


@pytest.mark.documented("{scan} with MATCH returns elements that match the pattern only, and loses none", source=SOURCE)
@every_scan
@given(pattern=st.sampled_from(PATTERNS), stay=staying, come=passing, changes=changes, counts=counts)
def test_match_filters_and_never_loses(
    judged: Judged, scan: str, pattern: bytes, stay: int, come: int, changes: list[int], counts: list[int]
) -> None:
    with Script(judged) as script:
        population = Population(judged, script, scan)
        stayed = {element for element in population.grow(stay, LETTERS) if fnmatchcase(element, pattern)}
        meanwhile = Passing(population, come, changes, LETTERS)
        seen: set[bytes] = set()
        for page in population.scan(counts, "MATCH", pattern, meanwhile=meanwhile):
            matching = all(fnmatchcase(element, pattern) for element in page.elements)
            script.require(matching, "only elements that match the pattern")
            seen.update(page.elements)
        script.require(stayed <= seen, ALL_THAT_STAYED)


@pytest.mark.documented("SCAN with TYPE returns keys of that type only, and loses none", source=SOURCE)
@given(asked=st.sampled_from(list(MAKING)), of_each=st.integers(0, 30), come=passing, changes=changes, counts=counts)
def test_type_filters_and_never_loses(
    judged: Judged, asked: str, of_each: int, come: int, changes: list[int], counts: list[int]
) -> None:
    with Script(judged) as script:
        population = Population(judged, script, "SCAN")
        types = {b"%b:%d" % (kind.encode(), number): kind for kind in MAKING for number in range(of_each)}
        for key, kind in types.items():
            name, rest = MAKING[kind]
            script.call(name, key, *rest)
        population.came(types)
        seen: set[bytes] = set()
        for page in population.scan(counts, "TYPE", asked, meanwhile=Passing(population, come, changes)):
            of_type = all(types.get(key, "string") == asked for key in page.elements)
            script.require(of_type, "only keys of the type that is asked for")
            seen.update(page.elements)
        script.require(seen >= {key for key, kind in types.items() if kind == asked}, ALL_THAT_STAYED)


@pytest.mark.documented(
    "Any number of clients can iterate the same collection at the same time, as the full state of the iterator is in "
    "the cursor: seen with {scan}",
    source=SOURCE,
)
@every_scan
@given(stay=staying, come=passing, changes=changes, both_counts=st.tuples(counts, counts))
def test_iterations_in_parallel(
    judged: Judged, scan: str, stay: int, come: int, changes: list[int], both_counts: tuple[list[int], list[int]]
) -> None:
    with Script(judged) as script:
        population = Population(judged, script, scan)
        stayed = {ANCHOR, *population.grow(stay)}
        meanwhile = Passing(population, come, changes)
        iterations = [population.scan(counts, meanwhile=meanwhile) for counts in both_counts]
        turns = list(zip_longest(*iterations, fillvalue=Page(0, [])))
        for pages in zip(*turns, strict=True):
            script.require(stayed <= set(elements(pages)), ALL_THAT_STAYED)


def scan_while_resized(
    judged: Judged, script: Script, scan: str, random: Random, resized: Callable[[Population, Passing], None]
) -> list[bytes]:
    """What a scan gives in the middle of which `resized` is called; what stays all the time must be given.

    The elements have other names each time: the same would always lie in the same buckets of a server.
    """
    script.call("FLUSHALL")
    population = Population(judged, script, scan, first=random.randrange(10**6))
    stayed = {ANCHOR, *population.grow(random.randint(15, 25))}
    passing = Passing(population, random.randint(300, 500))
    population.settle()
    given = []
    for number, page in enumerate(population.scan([random.randint(1, 3)]), 1):
        given += page.elements
        if number == PAGES_BEFORE_RESIZE:
            resized(population, passing)
    script.require(stayed <= set(given), ALL_THAT_STAYED)
    return given


def grow(machine: Machine, population: Population, passing: Passing) -> None:
    """Let the table begin to grow."""
    before = population.tables()
    passing.come(machine.fullest(before.main.size) - before.used + 1)


def shrink(machine: Machine, population: Population, passing: Passing) -> None:
    """Let the table begin to shrink: that of the keyspace when the cron finds it sparse, if not before."""
    passing.go(len(population.present) - machine.sparsest(population.tables().main.size) + 1)
    wait_until(lambda: population.tables().target is not None)


def shrink_and_settle(machine: Machine, population: Population, passing: Passing) -> None:
    """Let the table shrink, and the rehash come to its end."""
    shrink(machine, population, passing)
    population.settle()


@pytest.mark.documented("A rehash is under way, with two tables, while {scan} goes over them", source=DICT_SCAN)
@pytest.mark.parametrize("change", [grow, shrink], ids=lambda change: change.__name__)
@every_scan
def test_scan_meets_two_tables(judged: Judged, scan: str, change: Change) -> None:
    judged.need("can_debug")
    machine = machine_for(judged)
    random = Random(f"{judged.run.seed} {scan} {change.__name__}")
    met: list[bool] = []

    def resized(population: Population, passing: Passing) -> None:
        change(machine, population, passing)
        met.append(population.tables().target is not None)

    with Script(judged) as script, no_active_rehashing(judged, script):
        for _ in range(ROUNDS):
            scan_while_resized(judged, script, scan, random, resized)
        script.require(2 * sum(met) >= ROUNDS, "two tables in the middle of half of the scans at least")


@pytest.mark.documented(
    "A given element may be returned multiple times: {scan} does when a table shrinks", source=SOURCE
)
@every_scan
def test_elements_may_be_returned_again(judged: Judged, scan: str) -> None:
    judged.need("can_debug")
    machine = machine_for(judged)
    random = Random(f"{judged.run.seed} {scan}")
    with Script(judged) as script, no_active_rehashing(judged, script):
        for _ in range(ROUNDS_UNTIL_AGAIN):
            given = scan_while_resized(judged, script, scan, random, partial(shrink_and_settle, machine))
            if len(given) > len(set(given)):
                return
        script.require(False, "an element that is returned again in one of many scans")
