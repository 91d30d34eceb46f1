"""Scripts and functions that the model knows by their text, called with drawn commands; SCRIPT and FUNCTION."""

from __future__ import annotations

from redproof_model.keyspace.libraries import BROKEN_LIBRARIES, LIBRARIES
from redproof_model.keyspace.scripts import BROKEN, CALL, PCALL, SCRIPTS, SET_THEN_GET, TELL_ERROR, digest

from redproof_properties.grammar import (
    MEMBER,
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

STRING = key("string")
LIST = key("list")
HASH = key("hash")

# Commands in which the server has no choice, since a script hides what it chose.
CALLED = one_of(
    seq(pool(b"GET", b"get", b"STRLEN"), STRING),
    seq(pool(b"SET"), STRING, VALUE),
    seq(pool(b"APPEND"), STRING, VALUE),
    seq(pool(b"INCRBY"), STRING, pool(b"1", b"-5", b"9007199254740993", b"x")),
    seq(pool(b"MGET"), many(STRING, 1, 3)),
    seq(pool(b"LPUSH", b"RPUSH"), LIST, many(MEMBER, 1, 2)),
    seq(pool(b"LRANGE"), LIST, pool(b"0", b"1"), pool(b"-1", b"1")),
    seq(pool(b"LPOP"), LIST),
    seq(pool(b"HSET"), HASH, MEMBER, VALUE),
    seq(pool(b"HGET"), HASH, MEMBER),
    seq(pool(b"HMGET"), HASH, many(MEMBER, 1, 3)),
    seq(pool(b"DEL", b"EXISTS"), STRING),
    pool(b"MULTI", b"NOSUCH", b"PING", b"GET"),
)
GENERAL = pool(CALL, PCALL, TELL_ERROR)
ANY = pool(*SCRIPTS, BROKEN)
DIGEST = pool(*map(digest, SCRIPTS), b"0" * 40, b"short", digest(CALL).upper())
NUMBER_OF_KEYS = weighted((6, pool(b"0")), (1, pool(b"1", b"2", b"-1", b"x", b"9223372036854775808")))

COMMANDS = (
    Command("EVAL", GENERAL, pool(b"0"), CALLED, weight=16),
    Command("EVAL", GENERAL, NUMBER_OF_KEYS, CALLED, weight=2),
    Command("EVAL", pool(SET_THEN_GET), pool(b"1"), STRING, VALUE, weight=3),
    Command("EVAL", ANY, NUMBER_OF_KEYS, many(MEMBER, 0, 2), weight=12),
    Command("EVAL_RO", GENERAL, pool(b"0"), CALLED, weight=4),
    Command("EVAL_RO", ANY, NUMBER_OF_KEYS, many(MEMBER, 0, 2)),
    Command("EVALSHA", DIGEST, NUMBER_OF_KEYS, many(MEMBER, 0, 2), weight=6),
    Command("EVALSHA", pool(*map(digest, (CALL, PCALL, TELL_ERROR))), pool(b"0"), CALLED, weight=8),
    Command("EVALSHA_RO", DIGEST, NUMBER_OF_KEYS, many(MEMBER, 0, 2), weight=1),
    Command("SCRIPT", "LOAD", ANY, weight=4),
    Command("SCRIPT", "EXISTS", many(DIGEST, 1, 3)),
    Command("SCRIPT", "FLUSH", many(weighted((3, one_of("SYNC", "ASYNC")), (1, pool(b"x"))), 0, 1), weight=1),
    Command("SCRIPT", pool(b"KILL", b"HELP", b"WHAT"), weight=1),
    Command("SET", STRING, integer(0, 9), weight=2),
    Command("OBJECT", "ENCODING", STRING, weight=3),
    Command("DEL", one_of(STRING, LIST, HASH), weight=2),
)

LIBRARY = pool(*LIBRARIES)
FUNCTION = pool(b"f", b"g", b"r", b"F", b"nope", b"")
NAME = pool(b"one", b"two", b"three", b"nope", b"")

FUNCTIONS = (
    Command("FUNCTION", "LOAD", maybe("REPLACE"), LIBRARY, weight=10),
    Command("FUNCTION", "LOAD", pool(*BROKEN_LIBRARIES), weight=1),
    Command("FUNCTION", "LOAD", pool(b"FOO"), LIBRARY, weight=1),
    Command("FUNCTION", "DELETE", NAME, weight=1),
    Command("FUNCTION", "LIST", options(seq("LIBRARYNAME", pool(b"*", b"t*", b"ONE", b"")), "WITHCODE", pool(b"X"))),
    Command("FUNCTION", "LIST", "LIBRARYNAME", weight=1),
    Command("FUNCTION", "FLUSH", maybe(weighted((3, one_of("SYNC", "ASYNC")), (1, pool(b"x")))), weight=1),
    Command("FUNCTION", "STATS"),
    Command("FUNCTION", pool(b"KILL", b"HELP", b"WHAT"), weight=1),
    Command("FCALL", FUNCTION, pool(b"0"), CALLED, weight=16),
    Command("FCALL", FUNCTION, NUMBER_OF_KEYS, CALLED, weight=2),
    Command("FCALL_RO", FUNCTION, pool(b"0"), CALLED, weight=4),
)
