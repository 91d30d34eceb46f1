"""WAIT and WAITAOF of a server that has no replica and no append-only file."""

from __future__ import annotations

import pytest
from redproof_model.choice import BLOCKED, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.scripts import CALL, PCALL, TELL_ERROR
from redproof_model.number import INT64_MAX, to_int32
from redproof_model.reply import NULL, Error, Reply
from redproof_model.versions import REDIS_6_0, REDIS_7_0, REDIS_7_2, REDIS_8_0, VALKEY_8_1, VERSIONS, Version

NOT_AN_INTEGER = Error(b"ERR value is not an integer or out of range")
NOT_A_FLAG = Error(b"ERR value is out of range, value must between 0 and 1")
NOT_POSITIVE = Error(b"ERR value is out of range, must be positive")
NOT_A_TIMEOUT = Error(b"ERR timeout is not an integer or out of range")
NEGATIVE = Error(b"ERR timeout is negative")
LONG = Error(b"ERR timeout is out of range")
NO_AOF = Error(b"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")

EACH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


def model(version: Version) -> Model:
    """A model with two clients."""
    made = Model(version)
    made.connect("A")
    made.connect("B")
    return made


def step(model: Model, line: str, now_ms: int = 10, client: str = "A") -> Expected:
    """What is expected for a command, written as a line."""
    return model.step(client, [word.encode() for word in line.split()], now_ms, now_ms)


@EACH
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("WAIT x y", NOT_AN_INTEGER),
        ("WAIT 9223372036854775808 1", NOT_AN_INTEGER),
        ("WAIT 0 y", NOT_A_TIMEOUT),
        ("WAIT 0 1.5", NOT_A_TIMEOUT),
        ("WAIT 0 -1", NEGATIVE),
        ("WAIT 0 0", 0),
        ("WAIT -1 0", 0),
        ("WAIT 1 0", BLOCKED),
        ("WAIT 1 20", BLOCKED),
        # what is left of the number in an int
        ("WAIT 2147483647 0", BLOCKED),
        ("WAIT 2147483648 0", 0),
        ("WAIT 4294967296 0", 0),
        ("WAIT 4294967297 0", BLOCKED),
    ],
)
def test_wait(version: Version, line: str, expected: Reply) -> None:
    assert step(model(version), line) == expected


@pytest.mark.parametrize("version", [REDIS_7_2, REDIS_8_0, VALKEY_8_1])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("WAITAOF x x x", NOT_AN_INTEGER),
        ("WAITAOF 2 x x", NOT_A_FLAG),
        ("WAITAOF -1 x x", NOT_A_FLAG),
        ("WAITAOF 1 x x", NOT_POSITIVE),
        ("WAITAOF 1 -1 x", NOT_POSITIVE),
        ("WAITAOF 1 0 x", NOT_A_TIMEOUT),
        ("WAITAOF 1 0 -1", NEGATIVE),
        ("WAITAOF 1 0 0", NO_AOF),
        ("WAITAOF 0 0 0", [0, 0]),
        ("WAITAOF 0 1 0", BLOCKED),
        ("WAITAOF 0 4294967296 0", [0, 0]),
    ],
)
def test_waitaof_checks_its_arguments_first(version: Version, line: str, expected: Reply) -> None:
    assert step(model(version), line) == expected


@pytest.mark.parametrize("version", [REDIS_6_0, REDIS_7_0])
def test_waitaof_is_unknown_before_7_2(version: Version) -> None:
    reply = step(model(version), "WAITAOF 0 0 0")
    assert isinstance(reply, Error)
    assert reply.text.startswith(b"ERR unknown command")


def test_a_time_out_beyond_the_clock_is_refused_since_7_2() -> None:
    assert step(model(REDIS_7_0), f"WAIT 1 {INT64_MAX}") == BLOCKED
    assert step(model(REDIS_7_2), f"WAIT 0 {INT64_MAX}") == LONG


@pytest.mark.parametrize(("line", "reply"), [("WAIT 1 20", 0), ("WAITAOF 0 1 20", [0, 0])])
def test_nobody_has_acknowledged_when_the_time_is_up(line: str, reply: Reply) -> None:
    waiting = model(VALKEY_8_1)
    step(waiting, line, now_ms=10)
    assert waiting.blocks("A")
    assert waiting.deadline_ms("A") == 30
    assert waiting.expected_delivery("A") == f"{reply!r} when its time is up"
    assert not waiting.deliver("A", reply, 2, now_ms=30)

    waiting = model(VALKEY_8_1)
    step(waiting, line, now_ms=10)
    # Another client's command cannot tell whether the time is up by then.
    assert observe(step(waiting, "GET k", now_ms=31, client="B"), NULL, 2)
    assert waiting.receivers() == {"A": False}
    assert waiting.deliver("A", reply, 2, now_ms=31)
    assert not waiting.blocks("A")


@pytest.mark.parametrize(
    ("reason", "reply"),
    [("", 0), (" TIMEOUT", 0), (" ERROR", Error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK"))],
)
def test_client_unblock_ends_it(reason: str, reply: Reply) -> None:
    waiting = model(REDIS_7_0)
    waiting.worlds[0].sessions["A"].id = 7
    step(waiting, "WAIT 1 0")
    assert step(waiting, f"CLIENT UNBLOCK 7{reason}", client="B") == 1
    assert waiting.deliver("A", reply, 2, now_ms=10)
    assert step(waiting, "CLIENT UNBLOCK 7", client="B") == 0
    assert waiting.worlds[0].waiting == 0


@EACH
def test_a_transaction_does_not_wait(version: Version) -> None:
    waiting = model(version)
    step(waiting, "MULTI")
    step(waiting, "WAIT 1 0")
    step(waiting, "WAIT 1 x")
    assert step(waiting, "EXEC") == [0, NOT_A_TIMEOUT]


@EACH
def test_a_script_is_refused_or_does_not_wait(version: Version) -> None:
    def script(text: bytes, *argv: bytes) -> Expected:
        return model(version).step("A", [b"EVAL", text, b"0", *argv], 10, 10)

    if version.scripts.wait_allowed:
        assert script(CALL, b"WAIT", b"1", b"0") == 0
        assert script(PCALL, b"WAITAOF", b"0", b"1", b"0") == [0, 0]
        assert script(TELL_ERROR, b"WAIT", b"x", b"0") == NOT_AN_INTEGER.text
    else:
        assert script(TELL_ERROR, b"WAIT", b"x", b"0") == version.scripts.not_allowed
        assert script(TELL_ERROR, b"WAIT", b"x") == version.scripts.wrong_arity


def test_a_blocked_client_that_leaves_waits_no_longer() -> None:
    waiting = model(REDIS_8_0)
    step(waiting, "WAIT 1 0")
    waiting.disconnect("A")
    assert waiting.worlds[0].waiting == 0


@pytest.mark.parametrize(
    ("number", "kept"),
    [(0, 0), (2**31 - 1, 2**31 - 1), (2**31, -(2**31)), (2**32 + 1, 1), (-(2**31) - 1, 2**31 - 1), (-(2**63), 0)],
)
def test_an_int_keeps_32_bits(number: int, kept: int) -> None:
    assert to_int32(number) == kept
