"""Facts of Redis since 8.2: for each difference a command that shows it, and what each version answers."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from redproof_model.choice import Choice
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, OK, Error, Reply, project
from redproof_model.versions import REDIS_8_0, REDIS_8_2, REDIS_8_4, REDIS_8_6, Version

VERSIONS = (REDIS_8_0, REDIS_8_2, REDIS_8_4, REDIS_8_6)
SYNTAX = Error(b"ERR syntax error")
NOT_INTEGER = Error(b"ERR value is not an integer or out of range")
WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
NO_DIGEST = Error(b"ERR must be exactly 16 hexadecimal characters")
NO_STRING = Error(b"ERR Key should be of string type if conditions are specified")
NO_CONDITION = Error(b"ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE")
NO_FIELDS = Error(b"ERR Mandatory argument FIELDS is missing or not at the right position")
NO_MATCH = Error(b"ERR The `numfields` parameter must match the number of arguments")
NOT_POSITIVE = Error(b"ERR Number of fields must be a positive integer")
NOT_POSITIVE_HERE = Error(b"ERR Parameter `numFields` should be greater than 0")
NOT_A_COUNT = Error(b"ERR invalid number of fields")
TOO_FEW = Error(b"ERR wrong number of arguments")
TWICE = Error(b"ERR FIELDS keyword specified multiple times")
ONE_CONDITION = Error(b"ERR Only one of FXX or FNX arguments can be specified")
OF_THE_OTHER = Error(b"ERR unknown argument")
SCORED = " ".join(f"{number} {number}" for number in range(129))
TIED = " ".join(f"0 {number}" for number in range(129))
HASH = ("HSET h a 1 b 2",)
OF_A = "e6c632b61e964e1f"
"""XXH3 of `a`, as DIGEST tells it."""


class Case(NamedTuple):
    """What `command` answers after `before`: `old` before the version `since`, and `new` from it on."""

    before: tuple[str, ...]
    command: str
    old: Reply
    since: Version
    new: Reply


def unknown(command: str) -> Error:
    """What a version says that does not have the command."""
    name, *arguments = command.split()
    shown = "".join(f"'{argument}' " for argument in arguments)
    return Error(f"ERR unknown command '{name}', with args beginning with: {shown}".encode())


def brought(before: tuple[str, ...], command: str, new: Reply) -> Case:
    """What a command of 8.4 answers."""
    return Case(before, command, unknown(command), REDIS_8_4, new)


def compares(before: tuple[str, ...], command: str, new: Reply) -> Case:
    """What SET of 8.4 answers with a comparison."""
    return Case(before, command, SYNTAX, REDIS_8_4, new)


def wrong_arity(name: str) -> Error:
    return Error(f"ERR wrong number of arguments for '{name}' command".encode())


def option(text: str) -> Error:
    return Error(f"ERR unknown argument: {text}".encode())


def one_time(other: str) -> Error:
    return Error(f"ERR Only one of EX, PX, EXAT, PXAT or {other} arguments can be specified".encode())


CASES = {
    # 8.2
    "BITOP DIFF": Case(("SET s a", "SET t b"), "BITOP DIFF d s t", SYNTAX, REDIS_8_2, 1),
    "BITOP DIFF of one": Case(
        (),
        "BITOP DIFF d s",
        SYNTAX,
        REDIS_8_2,
        Error(b"ERR BITOP DIFF must be called with at least two source keys."),
    ),
    "BITOP ONE of one": Case(("SET s a",), "BITOP ONE d s", SYNTAX, REDIS_8_2, 1),
    "a number of its own": Case(("SET s 1",), "OBJECT REFCOUNT s", 2**31 - 1, REDIS_8_2, 1),
    "a string that shares memory with its key": Case(
        (f"SET ab {'x' * 40}",), "OBJECT ENCODING ab", b"embstr", REDIS_8_2, b"raw"
    ),
    "a string that just fits in": Case((f"SET ab {'x' * 39}",), "OBJECT ENCODING ab", b"embstr", REDIS_8_2, b"embstr"),
    "a string that fits in with an expiry": Case(
        (f"SET ab {'x' * 39} EX 100",), "OBJECT ENCODING ab", b"embstr", REDIS_8_2, b"embstr"
    ),
    # 8.4: what strings are compared with
    "IFEQ": compares(("SET s a",), "SET s b IFEQ a", OK),
    "IFEQ of another": compares(("SET s a",), "SET s b IFEQ b", NULL),
    "IFEQ without a key": compares((), "SET s b IFEQ b", NULL),
    "IFEQ again": compares(("SET s a",), "SET s b IFEQ q IFEQ a", OK),
    "IFEQ and XX": compares(("SET s a",), "SET s b IFEQ a XX", OK),
    "IFEQ and NX": compares(("SET s a",), "SET s b IFEQ a NX", NULL),
    "IFEQ and NX of a list": compares(("RPUSH l a",), "SET l b IFEQ a NX", NULL),
    "IFEQ of a list": compares(("RPUSH l a",), "SET l b IFEQ a", WRONG_TYPE),
    "XX and IFEQ": compares(("SET s a",), "SET s b XX IFEQ a", SYNTAX),
    "IFEQ and IFNE": compares(("SET s a",), "SET s b IFEQ a IFNE b", SYNTAX),
    "IFNE": compares(("SET s a",), "SET s b IFNE a GET", b"a"),
    "IFNE without a key": compares((), "SET s b IFNE a", OK),
    "IFDEQ": compares(("SET s a",), f"SET s b IFDEQ {OF_A.upper()}", OK),
    "IFDNE": compares(("SET s a",), f"SET s b IFDNE {OF_A}", NULL),
    "IFDNE of what is no number": compares(("SET s a",), f"SET s b IFDNE {'g' * 16}", OK),
    "IFDEQ of no digest": compares(("SET s a",), "SET s b IFDEQ 12", NO_DIGEST),
    "IFDNE of no digest without a key": compares((), "SET s b IFDNE 12", OK),
    "a comparison and a time that is none": compares((), "SET s b IFEQ a EX x", NOT_INTEGER),
    "DIGEST": brought(("SET s a",), "DIGEST s", OF_A.encode()),
    "DIGEST without a key": brought((), "DIGEST s", NULL),
    "DIGEST of a list": brought(("RPUSH l a",), "DIGEST l", WRONG_TYPE),
    "DELEX": brought(("RPUSH l a",), "DELEX l", 1),
    "DELEX IFEQ": brought(("SET s a",), "DELEX s IFEQ a", 1),
    "DELEX IFNE": brought(("SET s a",), "DELEX s IFNE a", 0),
    "DELEX IFDEQ of no digest": brought(("SET s a",), "DELEX s IFDEQ a", NO_DIGEST),
    "DELEX without a key": brought((), "DELEX s FOO a", 0),
    "DELEX with no condition": brought(("SET s a",), "DELEX s FOO a", NO_CONDITION),
    "DELEX of a list": brought(("RPUSH l a",), "DELEX l FOO a", NO_STRING),
    "DELEX with half a condition": brought(("SET s a",), "DELEX s IFEQ", wrong_arity("delex")),
    "MSETEX": brought((), "MSETEX 1 k v EX 100", 1),
    "MSETEX of no number": brought((), "MSETEX x k v", Error(b"ERR invalid numkeys value")),
    "MSETEX of too few": brought((), "MSETEX 2 k v", Error(b"ERR wrong number of key-value pairs")),
    "MSETEX of too many": brought((), "MSETEX 1 k v l w", SYNTAX),
    # 8.4: arguments about hash fields in any order
    "HEXPIRE with a condition behind": Case(HASH, "HEXPIRE h 9 FIELDS 1 a NX", NO_MATCH, REDIS_8_4, [1]),
    "HEXPIRE with a condition twice": Case(HASH, "HEXPIRE h 9 NX FIELDS 1 a NX", NO_MATCH, REDIS_8_4, [1]),
    "HEXPIRE with two conditions": Case(
        HASH, "HEXPIRE h 9 NX FIELDS 1 a XX", NO_MATCH, REDIS_8_4, Error(b"ERR Multiple condition flags specified")
    ),
    "HEXPIRE with fields twice": Case(HASH, "HEXPIRE h 9 FIELDS 1 a FIELDS 1 b", NO_MATCH, REDIS_8_4, TWICE),
    "HEXPIRE without fields": Case(
        HASH, "HEXPIRE h 9 NX NX NX", NO_FIELDS, REDIS_8_4, Error(b"ERR missing FIELDS argument")
    ),
    "HEXPIRE with FIELDS alone": Case(
        HASH,
        "HEXPIRE h 9 NX FIELDS 1",
        NO_MATCH,
        REDIS_8_4,
        Error(b"ERR FIELDS requires at least numfields and one field argument"),
    ),
    "HEXPIRE with more fields": Case(HASH, "HEXPIRE h 9 FIELDS 1 a b", NO_MATCH, REDIS_8_4, option("b")),
    "HEXPIRE with fewer fields": Case(HASH, "HEXPIRE h 9 FIELDS 3 a b", NO_MATCH, REDIS_8_4, TOO_FEW),
    "HEXPIRE of no number": Case(HASH, "HEXPIRE h 9 FIELDS 0 a", NOT_POSITIVE_HERE, REDIS_8_4, NOT_POSITIVE_HERE),
    "HEXPIRE of too large a number": Case(
        HASH, "HEXPIRE h 9 FIELDS 2147483648 a", NO_MATCH, REDIS_8_4, NOT_POSITIVE_HERE
    ),
    "HEXPIRE looks at the time first": Case(HASH, "HEXPIRE h x FOO 1 a", NOT_INTEGER, REDIS_8_4, NOT_INTEGER),
    "HGETEX with a time behind": Case(HASH, "HGETEX h FIELDS 1 a EX 9", NO_MATCH, REDIS_8_4, [b"1"]),
    "HGETEX with a time that is missing": Case(
        HASH, "HGETEX h FIELDS 1 a EX", NO_MATCH, REDIS_8_4, Error(b"ERR missing expire time")
    ),
    "HGETEX with two times": Case(HASH, "HGETEX h EX 9 PX 9 a", NO_FIELDS, REDIS_8_4, one_time("PERSIST")),
    "HGETEX with an option of HSETEX": Case(HASH, "HGETEX h KEEPTTL FIELDS 1 a", NO_FIELDS, REDIS_8_4, OF_THE_OTHER),
    "HGETEX with conditions of HSETEX": Case(HASH, "HGETEX h FXX FNX FIELDS 1 a", NO_FIELDS, REDIS_8_4, ONE_CONDITION),
    "HGETEX of no number": Case(HASH, "HGETEX h FIELDS 0 a", NOT_POSITIVE, REDIS_8_4, NOT_A_COUNT),
    "HGETEX with FIELDS alone": Case(
        HASH, "HGETEX h EX 9 FIELDS", wrong_arity("hgetex"), REDIS_8_4, wrong_arity("hgetex")
    ),
    "HGETEX looks at the key first": Case(("RPUSH l a",), "HGETEX l FOO 1 a", WRONG_TYPE, REDIS_8_4, WRONG_TYPE),
    "HSETEX with a time behind": Case(HASH, "HSETEX h FIELDS 1 a b EX 9", wrong_arity("hsetex"), REDIS_8_4, 1),
    "HSETEX with an option of HGETEX": Case(
        HASH, "HSETEX h KEEPTTL PERSIST FIELDS 1 a b", option("PERSIST"), REDIS_8_4, OF_THE_OTHER
    ),
    "HSETEX with two times": Case(
        HASH, "HSETEX h PERSIST EX 9 FIELDS 1 a b", option("PERSIST"), REDIS_8_4, one_time("KEEPTTL")
    ),
    "HSETEX with half a pair": Case(HASH, "HSETEX h FIELDS 2 a b c", wrong_arity("hsetex"), REDIS_8_4, TOO_FEW),
    "HSETEX with more pairs": Case(HASH, "HSETEX h FIELDS 1 a b c", wrong_arity("hsetex"), REDIS_8_4, option("c")),
    # 8.6
    "an unknown command alone": Case((), "FOO", unknown("FOO"), REDIS_8_6, Error(b"ERR unknown command 'FOO'")),
    "LIMIT of a skiplist from behind": Case(
        (f"ZADD z {SCORED}",), "ZRANGEBYSCORE z 5 7 LIMIT -1 9", [b"7"], REDIS_8_6, []
    ),
    "LIMIT of a skiplist of one score from behind": Case(
        (f"ZADD z {TIED}",), "ZRANGEBYLEX z [5 [7 LIMIT -1 9", [b"7"], REDIS_8_6, []
    ),
    "an unknown command with an argument": Case((), "FOO a", unknown("FOO a"), REDIS_8_6, unknown("FOO a")),
}


def after(version: Version, *commands: str) -> Model:
    """A model with one client, which has sent these commands."""
    model = Model(version)
    model.connect("c")
    for command in commands:
        model.step("c", command.encode().split(), 0, 0)
    return model


def reply(model: Model, command: str) -> Reply:
    """The only reply that the model allows."""
    expected = model.step("c", command.encode().split(), 0, 0)
    assert not isinstance(expected, Choice)
    return project(expected, 2)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_facts(version: Version, case: Case) -> None:
    seen = case.new if version.number >= case.since.number else case.old
    assert reply(after(version, *case.before), case.command) == project(seen, 2)


@pytest.mark.parametrize(
    ("operation", "result"),
    [("DIFF", b"\x02"), ("DIFF1", b"\x09"), ("ANDOR", b"\x04"), ("ONE", b"\x0b")],
)
def test_operations_on_three_strings(operation: str, result: bytes) -> None:
    """On 0110, 0101 and 1100, bit by bit: what only the first has, only the others, both, and just one."""
    model = after(REDIS_8_2)
    for key, data in (("a", b"\x06"), ("b", b"\x05"), ("c", b"\x0c")):
        model.step("c", [b"SET", key.encode(), data], 0, 0)
    assert reply(model, f"BITOP {operation} d a b c") == 1
    assert reply(model, "GET d") == result


def test_a_group_has_read_no_more_than_was_added() -> None:
    for version, entries_read in ((REDIS_8_4, 9), (REDIS_8_6, 1)):
        model = after(version, "XADD x 1 f v", "XGROUP CREATE x g 1 ENTRIESREAD 9")
        groups = reply(model, "XINFO GROUPS x")
        assert isinstance(groups, list)
        assert isinstance(groups[0], list)
        assert groups[0][groups[0].index(b"entries-read") + 1] == entries_read


def test_a_stream_tells_how_long_it_knows_what_was_sent() -> None:
    for version, is_told in ((REDIS_8_4, False), (REDIS_8_6, True)):
        told = reply(after(version, "XADD x 1 f v"), "XINFO STREAM x")
        assert isinstance(told, list)
        assert (b"idmp-duration" in told) is is_told


@pytest.mark.parametrize(
    ("command", "survives"),
    [
        ("HEXPIRE h 9 FIELDS 2147483647 a", False),
        ("HPEXPIREAT h 9 NX FIELDS 2147483642 a", False),
        ("HEXPIRE h 9 FIELDS 2147483 a", True),
        ("HTTL h FIELDS 2147483647 a", True),
        ("HSETEX h EX 9 FIELDS 2 a 1 a 2", False),
        ("hsetex h fields 2 a 1 a 2 ex 9", False),
        ("HSETEX h EX 9 FIELDS 2 a 1 b 1", True),
        ("HSETEX h EX 9 FIELDS", True),
        ("HSET h a 1 a 2", True),
        ("SET s a IFDEQ 12 GET", False),
        ("set s a get ifdne 12", False),
        (f"SET s a IFDEQ {OF_A} GET", True),
        ("SET s a IFDEQ 12", True),
        ("SET s a IFEQ 12 GET", True),
        ("SET s a GET IFDEQ", True),
    ],
)
def test_what_a_server_or_a_client_does_not_survive(command: str, survives: bool) -> None:
    for version, is_fatal in ((REDIS_8_2, False), (REDIS_8_4, not survives), (REDIS_8_6, not survives)):
        assert version.survives(command.encode().split()) is not is_fatal
