"""Positions: what the documents of Redis show, what is found in which order, and how versions differ."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, observe
from redproof_model.geo import geohash
from redproof_model.geo.cover import covering
from redproof_model.geo.geodesy import Metric
from redproof_model.geo.shapes import Circle
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, Double, Error, Reply
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_8_0, VALKEY_9_1, Version

SICILY = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"
CORNERS = "GEOADD g 12.758489 38.788135 edge1 17.241510 38.788135 edge2"
TWINS = "GEOADD g 1 1 a 1 1 b 1 1 c 2 2 far"
BOTH = (REDIS_6_2, REDIS_7_0)


def last(version: Version, *lines: str) -> Expected:
    """What the model expects of the last of these commands."""
    return run(version, *lines)[1]


def run(version: Version, *lines: str) -> tuple[Model, Expected]:
    model = Model(version)
    model.connect("c")
    expected: Expected = 0
    for text in lines:
        expected = model.step("c", text.encode().split(), 0, 0)
    return model, expected


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("GEODIST g Palermo Catania", b"166274.1516"),
        ("GEODIST g Palermo Catania km", b"166.2742"),
        ("GEODIST g Palermo Catania mi", b"103.3182"),
        ("GEODIST g Palermo nowhere", NULL),
        ("GEOHASH g Palermo Catania nowhere", [b"sqc8b49rny0", b"sqdtr74hyu0", NULL]),
        (
            "GEOPOS g Palermo nowhere",
            [[Double(b"13.36138933897018433"), Double(b"38.11555639549629859")], NULL_ARRAY],
        ),
        ("GEORADIUS g 15 37 200 km WITHDIST", [[b"Palermo", b"190.4424"], [b"Catania", b"56.4413"]]),
        ("GEORADIUS g 15 37 200 km ASC COUNT 1 WITHHASH", [[b"Catania", 3479447370796909]]),
        ("GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC", [b"Catania", b"Palermo"]),
        ("GEORADIUSBYMEMBER g Catania 100 km", [b"Catania"]),
    ],
)
def test_documented(version: Version, command: str, reply: Reply) -> None:
    """The examples of the pages of GEOADD, GEODIST, GEOHASH, GEOPOS, GEORADIUS and GEOSEARCH."""
    assert last(version, SICILY, command) == reply


@pytest.mark.parametrize("version", BOTH)
def test_box_is_narrower_than_circle_around_it(version: Version) -> None:
    search = "GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST"
    assert last(version, SICILY, CORNERS, search) == [
        [b"Catania", b"56.4413"],
        [b"Palermo", b"190.4424"],
        [b"edge2", b"279.7403"],
        [b"edge1", b"279.7405"],
    ]


def test_equally_far_members_come_in_any_order() -> None:
    expected = last(REDIS_7_0, TWINS, "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1000 km ASC COUNT 2")
    assert isinstance(expected, Choice)
    assert observe(expected, [b"c", b"a"], 2)
    assert not observe(expected, [b"c", b"far"], 2)
    assert not observe(expected, [b"c", b"c"], 2)
    assert not observe(expected, [b"c", b"a", b"b"], 2)


def test_unsorted_members_come_as_they_are_found() -> None:
    assert last(REDIS_7_0, TWINS, "GEOSEARCH g FROMLONLAT 0 0 BYRADIUS 1000 km COUNT 2 ANY") == [b"a", b"b"]


def test_which_of_equally_far_members_are_stored_shows_later() -> None:
    store = "GEOSEARCHSTORE there g FROMLONLAT 0 0 BYRADIUS 1000 km COUNT 2"
    model, expected = run(REDIS_7_0, TWINS, store)
    assert observe(expected, 2, 2)
    assert observe(model.step("c", [b"ZSCORE", b"there", b"a"], 0, 0), Error(b"no score"), 2) is False
    model, expected = run(REDIS_7_0, TWINS, store)
    assert observe(expected, 2, 2)
    assert observe(model.step("c", [b"ZSCORE", b"there", b"a"], 0, 0), NULL, 2)
    members = model.step("c", [b"ZRANGE", b"there", b"0", b"-1"], 0, 0)
    assert observe(members, [b"b", b"c"], 2)


def test_stored_distances_are_in_the_unit() -> None:
    lines = (
        SICILY,
        "GEOSEARCHSTORE there g FROMMEMBER Palermo BYRADIUS 200 mi STOREDIST",
        "ZRANGE there 0 0 WITHSCORES",
    )
    assert last(REDIS_7_0, *lines) == [b"Palermo", Double(b"0")]


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("GEODIST g Palermo Catania KM", b"ERR unsupported unit provided. please use m, km, ft, mi", b"166.2742"),
        (
            "GEORADIUS g 15 37 200 km STORE t WITHDIST",
            b"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORDS options",
            b"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
        ),
        (
            "GEOSEARCHSTORE t g FROMLONLAT 15 37 BYRADIUS 1 m WITHHASH",
            b"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORDS options",
            b"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
        ),
    ],
)
def test_versions_differ(command: str, before: bytes, after: bytes) -> None:
    assert last(REDIS_6_2, SICILY, command) == Error(before)
    expected = last(REDIS_7_0, SICILY, command)
    assert expected == (Error(after) if after.startswith(b"ERR") else after)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("GEOADD g 1 2", b"ERR wrong number of arguments for 'geoadd' command"),
        ("GEOADD g NX CH XX", b"ERR syntax error"),
        ("GEOADD g 181 1 a", b"ERR invalid longitude,latitude pair 181.000000,1.000000"),
        ("GEOADD text x 1 a", b"ERR value is not a valid float"),
        ("GEOADD text 1 1 a", b"WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("GEOSEARCH text x x x x x", b"WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("GEOSEARCH g FROMMEMBER nobody BYRADIUS x y", b"ERR could not decode requested zset member"),
        ("GEOSEARCH none FROMMEMBER nobody BYRADIUS 1 y", b"ERR unsupported unit provided. please use M, KM, FT, MI"),
        ("GEOSEARCH g FROMLONLAT 1 1 FROMMEMBER Palermo", b"ERR syntax error"),
        ("geosearch g FROMLONLAT 1 1 ASC ASC", b"ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch"),
        ("GEORADIUS_RO g 1 1 1 m STORE t", b"ERR syntax error"),
        ("GEORADIUS g 1 1 1 m ANY", b"ERR the ANY argument requires COUNT argument"),
    ],
)
def test_refusals(command: str, error: bytes) -> None:
    assert last(REDIS_7_0, SICILY, "SET text x", command) == Error(error)


def test_valkey_finds_what_a_polygon_holds() -> None:
    """As valkey-server 9.1.2 answers; distances are from the mean of the vertices."""
    places = "GEOADD g 1 1 a 2 2 b 3 1 c 1.5 1.2 d 1 3 out"
    search = "GEOSEARCH g BYPOLYGON 3 0 0 4 0 2 4"
    assert last(VALKEY_9_1, places, search) == [b"a", b"d", b"b", b"c"]
    assert last(VALKEY_9_1, places, search + " WITHDIST ASC COUNT 2") == [[b"d", b"57551.9352"], [b"b", b"74117.4003"]]
    for refused in (search + " FROMMEMBER a", "GEOSEARCH g FROMMEMBER a BYPOLYGON 3 0 0 4 0 2 4"):
        assert last(VALKEY_9_1, places, refused) == Error(b"ERR syntax error")
    few = Error(b"ERR GEOSEARCH BYPOLYGON must have at least 3 vertices")
    assert last(VALKEY_9_1, places, "GEOSEARCH g BYPOLYGON 4 0 0 4 0 2 4") == few
    assert last(REDIS_7_0, places, search) == Error(b"ERR syntax error")


def test_redis_8_0_sends_coordinates_with_few_digits() -> None:
    assert last(REDIS_8_0, SICILY, "GEOPOS g Palermo") == [[Double(b"13.361389338970184"), Double(b"38.1155563954963")]]


def test_redis_6_0_looks_at_nothing_without_a_key() -> None:
    assert last(REDIS_6_0, "GEORADIUS none x x x x nonsense") == []
    assert isinstance(last(REDIS_6_2, "GEORADIUS none x x x x nonsense"), Error)


def test_scores_that_geoadd_never_gives_are_positions_too() -> None:
    """What C makes of a negative or too large double on x86-64: a latitude or longitude beyond the world is cut off."""
    assert geohash.position(-1.0) == (180.0, 85.05112878)
    assert geohash.position(float("inf")) == geohash.position(0.0)
    assert geohash.position(float("-inf")) == geohash.position(2.0**63)


def test_an_infinite_circle_is_searched_in_the_whole_world() -> None:
    cells = [*covering(Metric(meridian_width=0.0, bounds_toward_pole=True), Circle((0, 0), float("inf"), 1))]
    assert [cell.step for cell in cells] == [1] * 4
    assert len({cell.bits for cell in cells}) == 4
