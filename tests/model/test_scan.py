"""The SCAN family: what a page may hold, and what is owed to whoever goes on with a cursor."""

from __future__ import annotations

import pytest
from redproof_model.choice import example, observe
from redproof_model.commands.keys.scan import parse_cursor
from redproof_model.errors import ReplyError
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.world import World
from redproof_model.reply import Error, Reply
from redproof_model.versions import REDIS_7_0


@pytest.fixture
def model() -> Model:
    """A model with one client and the keys a, b and c."""
    model = Model(REDIS_7_0)
    model.connect("c")
    for key in (b"a", b"b", b"c"):
        model.step("c", [b"SET", key, b"1"], 0, 0)
    return model


def scan(model: Model, line: bytes, *reply: Reply) -> bool:
    """Whether the reply to a SCAN is allowed."""
    return observe(model.step("c", [b"SCAN", *line.split()], 0, 0), list(reply), 2)


@pytest.mark.parametrize(
    ("text", "cursor"),
    [(b"", 0), (b"007", 7), (b"+5", 5), (b"-1", 2**64 - 1), (b"1\0x", 1), (b"18446744073709551615", 2**64 - 1)],
)
def test_cursor(text: bytes, cursor: int) -> None:
    assert parse_cursor(World(REDIS_7_0), text) == cursor


@pytest.mark.parametrize("text", [b" 1", b"1 ", b"-", b"+-1", b"x", b"0x1", b"18446744073709551616", b"9" * 9000])
def test_invalid_cursor(text: bytes) -> None:
    with pytest.raises(ReplyError):
        parse_cursor(World(REDIS_7_0), text)


def test_an_iteration_in_pages(model: Model) -> None:
    assert scan(model, b"0", b"4", [b"b"])
    assert scan(model, b"4", b"2", [])
    assert scan(model, b"2", b"0", [b"c", b"a"])


def test_an_element_withheld(model: Model) -> None:
    assert scan(model, b"0", b"4", [b"b"])
    assert not scan(model, b"4", b"0", [b"a"])


def test_a_removed_element_is_no_longer_owed_and_may_not_come(model: Model) -> None:
    assert scan(model, b"0", b"4", [b"b"])
    model.step("c", [b"DEL", b"a"], 0, 0)
    assert scan(model, b"4", b"0", [b"b", b"c"])
    assert not scan(model, b"4", b"0", [b"a", b"b", b"c"])


def test_what_a_filter_hid_is_not_owed_later(model: Model) -> None:
    assert scan(model, b"0 MATCH a", b"4", [])
    assert scan(model, b"4", b"0", [b"a"])


def test_an_element_that_does_not_match(model: Model) -> None:
    assert not scan(model, b"0 MATCH a", b"0", [b"a", b"b"])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"x COUNT 0", b"ERR invalid cursor"),
        (b"0 COUNT 0", b"ERR syntax error"),
        (b"0 COUNT x", b"ERR value is not an integer or out of range"),
        (b"0 COUNT", b"ERR syntax error"),
        (b"0 MATCH a MATCH", b"ERR syntax error"),
        (b"0 COUNT x NOSUCH", b"ERR value is not an integer or out of range"),
    ],
)
def test_refusals(model: Model, line: bytes, error: bytes) -> None:
    assert model.step("c", [b"SCAN", *line.split()], 0, 0) == Error(error)


def test_the_example_is_allowed(model: Model) -> None:
    expected = model.step("c", [b"SCAN", b"0"], 0, 0)
    assert observe(expected, example(expected), 2)
