"""Streams and their groups of consumers, without the reads that wait."""

from __future__ import annotations

from redproof_properties.grammar import (
    COUNT,
    NUMBER,
    SEEN_ID,
    VALUE,
    Command,
    counted,
    integer,
    key,
    many,
    maybe,
    one_of,
    options,
    pool,
    seq,
    weighted,
)

# In one the server chooses sequence numbers, in one whole IDs, so that entries are added again and again; in the third
# anything is tried.
COUNTED = weighted((9, pool(b"x1")), (1, key("stream")))
TIMED = weighted((9, pool(b"x2")), (1, key("stream")))
STREAM = weighted((6, pool(b"x1")), (4, pool(b"x2")), (1, key("stream")))
# Few IDs close together, so that they are met again; some as only strtoull reads them.
SMALL_ID = pool(b"1-0", b"1-1", b"1-2", b"1-3", b"1-4", b"1-5", b"1-6", b"1-8")
HIGH_ID = pool(b"2-0", b"2-1", b"3-0", b"4-1", b"5", b"5-1", b"7-0", b"9-3", b"10-1", b"11", b"13-7", b"20-0", b"30-0")
ODD_ID = pool(
    b"0-0", b"0", b"0-1", b"1-18446744073709551615", b"18446744073709551615-18446744073709551615",
    b"18446744073709551615-0", b"18446744073709551616-0", b"1-18446744073709551616", b"9223372036854775808-1",
    b"01-002", b"+1-1", b" 1-1", b"1- 2", b"1--1", b"1--0", b"1-+2", b"1--9223372036854775809", b"-", b"+", b"$", b">",
    b"*", b"-1", b"1-", b"1-1-1", b"1-x", b"x", b"", b"1-1\x00x", b"5-*", b"0-*", b"*-1", b"(1-1", b"3" * 128,
    b"9999999999999-0", b"9999999999999", b"99999999999999-5",
)  # fmt: skip
ID = weighted((20, SMALL_ID), (10, SEEN_ID), (1, HIGH_ID), (1, ODD_ID))
HELD_IDS = seq(SEEN_ID, many(weighted((12, SMALL_ID), (2, SEEN_ID), (1, ID)), 0, 4))
IDS = seq("IDS", counted(weighted((12, SMALL_ID), (5, SEEN_ID), (1, ID)), 1, 3))
READ_FROM = weighted((8, SMALL_ID), (3, SEEN_ID), (1, HIGH_ID), (1, ODD_ID))
NEXT_ID = weighted((20, pool(b"1-*")), (10, SMALL_ID), (1, HIGH_ID))
ANY_NEW_ID = weighted(
    (4, SMALL_ID), (4, HIGH_ID), (2, pool(b"*", b"1-*", b"2-*", b"5-*", b"0-*", b"30-*")), (3, ODD_ID)
)
# Some that fill a node in few entries, some of which the server makes integers.
CONTENT = weighted(
    (5, pool(b"a", b"b", b"1", b"-5", b"")), (2, VALUE), (1, pool(b"v" * 900, b"w" * 1900, b"70000", b"x" * 130))
)
FIELD = weighted((6, pool(b"f", b"g")), (1, VALUE))
FIELDS = weighted((6, seq("f", CONTENT)), (3, many(seq(FIELD, CONTENT), 1, 3)), (1, many(CONTENT, 1, 4)))
MANY_FIELDS = many(seq(FIELD, CONTENT), 3, 6)

MAXLEN = weighted((6, pool(b"0", b"1", b"2", b"3", b"5", b"10")), (1, NUMBER))
MARK = maybe(one_of("~", "="))
LIMIT = seq("LIMIT", weighted((4, pool(b"0", b"1", b"2", b"5", b"100")), (1, NUMBER)))
TRIM = one_of(seq("MAXLEN", MARK, MAXLEN), seq("MINID", MARK, ID))
REFERENCES = one_of("KEEPREF", "DELREF", "ACKED")
APPROXIMATE = seq(one_of(seq("MAXLEN", "~", MAXLEN), seq("MINID", "~", ID)), maybe(LIMIT))

START = weighted(
    (4, pool(b"-")), (6, ID), (3, pool(b"(1-1", b"(2-0", b"(3", b"(18446744073709551615-18446744073709551615"))
)
END = weighted((6, pool(b"+")), (6, READ_FROM), (3, pool(b"(3-0", b"(5-1", b"(9", b"(0-0", b"(")))
UP_TO = maybe(seq("COUNT", COUNT), 0.4)

GROUP = weighted((14, pool(b"g1")), (4, pool(b"g2")), (1, pool(b"", b"nogroup", b"g\x00\r\n")))
CONSUMER = weighted((9, pool(b"alice", b"alice", b"bob", b"al")), (1, pool(b"", b"c\x00\r\n")))
READ_UP_TO = weighted((6, pool(b"0", b"0", b"$")), (2, ID))
ENTRIESREAD = seq("ENTRIESREAD", weighted((5, pool(b"0", b"1", b"3", b"-1")), (1, NUMBER)))
READ_ID = weighted((4, pool(b"0", b"0-0")), (4, READ_FROM), (1, pool(b"$", b"+", b">")))
GROUP_READ_ID = weighted((8, pool(b">")), (3, pool(b"0")), (2, ID))
ONE_STREAM = seq("STREAMS", STREAM, READ_ID)
TWO_STREAMS = seq("STREAMS", STREAM, STREAM, READ_ID, READ_ID)
ONE_OF_GROUP = seq("STREAMS", STREAM, GROUP_READ_ID)
TWO_OF_GROUP = seq("STREAMS", STREAM, STREAM, GROUP_READ_ID, GROUP_READ_ID)
OF_GROUP = seq("GROUP", GROUP, CONSUMER)

# Long enough for all, so short that some entries pass and some do not, or so long that none does.
IDLE_MS = weighted((6, pool(b"0")), (3, pool(b"1", b"2", b"3", b"5", b"8")), (2, pool(b"100000")), (1, NUMBER))
CLAIM_OPTIONS = options(
    seq("IDLE", IDLE_MS),
    seq("TIME", weighted((3, pool(b"0", b"1", b"1000000", b"33177117420000")), (1, NUMBER))),
    seq("RETRYCOUNT", weighted((3, pool(b"0", b"1", b"7")), (1, NUMBER))),
    "FORCE",
    "JUSTID",
    seq("LASTID", ID),
)
AUTO_COUNT = weighted((4, pool(b"1", b"2", b"3", b"100")), (1, pool(b"0", b"-1", b"x", b"1.0", b"9223372036854775808")))
SUBCOMMAND = one_of("CREATE", "SETID", "DESTROY", "CREATECONSUMER", "DELCONSUMER", "NOSUCH", "HELP")

COMMANDS = (
    Command("XADD", COUNTED, NEXT_ID, FIELDS, weight=18),
    Command("XADD", TIMED, "*", FIELDS, weight=10),
    Command("XADD", one_of(seq(COUNTED, NEXT_ID), seq(TIMED, "*")), MANY_FIELDS, weight=4),
    Command("XADD", COUNTED, maybe("NOMKSTREAM"), TRIM, NEXT_ID, FIELDS, weight=2),
    Command("XADD", TIMED, options("NOMKSTREAM", APPROXIMATE, LIMIT), "*", FIELDS, weight=2),
    Command("XADD", STREAM, options("NOMKSTREAM", APPROXIMATE, LIMIT, TRIM), ANY_NEW_ID, FIELDS, weight=3),
    Command("XADD", STREAM, options("NOMKSTREAM", "MAXLEN", "~", ID, LIMIT), many(CONTENT, 0, 4), weight=1),
    Command("XADD", COUNTED, options(REFERENCES, TRIM), NEXT_ID, FIELDS, weight=1),
    Command("XLEN", STREAM),
    Command("XRANGE", STREAM, "-", "+", weight=3),
    Command("XRANGE", STREAM, START, END, UP_TO, weight=4),
    Command("XREVRANGE", STREAM, END, START, UP_TO, weight=4),
    Command("XRANGE", STREAM, ODD_ID, ODD_ID, options("COUNT", NUMBER, UP_TO), weight=1),
    Command("XDEL", STREAM, many(ID, 1, 3), weight=5),
    Command("XTRIM", STREAM, TRIM, weight=2),
    Command("XTRIM", STREAM, APPROXIMATE, weight=3),
    Command("XTRIM", STREAM, options(TRIM, LIMIT, MAXLEN, "MAXLEN", "MINID"), weight=1),
    Command("XTRIM", STREAM, options(one_of(TRIM, APPROXIMATE), REFERENCES, maybe(REFERENCES, 0.1)), weight=2),
    Command("XDELEX", STREAM, maybe(REFERENCES, 0.8), IDS, weight=4),
    Command("XDELEX", STREAM, options(REFERENCES, IDS, seq("IDS", NUMBER, many(ID, 0, 2))), weight=1),
    Command("XSETID", STREAM, READ_FROM, weight=1),
    Command(
        "XSETID",
        STREAM,
        ID,
        options(seq("ENTRIESADDED", NUMBER), seq("ENTRIESADDED", pool(b"5", b"20")), seq("MAXDELETEDID", ID)),
        weight=1,
    ),
    # reading
    Command("XREAD", UP_TO, one_of(ONE_STREAM, TWO_STREAMS), weight=3),
    Command("XREADGROUP", OF_GROUP, UP_TO, maybe("NOACK", 0.2), ONE_OF_GROUP, weight=20),
    Command("XREADGROUP", OF_GROUP, UP_TO, TWO_OF_GROUP, weight=2),
    Command("XREAD", options(UP_TO, OF_GROUP, "NOACK", ONE_STREAM, seq("COUNT", NUMBER)), weight=1),
    Command("XREADGROUP", options(UP_TO, OF_GROUP, "NOACK", "STREAMS"), many(one_of(STREAM, ID), 2, 4), weight=1),
    # groups
    Command("XGROUP", "CREATE", STREAM, GROUP, weighted((3, pool(b"0")), (1, READ_UP_TO)), "MKSTREAM", weight=12),
    Command("XGROUP", "CREATE", STREAM, GROUP, READ_UP_TO, options("MKSTREAM", ENTRIESREAD), weight=3),
    Command("XGROUP", "SETID", STREAM, GROUP, weighted((5, READ_UP_TO), (1, pool(b"-", b"+"))), weight=2),
    Command("XGROUP", "SETID", STREAM, GROUP, READ_UP_TO, ENTRIESREAD, weight=1),
    Command("XGROUP", "DESTROY", STREAM, GROUP, weight=1),
    Command("XGROUP", "CREATECONSUMER", STREAM, GROUP, CONSUMER, weight=2),
    Command("XGROUP", "DELCONSUMER", STREAM, GROUP, CONSUMER, weight=1),
    Command("XGROUP", SUBCOMMAND, many(one_of(STREAM, GROUP, "MKSTREAM", ENTRIESREAD, ID), 0, 5), weight=1),
    Command("XACK", STREAM, GROUP, HELD_IDS, weight=4),
    Command("XACKDEL", STREAM, GROUP, maybe(REFERENCES, 0.8), IDS, weight=4),
    Command("XACKDEL", STREAM, GROUP, options(REFERENCES, IDS, IDS), weight=1),
    # what is pending
    Command("XPENDING", STREAM, GROUP, weight=4),
    Command("XPENDING", STREAM, GROUP, "-", "+", "10", maybe(CONSUMER, 0.3), weight=3),
    Command("XPENDING", STREAM, GROUP, maybe(seq("IDLE", IDLE_MS)), START, END, COUNT, maybe(CONSUMER), weight=4),
    Command("XPENDING", STREAM, GROUP, options("IDLE", NUMBER, NUMBER, ID, ID, CONSUMER), weight=1),
    Command("XCLAIM", STREAM, GROUP, CONSUMER, IDLE_MS, HELD_IDS, weight=5),
    Command("XCLAIM", STREAM, GROUP, CONSUMER, IDLE_MS, HELD_IDS, CLAIM_OPTIONS, weight=5),
    Command("XCLAIM", STREAM, GROUP, CONSUMER, IDLE_MS, options(ID, "IDLE", "TIME", NUMBER, "NOSUCH", ID), weight=1),
    Command(
        "XAUTOCLAIM", STREAM, GROUP, CONSUMER, IDLE_MS, START, options(seq("COUNT", AUTO_COUNT), "JUSTID"), weight=5
    ),
    Command("XAUTOCLAIM", STREAM, GROUP, CONSUMER, NUMBER, ID, options("COUNT", "JUSTID", ID), weight=1),
    # what the server tells
    Command("XINFO", "STREAM", STREAM, weight=4),
    Command("XINFO", "STREAM", STREAM, "FULL", maybe(seq("COUNT", integer(-1, 4))), weight=4),
    Command("XINFO", "GROUPS", STREAM, weight=3),
    Command("XINFO", "CONSUMERS", STREAM, GROUP, weight=3),
    Command(
        "XINFO",
        one_of("STREAM", "GROUPS", "CONSUMERS", "HELP", "NOSUCH"),
        many(one_of(STREAM, "FULL", NUMBER), 0, 3),
        weight=1,
    ),
)
