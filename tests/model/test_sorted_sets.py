"""Sorted sets: scores at their edges, what is refused first, and decisions that no reply tells."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, example, observe
from redproof_model.keyspace.model import Model
from redproof_model.number import strtod
from redproof_model.reply import Double, Error, Null, Reply, project
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

LIMIT_BY_RANK = Error(b"ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
SCORES_BYLEX = Error(b"ERR syntax error, WITHSCORES not supported in combination with BYLEX")
SYNTAX = Error(b"ERR syntax error")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
NOT_FLOAT = Error(b"ERR value is not a valid float")
LONG = "x" * 65


def after(*commands: str, version: Version = REDIS_7_0, resp: int = 2) -> Model:
    """A model after these commands, of which none leaves the server a choice."""
    model = Model(version)
    model.connect("c", resp)
    for command in commands:
        expected = model.step("c", command.encode().split(), 0, 0)
        assert not isinstance(expected, Choice | Error), command
    return model


def reply(model: Model, command: str) -> Reply:
    """The only reply that is allowed, as it comes."""
    expected = model.step("c", command.encode().split(), 0, 0)
    assert not isinstance(expected, Choice)
    return project(expected, model.worlds[0].session.resp)


def allows(model: Model, command: str, seen: Reply) -> bool:
    """Whether the model allows this reply to a command."""
    return observe(model.step("c", command.encode().split(), 0, 0), seen, model.worlds[0].session.resp)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("ZADD z NX XX 1", SYNTAX),
        ("ZADD z NX XX GT x m", Error(b"ERR XX and NX options at the same time are not compatible")),
        ("ZADD z GT LT x m", Error(b"ERR GT, LT, and/or NX options at the same time are not compatible")),
        ("ZADD z INCR x a y b", Error(b"ERR INCR option supports a single increment-element pair")),
        ("ZADD text x m", NOT_FLOAT),
        ("ZADD text nan m", NOT_FLOAT),
        ("ZADD text 1e400 m", NOT_FLOAT),
        ("ZADD text 1 m", WRONG_TYPE),
        ("ZINCRBY z CH m", SYNTAX),
        ("ZINCRBY z -inf top", Error(b"ERR resulting score is not a number (NaN)")),
        ("ZRANGE z 0 1 LIMIT 0 5", LIMIT_BY_RANK),
        ("ZRANGE z - + BYLEX WITHSCORES", SCORES_BYLEX),
        ("ZRANGE z 0 1 BYSCORE BYLEX", SYNTAX),
        ("ZRANGESTORE d z 0 1 WITHSCORES", SYNTAX),
        ("ZRANGEBYSCORE text a b", Error(b"ERR min or max is not a float")),
        ("ZRANGEBYLEX text a b", Error(b"ERR min or max not valid string range item")),
        ("ZUNION 2 text", SYNTAX),
        ("ZUNION 1 text NONSENSE", WRONG_TYPE),
        ("ZUNION 1 z WEIGHTS nan", Error(b"ERR weight value is not a float")),
        ("ZUNIONSTORE d 1 z WITHSCORES", SYNTAX),
        ("ZDIFF 1 z WEIGHTS 1", SYNTAX),
        ("ZINTERCARD 1 z LIMIT -1", Error(b"ERR LIMIT can't be negative")),
        ("zUnionStore d 0 z", Error(b"ERR at least 1 input key is needed for 'zunionstore' command")),
        ("ZPOPMIN text 1 1", SYNTAX),
        ("ZPOPMIN text -1", Error(b"ERR value is out of range, must be positive")),
        ("ZPOPMIN text 0", WRONG_TYPE),
        ("ZMPOP 0 z MIN", Error(b"ERR numkeys should be greater than 0")),
        ("ZMPOP 1 z MIN COUNT 0 COUNT", Error(b"ERR count should be greater than 0")),
        ("ZMPOP 1 z MIN COUNT 1 COUNT", SYNTAX),
        ("BZMPOP x 1 z MIDDLE", SYNTAX),
        ("ZRANDMEMBER text 1 NOSCORES", SYNTAX),
        ("ZRANDMEMBER text 4611686018427387904 WITHSCORES", Error(b"ERR value is out of range")),
        ("ZSCAN text x", Error(b"ERR invalid cursor")),
    ],
)  # fmt: skip
def test_refusals_come_in_this_order(command: str, error: Error) -> None:
    model = after("SET text a", "ZADD z inf top")
    assert reply(model, command) == error
    assert reply(model, "ZRANGE z 0 -1 WITHSCORES") == [b"top", b"inf"]


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        ("ZPOPMIN text -1", []),
        ("ZPOPMIN text 0", []),
        ("ZUNIONSTORE d 0 z", Error(b"ERR at least 1 input key is needed for zunionstore")),
    ],
)
def test_before_7_0_a_count_of_none_is_no_error(command: str, seen: Reply) -> None:
    assert reply(after("SET text a", version=REDIS_6_2), command) == seen


@pytest.mark.parametrize(
    ("version", "commands", "scores"),
    [
        (REDIS_6_2, ["ZADD z -0 a"], [b"a", b"-0"]),
        (REDIS_7_0, ["ZADD z -0 a"], [b"a", b"0"]),
        (REDIS_7_0, [f"ZADD z 0 {LONG} -0 a", f"ZREM z {LONG}"], [b"a", b"-0"]),
        (REDIS_7_0, [f"ZADD z 0 {LONG} -0 a", f"ZREM z {LONG}", "ZUNIONSTORE z 1 z"], [b"a", b"0"]),
        (REDIS_7_0, ["ZADD z 0 a", "ZADD z -0 a"], [b"a", b"0"]),
        (REDIS_6_2, ["ZADD z -0 a", "ZADD z 0 a"], [b"a", b"-0"]),
        (REDIS_6_2, ["ZADD z -0 b 0 a", "ZREM z x"], [b"a", b"0", b"b", b"-0"]),
    ],
)
def test_the_sign_of_zero_is_lost_where_whole_scores_are_kept_as_integers(
    version: Version, commands: list[str], scores: list[Reply]
) -> None:
    assert reply(after(*commands, version=version), "ZRANGE z 0 -1 WITHSCORES") == scores


def test_an_increment_answers_the_sign_that_is_not_kept() -> None:
    model = after()
    assert reply(model, "ZINCRBY z -0 a") == b"-0"
    assert reply(model, "ZSCORE z a") == b"0"


@pytest.mark.parametrize(
    ("version", "commands", "text"),
    [
        (REDIS_6_2, ["ZADD z 4e18 a"], b"4e+18"),
        (REDIS_7_0, ["ZADD z 4e18 a"], b"4000000000000000000"),
        (REDIS_7_0, ["ZADD z 1e19 a"], b"1e+19"),
        (REDIS_7_0, ["ZADD z 0.1 a"], b"0.10000000000000001"),
    ],
)
def test_zscan_shows_scores_as_they_are_kept(version: Version, commands: list[str], text: bytes) -> None:
    model = after(*commands, version=version)
    assert reply(model, "ZSCAN z 0") == [b"0", [b"a", text]]
    assert reply(model, "ZSCORE z a") == b"%.17g" % float(text)


@pytest.mark.parametrize(
    ("commands", "encoding"),
    [
        ([f"ZADD z 1 {'x' * 64}"], b"listpack"),
        ([f"ZADD z 1 {LONG}"], b"skiplist"),
        ([f"ZADD z 1 {LONG}", "ZADD z 1 a", f"ZREM z {LONG}"], b"skiplist"),
        ([f"ZADD z 1 {LONG} 1 a", f"ZREM z {LONG}", "ZRANGESTORE z z 0 -1"], b"listpack"),
        (["ZADD z " + " ".join(f"1 {n}" for n in range(128)), "ZADD z 2 0"], b"listpack"),
        (["ZADD z " + " ".join(f"1 {n}" for n in range(129)), "ZPOPMIN z 100"], b"skiplist"),
        ([f"SADD s {LONG}", "ZINTERSTORE z 1 s"], b"skiplist"),
    ],
)
def test_a_sorted_set_converts_at_its_129th_or_a_long_member(commands: list[str], encoding: bytes) -> None:
    assert reply(after(*commands), "OBJECT ENCODING z") == encoding


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        ("ZUNION 2 up down WITHSCORES", [b"m", b"0"]),
        ("ZINTER 2 up down WEIGHTS 0 1 WITHSCORES", [b"m", b"-inf"]),
        ("ZINTER 2 up down WEIGHTS 1 0 WITHSCORES", [b"m", b"0"]),
        ("ZINTER 2 up down WEIGHTS 1 0 AGGREGATE MIN WITHSCORES", [b"m", b"inf"]),
        ("ZUNION 2 up down WEIGHTS 1 0 AGGREGATE MIN WITHSCORES", [b"m", b"0"]),
    ],
)
def test_what_is_not_a_number_counts_as_zero_but_is_skipped_by_the_extremes(command: str, seen: Reply) -> None:
    assert reply(after("ZADD up inf m", "ZADD down -inf m"), command) == seen


def test_scores_are_added_up_from_the_smallest_source_to_the_largest() -> None:
    model = after("ZADD x 0.3 m 1 a 1 b", "ZADD y 0.2 m 1 a", "ZADD w 0.1 m")
    assert reply(model, "ZUNION 3 x y w WITHSCORES") == reply(model, "ZUNION 3 w y x WITHSCORES")
    assert reply(model, "ZINTER 3 x y w WITHSCORES") == [b"m", b"%.17g" % (0.1 + 0.2 + 0.3)]


def test_pairs_are_nested_in_resp3_but_a_single_pop_is_flat() -> None:
    model = after("ZADD z 1 a 2 b 3 c", resp=3)
    assert reply(model, "ZRANGE z 0 0 WITHSCORES") == [[b"a", Double(b"1")]]
    assert reply(model, "ZPOPMIN z") == [b"a", Double(b"1")]
    assert reply(model, "ZPOPMAX z 1") == [[b"c", Double(b"3")]]
    assert reply(model, "ZMPOP 2 none z MIN") == [b"z", [[b"b", Double(b"2")]]]
    assert reply(model, "ZMPOP 1 z MIN") is Null.RESP3


@pytest.mark.parametrize(
    ("command", "members"),
    [
        ("ZRANDMEMBER z 9", [b"f", b"e", b"d", b"c", b"b", b"a"]),
        ("ZRANDMEMBER z 2", [b"b", b"e"]),
        ("ZRANDMEMBER z 3", [b"e", b"b", b"c"]),
        ("ZRANDMEMBER z -3", [b"b", b"b", b"b"]),
    ],
)
def test_random_members_come_in_an_order_where_there_is_one(command: str, members: list[Reply]) -> None:
    assert allows(after("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f"), command, members)


@pytest.mark.parametrize(
    ("command", "members"),
    [
        ("ZRANDMEMBER z 9", [b"a", b"b", b"c", b"d", b"e", b"f"]),
        ("ZRANDMEMBER z 2", [b"e", b"b"]),
        ("ZRANDMEMBER z 3", [b"b", b"b", b"c"]),
        ("ZRANDMEMBER z -3", [b"b", b"b"]),
    ],
)
def test_and_in_no_other(command: str, members: list[Reply]) -> None:
    assert not allows(after("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f"), command, members)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"", 0.0),
        (b" \t1", 1.0),
        (b"1\0x", 1.0),
        (b"-1e999", float("-inf")),
        (b"0x1p9999", float("inf")),
        (b"iNf", float("inf")),
        (b" ", None),
        (b"1 ", None),
        (b"0x", None),
        (b"nan", None),
        (b"1_0", None),
    ],
)
def test_ends_of_a_range_are_read_as_c_reads_them(text: bytes, number: float | None) -> None:
    assert strtod(text) == number


MIXED = (f"ZADD z 1 b 2 d 3 z 4 a 5 c 6 {LONG}",)
"""A skiplist whose order is not that of the bytes: a search for [c may stop at d, or at c behind the a."""


def test_a_skiplist_out_of_order_may_be_entered_anywhere_but_a_listpack_only_from_its_ends() -> None:
    assert allows(after(*MIXED), "ZRANGEBYLEX z [c [d", [b"d"])
    assert allows(after(*MIXED), "ZRANGEBYLEX z [c [d", [b"c"])
    assert not allows(after(*MIXED), "ZRANGEBYLEX z [c [d", [b"d", b"c"])
    listpack = after(*MIXED, f"ZREM z {LONG}", "ZRANGESTORE z z 0 -1")
    assert reply(listpack, "ZRANGEBYLEX z [c [d") == [b"d"]


@pytest.mark.parametrize("in_transaction", [False, True])
@pytest.mark.parametrize("gone", [b"d", b"c"])
def test_what_a_removal_took_shows_later(gone: bytes, in_transaction: bool) -> None:
    left: list[Reply] = [member for member in (b"b", b"d", b"z", b"a", b"c", LONG.encode()) if member != gone]
    model = after(*MIXED)
    if in_transaction:
        for command in ("MULTI", "ZREMRANGEBYLEX z [c [d", "ZCARD z"):
            reply(model, command)
        assert allows(model, "EXEC", [1, 5])
    else:
        assert allows(model, "ZREMRANGEBYLEX z [c [d", 1)
    assert len(model.worlds) == 2
    assert allows(model, "ZRANGE z 0 -1", left)
    assert len(model.worlds) == 1
    assert reply(model, "ZCARD z") == 5


def test_an_example_follows_one_of_the_worlds() -> None:
    model = after(*MIXED)
    for command in ("MULTI", "ZRANGESTORE d z [c [d BYLEX", "ZRANGE d 0 -1"):
        reply(model, command)
    assert example(model.step("c", [b"EXEC"], 0, 0)) in ([1, [b"d"]], [1, [b"c"]])


def test_blocked_clients_take_from_both_ends_in_turn() -> None:
    model = after()
    for client, command in (("low", "BZPOPMIN z 0"), ("many", "BZMPOP 0 2 y z MAX COUNT 2"), ("rest", "BZPOPMAX z 0")):
        model.connect(client)
        model.step(client, command.encode().split(), 0, 0)
    assert reply(model, "ZADD z 1 a 2 b 3 c") == 3
    assert model.receivers() == {"low": True, "many": True}
    assert model.deliver("low", [b"z", b"a", b"1"], 2, 0)
    assert model.deliver("many", [b"z", [[b"c", b"3"], [b"b", b"2"]]], 2, 0)
    assert reply(model, "EXISTS z") == 0
