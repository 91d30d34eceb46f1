"""Streams: IDs of all forms, ranges, what is trimmed by the node, and what XINFO tells of it."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Map, Reply, Status
from redproof_model.versions import (
    REDIS_6_0,
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_8_0,
    VALKEY_8_1,
    VALKEY_9_1,
    Version,
)

NOW_MS = 1_000
BOTH = pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])
INVALID_ID = Error(b"ERR Invalid stream ID specified as stream command argument")
SMALL_ID = Error(b"ERR The ID specified in XADD is equal or smaller than the target stream top item")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")


def model_after(version: Version, *lines: str) -> Model:
    """A model after these commands of one client, at NOW_MS."""
    model = Model(version)
    model.connect("A")
    for line in lines:
        answer(model, line)
    return model


def answer(model: Model, line: str, now_ms: int = NOW_MS) -> Reply:
    """The only reply there is."""
    expected = model.step("A", [word.encode() for word in line.split()], now_ms, now_ms)
    assert not isinstance(expected, Choice)
    return expected


def told(model: Model, wanted: bytes, key: str = "x") -> Reply:
    """What XINFO STREAM says under this name."""
    reply = answer(model, f"XINFO STREAM {key}")
    assert isinstance(reply, Map)
    return {name: value for name, value in reply.pairs if isinstance(name, bytes)}[wanted]


def ids(model: Model, key: str = "x") -> list[Reply]:
    """The IDs of the entries that are there."""
    entries = answer(model, f"XRANGE {key} - +")
    assert isinstance(entries, list)
    return [entry[0] for entry in entries if isinstance(entry, list)]


# -- IDs -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("5-1", b"5-1"),
        ("5", b"5-0"),
        ("18446744073709551615-18446744073709551615", b"18446744073709551615-18446744073709551615"),
        ("007-+3", b"7-3"),
        ("1--0", b"1-0"),
        # what strtoull makes of a negative number that no int64 holds
        ("1--18446744073709551615", b"1-1"),
        ("1--9223372036854775808", INVALID_ID),
        ("18446744073709551616", INVALID_ID),
        ("-", INVALID_ID),
        ("+", INVALID_ID),
        ("-1", INVALID_ID),
        ("1-", INVALID_ID),
        ("1-1-1", INVALID_ID),
        ("1" * 128, INVALID_ID),
        ("0-0", Error(b"ERR The ID specified in XADD must be greater than 0-0")),
    ],
)
def test_the_id_of_an_entry(version: Version, text: str, shown: Reply) -> None:
    assert answer(model_after(version), f"XADD x {text} f v") == shown


@BOTH
def test_ids_only_grow(version: Version) -> None:
    model = model_after(version, "XADD x 5-5 f v")
    assert answer(model, "XADD x 5-5 f v") == SMALL_ID
    assert answer(model, "XADD x 4-9 f v") == SMALL_ID
    assert answer(model, "XADD x 5-6 f v") == b"5-6"


def test_the_server_chooses_a_sequence_number_from_7_0_on() -> None:
    assert answer(model_after(REDIS_6_2), "XADD x 5-* f v") == INVALID_ID
    model = model_after(REDIS_7_0)
    assert [answer(model, f"XADD x {text} f v") for text in ("0-*", "5-*", "5-*", "4-*")] == [
        b"0-1", b"5-0", b"5-1", SMALL_ID,
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "texts"), [(REDIS_7_0, 2), (REDIS_7_2, 1)])
def test_a_full_millisecond(version: Version, texts: int) -> None:
    """What 7.0 says depends on the errno of some call before."""
    model = model_after(version, "XADD x 5-18446744073709551615 f v")
    expected = model.step("A", b"XADD x 5-* f v".split(), NOW_MS, NOW_MS)
    assert isinstance(expected, Choice) == (texts == 2)
    assert observe(expected, SMALL_ID, 2)


@BOTH
@pytest.mark.parametrize(
    ("before", "reply", "allowed"),
    [
        ([], b"1000-0", True),
        ([], b"1002-0", True),
        ([], b"1003-0", False),
        ([], b"999-0", False),
        ([], b"1000-1", False),
        (["XADD x 1001-7 f v"], b"1001-8", True),
        (["XADD x 1001-7 f v"], b"1002-0", True),
        (["XADD x 1001-7 f v"], b"1001-0", False),
        (["XADD x 999-7 f v"], b"999-8", False),
    ],
)
def test_the_server_chooses_an_id_of_now_or_the_next(
    version: Version, before: list[str], reply: Reply, allowed: bool
) -> None:
    model = model_after(version, *before)
    expected = model.step("A", b"XADD x * f v".split(), NOW_MS, NOW_MS + 2)
    assert observe(expected, reply, 2) == allowed
    if allowed:
        assert ids(model)[-1] == reply


@BOTH
def test_an_id_that_cannot_be_now(version: Version) -> None:
    model = model_after(version, "XADD x 2000-7 f v")
    assert answer(model, "XADD x * f v") == b"2000-8"
    assert answer(model, "XSETID x 18446744073709551615-18446744073709551615") == OK
    assert answer(model, "XADD x * f v") == Error(
        b"ERR The stream has exhausted the last possible ID, unable to add more items"
    )


# -- ranges ----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("XRANGE x - +", [b"1-1", b"1-2", b"2-0"]),
        ("XRANGE x 1 1", [b"1-1", b"1-2"]),
        ("XRANGE x (1-1 (2-0", [b"1-2"]),
        ("XRANGE x (1-1 (2", [b"1-2", b"2-0"]),
        ("XRANGE x - + COUNT 2", [b"1-1", b"1-2"]),
        ("XREVRANGE x + - COUNT 2", [b"2-0", b"1-2"]),
        ("XREVRANGE x 1 -", [b"1-2", b"1-1"]),
        ("XRANGE x 3 -", []),
    ],
)
def test_ranges(version: Version, command: str, expected: list[bytes]) -> None:
    model = model_after(version, "XADD x 1-1 a 1", "XADD x 1-2 a 2", "XADD x 2-0 a 3")
    reply = answer(model, command)
    assert isinstance(reply, list)
    assert [entry[0] for entry in reply if isinstance(entry, list)] == expected


@BOTH
def test_ranges_that_are_none(version: Version) -> None:
    model = model_after(version, "XADD x 1-1 a 1")
    assert answer(model, "XRANGE x - + COUNT 0") == NULL_ARRAY
    assert answer(model, "XRANGE y - + COUNT 0") == []
    assert answer(model, "XRANGE x (18446744073709551615-18446744073709551615 +") == Error(
        b"ERR invalid start ID for the interval"
    )
    assert answer(model, "XRANGE x - (0-0") == Error(b"ERR invalid end ID for the interval")
    assert answer(model, "XRANGE x (- +") == INVALID_ID


# -- trimming --------------------------------------------------------------------------------------


def with_nodes(version: Version) -> Model:
    """A stream `x` of nine entries, 1-0 to 1-8, four of which fill a node of 4096 bytes."""
    return model_after(version, *(f"XADD x 1-{number or 9} f {'v' * 1000}" for number in range(1, 10)))


@BOTH
@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("XTRIM x MAXLEN 4", 4),
        ("XTRIM x MAXLEN = 8", 8),
        ("XTRIM x MAXLEN ~ 4", 5),
        ("XTRIM x MAXLEN ~ 6", 9),
        ("XTRIM x MAXLEN ~ 0 LIMIT 4", 5),
        ("XTRIM x MAXLEN ~ 0 LIMIT 3", 9),
        ("XTRIM x MAXLEN ~ 0 LIMIT 0", 0),
        ("XTRIM x MINID 1-4", 6),
        ("XTRIM x MINID ~ 1-4", 9),
        ("XTRIM x MINID ~ 1-5", 5),
        ("XTRIM x MINID ~ 9", 0),
        ("XTRIM x MAXLEN 100", 9),
    ],
)
def test_trimming(version: Version, command: str, left: int) -> None:
    model = with_nodes(version)
    assert told(model, b"radix-tree-keys") == 3
    assert answer(model, command) == 9 - left
    assert answer(model, "XLEN x") == left


@BOTH
def test_a_hundred_entries_fill_a_node_those_deleted_too(version: Version) -> None:
    model = model_after(version, *(f"XADD x 1-{number} f v" for number in range(1, 91)), "XDEL x 1-5 1-6 1-7")
    for number in range(91, 101):
        answer(model, f"XADD x 1-{number} f v")
    assert told(model, b"radix-tree-keys") == 1
    answer(model, "XADD x 1-101 f v")
    assert told(model, b"radix-tree-keys") == 2
    assert told(model, b"radix-tree-nodes") == 4
    assert answer(model, "XTRIM x MAXLEN ~ 1") == 97


@BOTH
def test_a_node_without_entries_goes_by_xdel_and_stays_by_xtrim(version: Version) -> None:
    lines = ("XADD x 1-1 f v", "XADD x 5-1 f v", "XDEL x 5-1")
    assert told(model_after(version, *lines, "XDEL x 1-1"), b"radix-tree-keys") == 0
    assert told(model_after(version, *lines, "XTRIM x MINID 3"), b"radix-tree-keys") == 1


@BOTH
@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("XTRIM x MAXLEN 1 MINID 1", "syntax error, MAXLEN and MINID options at the same time are not compatible"),
        ("XTRIM x MAXLEN 1 LIMIT 1", "syntax error, LIMIT cannot be used without the special ~ option"),
        ("XTRIM x LIMIT 1", "syntax error, LIMIT cannot be used without specifying a trimming strategy"),
        ("XTRIM x LIMIT 0", "syntax error, XTRIM must be called with a trimming strategy"),
        ("XTRIM x MAXLEN -1", "The MAXLEN argument must be >= 0."),
        ("XTRIM x MAXLEN ~ 1 LIMIT -1", "The LIMIT argument must be >= 0."),
        ("XTRIM x MAXLEN ~", "value is not an integer or out of range"),
        ("XTRIM x LATEST 1", "syntax error"),
    ],
)
def test_trims_that_are_refused(version: Version, command: str, error: str) -> None:
    assert answer(model_after(version), command) == Error(f"ERR {error}".encode())


@BOTH
def test_xadd_trims_what_it_adds(version: Version) -> None:
    model = model_after(version, "XADD x 1-1 f v", "XADD x MAXLEN 0 1-2 f v")
    assert ids(model) == []
    assert answer(model, "TYPE x") == Status(b"stream")
    assert answer(model, "XADD y NOMKSTREAM 1-1 f v") == NULL
    assert answer(model, "EXISTS y") == 0


def test_6_0_knows_maxlen_alone_and_looks_at_the_key_first() -> None:
    model = model_after(REDIS_6_0, "XADD x 1-1 f v", "XADD x 1-2 f v", "SET s text")
    assert answer(model, "XTRIM x MAXLEN 5 MAXLEN 1") == 1
    assert answer(model, "XTRIM x MINID 1") == Error(b"ERR syntax error")
    assert answer(model, "XTRIM y MINID 1") == 0
    assert answer(model, "XTRIM s MINID 1") == WRONG_TYPE
    assert answer(model, "XTRIM x") == Error(b"ERR XTRIM called without an option to trim the stream")
    assert answer(model, "XADD x NOMKSTREAM 1-3 f v") == INVALID_ID
    assert answer(model, "XRANGE x (1-1 +") == INVALID_ID


def test_in_6_0_deleted_entries_fill_no_node() -> None:
    lines = [f"XADD x 1-{number} f v" for number in range(1, 101)]
    model = model_after(REDIS_6_0, *lines, "XDEL x 1-5", "XADD x 2-1 f v", "XADD x 2-2 f v")
    assert told(model, b"radix-tree-keys") == 2
    assert answer(model, "XTRIM x MAXLEN ~ 1") == 100


# -- what the server tells -------------------------------------------------------------------------


@BOTH
def test_object_encoding_copies_and_payloads(version: Version) -> None:
    model = model_after(version, "XADD x 1-1 f v", "XGROUP CREATE x g 0", "COPY x y", "XDEL x 1-1")
    assert answer(model, "OBJECT ENCODING y") == b"stream"
    assert ids(model, "y") == [b"1-1"]
    assert told(model, b"groups", "y") == 1
    assert observe(model.step("A", [b"DUMP", b"y"], NOW_MS, NOW_MS), b"payload", 2)
    assert answer(model, "RESTORE z 0 payload") == OK
    assert ids(model, "z") == [b"1-1"]
    assert answer(model, "SET y text") == OK
    assert answer(model, "XADD y * f v") == WRONG_TYPE
    assert answer(model, "GET z") == WRONG_TYPE


def test_xsetid_and_the_counters() -> None:
    model = model_after(REDIS_7_0, "XADD x 1-1 f v", "XADD x 1-2 f v", "XDEL x 1-2")
    assert answer(model, "XSETID x 1-0") == Error(
        b"ERR The ID specified in XSETID is smaller than the target stream top item"
    )
    assert answer(model, "XSETID x 5-0 ENTRIESADDED 0") == Error(
        b"ERR The entries_added specified in XSETID is smaller than the target stream length"
    )
    assert answer(model, "XSETID x 5-0 ENTRIESADDED 9 MAXDELETEDID 4-0") == OK
    names = (b"last-generated-id", b"max-deleted-entry-id", b"entries-added", b"recorded-first-entry-id")
    assert [told(model, name) for name in names] == [b"5-0", b"4-0", 9, b"1-1"]
    assert answer(model, "XSETID x 1-1") == OK
    assert answer(model_after(REDIS_7_2, "XADD x 1-1 f v", "XADD x 1-2 f v", "XDEL x 1-2"), "XSETID x 1-1") == Error(
        b"ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
    )


@pytest.mark.parametrize(
    ("version", "of_nothing", "of_deleted"),
    [
        (REDIS_7_2, INVALID_ID, INVALID_ID),
        (VALKEY_8_1, Error(b"ERR the stream last element ID is 0-0"), NULL_ARRAY),
        (VALKEY_9_1, NULL_ARRAY, NULL_ARRAY),
        (REDIS_8_0, NULL_ARRAY, [[b"x", [[b"1-1", [b"f", b"v"]]]]]),
    ],
)
def test_reading_the_last_entry(version: Version, of_nothing: Reply, of_deleted: Reply) -> None:
    model = model_after(version, "XADD x 1-1 f v", "XADD x 1-2 f v", "XDEL x 1-2", "XGROUP CREATE y g 0 MKSTREAM")
    assert answer(model, "XREAD STREAMS y +") == of_nothing
    assert answer(model, "XREAD STREAMS x +") == of_deleted
