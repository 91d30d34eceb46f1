"""Sets: when they convert, where their order is certain, and which refusal comes first."""

from __future__ import annotations

import pytest
from redproof_model.choice import observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.values import SetValue
from redproof_model.reply import Error, Null, Reply, Set
from redproof_model.versions import REDIS_6_2, REDIS_7_0

WRONG_TYPE = b"WRONGTYPE Operation against a key holding the wrong kind of value"


def line(text: str) -> list[bytes]:
    return text.encode().split()


def after(*commands: str) -> Model:
    """A model after these commands, of which none leaves the server a choice."""
    model = Model(REDIS_7_0)
    model.connect("c", 3)
    for command in commands:
        model.step("c", line(command), 0, 0)
    return model


def allows(model: Model, command: str, reply: Reply) -> bool:
    """Whether the model allows this reply to a command."""
    return observe(model.step("c", line(command), 0, 0), reply, 3)


def the_set(model: Model, key: bytes = b"t") -> SetValue:
    value = model.worlds[0].databases[0].values[key]
    assert isinstance(value, SetValue)
    return value


def numbers(count: int) -> str:
    return " ".join(map(str, range(count)))


@pytest.mark.parametrize(
    ("commands", "encoding"),
    [
        (["SADD t 3 1 -9223372036854775808"], "intset"),
        (["SADD t 9223372036854775808"], "hashtable"),
        (["SADD t 01"], "hashtable"),
        (["SADD t 1", "SADD t a", "SREM t a"], "hashtable"),
        ([f"SADD t {numbers(512)}"], "intset"),
        ([f"SADD t {numbers(512)}", "SADD t 0"], "intset"),
        ([f"SADD t {numbers(513)}"], "hashtable"),
        (["SADD u 1 a", "SREM u a", "SUNIONSTORE t u"], "intset"),
        (["SADD u 1 a", "SADD v 1 2", "SINTERSTORE t u v"], "intset"),
        (["SADD u 1 a", "SADD v a", "SDIFFSTORE t u v"], "intset"),
    ],
)
def test_a_set_converts_at_its_first_word_or_513th_number(commands: list[str], encoding: str) -> None:
    assert the_set(after(*commands)).encoding == encoding


@pytest.mark.parametrize(
    ("size", "subtracted", "encoding"),
    [(4, 2, "intset"), (5, 2, "intset"), (6, 2, "hashtable"), (3, 4, "intset"), (3, 5, "hashtable")],
)
def test_a_difference_that_is_removed_from_the_first_set_keeps_its_encoding(
    size: int, subtracted: int, encoding: str
) -> None:
    model = after(f"SADD u a {numbers(size - 1)}", "SADD v a", f"SDIFFSTORE t u {'v ' * subtracted}")
    assert the_set(model).encoding == encoding


@pytest.mark.parametrize(
    ("command", "members", "allowed"),
    [
        ("SMEMBERS i", [b"-1", b"2", b"10"], True),
        ("SMEMBERS i", [b"2", b"-1", b"10"], False),
        ("SMEMBERS h", [b"2", b"-1", b"10"], True),
        ("SMEMBERS h", [b"2", b"-1", b"2"], False),
        ("SUNION h", [b"-1", b"2", b"10"], True),
        ("SUNION h", [b"2", b"-1", b"10"], False),
        ("SPOP h 3", [b"2", b"-1", b"10"], False),
        ("SDIFF h nokey", [b"2", b"-1", b"10"], False),
        ("SINTER i big", [b"2", b"-1", b"10"], False),
        ("SINTER big i", [b"2", b"-1", b"10"], False),
        ("SINTER h big", [b"2", b"-1", b"10"], True),
        ("SINTER i h", [b"2", b"-1", b"10"], True),
    ],
)
def test_numbers_come_sorted_out_of_an_intset_even_one_made_on_the_way(
    command: str, members: list[Reply], allowed: bool
) -> None:
    model = after("SADD i 10 2 -1", "SADD h 10 2 -1 a", "SREM h a", "SADD big 10 2 -1 3 4")
    assert allows(model, command, Set(members)) is allowed


def test_what_a_large_spop_leaves_is_a_new_set() -> None:
    model = after("SADD t 1 2 3 4 5 a")
    assert allows(model, "SPOP t 5", Set([b"4", b"a", b"2", b"3", b"1"]))
    assert the_set(model) == SetValue({b"5"}, "intset")


def test_a_small_spop_takes_members_from_the_set() -> None:
    model = after("SADD t 1 2 3 4 5 a")
    assert allows(model, "SPOP t 4", Set([b"4", b"a", b"2", b"3"]))
    assert the_set(model) == SetValue({b"1", b"5"}, "hashtable")


@pytest.mark.parametrize(
    ("popped", "allowed"),
    [([b"1", b"3", b"4", b"5", b"6"], True), ([b"3", b"1", b"4", b"5", b"6"], False), ([b"1"] * 5, False)],
)
def test_a_large_spop_of_an_intset_comes_sorted(popped: list[Reply], allowed: bool) -> None:
    assert allows(after("SADD t 1 2 3 4 5 6"), "SPOP t 5", Set(popped)) is allowed


@pytest.mark.parametrize(
    ("command", "reply", "allowed"),
    [
        ("SRANDMEMBER t", b"2", True),
        ("SRANDMEMBER t 0", [], True),
        ("SRANDMEMBER t 2", [b"3", b"1"], True),
        ("SRANDMEMBER t 2", [b"3", b"3"], False),
        ("SRANDMEMBER t -2", [b"3", b"3"], True),
        ("SRANDMEMBER t 9", [b"1", b"2", b"3"], True),
        ("SRANDMEMBER t 9", [b"3", b"2", b"1"], False),
        ("SRANDMEMBER nokey 1", [], True),
        ("SPOP nokey 1", Set([]), True),
        ("SINTERCARD 2 t t LIMIT 2", 2, True),
        ("SINTERCARD 1 t LIMIT 2 LIMIT 0", 3, True),
    ],
)
def test_replies(command: str, reply: Reply, allowed: bool) -> None:
    assert allows(after("SADD t 3 2 1"), command, reply) is allowed


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("SPOP s x", Error(b"ERR value is out of range, must be positive")),
        ("SPOP s 1 2", Error(b"ERR syntax error")),
        ("SRANDMEMBER s x", Error(b"ERR value is not an integer or out of range")),
        ("SMOVE nokey s x", 0),
        ("SMOVE t s x", Error(WRONG_TYPE)),
        ("SMOVE s nokey x", Error(WRONG_TYPE)),
        ("SINTER nokey s", Error(WRONG_TYPE)),
        ("SINTERCARD x s", Error(b"ERR numkeys should be greater than 0")),
        ("SINTERCARD 2 s LIMIT", Error(WRONG_TYPE)),
        ("SINTERCARD 3 s t", Error(b"ERR Number of keys can't be greater than number of args")),
        ("SINTERCARD 1 s LIMIT x", Error(b"ERR LIMIT can't be negative")),
        ("SINTERCARD 1 s LIMIT", Error(b"ERR syntax error")),
    ],
)
def test_the_first_refusal(command: str, reply: Reply) -> None:
    assert allows(after("SET s x", "SADD t 1"), command, reply)


def test_an_empty_result_deletes_its_destination() -> None:
    model = after("SET t x", "SINTERSTORE t nokey")
    assert allows(model, "GET t", Null.RESP3)


def test_intersections_are_not_counted_before_7_0() -> None:
    model = Model(REDIS_6_2)
    model.connect("c")
    text = b"ERR unknown command `SINTERCARD`, with args beginning with: `1`, `t`, "
    assert model.step("c", line("SINTERCARD 1 t"), 0, 0) == Error(text)
