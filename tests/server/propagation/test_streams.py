"""Each command's stream, as recorded and as servers have it."""

import shlex
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redproof_properties.errors import UsageError
from redproof_server.engine.propagation import Propagation
from redproof_server.engine.versions import VERSIONS
from stream_masters import TARGETS, Engine, Heard, Master, read_time, show, started_master

CASES: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("streams.toml").read_text())
RUNS = [(name, version) for name, case in CASES.items() for version in case.get("versions", VERSIONS)]
ANY_WORD = "?"


@pytest.fixture(scope="module")
def masters() -> Iterator[dict[str, Master]]:
    """The servers that are there."""
    with ExitStack() as stack:
        started = {}
        for spelling in TARGETS:
            try:
                started[spelling] = stack.enter_context(started_master(spelling))
            except UsageError:
                continue
        yield started


def master_of(masters: dict[str, Master], spelling: str) -> Master:
    """One of them; the test is skipped where it is not installed."""
    if spelling not in masters:
        pytest.skip(f"{spelling} is not installed")
    return masters[spelling]


def spellings_of(version: str) -> list[str]:
    """The servers of a version."""
    return [spelling for spelling, of_version in TARGETS.items() if of_version == version]


def differences(name: str, version: str, heard: Heard) -> list[str]:
    """What is propagated and not recorded, or the other way; empty if they agree."""
    case = CASES[name]
    recorded: list[str] = case["stream"] if "stream" in case else case[version]
    shown = show(heard.stream)
    if len(recorded) != len(shown):
        return [f"recorded {recorded}", f"heard {shown}"]
    return [
        f"recorded {line}, heard {told}"
        for line, told, (db_index, argv) in zip(recorded, shown, heard.stream, strict=True)
        if not agrees(line, db_index, argv, heard)
    ]


def agrees(line: str, db_index: int, argv: list[bytes], heard: Heard) -> bool:
    """Whether a propagated command is the recorded one."""
    numbered = line if line[0].isdigit() else "0| " + line
    recorded_db, _, words = numbered.partition("| ")
    recorded = shlex.split(words)
    if int(recorded_db) != db_index or len(recorded) != len(argv):
        return False
    return all(word_agrees(word, told, heard) for word, told in zip(recorded, argv, strict=True))


def word_agrees(word: str, told: bytes, heard: Heard) -> bool:
    """Whether one word is the recorded one; a time from the moment of the command lies within the run."""
    if word == ANY_WORD:
        return True
    if word.startswith("@+"):
        since_ms = int(told) - int(read_time(word, heard.started_ms)) if told.isdigit() else -1
        return 0 <= since_ms <= heard.ended_ms - heard.started_ms
    return told == read_time(word, heard.started_ms).encode()


@pytest.mark.parametrize(("name", "version"), RUNS)
def test_the_engine_propagates_what_is_recorded(name: str, version: str) -> None:
    assert differences(name, version, Engine(version).hear(CASES[name]["send"])) == []


@pytest.mark.parametrize(("name", "spelling"), [(name, of) for name, version in RUNS for of in spellings_of(version)])
def test_servers_propagate_what_is_recorded(name: str, spelling: str, masters: dict[str, Master]) -> None:
    master = master_of(masters, spelling)
    assert differences(name, master.version, master.hear(CASES[name]["send"])) == []


FAULTS = {
    "nothing is rewritten": "rewrite",
    "SPOP is propagated as it is sent": "rewrite_each",
    "EXEC and EVAL are propagated as they are sent": "prevent",
    "what changes nothing is not propagated": "force",
    "the expiry of keys is not propagated": "add_expired",
}


@pytest.mark.parametrize(("fault", "version"), [(fault, version) for fault in FAULTS for version in VERSIONS])
def test_a_fault_is_found(fault: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Propagation, FAULTS[fault], lambda propagation, *words: None)
    runs = [name for name, of_version in RUNS if of_version == version]
    assert any(differences(name, version, Engine(version).hear(CASES[name]["send"])) for name in runs)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_other_version_s_way_with_transactions_is_found(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(VERSIONS[version], multi_is_propagated_first=not VERSIONS[version].multi_is_propagated_first)
    monkeypatch.setitem(VERSIONS, version, wrong)
    assert differences("transactions", version, Engine(version).hear(CASES["transactions"]["send"]))


def test_nothing_is_collected_without_a_sink_or_kept_for_one_that_comes_later() -> None:
    engine = Engine("7.0")
    engine.server.propagation.sink, sink = None, engine.server.propagation.sink
    assert engine.hear(["SET a 1 PXAT 1", "MULTI", "GET a", "SET a 1", "EXEC", "SPOP s", "PUBLISH c m"]).stream == []
    engine.server.propagation.sink = sink
    assert show(engine.hear(["INCR a"]).stream) == ["0| INCR a"]


def test_an_unread_part_of_a_transaction_is_dropped_when_the_sink_goes() -> None:
    engine = Engine("7.0")
    engine.server.propagation.add(0, [b"DEL", b"a"])
    engine.server.propagation.sink, sink = None, engine.server.propagation.sink
    engine.server.propagation.flush()
    engine.server.propagation.sink = sink
    assert show(engine.hear(["INCR a"]).stream) == ["0| INCR a"]


SPOP_COUNTS = (2, 9)
MEMBERS = [b"%d" % number for number in range(9)] + [b"x"]


@pytest.mark.parametrize("count", SPOP_COUNTS)
@pytest.mark.parametrize("version", VERSIONS)
def test_spop_is_propagated_in_the_order_of_its_reply(count: int, version: str) -> None:
    engine = Engine(version)
    engine.send([b"SADD", b"s", *MEMBERS])
    words = engine.send([b"SPOP", b"s", b"%d" % count]).split(b"\r\n")
    assert [argv for _, argv in engine.stream[2:-1]] == [[b"SREM", b"s", member] for member in words[2::2]]


@pytest.mark.parametrize("count", SPOP_COUNTS)
@pytest.mark.parametrize("spelling", TARGETS)
def test_servers_propagate_spop_in_the_order_of_its_reply(
    count: int, spelling: str, masters: dict[str, Master]
) -> None:
    master = master_of(masters, spelling)
    replies, heard = master.pipeline([[b"SADD", b"s", *MEMBERS], [b"SPOP", b"s", b"%d" % count]])
    popped = replies[-1]
    assert isinstance(popped, list)
    assert [argv for _, argv in heard.stream[2:-1]] == [[b"SREM", b"s", member] for member in popped]
