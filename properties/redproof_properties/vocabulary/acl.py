"""Users of a history's own, what they may do, and clients that log in as one of them.

The default user is left as it is, and what is sent by others is what the model knows the permissions of.
"""

from __future__ import annotations

from redproof_properties.grammar import Command, many, maybe, one_of, pool, seq, weighted

# Clients are logged in as the last, which is never deleted: that would disconnect them.
USER = pool(b"u1", b"u2", b"u3")
OTHER_USER = pool(b"u1", b"u2", b"nope", b"u1")
KEY = pool(b"k1", b"k2", b"a1", b"a2", b"b1")
CHANNEL = pool(b"c1", b"c2", b"d")
RULE = weighted(
    (4, pool(b"on", b"off", b"ON")),
    (3, pool(b"nopass", b"resetpass")),
    (4, pool(b">pw", b">pw", b"<pw", b">other", b"<other")),
    (1, one_of(*(pool(sign + text) for sign in (b"#", b"!") for text in (b"ab" * 32, b"abc", b"AB" * 32)))),
    (4, pool(b"~k*", b"~a1", b"~b?", b"~")),
    (3, pool(b"%R~a*", b"%W~b*", b"%RW~k1", b"%X~a", b"%R~")),
    (3, pool(b"&c*", b"&d", b"allchannels", b"&*", b"resetchannels")),
    (3, pool(b"allkeys", b"~*", b"resetkeys")),
    (6, pool(b"+get", b"+set", b"+mget", b"+del", b"+publish", b"+ping", b"-get", b"-del", b"-ping")),
    (3, pool(b"+@all", b"-@all", b"allcommands", b"nocommands")),
    (1, pool(b"reset", b"bad", b"", b"+nosuch", b"-@nosuch")),
)
# Everything that a client of this user may be seen to do, and not to do.
USEFUL = many(
    pool(b"on", b">pw", b"~k*", b"~a1", b"&c*", b"resetchannels", b"+get", b"+set", b"+publish", b"-ping"), 3, 8
)
CALL = one_of(
    seq(pool(b"GET"), KEY),
    seq(pool(b"SET"), KEY, pool(b"x")),
    seq(pool(b"DEL", b"MGET"), many(KEY, 1, 3)),
    seq(pool(b"PUBLISH"), CHANNEL, pool(b"x")),
    seq(pool(b"SUBSCRIBE"), many(CHANNEL, 1, 2)),
    pool(b"PING", b"nosuch", b"GET"),
)

COMMANDS = (
    Command("ACL", "SETUSER", USER, many(RULE, 0, 4), weight=10),
    Command("ACL", "SETUSER", USER, USEFUL, weight=6),
    Command("ACL", "SETUSER", pool(b"a b", b"\x00"), weight=1),
    Command("ACL", "GETUSER", weighted((6, USER), (1, pool(b"nope"))), weight=6),
    Command("ACL", "DELUSER", many(OTHER_USER, 1, 2)),
    Command("ACL", "DELUSER", OTHER_USER, pool(b"default"), weight=1),
    Command("ACL", "DRYRUN", weighted((6, USER), (1, pool(b"nope"))), CALL, weight=10),
    Command("ACL", "WHOAMI"),
    Command("ACL", "USERS"),
    Command("ACL", "LIST"),
    Command("ACL", "CAT", maybe(pool(b"nosuch")), weight=1),
    Command("ACL", pool(b"HELP", b"WHAT"), weight=1),
    Command("AUTH", pool(b"u3"), pool(b"pw", b"pw", b"other", b"bad"), weight=6),
    Command("AUTH", pool(b"default"), pool(b"x"), weight=1),
    Command("RESET", weight=1),
    Command("GET", KEY, weight=4),
    Command("SET", KEY, pool(b"x", b"y"), weight=4),
    Command("DEL", many(KEY, 1, 2)),
    Command("MGET", many(KEY, 1, 3)),
    Command("PUBLISH", CHANNEL, pool(b"x")),
    Command("PING", maybe(pool(b"x"))),
)
