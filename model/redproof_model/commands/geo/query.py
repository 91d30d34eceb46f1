"""What a search for positions asks for: the arguments of GEOSEARCH, GEORADIUS and their kin (`geo.c`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redproof_model.commands.geo.geo import read_position, read_unit
from redproof_model.errors import SYNTAX, ReplyError, c_string, one_line
from redproof_model.geo.geohash import position
from redproof_model.geo.shapes import Box, Circle, Polygon, Position, Shape
from redproof_model.keyspace.values import SortedSet
from redproof_model.number import double, integer, ranged
from redproof_model.versions import Version

_NO_ORIGIN: Final = b"ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s"
_ANY_WITHOUT_COUNT: Final = b"ERR the ANY argument requires COUNT argument"
_FEW_VERTICES: Final = b"ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"
_INT_MAX: Final = 2**31 - 1
_ORIGINS: Final = frozenset([b"FROMMEMBER", b"FROMLONLAT"])
_AREAS: Final = frozenset([b"BYRADIUS", b"BYBOX", b"BYPOLYGON"])
_SHOWN: Final = frozenset([b"WITHDIST", b"WITHHASH", b"WITHCOORD"])
_ARGUMENTS: Final = {
    b"COUNT": 1,
    b"STORE": 1,
    b"STOREDIST": 1,
    b"FROMMEMBER": 1,
    b"FROMLONLAT": 2,
    b"BYRADIUS": 2,
    b"BYBOX": 3,
    b"BYPOLYGON": 2,
}
"""The options that have arguments, and how many at least; all others of a search have none."""


@dataclass(slots=True)
class Query:
    """What is searched, and what becomes of it.

    `descending` is None where nothing is sorted; `count` is 0 for all; `shown` are the WITH options. Without a key
    to search there is no `shape` but a point, since nobody asks.
    """

    shape: Shape
    descending: bool | None
    count: int
    any: bool
    shown: set[bytes]
    store: bytes | None
    store_distances: bool


def read_query(version: Version, argv: list[bytes], name: str, zset: SortedSet | None) -> Query:
    """Read what follows the keys, in the order in which Redis looks at it; raises ReplyError."""
    reader = _Reader(version, argv, name, zset)
    reader.read()
    return reader.query()


class _Reader:
    """The arguments of a search, and what was read of them so far."""

    def __init__(self, version: Version, argv: list[bytes], name: str, zset: SortedSet | None) -> None:
        self._version = version
        self._argv = argv
        self._name = name
        self._zset = zset
        self._is_search = name.startswith("GEOSEARCH")
        self._origin: bytes | None = None
        self._area: bytes | None = None
        self._centre = (0.0, 0.0)
        self._shape: Callable[[Position], Shape] = lambda centre: Circle(centre, 0, 1)
        self._flags: set[bytes] = set()
        self._descending: bool | None = None
        self._count = 0
        self._store = argv[1] if name == "GEOSEARCHSTORE" else None
        self._store_distances = False

    def read(self) -> None:
        """Read all there is."""
        at = self._read_fixed()
        while at < len(self._argv):
            option = c_string(self._argv[at]).upper()
            count = 0 if option == b"STOREDIST" and self._is_search else _ARGUMENTS.get(option, 0)
            if at + count >= len(self._argv) or not self._is_allowed(option):
                raise ReplyError(SYNTAX)
            self._read_option(option, at + 1)
            at += 2 * int(self._argv[at + 1]) + 2 if option == b"BYPOLYGON" else 1 + count

    def _read_fixed(self) -> int:
        """Read what has its place; where the options begin."""
        if self._is_search:
            return 3 if self._name == "GEOSEARCHSTORE" else 2
        if self._name.startswith("GEORADIUSBYMEMBER"):
            if self._zset is not None:
                self._read_member(2)
                self._read_circle(3)
            return 5
        self._centre = read_position(self._version, self._argv, 2)
        self._read_circle(4)
        return 6

    def _is_allowed(self, option: bytes) -> bool:
        """Whether this command, and the options before, allow an option."""
        if option in _ORIGINS:
            return self._is_search and self._origin in (None, option) and self._area != b"BYPOLYGON"
        if option == b"BYPOLYGON" and (self._origin is not None or not self._version.geo_polygons):
            return False
        if option in _AREAS:
            return self._is_search and self._area in (None, option)
        if option == b"STORE":
            return not self._is_search and not self._name.endswith("_RO")
        if option == b"STOREDIST":
            return self._name != "GEOSEARCH" and not self._name.endswith("_RO")
        if option == b"ANY":
            return self._version.geo_any
        return option in _SHOWN or option in (b"ASC", b"DESC", b"COUNT")

    def _read_option(self, option: bytes, at: int) -> None:
        """Read an option whose arguments begin at `at`."""
        match option:
            case b"ASC" | b"DESC":
                self._descending = option == b"DESC"
            case b"COUNT":
                self._count = integer(self._argv[at])
                if self._count <= 0:
                    raise ReplyError(b"ERR COUNT must be > 0")
            case b"STORE" | b"STOREDIST":
                self._store_distances = option == b"STOREDIST"
                self._store = self._store if self._is_search else self._argv[at]
            case b"FROMMEMBER":
                self._origin = option
                if self._zset is not None:
                    self._read_member(at)
            case b"FROMLONLAT":
                self._centre = read_position(self._version, self._argv, at)
                self._origin = option
            case b"BYRADIUS":
                self._read_circle(at)
                self._area = option
            case b"BYBOX":
                self._read_box(at)
                self._area = option
            case b"BYPOLYGON":
                self._read_polygon(at)
                self._area = option
            case flag:
                self._flags.add(flag)

    def _read_member(self, at: int) -> None:
        score = None if self._zset is None else self._zset.scores.get(self._argv[at])
        if score is None:
            raise ReplyError(one_line(self._version.geo_no_member.replace(b"%s", c_string(self._argv[at]))))
        self._centre = position(score)

    def _read_circle(self, at: int) -> None:
        """Read a radius and its unit (`geo.c` extractDistanceOrReply)."""
        radius = double(self._argv[at], b"ERR need numeric radius", self._version.hexadecimal_doubles)
        if radius < 0:
            raise ReplyError(b"ERR radius cannot be negative")
        unit_m = read_unit(self._version, self._argv[at + 1])
        self._shape = lambda centre: Circle(centre, radius, unit_m)

    def _read_box(self, at: int) -> None:
        """Read width, height and their unit (`geo.c` extractBoxOrReply)."""
        width = double(self._argv[at], b"ERR need numeric width", self._version.hexadecimal_doubles)
        height = double(self._argv[at + 1], b"ERR need numeric height", self._version.hexadecimal_doubles)
        if width < 0 or height < 0:
            raise ReplyError(b"ERR height or width cannot be negative")
        unit_m = read_unit(self._version, self._argv[at + 2])
        self._shape = lambda centre: Box(centre, width, height, unit_m)

    def _read_polygon(self, at: int) -> None:
        """Read how many vertices, and each (`geo.c` georadiusGeneric)."""
        count = ranged(self._argv[at], -_INT_MAX - 1, _INT_MAX, b"ERR invalid number of vertices")
        if count < 3 or count > (len(self._argv) - at - 1) // 2:
            raise ReplyError(_FEW_VERTICES)
        vertices = tuple(read_position(self._version, self._argv, at + 1 + 2 * number) for number in range(count))
        self._shape = lambda centre: Polygon(vertices)

    def query(self) -> Query:
        """What was asked for, if it makes sense together."""
        sent_name = c_string(self._argv[0])
        if self._store is not None and self._flags & _SHOWN:
            raise ReplyError(self._version.geo_store_excludes[self._is_search])
        if self._is_search and self._origin is None and self._area != b"BYPOLYGON":
            raise ReplyError(_NO_ORIGIN % sent_name)
        if self._is_search and self._area is None:
            raise ReplyError(self._version.geo_no_area % sent_name)
        if b"ANY" in self._flags and not self._count:
            raise ReplyError(_ANY_WITHOUT_COUNT)
        if self._count and self._descending is None and b"ANY" not in self._flags:
            self._descending = False
        return Query(
            shape=self._shape(self._centre),
            descending=self._descending,
            count=self._count,
            any=b"ANY" in self._flags,
            shown=self._flags & _SHOWN,
            store=self._store,
            store_distances=self._store_distances,
        )
