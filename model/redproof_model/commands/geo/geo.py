"""Positions in sorted sets: GEOADD, GEODIST, GEOHASH and GEOPOS, and what searches share with them (`geo.c`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sorted_sets.sorted_sets import zadd
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.geo import geohash
from redproof_model.geo.geodesy import Metric
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.number import double, few_digits_text
from redproof_model.reply import NULL, NULL_ARRAY, Double, Reply
from redproof_model.versions import Version

table = CommandTable()

_ADD_OPTIONS: Final = frozenset([b"NX", b"XX", b"CH"])
_UNITS_M: Final = {b"m": 1.0, b"km": 1000.0, b"ft": 0.3048, b"mi": 1609.34}
_NOT_ON_EARTH: Final = b"ERR invalid longitude,latitude pair %f,%f"


@table.command("GEOADD", arity=-5)
def geoadd(world: World, argv: list[bytes]) -> Expected:
    """GEOADD key [NX|XX] [CH] longitude latitude member [longitude latitude member …] (geo.c geoaddCommand)."""
    first = 2
    options: set[bytes] = set()
    while (
        world.version.geoadd_options and first < len(argv) and (word := c_string(argv[first]).upper()) in _ADD_OPTIONS
    ):
        options.add(word)
        first += 1
    if (len(argv) - first) % 3 or {b"NX", b"XX"} <= options:
        raise ReplyError(world.version.geoadd_wrong_arguments)
    scores = [b"%d" % geohash.score_of(*read_position(world.version, argv, at)) for at in range(first, len(argv), 3)]
    elements = [part for element in zip(scores, argv[first + 2 :: 3], strict=True) for part in element]
    world.propagate(world.version.propagation.geoadd, *argv[1:first], *elements)
    return zadd(world, [b"ZADD", argv[1], *options, *elements])


@table.command("GEODIST", arity=-4)
def geodist(world: World, argv: list[bytes]) -> Expected:
    """GEODIST key member member [M|KM|FT|MI] (geo.c geodistCommand)."""
    if len(argv) > 5:
        raise ReplyError(SYNTAX)
    unit_m = read_unit(world.version, argv[4]) if len(argv) == 5 else 1.0
    zset = world.sorted_set(argv[1])
    if zset is None or argv[2] not in zset.scores or argv[3] not in zset.scores:
        return NULL
    here, there = (geohash.position(zset.scores[member]) for member in argv[2:4])
    return distance_text(world.version, metric(world.version).distance_m(*here, *there) / unit_m)


@table.command("GEOHASH", arity=-2)
def geohash_(world: World, argv: list[bytes]) -> Expected:
    """GEOHASH key [member …] (geo.c geohashCommand)."""
    return _for_each_member(world, argv, geohash.text_of, NULL)


@table.command("GEOPOS", arity=-2)
def geopos(world: World, argv: list[bytes]) -> Expected:
    """GEOPOS key [member …] (geo.c geoposCommand)."""
    return _for_each_member(
        world, argv, lambda score: position_reply(world.version, geohash.position(score)), NULL_ARRAY
    )


def _for_each_member(world: World, argv: list[bytes], tell: Callable[[float], Reply], nothing: Reply) -> list[Reply]:
    zset = world.sorted_set(argv[1])
    scores = {} if zset is None else zset.scores
    return [tell(scores[member]) if member in scores else nothing for member in argv[2:]]


def metric(version: Version) -> Metric:
    """How the version measures."""
    return Metric(version.geo_meridian_width, version.geo_bounds_toward_pole)


def read_position(version: Version, argv: list[bytes], at: int) -> tuple[float, float]:
    """Read longitude and latitude in degrees, two arguments (`geo.c` extractLongLatOrReply); raises ReplyError."""
    hexadecimal = version.hexadecimal_doubles
    longitude, latitude = (double(text, hexadecimal=hexadecimal) for text in argv[at : at + 2])
    if abs(longitude) > geohash.LONGITUDE_MAX or abs(latitude) > geohash.LATITUDE_MAX:
        raise ReplyError(_NOT_ON_EARTH % (longitude, latitude))
    return longitude, latitude


def read_unit(version: Version, text: bytes) -> float:
    """Read how many metres a unit has (`geo.c` extractUnitOrReply); raises ReplyError."""
    name = c_string(text)
    unit_m = _UNITS_M.get(name.lower() if version.geo_units_in_any_case else name)
    if unit_m is None:
        raise ReplyError(version.geo_unknown_unit)
    return unit_m


def distance_text(version: Version, distance: float) -> bytes:
    """A distance with four decimal places (`geo.c` addReplyDoubleDistance)."""
    if not version.geo_scales_distances:
        return b"%.4f" % distance
    return b"%d.%04d" % divmod(round(distance * 10_000), 10_000)


def position_reply(version: Version, place: tuple[float, float]) -> list[Reply]:
    """Longitude and latitude (`networking.c` addReplyDouble, before 8.0 addReplyHumanLongDouble)."""
    write = few_digits_text if version.geo_few_digits else _places_text
    return [Double(write(degrees)) for degrees in place]


def _places_text(degrees: float) -> bytes:
    """Up to 17 decimal places."""
    text = (b"%.17f" % degrees).rstrip(b"0").rstrip(b".")
    return b"0" if text == b"-0" else text
