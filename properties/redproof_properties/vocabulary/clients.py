"""What clients ask about themselves, and tell the server to do with each other, as far as nobody is disconnected."""

from __future__ import annotations

from redproof_properties.grammar import (
    SEEN_CLIENT,
    Command,
    integer,
    key,
    many,
    maybe,
    one_of,
    pool,
    seq,
    weighted,
)

NAME = pool(b"alice", b"bob", b"", b"with space", b"new\nline", b"\xe9", b"~!", b"a\x00b")
SWITCH = weighted((3, "ON"), (3, "OFF"), (1, pool(b"maybe", b"")))
# Not ON: Redis 8.0 and Valkey 8.1 die when a client with it serves another that is blocked.
NO_SWITCH = weighted((3, "OFF"), (1, pool(b"maybe", b"")))
NOBODY = pool(b"0", b"-1", b"999999999", b"9223372036854775807", b"9223372036854775808", b"x", b"")
SOMEBODY = weighted((4, SEEN_CLIENT), (1, NOBODY))
TYPE = weighted((4, "NORMAL"), (4, "PUBSUB"), (1, "MASTER"), (1, "REPLICA"), (1, "SLAVE"), (1, pool(b"queen", b"")))
NO_TYPE = weighted((2, "MASTER"), (2, "REPLICA"), (1, pool(b"queen", b"a\r\nb")))
VERSION = weighted((4, pool(b"2", b"3")), (1, pool(b"1", b"4", b"-3", b"x", b"", b"9223372036854775808")))
LOGIN = one_of(
    seq("AUTH", pool(b"default", b"nobody"), pool(b"", b"secret")), seq("SETNAME", NAME), pool(b"PLEASE", b"AUTH")
)
# Of several ids the last one counts, which is nobody's.
KILL = one_of(
    seq("ID", NOBODY),
    seq("TYPE", NO_TYPE),
    seq("ADDR", pool(b"1.2.3.4:5")),
    seq("SKIPME", weighted((3, "YES"), (1, "NO"), (1, pool(b"x")))),
    seq(pool(b"FOO"), pool(b"x")),
)

COMMANDS = (
    Command("CLIENT", "ID", weight=6),
    Command("CLIENT", "GETNAME", weight=3),
    Command("CLIENT", "SETNAME", NAME, weight=3),
    Command("CLIENT", "SETINFO", weighted((4, one_of("LIB-NAME", "LIB-VER")), (1, pool(b"LIB"))), NAME),
    Command("CLIENT", "INFO", weight=3),
    Command("CLIENT", "LIST"),
    Command("CLIENT", "LIST", "TYPE", TYPE),
    Command("CLIENT", "LIST", "ID", many(SOMEBODY, 1, 3)),
    Command("CLIENT", "LIST", pool(b"TYPE", b"ID", b"ALL"), weight=1),
    Command("CLIENT", "NO-EVICT", SWITCH),
    Command("CLIENT", "NO-TOUCH", NO_SWITCH),
    Command("CLIENT", "GETREDIR", weight=1),
    Command("CLIENT", "CACHING", pool(b"YES", b"NO", b"x"), weight=1),
    Command("CLIENT", "TRACKINGINFO"),
    Command("CLIENT", "KILL", many(KILL, 0, 2), "ID", pool(b"999999999")),
    Command("CLIENT", "KILL", pool(b"1.2.3.4:5", b"x", b""), weight=1),
    Command("CLIENT", "UNBLOCK", SOMEBODY, maybe(weighted((3, "TIMEOUT"), (3, "ERROR"), (1, pool(b"x")))), weight=6),
    Command("CLIENT", "REPLY", weighted((2, "ON"), (2, "OFF"), (4, "SKIP"), (1, pool(b"x", b"")))),
    Command("CLIENT", "REPLY", "ON", weight=3),
    Command("CLIENT", pool(b"HELP", b"WHAT", b""), weight=1),
    Command("HELLO", maybe(seq(VERSION, many(LOGIN, 0, 2)))),
    Command("AUTH", many(pool(b"default", b"nobody", b"secret"), 1, 3), weight=1),
    Command("PING", weight=3),
    Command("SELECT", integer(0, 3)),
    Command("BLPOP", key("list"), pool(b"0"), weight=3),
    Command("RPUSH", key("list"), pool(b"x"), weight=1),
)
