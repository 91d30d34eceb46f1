"""Sorted sets."""

from __future__ import annotations

from redproof_properties.grammar import (
    COUNT,
    FLOAT,
    INDEX,
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
from redproof_properties.grammar import MEMBER as ANY_MEMBER
from redproof_properties.vocabulary.hashes import COUNTED, MATCHING, SAMPLE_COUNT, SCAN_CURSOR, SCAN_REST

ZSET = key("zset")
MEMBER = weighted((1, pool(b"a", b"b", b"c", b"1", b"2")), (1, ANY_MEMBER))
# Mostly small numbers, so that members tie, and those at which a double, an integer and their texts part.
SCORE = weighted(
    (6, pool(b"0", b"1", b"1", b"2", b"-1", b"-0", b"1.5", b"inf", b"-inf")),
    (2, FLOAT),
    (
        1,
        pool(
            b"4503599627370495", b"-4503599627370496", b"9007199254740993", b"4611686018427387904", b"4e18",
            b"-4611686018427387904", b"4611686018427388928", b"9223372036854775807", b"1e19", b"5e-324",
            b"2.2250738585072014e-308", b"1.7976931348623157e308", b"0x1p-1074", b"0X.8P1", b"0.1", b"0.2", b"-+inf",
        ),
    ),
)  # fmt: skip
ADD_OPTION = one_of("NX", "XX", "GT", "LT", "CH", "INCR")
PAIRS = weighted((3, seq(SCORE, MEMBER)), (2, many(seq(SCORE, MEMBER), 2, 4)))
TIED = weighted((1, seq("0", MEMBER)), (2, many(seq("0", MEMBER), 2, 5)))
# With a few other members just below, at or above the 128 that a compact sorted set may hold.
MANY_PAIRS = one_of(
    seq(*(pool(b"%d" % number) for number in range(2 * 126))),
    seq(*(pool(b"-0" if number % 2 else b"%d" % number) for number in range(1, 2 * 126 + 1))),
)

SCORE_END = weighted(
    (4, pool(b"-inf", b"+inf", b"(0", b"0", b"1", b"(1", b"2", b"(2", b"-1")),
    (1, SCORE),
    (
        1,
        pool(
            b"(inf",
            b"(-inf",
            b"(",
            b"((1",
            b"(-0",
            b" 1",
            b"(\t1",
            b"1\x00x",
            b"0x1",
            b"1e999",
            b"-1e-999",
            b"( 1",
            b"-+inf",
        ),
    ),
    (1, pool(b"0x1p9999", b"(-0x1p9999", b"0x", b"1e", b".", b"+", b"nan", b"Infinity", b"-1E400", b"1_0")),
)
MEMBER_END = weighted(
    (6, pool(b"-", b"+", b"[a", b"(a", b"[c", b"(c", b"[", b"(", b"[1", b"(2", b"[foo", b"[q", b"(e")),
    (1, pool(b"", b"a", b"+a", b"-\x00a", b"+\x00", b"((a", b"[\xff", b"(m\x00", b"1", b"[" + b"q" * 65)),
)
# Ends in the order in which a range has members, as ends drawn one by one seldom are.
LOW_SCORE = pool(b"-inf", b"-inf", b"-1", b"(-1", b"0", b"(0", b"1", b"(1")
HIGH_SCORE = pool(b"+inf", b"+inf", b"2", b"(2", b"1.5", b"1", b"(1", b"(inf")
SCORES = weighted((3, seq(LOW_SCORE, HIGH_SCORE)), (2, seq(SCORE_END, SCORE_END)))
SCORES_DOWN = weighted((3, seq(HIGH_SCORE, LOW_SCORE)), (2, seq(SCORE_END, SCORE_END)))
LOW_MEMBER = pool(b"-", b"-", b"[", b"[1", b"(1", b"[a", b"(a", b"(b")
HIGH_MEMBER = pool(b"+", b"+", b"[e", b"(e", b"[c", b"(c", b"[b", b"(foo")
MEMBERS = weighted((3, seq(LOW_MEMBER, HIGH_MEMBER)), (2, seq(MEMBER_END, MEMBER_END)))
MEMBERS_DOWN = weighted((3, seq(HIGH_MEMBER, LOW_MEMBER)), (2, seq(MEMBER_END, MEMBER_END)))
WITHSCORES = maybe("WITHSCORES", 0.4)
LIMIT = seq(
    "LIMIT", weighted((3, pool(b"0", b"1")), (2, INDEX)), weighted((3, pool(b"0", b"1", b"2", b"-1")), (2, INDEX))
)
RANGE = one_of(
    seq(INDEX, INDEX, options("REV", "WITHSCORES")),
    seq(SCORES, "BYSCORE", options(LIMIT, "WITHSCORES")),
    seq(SCORES_DOWN, "BYSCORE", "REV", options(LIMIT, "WITHSCORES", "REV")),
    seq(MEMBERS, "BYLEX", maybe(LIMIT)),
    seq(MEMBERS_DOWN, "BYLEX", "REV", maybe(LIMIT)),
)
STORED_RANGE = one_of(
    seq("0", "-1", options("REV")),
    seq(INDEX, INDEX, options("REV")),
    seq(SCORES, "BYSCORE", maybe(LIMIT)),
    seq(SCORES_DOWN, "BYSCORE", "REV", maybe(LIMIT)),
    seq(MEMBERS, "BYLEX", maybe(LIMIT)),
    seq(MEMBERS_DOWN, "BYLEX", "REV", maybe(LIMIT)),
)
ANY_RANGE = seq(
    one_of(INDEX, SCORE_END, MEMBER_END),
    one_of(INDEX, SCORE_END, MEMBER_END),
    options(LIMIT, "LIMIT", "REV", "WITHSCORES", "BYSCORE", "BYLEX", NUMBER),
)
OLD_OPTIONS = options("WITHSCORES", LIMIT)
ODD_OPTIONS = options("WITHSCORES", "LIMIT", "REV", "BYLEX", LIMIT, NUMBER)

SOURCE = weighted((5, ZSET), (1, key("set")))
WEIGHT = weighted((5, pool(b"1", b"2", b"-1", b"0", b"0", b"0.1", b"3")), (1, SCORE))
AGGREGATE = seq("AGGREGATE", weighted((2, "SUM"), (2, "MIN"), (2, "MAX"), (1, "AVG")))
ALGEBRA = one_of(
    seq(counted(SOURCE, 1, 4), maybe(AGGREGATE)),
    seq("1", SOURCE, options(seq("WEIGHTS", WEIGHT), AGGREGATE)),
    seq("2", SOURCE, SOURCE, options(seq("WEIGHTS", WEIGHT, WEIGHT), AGGREGATE)),
    seq("3", SOURCE, SOURCE, SOURCE, options(seq("WEIGHTS", WEIGHT, WEIGHT, WEIGHT), AGGREGATE)),
)
ODD_ALGEBRA = seq(
    counted(SOURCE, 1, 3),
    options("WEIGHTS", "AGGREGATE", "WITHSCORES", AGGREGATE, seq("LIMIT", NUMBER), WEIGHT, NUMBER),
)
CARD_LIMIT = seq("LIMIT", weighted((4, pool(b"0", b"1", b"2", b"100")), (1, NUMBER)))

RANK_REST = maybe(weighted((5, "WITHSCORE"), (1, one_of("WITHSCORES", seq("WITHSCORE", NUMBER)))), 0.4)
END = one_of("MIN", "MAX")
POPS = seq(counted(ZSET, 1, 3), END, maybe(seq("COUNT", COUNT)))
ODD_POPS = seq(counted(ZSET, 1, 2), options(END, "COUNT", seq("COUNT", NUMBER), seq("COUNT", NUMBER), NUMBER))

COMMANDS = (
    Command("ZADD", ZSET, PAIRS, weight=10),
    Command("ZADD", ZSET, TIED, weight=4),
    Command("ZADD", ZSET, ADD_OPTION, PAIRS, weight=4),
    Command("ZADD", ZSET, options("NX", "XX", "GT", "LT", "CH", "INCR"), PAIRS, weight=5),
    Command("ZADD", ZSET, many(ADD_OPTION, 0, 3), many(one_of(SCORE, MEMBER), 1, 4), weight=1),
    Command("ZADD", ZSET, one_of("GT", "LT", "CH"), "INCR", pool(b"0", b"-0", b"1", b"-1", b"inf"), MEMBER, weight=2),
    Command("ZADD", ZSET, MANY_PAIRS, maybe(PAIRS), weight=1),
    Command("ZINCRBY", ZSET, SCORE, MEMBER, weight=4),
    Command("ZINCRBY", ZSET, ADD_OPTION, MEMBER, weight=1),
    Command("ZREM", ZSET, many(MEMBER, 1, 4), weight=3),
    Command("ZCARD", ZSET),
    Command("ZSCORE", ZSET, MEMBER),
    Command("ZMSCORE", ZSET, many(MEMBER, 1, 4)),
    Command("ZRANK", ZSET, MEMBER, RANK_REST),
    Command("ZREVRANK", ZSET, MEMBER, RANK_REST),
    Command("ZCOUNT", ZSET, SCORES),
    Command("ZLEXCOUNT", ZSET, MEMBERS),
    Command("ZRANGE", ZSET, "0", "-1", "WITHSCORES", weight=4),
    Command("ZRANGE", ZSET, RANGE, weight=6),
    Command("ZRANGE", ZSET, ANY_RANGE, weight=1),
    Command("ZRANGESTORE", ZSET, ZSET, STORED_RANGE, weight=4),
    Command("ZRANGESTORE", ZSET, ZSET, ANY_RANGE, weight=1),
    Command("ZREVRANGE", ZSET, INDEX, INDEX, WITHSCORES),
    Command("ZRANGEBYSCORE", ZSET, SCORES, OLD_OPTIONS),
    Command("ZREVRANGEBYSCORE", ZSET, SCORES_DOWN, OLD_OPTIONS),
    Command("ZRANGEBYLEX", ZSET, MEMBERS, maybe(LIMIT)),
    Command("ZREVRANGEBYLEX", ZSET, MEMBERS_DOWN, maybe(LIMIT)),
    Command("ZREVRANGE", ZSET, INDEX, INDEX, ODD_OPTIONS, weight=1),
    Command("ZRANGEBYSCORE", ZSET, SCORE_END, SCORE_END, ODD_OPTIONS, weight=1),
    Command("ZREVRANGEBYLEX", ZSET, MEMBER_END, MEMBER_END, ODD_OPTIONS, weight=1),
    Command("ZREMRANGEBYRANK", ZSET, INDEX, INDEX),
    Command("ZREMRANGEBYSCORE", ZSET, SCORES),
    Command("ZREMRANGEBYLEX", ZSET, MEMBERS),
    Command("ZUNION", ALGEBRA, WITHSCORES, weight=3),
    Command("ZINTER", ALGEBRA, WITHSCORES, weight=3),
    Command("ZDIFF", counted(SOURCE, 1, 4), WITHSCORES, weight=3),
    Command("ZINTERCARD", counted(SOURCE, 1, 4), maybe(CARD_LIMIT, 0.4)),
    Command("ZUNIONSTORE", ZSET, ALGEBRA, weight=3),
    Command("ZINTERSTORE", ZSET, ALGEBRA, weight=3),
    Command("ZDIFFSTORE", ZSET, counted(SOURCE, 1, 4), weight=3),
    Command("ZUNION", ODD_ALGEBRA, weight=1),
    Command("ZDIFF", ODD_ALGEBRA, weight=1),
    Command("ZINTERCARD", ODD_ALGEBRA, weight=1),
    Command("ZINTERSTORE", ZSET, ODD_ALGEBRA, weight=1),
    Command("ZUNION", NUMBER, many(SOURCE, 1, 3), weight=1),
    Command("ZPOPMIN", ZSET, maybe(COUNT), weight=3),
    Command("ZPOPMAX", ZSET, maybe(COUNT), weight=3),
    Command("ZMPOP", POPS, weight=3),
    Command("ZMPOP", ODD_POPS, weight=1),
    Command("ZMPOP", NUMBER, ZSET, END, weight=1),
    Command("ZRANDMEMBER", ZSET, maybe(seq(SAMPLE_COUNT, maybe("WITHSCORES"), maybe(NUMBER, 0.05))), weight=4),
    Command("ZSCAN", ZSET, SCAN_CURSOR, SCAN_REST, weight=3),
    Command("ZSCAN", ZSET, SCAN_CURSOR, options(MATCHING, COUNTED, "NOSCORES"), weight=1),
)
