"""What enters the replication stream, held against what servers have sent; and wrong rules, each found by that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

import pytest
from redproof_model.choice import Choice
from redproof_model.errors import SYNTAX
from redproof_model.keyspace import expiry
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.world import World
from redproof_model.propagation import expected
from redproof_model.propagation.arguments import Command, Number, length_bytes, matches
from redproof_model.propagation.expected import Follower, is_keepalive
from redproof_model.propagation.recorder import Recorder
from redproof_model.reply import Error, Null, Reply, Status, project
from redproof_model.versions import REDIS_6_2, REDIS_7_0, VALKEY_9_1, VERSIONS, Version
from redproof_model.versions.fields import FieldFacts
from redproof_model.versions.propagation import KeepsFieldExpiry, PropagationFacts

RECORDS: Final = json.loads(Path(__file__).with_name("recorded").joinpath("streams.json").read_text())
BY_NAME: Final = {version.name: version for version in VERSIONS}
EACH: Final = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["server"])

FILLED: Final = ("SET text a", "SET gone x PXAT 50")
NOT_A_SKETCH: Final = Error(b"WRONGTYPE Key is not a valid HyperLogLog string value.")
FED: Final = ("XADD x 1-1 a a", "PEXPIREAT x 50")
Steps = list[dict[str, Any]]


def reply_of(told: Any) -> Reply:
    """A reply as it was recorded."""
    match told:
        case str():
            return told.encode("latin-1")
        case int():
            return told
        case list():
            return [reply_of(item) for item in told]
        case {"status": text}:
            return Status(text.encode("latin-1"))
        case {"error": text}:
            return Error(text.encode("latin-1"))
    return Null(told["null"])


def first_difference(version: Version, steps: Steps) -> str | None:
    """The first step after which the stream is not what the model says, None if there is none."""
    model = Model(version, propagates=True)
    model.connect("A")
    model.connect("B")
    for step in steps:
        argv = [word.encode("latin-1") for word in step["argv"]]
        expected = model.step(step["client"], argv, *step["ms"])
        if isinstance(expected, Choice) and step["reply"] is not None:
            assert expected.observe(reply_of(step["reply"]), 2), step
        stream = model.propagated()
        commands = [[word.encode("latin-1") for word in command] for command in step["stream"]]
        low, high = stream.length_bytes
        count = sum(length_bytes(tuple(command))[0] for command in commands)
        if not stream.observe(commands):
            return f"{step['argv']}: expected {stream.describe()}, came {step['stream']}"
        assert low <= count <= high, step
    return None


@EACH
def test_recorded_streams(record: dict[str, Any]) -> None:
    assert first_difference(BY_NAME[record["model"]], record["steps"]) is None


def is_noticed(mutate: Callable[[Version], Version | None]) -> bool:
    """Whether some record does not agree with a version that has been changed."""
    for record in RECORDS:
        version = mutate(BY_NAME[record["model"]])
        if version is None:
            continue
        try:
            difference = first_difference(version, record["steps"])
        except (AssertionError, IndexError):
            return True
        if difference is not None:
            return True
    return False


def others(value: object) -> list[Any]:
    """What a fact might be instead."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, Enum):
        return [other for other in type(value) if other is not value]
    return [value.swapcase(), b"OTHER"] if isinstance(value, bytes) else []


def wrong_facts() -> list[tuple[str, Any, Any]]:
    """Each value of a fact that some version has, with each that it might be instead."""
    return [
        (field.name, value, other)
        for field in fields(PropagationFacts)
        for value in dict.fromkeys(getattr(version.propagation, field.name) for version in BY_NAME.values())
        for other in others(value)
        # No version has the first whose fields expire, which alone would show it, and the other shows by chance.
        if value is not KeepsFieldExpiry.NEVER and field.name != "looks_at_the_clock_again"
    ]


@pytest.mark.parametrize(("name", "value", "other"), wrong_facts())
def test_a_wrong_fact_is_noticed(name: str, value: Any, other: Any) -> None:
    """A version that has the fact disagrees, with another in its place, with what its server has sent."""

    def mutate(version: Version) -> Version | None:
        if getattr(version.propagation, name) != value:
            return None
        return replace(version, propagation=replace(version.propagation, **{name: other}))

    assert is_noticed(mutate)


@pytest.mark.parametrize("version", [VALKEY_9_1, BY_NAME["redis 8.0"]], ids=lambda version: version.name)
def test_wrong_field_facts_are_noticed(version: Version) -> None:
    assert isinstance(version.fields, FieldFacts)
    wrong = replace(version.fields, tells_each_field=not version.fields.tells_each_field)
    assert is_noticed(lambda each: replace(each, fields=wrong) if each is version else None)


def verbatim(*arguments: object, **named: object) -> None:
    """Do nothing: SPOP, EXPIRE and all others are then propagated as they were sent."""


def always_own(self: Recorder, *arguments: Any, **named: Any) -> None:
    """Begin a call that has changed something whatever it does."""
    begin(self, *arguments, **named)
    self.dirty()


begin: Final = Recorder.begin

WRONG_RULES: Final[dict[str, tuple[type, str, Any]]] = {
    "commands are propagated as they were sent": (World, "propagate", verbatim),
    "what a command takes besides is not told": (World, "propagate_also", verbatim),
    "what is read of a group is not told": (World, "propagate_directly", verbatim),
    "a command is propagated beside what stands for it": (World, "prevent_propagation", verbatim),
    "SELECT is left out": (Follower, "_select", lambda self, database: True),
    "a command without effect is propagated": (Recorder, "begin", always_own),
    "the deletion of an expired key is not told": (Recorder, "delete_expired", verbatim),
    "changes that no key shows are not told": (World, "dirty", verbatim),
}


@pytest.mark.parametrize("wrong", WRONG_RULES)
def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setattr(*WRONG_RULES[wrong])
    assert is_noticed(lambda version: version)


def told(version: Version, *lines: str, now_ms: tuple[int, int] = (1000, 1010)) -> str:
    """What is propagated for some commands, the first of which begin with the name of a client."""
    model = Model(version, propagates=True)
    for name in "AB":
        model.connect(name)
    model.propagated().start(0)
    for line in lines:
        model.step("A", line.encode().split(), *now_ms)
    return model.propagated().describe()


@pytest.mark.parametrize(
    ("version", "lines", "described"),
    [
        (REDIS_7_0, ["SET a 1 PX 5"], "'SET' 'a' '1' 'PXAT' <1005 to 1015>"),
        (REDIS_6_2, ["SET a 1 PX 5"], "'SET' 'a' '1' 'PX' '5'"),
        (REDIS_7_0, ["GET a"], "nothing"),
        (REDIS_7_0, ["SELECT 3", "SET a 1"], "'SELECT' '3'; 'SET' 'a' '1'"),
        (REDIS_7_0, ["MULTI", "SELECT 3", "SET a 1", "DEL a", "EXEC"],
         "'SELECT' '3'; 'MULTI'; 'SET' 'a' '1'; 'DEL' 'a'; 'EXEC'"),
        (VALKEY_9_1, ["MULTI", "SELECT 3", "SET a 1", "DEL a", "EXEC"],
         "'MULTI'; 'SELECT' '3'; 'SET' 'a' '1'; 'DEL' 'a'; 'EXEC'"),
        (REDIS_6_2, ["MULTI", "SET a 1", "EXEC"], "'MULTI'; 'SET' 'a' '1'; 'EXEC'"),
        (REDIS_7_0, ["MULTI", "SET a 1", "EXEC"], "'SET' 'a' '1'"),
    ],
)  # fmt: skip
def test_what_is_told(version: Version, lines: list[str], described: str) -> None:
    assert told(version, *lines) == described


EXPIRED_IN_EXEC = ["SET a 1 PX 5", "MULTI", "GET a", "SET b 1", "EXEC"]
STREAMS_OF_A_CYCLE: Final[dict[str, tuple[list[str], str, bool]]] = {
    "met by the transaction": (EXPIRED_IN_EXEC, "MULTI, DEL a, SET b 1, EXEC", True),
    "deleted before the transaction": (EXPIRED_IN_EXEC, "DEL a, SET b 1", True),
    "kept by nobody who met it": (EXPIRED_IN_EXEC, "SET b 1", False),
    "deleted after it was met": (EXPIRED_IN_EXEC, "SET b 1, DEL a", False),
    "deleted twice": (EXPIRED_IN_EXEC, "DEL a, SET b 1, DEL a", False),
    "deleted twice that no command sees": (["SET a 1 PX 5", "SET b 1"], "DEL a, SET b 1, DEL a", False),
    "deleted before a command that does not see it": (["SET a 1 PX 5", "SET b 1"], "DEL a, SET b 1", True),
    "deleted after a command that does not see it": (["SET a 1 PX 5", "SET b 1"], "SET b 1, DEL a", True),
    "kept while no command sees it": (["SET a 1 PX 5", "SET b 1"], "SET b 1", True),
    "deleted before its time": (["SET a 1 PX 99", "SET b 1"], "SET b 1, DEL a", False),
    "deleted though it expires never": (["SET a 1", "SET b 1"], "DEL a, SET b 1", False),
    "made anew": (["SET a 1 PX 5", "SET a 2"], "DEL a, SET a 2", True),
    "deleted after it was made anew": (["SET a 1 PX 5", "SET a 2"], "SET a 2, DEL a", False),
    "deleted in another database": (["SET a 1 PX 5", "SET b 1"], "SELECT 1, DEL a, SELECT 0, SET b 1", False),
    "deleted in the middle of a transaction that does not see it": (
        ["SET a 1 PX 5", "MULTI", "SET b 1", "SET c 1", "EXEC"], "MULTI, SET b 1, DEL a, SET c 1, EXEC", False,
    ),
}  # fmt: skip
"""What is sent, the first at 10 ms and the rest at 50 ms, then the stream of the last, and whether it is allowed."""


def followed(lines: list[str], stream: str) -> bool:
    """Whether the expiry cycle and the last of the commands may have sent this."""
    model = Model(REDIS_7_0, propagates=True, active_expire=True)
    model.connect("A")
    model.propagated().start(0)
    for line in lines:
        now_ms = 10 if line == lines[0] else 50
        reply = model.step("A", line.encode().split(), now_ms, now_ms)
        if isinstance(reply, Choice):
            assert reply.observe(project(reply.example(), 2), 2)
        if line == lines[0]:
            first = [[*map(spelled, command)] for command in model.propagated().example()]
            assert model.propagated().observe(first, now_ms)
    return model.propagated().observe([command.encode().split() for command in stream.split(", ")], 50)


def spelled(argument: bytes | Number) -> bytes:
    """An argument as a server may spell it."""
    return b"%d" % argument.low if isinstance(argument, Number) else argument


@pytest.mark.parametrize("name", STREAMS_OF_A_CYCLE)
def test_what_the_expiry_cycle_may_delete(name: str) -> None:
    lines, stream, allowed = STREAMS_OF_A_CYCLE[name]
    assert followed(lines, stream) is allowed


def forgetful(self: Follower) -> tuple[int, int | None, int, int]:
    """Forget what the cycle has deleted."""
    self.due.clear()
    return self.position, self.selected, len(self.happened_on), 0


WRONG_CYCLES: Final[dict[str, tuple[object, str, Any, str]]] = {
    "it deletes nothing that a command would see": (
        expiry, "_cycles", lambda world, *_: [world], "deleted before the transaction",
    ),
    "it deletes nothing after a command": (
        expected, "may_have_expired", lambda *_: set(), "deleted after a command that does not see it",
    ),
    "it deletes what has not expired": (
        expected, "may_have_expired", lambda *_: {(0, b"a")}, "deleted before its time",
    ),
    "it deletes again": (Follower, "mark", forgetful, "deleted twice that no command sees"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_CYCLES)
def test_a_wrong_cycle_is_noticed(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    owner, name, instead, stream = WRONG_CYCLES[wrong]
    monkeypatch.setattr(owner, name, instead)
    lines, commands, allowed = STREAMS_OF_A_CYCLE[stream]
    assert followed(lines, commands) is not allowed


def test_a_number_has_bounds_and_one_spelling() -> None:
    command: Command = (b"PEXPIREAT", b"a", Number(998, 1002))
    assert all(matches(command, [b"PEXPIREAT", b"a", text]) for text in (b"998", b"1000", b"1002"))
    assert not any(matches(command, [b"PEXPIREAT", b"a", text]) for text in (b"997", b"1003", b"01000", b"x", b"+999"))
    assert not matches(command, [b"PEXPIREAT", b"a"])
    assert length_bytes(command) == (35, 36)
    assert length_bytes((b"SET", b"a", b"1")) == (27, 27)
    assert length_bytes((b"SELECT", b"0")) == (23, 23)


def test_keepalives_are_known() -> None:
    assert is_keepalive([b"PING"])
    assert is_keepalive([b"ping"])
    assert is_keepalive([b"REPLCONF", b"GETACK", b"*"])
    assert not is_keepalive([b"PING", b"x"])


def test_a_model_that_records_nothing_says_so() -> None:
    with pytest.raises(LookupError, match="propagates"):
        Model(REDIS_7_0).propagated().describe()


@pytest.mark.parametrize(
    ("line", "reply", "stream"),
    [
        # Both keys are looked up before there is a look at either.
        ("SMOVE a gone m", 0, [[b"DEL", b"gone"]]),
        # What is no HyperLogLog ends the command before the key behind it is looked up.
        ("PFCOUNT text gone", NOT_A_SKETCH, []),
        ("PFCOUNT gone text", NOT_A_SKETCH, [[b"DEL", b"gone"]]),
    ],
)
def test_an_expired_key_is_deleted_when_it_is_looked_up(line: str, reply: Reply, stream: list[list[bytes]]) -> None:
    model = Model(REDIS_7_0, propagates=True)
    model.connect("A")
    for told in FILLED:
        model.step("A", [word.encode() for word in told.split()], 10, 10)
    assert model.propagated().observe([[b"SELECT", b"0"], *(told.encode().split() for told in FILLED)])
    assert model.step("A", [word.encode() for word in line.split()], 100, 100) == reply
    assert model.propagated().matches(stream)


def test_a_claim_that_fails_has_met_what_has_expired() -> None:
    model = Model(REDIS_7_0, propagates=True)
    model.connect("A")
    for line in FED:
        model.step("A", [word.encode() for word in line.split()], 10, 10)
    assert model.propagated().observe([[b"SELECT", b"0"], *(line.encode().split() for line in FED)])
    assert model.step("A", [b"XAUTOCLAIM", b"x", b"g", b"c", b"1", b"0", b"extra"], 100, 100) == Error(SYNTAX)
    assert model.propagated().matches([[b"DEL", b"x"]])


@pytest.mark.parametrize(("name", "word"), [("redis 8.0", "fields"), ("redis 8.6", "FIELDS")])
def test_getex_is_told_in_words_of_the_caller_or_of_the_server(name: str, word: str) -> None:
    model = Model(BY_NAME[name], propagates=True)
    model.connect("A")
    for command in ("HSET f a 1 b 2", "hgetex f pxat 33177117420499 fields 2 a nosuch"):
        model.step("A", command.encode().split(), 1000, 1000)
    sent = ["SELECT 0", "HSET f a 1 b 2", f"HPEXPIREAT f 33177117420499 {word} 2 a nosuch"]
    assert model.propagated().observe([command.encode().split() for command in sent])


@pytest.mark.parametrize("version", [BY_NAME["redis 8.0"], BY_NAME["redis 8.6"]], ids=lambda version: version.name)
@pytest.mark.parametrize("order", [b"ba", b"ab"])
def test_fields_are_deleted_in_the_order_in_which_they_are_read(version: Version, order: bytes) -> None:
    """As Redis 8.0.6 and 8.6.3 do: one for its new time, which is past, and the one behind it that had expired."""
    model = Model(version, propagates=True)
    model.connect("A")
    for now_ms, command in (
        (1000, "HSET f a 1 b 2 c 3"),
        (1000, "HPEXPIRE f 1 FIELDS 1 a"),
        (1009, "HGETEX f EXAT 0 FIELDS 2 b a"),
    ):
        model.step("A", command.encode().split(), now_ms, now_ms)
    sent = [
        "SELECT 0",
        "HSET f a 1 b 2 c 3",
        "HPEXPIREAT f 1001 FIELDS 1 a",
        "MULTI",
        *(f"HDEL f {chr(field)}" for field in order),
        "EXEC",
    ]
    assert model.propagated().observe([command.encode().split() for command in sent]) is (order == b"ba")
