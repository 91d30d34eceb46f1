"""What the server tells clients of themselves, and does to one for another."""

from __future__ import annotations

import pytest
from redproof_model.choice import BLOCKED, Choice, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Verbatim
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_8_0, VALKEY_8_1, Version

LINE = b"id=%d addr=x name=%b db=%d sub=0 psub=0 ssub=0 multi=%d resp=2\n"


def started(version: Version = REDIS_7_0) -> Model:
    model = Model(version)
    model.connect("A")
    model.connect("B")
    return model


def step(model: Model, line: str) -> object:
    client, *argv = line.split()
    return model.step(client, [word.encode() for word in argv], 0, 0)


def told(model: Model, line: str, reply: object) -> bool:
    expected = step(model, line)
    assert isinstance(expected, Choice)
    return observe(expected, reply, 2)  # type: ignore[arg-type]


def test_an_id_stays_and_is_no_other_clients() -> None:
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert told(model, "A CLIENT ID", 7)
    assert not told(model, "A CLIENT ID", 8)
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert not told(model, "B CLIENT ID", 7)


@pytest.mark.parametrize(
    ("reply", "agrees"),
    [
        (LINE % (7, b"me", 3, -1), True),
        (LINE % (7, b"you", 3, -1), False),
        (LINE % (7, b"me", 0, -1), False),
        (LINE % (7, b"me", 3, 0), False),
        (LINE % (8, b"me", 3, -1), False),
        (b"", False),
        (Verbatim(b"txt", LINE % (7, b"me", 3, -1)), False),
    ],
)
def test_info_agrees_with_the_state(reply: object, agrees: bool) -> None:
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert step(model, "A CLIENT SETNAME me") == OK
    assert step(model, "A SELECT 3") == OK
    assert told(model, "A CLIENT INFO", reply) is agrees


@pytest.mark.parametrize(
    ("lines", "agrees"),
    [(LINE % (7, b"", 0, -1), True), (b"", False), (LINE % (7, b"x", 0, -1), False)],
)
def test_a_list_has_the_line_of_each_client_that_is_known(lines: bytes, agrees: bool) -> None:
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert told(model, "B CLIENT LIST", lines) is agrees
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert told(model, "B CLIENT LIST TYPE pubsub", b"")


@pytest.mark.parametrize(
    ("filters", "is_listed"),
    [
        ("ID 7", True),
        ("ID 8", False),
        ("ID 8 ID 7", True),
        ("ID 7 ID", True),
        ("ID ID", False),
        ("TYPE normal ID 7", True),
        ("ID 7 TYPE pubsub", False),
    ],
)
def test_filters_of_a_list_come_in_any_order_since_valkey_8_1(filters: str, is_listed: bool) -> None:
    for lines in (LINE % (7, b"", 0, -1), b""):
        model = started(VALKEY_8_1)
        assert told(model, "A CLIENT ID", 7)
        assert told(model, f"A CLIENT LIST {filters}", lines) is (is_listed == bool(lines))
    assert step(started(VALKEY_8_1), "A CLIENT LIST ID x") == Error(b"ERR syntax error")
    assert step(started(VALKEY_8_1), "A CLIENT LIST ID 7 TYPE") == Error(b"ERR syntax error")


@pytest.mark.parametrize(
    ("reason", "reply"),
    [("", NULL_ARRAY), (" TIMEOUT", NULL_ARRAY), (" ERROR", Error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK"))],
)
def test_a_blocked_client_is_unblocked_once(reason: str, reply: object) -> None:
    model = started()
    assert told(model, "A CLIENT ID", 7)
    assert step(model, "B CLIENT UNBLOCK 7") == 0
    assert step(model, "A BLPOP l 0") is BLOCKED
    assert step(model, f"B CLIENT UNBLOCK 7{reason}") == 1
    assert model.worlds[0].deliveries == [("A", reply)]
    assert step(model, "B CLIENT UNBLOCK 7") == 0


def test_names_are_printable_up_to_a_nul_since_7_2() -> None:
    refusal = Error(b"ERR Client names cannot contain spaces, newlines or special characters.")
    for version, expected in ((REDIS_7_0, refusal), (REDIS_7_2, OK)):
        assert started(version).step("A", [b"CLIENT", b"SETNAME", b"a\x00 b"], 0, 0) == expected
    assert step(started(), "A CLIENT GETNAME") is NULL


def test_hello_acts_on_options_one_by_one_and_since_7_2_on_all_or_none() -> None:
    for version, name in ((REDIS_7_0, b"me"), (REDIS_7_2, NULL)):
        model = started(version)
        assert step(model, "A HELLO 3 SETNAME me NONSENSE") == Error(b"ERR Syntax error in HELLO option 'NONSENSE'")
        assert step(model, "A CLIENT GETNAME") == name
        assert model.protocol("A") == 2


@pytest.mark.parametrize(
    ("version", "text"),
    [(REDIS_6_0, b"NOPROTO unsupported protocol version"),
     (REDIS_6_2, b"ERR Protocol version is not an integer or out of range")],
)  # fmt: skip
def test_hello_wants_a_version_that_is_a_number(version: Version, text: bytes) -> None:
    assert step(started(version), "A HELLO x") == Error(text)
    assert step(started(version), "A HELLO 4") == Error(b"NOPROTO unsupported protocol version")


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ("SKIPME NO ID", True),
        ("ID 9999 8888 ID", True),
        ("SKIPME YES ID SKIPME NO", True),
        ("ID 9999 x", False),
        ("ID ID SKIPME", False),
        ("ID 9999 0", False),
    ],
)
def test_ids_after_id_may_be_any_number_in_valkey_from_8_1_on(options: str, allowed: bool) -> None:
    for version, kills in ((VALKEY_8_0, False), (VALKEY_8_1, allowed)):
        assert (step(started(version), f"A CLIENT KILL {options}") == 0) == kills
