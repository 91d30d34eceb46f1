"""Positions in sorted sets, and searches for what is near."""

from __future__ import annotations

from redproof_properties.grammar import MEMBER as ANY_MEMBER
from redproof_properties.grammar import (
    NUMBER,
    Command,
    counted,
    key,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)

GEO = weighted((8, pool(b"g1", b"g2")), (1, key("zset")))
TARGET = weighted((3, pool(b"g1", b"g2", b"g3")), (2, key("zset")))
MEMBER = weighted((6, pool(b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h")), (1, ANY_MEMBER))
LONGITUDE = weighted(
    (6, pool(b"13.361389", b"15.087269", b"2.349", b"-122.4194", b"0", b"-0.5", b"90", b"13.4", b"13.36", b"1e-5")),
    (2, pool(b"180", b"-180", b"179.9999", b"-179.9999", b"-166.638611", b"0x10", b"5e-324")),
    (1, pool(b"180.000001", b"-181", b"1e308", b"inf", b"-inf", b"nan", b"x", b"", b" 1")),
)
LATITUDE = weighted(
    (6, pool(b"38.115556", b"37.502669", b"48.8566", b"37.7749", b"0", b"-0.5", b"-45", b"38.1", b"38", b"1e-5")),
    (2, pool(b"85.05112878", b"-85.05112878", b"66.5", b"-70", b"81", b"-80.5", b"-38.115556")),
    (1, pool(b"85.05112879", b"-90", b"1e308", b"inf", b"-inf", b"nan", b"x", b"", b"1 ")),
)
# Near to each other, so that searches find some and not others, and some at one place.
CITY = one_of(
    *(
        seq(pool(longitude), pool(latitude))
        for longitude, latitude in (
            (b"13.361389", b"38.115556"), (b"15.087269", b"37.502669"), (b"13.361389", b"38.2"),
            (b"13.5", b"38.115556"), (b"2.349", b"48.8566"), (b"-122.4194", b"37.7749"), (b"0", b"0"),
            (b"180", b"85.05112878"), (b"-179.99", b"-17"), (b"179.99", b"-17"), (b"10", b"84"),
            (b"-166.638611", b"-38.115556"), (b"-1", b"51.5"), (b"1", b"51.5"), (b"0", b"51.5"),
        )
    )
)  # fmt: skip
PLACE = weighted((7, CITY), (3, seq(LONGITUDE, LATITUDE)))
UNIT = weighted((6, pool(b"m", b"km", b"ft", b"mi")), (1, pool(b"M", b"Km", b"yd", b"", b"m\x00x")))
DISTANCE = weighted(
    (8, pool(b"0", b"1", b"10", b"100", b"200", b"500", b"5000", b"12000", b"20000", b"166.2742")),
    (2, pool(b"1e-3", b"1e6", b"1e7", b"1e9", b"inf", b"1e308", b"5e-324", b"0.5", b"-0")),
    (1, pool(b"-1", b"-inf", b"x", b"", b"nan", b"1e400")),
)
COUNT = seq("COUNT", weighted((8, pool(b"1", b"2", b"3", b"5", b"100")), (1, NUMBER)))
COUNT_ANY = weighted((4, COUNT), (2, seq(COUNT, "ANY")), (1, "ANY"))
ORDER = one_of("ASC", "DESC")
SHOWN = options("WITHCOORD", "WITHDIST", "WITHHASH")
ORIGIN = one_of(seq("FROMMEMBER", MEMBER), seq("FROMLONLAT", PLACE))
AREA = one_of(seq("BYRADIUS", DISTANCE, UNIT), seq("BYBOX", DISTANCE, DISTANCE, UNIT))
# No vertex is far away: where their mean lies beyond 85 degrees, Valkey 9.1 searches an area that nobody has set, and
# what it finds depends on what was done before.
VERTEX = weighted(
    (
        6,
        seq(
            pool(b"13.361389", b"15.087269", b"2.349", b"0", b"-60", b"60"),
            pool(b"38", b"48.8566", b"0", b"-45", b"60"),
        ),
    ),
    (1, seq(pool(b"180.000001", b"nan", b"x", b"13.4"), pool(b"85.05112879", b"inf", b"", b"38.1"))),
)
POLYGON = seq("BYPOLYGON", counted(VERTEX, 3, 5))
SEARCH = weighted((3, seq(ORIGIN, AREA)), (3, seq(AREA, ORIGIN)), (1, POLYGON))
STORE = seq(one_of("STORE", "STOREDIST"), TARGET)
ODD_OPTION = one_of("FROMMEMBER", "BYBOX", "COUNT", "STORE", "STOREDIST", STORE, SHOWN, UNIT, ORDER, COUNT_ANY)
ODD_SEARCH = many(one_of(ORIGIN, AREA, POLYGON, ODD_OPTION), 3, 6)
# A sorted set that was not made by GEOADD holds positions also, some of them out of this world.
ODD_SCORE = pool(
    b"-1", b"0", b"1.5", b"3479099956230698", b"3479099956230698.7", b"4503599627370496", b"9007199254740992",
    b"1e18", b"-1e18", b"9.3e18", b"1.8446744073709552e19", b"inf", b"-inf", b"13510798882111488",
    b"-9223372036854775808",
)  # fmt: skip

COMMANDS = (
    Command("GEOADD", GEO, many(seq(PLACE, MEMBER), 1, 4), weight=12),
    Command("GEOADD", GEO, options(one_of("NX", "XX"), "CH"), many(seq(PLACE, MEMBER), 1, 3), weight=4),
    Command("GEOADD", GEO, many(one_of("NX", "XX", "CH"), 0, 3), many(one_of(LONGITUDE, MEMBER), 2, 6), weight=1),
    Command("ZADD", GEO, ODD_SCORE, MEMBER, weight=2),
    Command("ZREM", GEO, many(MEMBER, 1, 3), weight=1),
    Command("ZRANGE", GEO, "0", "-1", "WITHSCORES", weight=2),
    Command("GEOPOS", GEO, many(MEMBER, 0, 3), weight=3),
    Command("GEOHASH", GEO, many(MEMBER, 0, 3), weight=3),
    Command("GEODIST", GEO, MEMBER, MEMBER, maybe(UNIT), maybe(UNIT, 0.05), weight=4),
    Command("GEOSEARCH", GEO, SEARCH, options(COUNT_ANY, ORDER, SHOWN), weight=10),
    Command("GEOSEARCH", GEO, ODD_SEARCH, weight=2),
    Command("GEOSEARCHSTORE", TARGET, GEO, SEARCH, options(COUNT_ANY, ORDER, "STOREDIST"), weight=5),
    Command("GEOSEARCHSTORE", TARGET, GEO, ODD_SEARCH, weight=1),
    Command("GEORADIUS", GEO, PLACE, DISTANCE, UNIT, options(COUNT_ANY, ORDER, SHOWN), weight=4),
    Command("GEORADIUS", GEO, PLACE, DISTANCE, UNIT, options(COUNT_ANY, ORDER, STORE), weight=2),
    Command("GEORADIUS_RO", GEO, PLACE, DISTANCE, UNIT, options(COUNT_ANY, ORDER, SHOWN, maybe(STORE, 0.2)), weight=2),
    Command("GEORADIUSBYMEMBER", GEO, MEMBER, DISTANCE, UNIT, options(COUNT_ANY, ORDER, SHOWN), weight=4),
    Command("GEORADIUSBYMEMBER", GEO, MEMBER, DISTANCE, UNIT, options(COUNT_ANY, ORDER, STORE), weight=2),
    Command("GEORADIUSBYMEMBER_RO", GEO, MEMBER, DISTANCE, UNIT, options(COUNT_ANY, ORDER, SHOWN), weight=2),
    Command("GEORADIUSBYMEMBER", GEO, MEMBER, DISTANCE, UNIT, ODD_SEARCH, weight=1),
)
