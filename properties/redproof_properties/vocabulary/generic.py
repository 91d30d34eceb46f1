"""Keys whatever they hold: their names, their expiry, SORT, SCAN, OBJECT, DUMP and RESTORE, and databases."""

from __future__ import annotations

from redproof_properties.grammar import (
    ANY_KEY,
    AT_MS,
    AT_S,
    COUNT,
    INDEX,
    MEMBER,
    NUMBER,
    PATTERN,
    SEEN_CURSOR,
    SEEN_DUMP,
    TTL_MS,
    TTL_S,
    VALUE,
    Command,
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

DATABASE = weighted((8, pool(b"0", b"1")), (1, pool(b"15", b"16", b"-1")), (1, NUMBER))
CONDITIONS = maybe(many(one_of("NX", "XX", "GT", "LT"), 1, 2), 0.4)
SORTED = weighted((4, key("list")), (3, key("set")), (3, key("zset")), (1, ANY_KEY))
WEIGHTS = pool(b"w*", b"w*", b"h*->a", b"h*->nofield", b"nosort", b"nosuch_*", b"h*->", b"#", b"*", b"l*")
GETS = pool(b"#", b"w*", b"h*->a", b"nosuch_*", b"*", b"fixed", b"h*->", b"*->a")
LIMIT = seq("LIMIT", INDEX, COUNT)
BY = seq("BY", WEIGHTS)
ORDER = one_of("ASC", "DESC")
GET = many(seq("GET", GETS), 1, 2)
SORT_KEYS = pool(b"w1", b"w2", b"w3", b"w10", b"wa", b"wb", b"wc", b"wfoo")
HASH_KEYS = pool(b"h1", b"h2", b"h3", b"ha", b"hb")
CURSOR = weighted(
    (5, pool(b"0")),
    (5, SEEN_CURSOR),
    (1, pool(b"", b" 0", b"-1", b"+0", b"18446744073709551615", b"18446744073709551616", b"1\x00x", b"7")),
    (1, NUMBER),
)
PAGE = options(
    seq("MATCH", PATTERN),
    seq("COUNT", weighted((4, pool(b"1", b"2", b"100")), (1, NUMBER))),
    seq("TYPE", pool(b"string", b"LIST", b"hash", b"set", b"zset", b"none", b"stream", b"nosuch")),
)
SUBCOMMAND = one_of("ENCODING", "ENCODING", "ENCODING", "REFCOUNT", "IDLETIME", "FREQ", "NOSUCH")
PAYLOAD = weighted((12, SEEN_DUMP), (1, pool(b"", b"short", b"not a payload of any version")))
RESTORE_OPTIONS = options(
    "REPLACE",
    "REPLACE",
    "ABSTTL",
    seq("IDLETIME", weighted((4, pool(b"0", b"100")), (1, NUMBER))),
    seq("FREQ", weighted((4, pool(b"0", b"255")), (1, pool(b"256", b"-1", b"x")))),
)
LIFETIME = weighted((4, pool(b"0")), (3, TTL_MS), (1, AT_MS), (1, NUMBER))

COMMANDS = (
    # what the others need to work on
    Command("SET", ANY_KEY, VALUE),
    Command("SET", SORT_KEYS, pool(b"1", b"2", b"10", b"-1", b"1.5", b"inf", b"0x10", b" 7", b"", b"a", b"b", b"nan")),
    Command("RPUSH", key("list"), many(MEMBER, 1, 4)),
    Command("RPUSH", key("list"), many(integer(-3, 30), 1, 4)),
    Command("SADD", key("set"), many(integer(-3, 30), 1, 4)),
    Command("SADD", key("set"), many(MEMBER, 1, 3)),
    Command("ZADD", key("zset"), integer(-5, 5), MEMBER),
    Command("HSET", one_of(key("hash"), HASH_KEYS), MEMBER, VALUE),
    Command("HSET", HASH_KEYS, "a", VALUE, weight=1),
    # keys
    Command("DEL", many(ANY_KEY, 1, 3)),
    Command("UNLINK", many(ANY_KEY, 1, 2), weight=1),
    Command("EXISTS", many(ANY_KEY, 1, 3)),
    Command("TOUCH", many(ANY_KEY, 1, 3), weight=1),
    Command("TYPE", ANY_KEY),
    Command("KEYS", PATTERN),
    Command("KEYS", "*", weight=1),
    Command("RANDOMKEY"),
    Command("RENAME", ANY_KEY, ANY_KEY),
    Command("RENAMENX", ANY_KEY, ANY_KEY),
    Command("COPY", ANY_KEY, ANY_KEY, options("REPLACE", seq("DB", DATABASE))),
    Command("MOVE", ANY_KEY, DATABASE),
    Command("SCAN", CURSOR, PAGE, weight=4),
    # expiry
    Command("EXPIRE", ANY_KEY, TTL_S, CONDITIONS),
    Command("PEXPIRE", ANY_KEY, TTL_MS, CONDITIONS),
    Command("EXPIREAT", ANY_KEY, AT_S, CONDITIONS),
    Command("PEXPIREAT", ANY_KEY, AT_MS, CONDITIONS),
    # the same time again: neither greater nor less
    Command("EXPIREAT", ANY_KEY, pool(b"33177117420"), one_of("NX", "XX", "GT", "LT")),
    Command("PEXPIRE", ANY_KEY, integer(1, 8)),
    # a time that is over: the key is deleted instead
    Command("PEXPIREAT", ANY_KEY, pool(b"1")),
    Command("TTL", ANY_KEY),
    Command("PTTL", ANY_KEY),
    Command("EXPIRETIME", ANY_KEY),
    Command("PEXPIRETIME", ANY_KEY),
    Command("PERSIST", ANY_KEY),
    # sorting; results whose order is not determined are not stored
    Command("SORT", SORTED, options(BY, LIMIT, ORDER, GET, "ALPHA"), weight=4),
    Command("SORT", SORTED, options(BY, LIMIT, ORDER, GET, seq("STORE", ANY_KEY))),
    Command("SORT", SORTED, options(LIMIT, ORDER, GET, "ALPHA", seq("STORE", ANY_KEY))),
    Command("SORT_RO", SORTED, options(BY, LIMIT, ORDER, GET, "ALPHA", seq("STORE", ANY_KEY))),
    # values as the server keeps them
    Command("OBJECT", SUBCOMMAND, ANY_KEY, weight=4),
    Command("OBJECT", "HELP", weight=1),
    Command("DUMP", ANY_KEY, weight=4),
    Command("RESTORE", ANY_KEY, LIFETIME, PAYLOAD, RESTORE_OPTIONS, weight=4),
    # databases
    Command("SELECT", DATABASE),
    Command("SWAPDB", DATABASE, DATABASE, weight=1),
    Command("DBSIZE"),
    Command("FLUSHDB", maybe(one_of("SYNC", "NOW"), 0.3), weight=1),
    Command("FLUSHALL", maybe(one_of("SYNC", "NOW"), 0.3), weight=1),
    Command("PING", maybe(VALUE), weight=1),
    Command("ECHO", VALUE, weight=1),
)
