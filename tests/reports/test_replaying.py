"""Records taken again: each step with both replies and the data, by an id, and as a test that stands alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.reply import BigNumber, Boolean, Double, Error, Map, Null, Push, Reply, Set, Status, Verbatim
from redproof_properties.divergence import Divergence, render
from redproof_properties.encoding import encode
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.stepwise import StepwiseJudge
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Expire, Sleep
from redproof_properties.judged import model_version
from redproof_properties.resp import Decoder
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.process import ProcessTarget
from redproof_reports.cli import main
from redproof_reports.records.journal import Sighting, append
from redproof_reports.replaying.narration import UNSENT
from redproof_reports.replaying.pytest_file import write_pytest
from redproof_reports.replaying.standalone import Client

MakeDivergence = Callable[..., Divergence]


def replay(*words: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, words)], catch_exceptions=False)


def call(*words: str | Seen, client: str = "A") -> Call:
    return Call(client, tuple(word if isinstance(word, Seen) else word.encode() for word in words))


def record(tmp_path: Path, divergence: Divergence) -> Path:
    path = tmp_path / "record.json"
    path.write_text(divergence.dumps())
    return path


def test_each_step_is_told_with_both_replies_and_the_data(strlen_record: Path, refuses_strlen: str) -> None:
    told = replay(strlen_record, "--target", refuses_strlen)
    assert told.exit_code == 1
    lines = [line.rstrip() for line in told.output.splitlines()]
    assert [line.strip() for line in lines if line.startswith("      ")] == [
        "both    (status) OK",
        "model   (integer) 0",
        "server  (error) NOPERM this user has no permissions to run the 'strlen' command or its subcommand",
        "data    in the server as in the model",
    ]
    assert "REPRODUCED 1 of 1, still there" in told.output
    gone = replay(strlen_record, "--target", "redis")
    assert (gone.exit_code, "NOT REPRODUCED in 1 attempt" in gone.output) == (0, True)


def test_where_the_data_begin_to_differ_is_told_once(
    stores_2_for_1: str, make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    steps = [call("SET", "other", "1"), call("SET", "k", "1"), call("SADD", "s", "a"), call("GET", "k")]
    told = replay(record(tmp_path, make_divergence(steps=steps)), "--target", stores_2_for_1)
    lines = told.output.splitlines()
    (at,) = (number for number, line in enumerate(lines) if line.strip().startswith("data"))
    assert lines[at - 2].split() == ["2", "SET", "k", "1"]
    assert lines[at].split(maxsplit=1)[1] == "key k of database 0, string: model 1, server 2"
    assert told.exit_code == 1


def test_a_reply_that_no_state_of_the_model_explains_is_told(
    stores_2_for_1: str, make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    texts = ["SADD s a b", "MULTI", "SPOP s", "SET k 1", "GET k", "EXEC"]
    told = replay(
        record(tmp_path, make_divergence(steps=[call(*text.split()) for text in texts])), "--target", stores_2_for_1
    )
    assert (told.exit_code, "no state of the model explains the reply" in told.output) == (1, True)


def test_every_type_and_choice_is_read_from_model_and_server(make_divergence: MakeDivergence, tmp_path: Path) -> None:
    texts = ["SADD s a b c", "SPOP s", "XADD x * f v", "XGROUP CREATE x g 0", "ZADD z 1.5 a", "HSET h a b", "SELECT 3"]
    texts += ["RPUSH l a", "SET k v PX 100000", "MULTI", "INCR n", "EXEC"]
    told = replay(record(tmp_path, make_divergence(steps=[call(*text.split()) for text in texts])), "--target", "redis")
    assert (told.exit_code, "data    in the server as in the model" in told.output) == (0, True)
    assert "model   one of" in told.output


def test_a_client_that_waits_and_one_that_is_served_are_told(make_divergence: MakeDivergence, tmp_path: Path) -> None:
    steps = [call("BLPOP", "l", "0"), call("RPUSH", "l", "a", client="B"), call("BLPOP", "l", "0.01"), Expire("A")]
    path = record(tmp_path, make_divergence(steps=[*steps, Sleep(1)], clients={"A": 2, "B": 2}))
    told = replay(path, "--target", "redis")
    assert (told.exit_code, "both    no reply: it waits" in told.output) == (0, True)
    assert "B> RPUSH l a" in told.output


SETRANGE = call("SETRANGE", "k", "9223372036854775807", "v")


@pytest.mark.parametrize(
    ("steps", "code", "said"),
    [
        ([SETRANGE, call("GET", "k")], 0, "NOT REPRODUCED in 1 attempt"),
        ([call("GET", "k"), SETRANGE], 3, "UNKNOWN: the step at which it diverged is not sent"),
    ],
)
def test_a_step_that_is_left_out_is_told(
    steps: list[Call], code: int, said: str, make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    path = record(tmp_path, make_divergence(steps=steps))
    told = replay(path, "--target", "redis", "--judge-as", "6.0")
    assert (told.exit_code, said in told.output) == (code, True), told.output
    lines = told.output.splitlines()
    (at,) = (number for number, line in enumerate(lines) if "SETRANGE" in line)
    assert lines[at + 1] == f"      {UNSENT}"
    assert told.output.count(f"      {UNSENT}") == 1
    words = ["shrink", str(path), "--target", "redis", "--judge-as", "6.0"]
    shrunk = CliRunner().invoke(main, words)
    assert (shrunk.exit_code, f"its last step is {UNSENT}" in shrunk.output) == ((3, True) if code else (0, False))


def test_a_server_that_cannot_be_reached_ends_with_3(strlen_record: Path) -> None:
    assert replay(strlen_record, "--target", "redis://127.0.0.1:1").exit_code == 3


def test_a_server_that_dies_is_started_again_for_the_next_run(tmp_path: Path) -> None:
    steps = [call("SET", "k", "v"), call("DEBUG", "SEGFAULT"), call("PING")]
    with parse_target("redis") as target, StepwiseJudge(target, model_version(target, None)) as judge:
        divergence = judge.run(steps)
    assert divergence is not None
    divergence.target = "redis"
    told = replay(record(tmp_path, divergence), "--times", 2)
    assert (told.exit_code, "REPRODUCED 2 of 2" in told.output) == (1, True), told.output
    assert "server  redis: the server's process ended with signal" in told.output
    assert "data    not compared" in told.output
    shrunk = CliRunner().invoke(main, ["shrink", str(tmp_path / "record.json")])
    assert (shrunk.exit_code, "2 steps before, 1 now" in shrunk.output) == (1, True), shrunk.output


def test_an_id_leads_to_the_record(refuses_strlen: str, strlen_record: Path, tmp_path: Path) -> None:
    recorded = Divergence.from_json(json.loads(strlen_record.read_text()))
    append(tmp_path / "out" / "divergences.jsonl", [Sighting("then", recorded)])
    for text in (recorded.signature, recorded.signature[:5]):
        told = replay(text, "--records", tmp_path / "out", "--target", refuses_strlen)
        assert (told.exit_code, recorded.signature in told.output) == (1, True)
    for text, reason in (("f" * 12, "no such divergence"), ("missing.json", "neither a file nor an id")):
        told = replay(text, "--records", tmp_path / "out")
        assert (told.exit_code, reason in told.output) == (2, True)
    told = replay(recorded.signature, "--records", tmp_path)
    assert (told.exit_code, "no run has left" in told.output) == (2, True)


def test_the_bash_script_is_printed(strlen_record: Path) -> None:
    told = replay(strlen_record, "--as", "bash")
    assert (told.exit_code, told.output.startswith("#!/usr/bin/env bash\n"), "STRLEN a" in told.output) == (
        0,
        True,
        True,
    )


def run_test(path: Path, target: Target) -> subprocess.CompletedProcess[str]:
    """The outcome of a written test on a target, in a process without redproof's own settings."""
    assert isinstance(target, ProcessTarget)
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", str(path)]
    url = {"REDIS_URL": f"unix://{target.place.socket_path}", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, check=False, env=os.environ | url, capture_output=True, text=True, cwd=path.parent)


def test_a_written_test_fails_where_the_divergence_is_and_passes_elsewhere(
    redis: Target, refuses_strlen: str, strlen_record: Path, tmp_path: Path
) -> None:
    path = tmp_path / "test_strlen.py"
    path.write_text(replay(strlen_record, "--as", "pytest").output)
    assert "redproof" not in path.read_text().replace("redproof replay", "")
    passed = run_test(path, redis)
    assert (passed.returncode, "1 passed" in passed.stdout) == (0, True), passed.stdout
    with parse_target(refuses_strlen) as target:
        failed = run_test(path, target)
    assert (failed.returncode, "1 failed" in failed.stdout, "NOPERM" in failed.stdout) == (1, True, True)
    with redis.connect() as connection:
        connection.call("SET", "mine", "v")
        refused = run_test(path, redis)
        assert (refused.returncode, "this server holds keys" in refused.stdout) == (1, True)
        assert connection.call("GET", "mine") == b"v"
        connection.call("FLUSHALL")


def test_a_written_test_takes_what_earlier_replies_told(
    redis: Target, make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    steps = [call("SET", "k", "v", client="B"), call("DUMP", "k"), call("RESTORE", "d", "0", Seen.DUMP)]
    steps += [call("XADD", "x", "*", "f", "v"), call("XRANGE", "x", Seen.ID, "+", "COUNT", "0"), call("GET", "d")]
    divergence = make_divergence(steps=steps, expected='"v"', actual="(nil)", clients={"A": 3, "B": 2})
    path = tmp_path / "test_seen.py"
    path.write_text(write_pytest(divergence, "ID"))
    passed = run_test(path, redis)
    assert (passed.returncode, "assert reply == EXPECTED" in path.read_text()) == (0, True), passed.stdout


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"steps": [call("BLPOP", "l", "0"), call("PING", client="B")]}, "a client waits"),
        ({"steps": [call("BLPOP", "l", "0.01"), Expire("A")]}, "a client waits"),
        ({"kind": "propagation"}, "of the kind propagation"),
        ({"role": "replica"}, "several servers"),
    ],
)
def test_what_such_a_test_cannot_tell_is_refused(
    make_divergence: MakeDivergence, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        write_pytest(make_divergence(**changes), "ID")


class Wire(Client):
    """A client that reads what it is given."""

    def __init__(self, replies: bytes) -> None:
        self._file = BytesIO(replies)  # type: ignore[assignment]
        self._first = None


texts = st.binary(max_size=8)
lines = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8).map(str.encode)
leaves = st.one_of(
    st.integers(-(2**63), 2**63 - 1), texts, lines.map(Status), lines.map(Error), st.sampled_from(Null),
    st.booleans().map(Boolean), st.sampled_from([b"1.5", b"inf", b"-0"]).map(Double), st.just(BigNumber(b"12345")),
    texts.map(lambda text: Verbatim(b"txt", text)),
)  # fmt: skip


def nested(inner: st.SearchStrategy[Reply]) -> st.SearchStrategy[Reply]:
    items = st.lists(inner, max_size=3)
    return st.one_of(items, items.map(Set), items.map(Push), st.lists(st.tuples(inner, inner), max_size=2).map(Map))


@given(st.recursive(leaves, nested, max_leaves=6))
def test_a_written_test_shows_replies_as_records_do(reply: Reply) -> None:
    resp = 2 if isinstance(reply, Null) and reply is not Null.RESP3 else 3
    wire = encode(reply, resp)
    assert Wire(wire)._read() == render(next(decoded(wire)))


def decoded(wire: bytes) -> Iterator[Reply]:
    decoder = Decoder()
    decoder.feed(wire)
    while (reply := decoder.next_reply()) is not None:
        yield reply
