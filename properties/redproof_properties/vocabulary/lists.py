"""Lists, without the commands that wait for one."""

from __future__ import annotations

from redproof_properties.grammar import (
    COUNT,
    INDEX,
    NUMBER,
    VALUE,
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

LIST = key("list")
# Few enough that an element is often in a list, and more than once.
ELEMENT = weighted((8, pool(b"a", b"b", b"c", b"1", b"01", b"", b"x\x00\r\n")), (1, VALUE))
# A few of these are as much as one node of a list may hold, give or take some bytes.
LONG = pool(b"y" * 2000, b"y" * 4080, b"y" * 8175, b"y" * 8185, b"y" * 8186)
END = weighted((9, one_of("LEFT", "RIGHT")), (1, pool(b"", b"middle", b"left\x00", b"l")))
RANK = weighted((6, pool(b"1", b"2", b"-1", b"-2", b"3")), (1, NUMBER))
HOW_MANY = weighted((6, pool(b"0", b"1", b"2", b"10")), (1, NUMBER))
LPOS_OPTIONS = options(seq("RANK", RANK), seq("COUNT", HOW_MANY), seq("MAXLEN", HOW_MANY))
LMPOP_COUNT = seq("COUNT", weighted((6, pool(b"1", b"2", b"3", b"10")), (1, NUMBER)))

COMMANDS = (
    Command("LPUSH", LIST, many(ELEMENT, 1, 4), weight=4),
    Command("RPUSH", LIST, many(ELEMENT, 1, 4), weight=4),
    Command("RPUSH", LIST, many(ELEMENT, 100, 200), weight=1),
    Command("LPUSH", LIST, many(ELEMENT, 0, 3), LONG, weight=1),
    Command("LSET", LIST, pool(b"0", b"-1"), one_of(ELEMENT, LONG), weight=1),
    Command("OBJECT", "ENCODING", LIST, weight=2),
    Command("LPUSHX", LIST, many(ELEMENT, 1, 2)),
    Command("RPUSHX", LIST, many(ELEMENT, 1, 2)),
    Command("LPOP", LIST, maybe(COUNT)),
    Command("RPOP", LIST, maybe(COUNT)),
    Command("LLEN", LIST),
    Command("LRANGE", LIST, INDEX, INDEX, weight=4),
    Command("LRANGE", LIST, pool(b"0"), pool(b"-1")),
    Command("LINDEX", LIST, INDEX),
    Command("LSET", LIST, INDEX, ELEMENT),
    Command("LINSERT", LIST, weighted((9, one_of("BEFORE", "AFTER")), (1, VALUE)), ELEMENT, ELEMENT),
    Command("LREM", LIST, COUNT, ELEMENT),
    Command("LTRIM", LIST, INDEX, INDEX),
    Command("LPOS", LIST, ELEMENT, LPOS_OPTIONS, weight=3),
    Command("LPOS", LIST, ELEMENT, one_of("RANK", "COUNT", seq("MAXLEN", NUMBER), seq(ELEMENT, NUMBER)), weight=1),
    Command("LMOVE", LIST, LIST, END, END),
    Command("RPOPLPUSH", LIST, LIST),
    Command("LMPOP", counted(LIST, 1, 3), END, maybe(LMPOP_COUNT)),
    Command("LMPOP", counted(LIST, 1, 2), END, options(LMPOP_COUNT, ELEMENT, "COUNT", LMPOP_COUNT), weight=1),
)
