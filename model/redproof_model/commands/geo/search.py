"""Searches for what is near: GEOSEARCH, GEORADIUS and their kin (`geo.c` georadiusGeneric)."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, groupby, islice
from math import comb
from operator import attrgetter
from typing import Final, NamedTuple

from redproof_model.choice import Choice, Expected
from redproof_model.commands.geo.geo import distance_text, metric, position_reply
from redproof_model.commands.geo.query import Query, read_query
from redproof_model.commands.sorted_sets.storage import compact, store
from redproof_model.geo.cover import covering
from redproof_model.geo.geohash import position, scores
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.split import split
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.reply import Reply, project

table = CommandTable()

_MOST_ALTERNATIVES: Final = 120


class _Found(NamedTuple):
    """A member that a search has found."""

    member: bytes
    score: float
    distance_m: float


@table.command("GEORADIUS", arity=-6)
def georadius(world: World, argv: list[bytes]) -> Expected:
    """GEORADIUS key longitude latitude radius unit [option …] (geo.c georadiusCommand)."""
    return _search(world, argv, "GEORADIUS")


@table.command("GEORADIUS_RO", arity=-6)
def georadius_ro(world: World, argv: list[bytes]) -> Expected:
    """GEORADIUS_RO key longitude latitude radius unit [option …] (geo.c georadiusroCommand)."""
    return _search(world, argv, "GEORADIUS_RO")


@table.command("GEORADIUSBYMEMBER", arity=-5)
def georadiusbymember(world: World, argv: list[bytes]) -> Expected:
    """GEORADIUSBYMEMBER key member radius unit [option …] (geo.c georadiusbymemberCommand)."""
    return _search(world, argv, "GEORADIUSBYMEMBER")


@table.command("GEORADIUSBYMEMBER_RO", arity=-5)
def georadiusbymember_ro(world: World, argv: list[bytes]) -> Expected:
    """GEORADIUSBYMEMBER_RO key member radius unit [option …] (geo.c georadiusbymemberroCommand)."""
    return _search(world, argv, "GEORADIUSBYMEMBER_RO")


@table.command("GEOSEARCH", arity=-7)
def geosearch(world: World, argv: list[bytes]) -> Expected:
    """GEOSEARCH key FROMMEMBER|FROMLONLAT … BYRADIUS|BYBOX|BYPOLYGON … [option …] (geo.c geosearchCommand)."""
    return _search(world, argv, "GEOSEARCH")


@table.command("GEOSEARCHSTORE", arity=-8)
def geosearchstore(world: World, argv: list[bytes]) -> Expected:
    """GEOSEARCHSTORE destination source FROMMEMBER|FROMLONLAT … BYRADIUS|BYBOX … [option …] (geosearchstoreCommand)."""
    return _search(world, argv, "GEOSEARCHSTORE")


def _search(world: World, argv: list[bytes], name: str) -> Expected:
    zset = world.sorted_set(argv[2] if name == "GEOSEARCHSTORE" else argv[1])
    if zset is None and world.version.georadius_wants_key:
        return []
    query = read_query(world.version, argv, name, zset)
    found = [] if zset is None else _find(world, zset, query)
    groups = [found] if query.descending is None else _ranked(found, query.descending)
    if query.store is None:
        return _Ranked.of([[_row(world, query, place) for place in group] for group in groups], query)
    return _store(world, query, query.store, groups)


def _find(world: World, zset: SortedSet, query: Query) -> list[_Found]:
    """What lies in the shape, in the order in which it is found; with ANY no more than asked for."""
    measure = metric(world.version)
    found: list[_Found] = []
    for cell in covering(measure, query.shape):
        first, end = scores(cell)
        for score, member in zset.ordered():
            if first <= score < end:
                distance_m = query.shape.distance_m(measure, position(score))
                if distance_m is not None:
                    found.append(_Found(member, score, distance_m))
    return found[: query.count] if query.any else found


def _ranked(found: list[_Found], descending: bool) -> list[list[_Found]]:
    """The nearest first, or last; those that are equally far in a group."""
    ranked = sorted(found, key=attrgetter("distance_m"), reverse=descending)
    return [[*group] for _, group in groupby(ranked, key=attrgetter("distance_m"))]


def _row(world: World, query: Query, place: _Found) -> Reply:
    row: list[Reply] = [place.member]
    if b"WITHDIST" in query.shown:
        row.append(distance_text(world.version, place.distance_m / query.shape.unit_m))
    if b"WITHHASH" in query.shown:
        row.append(int(place.score))
    if b"WITHCOORD" in query.shown:
        row.append(position_reply(world.version, position(place.score)))
    return row if len(row) > 1 else place.member


def _store(world: World, query: Query, key: bytes, groups: list[list[_Found]]) -> Expected:
    """Store what was found; where the count divides a group, which of it are stored is the server's choice."""
    taken: list[_Found] = []
    options: list[list[_Found]] = [[]]
    for group in groups:
        room = query.count - len(taken) if query.count else len(group)
        if room < len(group):
            few = comb(len(group), room) <= _MOST_ALTERNATIVES
            options = [*map(list, combinations(group, room))] if few else [group[:room]]
            break
        taken += group

    def act(heir: World, last: list[_Found]) -> Expected:
        distances = {place.member: place.distance_m / query.shape.unit_m for place in taken + last}
        kept = {place.member: place.score for place in taken + last}
        if kept:
            heir.meet(key)
        return store(heir, key, compact(heir.version, distances if query.store_distances else kept))

    return split(world, options, act)


class _Ranked(Choice):
    """Rows in the order of their groups, those of a group in any order, and no more than `count` of all."""

    def __init__(self, groups: list[list[Reply]], count: int) -> None:
        self._groups = groups
        self._count = count

    @classmethod
    def of(cls, groups: list[list[Reply]], query: Query) -> Expected:
        """The only reply where there is one: unsorted ones come in the order in which they were found."""
        total = sum(map(len, groups))
        count = min(query.count, total) if query.count else total
        ranked = cls(groups, count)
        if query.descending is None or all(len(group) == 1 for group in groups):
            return ranked.example()
        return ranked

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != self._count:
            return False
        rest = iter(reply)
        for group in self._groups:
            allowed = Counter(repr(project(row, resp)) for row in group)
            allowed.subtract(map(repr, islice(rest, len(group))))
            if min(allowed.values()) < 0:
                return False
        return True

    def example(self) -> list[Reply]:
        return [row for group in self._groups for row in group][: self._count]

    def describe(self) -> str:
        return f"{self.example()!r}, or what is equally far in another order"
