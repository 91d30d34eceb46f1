"""Records of schedules: read as they were written, replayed, shrunk, and shown like any other."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.history import Call, Fault, Step
from redproof_properties.judged import version_named
from redproof_properties.replication.judges.propagated import StreamJudge
from redproof_properties.replication.topologies.topology import Topology, pair
from redproof_properties.run import PropertyOutcome
from redproof_properties.script import CLAIM
from redproof_properties.targets import Target
from redproof_reports.again import replay_command
from redproof_reports.cli import main
from redproof_reports.junit import write_junit
from redproof_reports.page import render_page
from redproof_reports.results import Results, read_record
from redproof_reports.script import write_script

SETTLE = Fault("settle", "m")


def call(client: str, line: str) -> Call:
    return Call(client, tuple(line.encode().split()))


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="redproof")


STEPS: list[Step] = [
    call("m.A", "SET first 1"),
    Fault("cut", "r"),
    call("r.A", "SET planted 1"),
    call("m.B", "RPUSH last x"),
    SETTLE,
]


def schedule(topology: Topology, **changes: object) -> Divergence:
    """The divergence of a replica that has taken a write."""
    given: dict[str, Any] = {
        "command": "settle",
        "kind": "different data",
        "expected": "key planted of database 0: nothing as in m",
        "actual": "key planted of database 0: 1 in r",
        "expected_shape": "the same",
        "actual_shape": "is in one only",
        "steps": STEPS,
        "clients": {"m.A": 2, "r.A": 2, "m.B": 2},
        "property_name": "No command makes master and replica differ",
        "target": topology.nodes["m"].spelling,
        "server": "redis 6.2.14",
        "model": "none: servers are compared with each other",
        "seed": "7",
        "topology": topology,
    }
    return Divergence(**{**given, **changes})


@pytest.fixture
def record(tmp_path: Path, writable_replicas: str) -> Path:
    """The record of such a schedule on servers whose replicas take writes."""
    path = tmp_path / "schedule.json"
    path.write_text(schedule(pair(writable_replicas, writable_replicas)).dumps())
    return path


def test_a_record_is_read_as_it_was_written() -> None:
    mixed = replace(pair("redis", "bundled", **{"repl-backlog-size": "16kb"}), recorded=True)
    divergence = schedule(mixed, steps=[*STEPS[:-1], Fault("repoint", "r", "m"), Fault("cut at", "r", 7), SETTLE])
    assert Divergence.from_json(json.loads(divergence.dumps())) == divergence


def test_the_id_is_that_of_the_same_fault_on_other_servers_in_other_schedules() -> None:
    one = schedule(pair("redis", "redis"))
    other = schedule(pair("bundled", "redis"), steps=STEPS[2:], seed="8", server="redis 7.0.15", actual="other")
    assert one.signature == other.signature
    assert one.signature != schedule(pair("redis", "redis"), kind="unsynced").signature


def test_records_of_the_first_format_are_still_read(strlen_record: Path) -> None:
    data = json.loads(strlen_record.read_text())
    assert (data["format"], "topology" in data) == (1, False)
    divergence = read_record(strlen_record).divergence
    assert divergence.topology is None
    later = {"format": 2, "role": "master", "topology": None, "reproduced": 0, "attempts": 0}
    assert json.loads(divergence.dumps()) == data | later


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 3}, "record format 3, this version reads 1, 2"),
        ({"topology": None}, "faults without a topology"),
        ({"role": "slave"}, "'slave' is not a valid Role"),
        ({"steps": [{"fault": "earthquake", "node": "m", "value": None}]}, "not a step of a schedule: # earthquake m"),
        ({"steps": [{"fault": "cut", "node": "x", "value": None}]}, "not a step of a schedule: # cut x"),
        ({"steps": [{"sleep_ms": 3}]}, "not a step of a schedule"),
        ({"topology": {"nodes": {"m": {"spelling": "redis", "master": "x", "settings": {}}}, "recorded": False}},
         "node m replicates 'x'"),
        ({"topology": {"m": {}}}, "no 'nodes'"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_ends_with_2(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({**schedule(pair("redis", "redis")).to_json(), **changes}))
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        read_record(path)
    assert invoke("replay", path).exit_code == 2


def test_a_schedule_is_reproduced_on_its_own_servers_and_not_without_the_fault(record: Path) -> None:
    there = invoke("replay", record, "--times", 3)
    assert (there.exit_code, "REPRODUCED 3 of 3, still there" in there.output) == (1, True)
    assert "r.A> SET planted 1\n    m.B> RPUSH last x\n    # settle m\n" in there.output
    gone = invoke("replay", record, "--target", "redis", "--times", 2)
    assert (gone.exit_code, "on redis (redis 6.2.14):" in gone.output) == (0, True)
    assert "NOT REPRODUCED in 2 attempts, not there: every replica has what its master has" in gone.output


def test_a_mixed_pair_keeps_its_servers_unless_it_is_told(tmp_path: Path, writable_replicas: str) -> None:
    path = tmp_path / "mixed.json"
    path.write_text(schedule(pair("redis", writable_replicas)).dumps())
    kept = invoke("replay", path)
    assert (kept.exit_code, f"on redis, {writable_replicas} (redis 6.2.14):" in kept.output) == (1, True)
    assert invoke("replay", path, "--target", "redis").exit_code == 0


def test_a_schedule_is_shrunk_to_what_it_needs(record: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.json"
    result = invoke("shrink", record, "--out", small)
    assert (result.exit_code, "5 steps before, 2 now" in result.output) == (1, True)
    shrunk = read_record(small).divergence
    assert shrunk.steps == [call("r.A", "SET a a"), SETTLE]
    assert shrunk.signature == read_record(record).id
    assert shrunk.topology == read_record(record).divergence.topology
    assert invoke("replay", small).exit_code == 1
    before = record.read_text()
    assert invoke("shrink", record, "--target", "redis").exit_code == 0
    assert record.read_text() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--judge-as", "7.0"], "no model judges them"),
        (["--comparison", "error"], "no model judges them"),
        (["--target", "nosuch"], "no such target: 'nosuch'"),
        (["--target", "redis://127.0.0.1:1"], "cannot be given settings"),
    ],
)
def test_what_a_schedule_cannot_be_run_with_ends_with_2(record: Path, options: list[str], said: str) -> None:
    result = invoke("replay", record, *options)
    assert (result.exit_code, said in result.output) == (2, True)


def test_a_claim_that_only_its_property_tells_is_not_called_gone(tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    path.write_text(schedule(pair("redis", "redis"), kind=CLAIM).dumps())
    result = invoke("replay", path)
    assert result.exit_code == 2
    assert "only the property that recorded this can tell" in result.output
    assert "redproof check redis --seed 7" in result.output


def test_the_page_the_terminal_and_junit_show_the_schedule(
    make_run: Callable[..., Results], make_outcome: Callable[..., PropertyOutcome], tmp_path: Path
) -> None:
    divergence = schedule(pair("bundled", "redis"))
    results = make_run([make_outcome("broken", [divergence])], [divergence])
    page = render_page(results)
    lines = ["# m: bundled", "# r: redis, replicates m", "m.A&gt; SET first 1", "# cut r", "# settle m"]
    assert all(line in page for line in lines)
    assert f"redproof replay {results.records[0].path}<" in page
    write_junit(results, tmp_path / "junit.xml")
    assert "# r: redis, replicates m\nm.A&gt; SET first 1\n# cut r\n" in (tmp_path / "junit.xml").read_text()


def test_the_script_says_that_redproof_replays_it() -> None:
    divergence = schedule(pair("redis", "redis"))
    assert replay_command("it.json", divergence) == "redproof replay it.json"
    script = write_script(divergence, "it.json")
    assert "Several servers, links and faults are more than a script for redis-cli has." in script
    assert "Use instead: redproof replay it.json" in script
    assert script.endswith("exit 2\n")


# ---- other records of replication, whose steps one server takes


def test_what_the_stream_has_shown_is_replayed_with_the_stream(redis: Target, tmp_path: Path) -> None:
    path = tmp_path / "stream.json"
    with StreamJudge(redis, version_named("7.0")) as judge:
        found = judge.run([call("A", "SET k v"), call("A", "EXPIRE k 1000")])
    redis.flush()
    assert found is not None
    assert found.kind == "propagation"
    found.target, found.server, found.seed = "redis", str(redis.version), "7"
    path.write_text(found.dumps())
    there = invoke("replay", path, "--target", "redis", "--judge-as", "7.0", "--times", 2)
    assert (there.exit_code, "REPRODUCED 2 of 2" in there.output) == (1, True)
    gone = invoke("replay", path, "--target", "redis")
    assert (gone.exit_code, "NOT REPRODUCED in 1 attempt" in gone.output) == (0, True)


def test_what_needs_a_master_of_ours_is_not_called_gone(
    make_divergence: Callable[..., Divergence], tmp_path: Path
) -> None:
    path = tmp_path / "replica.json"
    divergence = make_divergence(steps=[call("A", "SET k v")], role="replica")
    assert divergence.script() == ["# the server is a replica", "SET k v"]
    assert "more than a script for redis-cli has" in write_script(divergence, "replica.json")
    path.write_text(divergence.dumps())
    result = invoke("replay", path, "--target", "redis")
    assert (result.exit_code, "only the property that recorded this can tell" in result.output) == (2, True)
