"""Records of judges that make a server refuse commands, taken again by the judge that has made each."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.history import Call, Step
from redproof_properties.judged import version_named
from redproof_properties.replication.judges.operated import (
    OPERATOR,
    NeedingJudge,
    OperatedJudge,
    StaleJudge,
    UnsavedJudge,
    WritableStaleJudge,
)
from redproof_properties.targets import Target
from redproof_reports.cli import main
from redproof_reports.replaying.pytest_file import write_pytest
from redproof_reports.script import OPERATED, SEVERAL_SERVERS, write_script

OTHER = "redis 7.0"
"""A version that refuses in other words, or another command, than that of the target."""

LAST: dict[type[OperatedJudge], Call] = {
    NeedingJudge: Call("A", (b"EVAL", b"return redis.call(unpack(ARGV))", b"0", b"SET", b"k", b"2")),
    StaleJudge: Call("A", (b"PING",)),
    WritableStaleJudge: Call("A", (b"PING",)),
    UnsavedJudge: Call("A", (b"SET", b"k", b"2")),
}
"""The command that each version answers in its own way."""

each_judge = pytest.mark.parametrize("kind", LAST)


def steps_of(kind: type[OperatedJudge]) -> list[Step]:
    refuses = Call(OPERATOR, kind.setting.call(kind.setting.refuses))
    return [Call("A", (b"GET", b"k")), refuses, Call("A", (b"SELECT", b"0")), LAST[kind]]


def recorded(kind: type[OperatedJudge], target: Target, path: Path) -> Divergence:
    """What a judge of another version finds, written to a file."""
    with kind(target, version_named(OTHER), {"A": 2}) as judge:
        divergence = judge.run(steps_of(kind))
    assert divergence is not None
    divergence.target, divergence.server, divergence.model = "redis", str(target.version), OTHER
    path.write_text(divergence.dumps())
    return divergence


def redproof(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)


@each_judge
def test_a_record_is_taken_again_by_its_judge(kind: type[OperatedJudge], redis: Target, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    recorded(kind, redis, path)
    again = redproof("replay", path, "--judge-as", OTHER, "--times", 2)
    assert (again.exit_code, "REPRODUCED 2 of 2" in again.output) == (1, True), again.output
    last_step = again.output.partition("  4  ")[2].split("\n\n")[0]
    assert [line.split()[0] for line in last_step.splitlines()[1:]] == ["model", "server", "data"]
    gone = redproof("replay", path)
    assert (gone.exit_code, "NOT REPRODUCED in 1 attempt" in gone.output) == (0, True), gone.output


@each_judge
def test_a_record_is_shrunk_by_its_judge(kind: type[OperatedJudge], redis: Target, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    recorded(kind, redis, path)
    shrunk = redproof("shrink", path, "--judge-as", OTHER)
    assert (shrunk.exit_code, "4 steps before, 2 now" in shrunk.output) == (1, True), shrunk.output


def test_what_a_judge_brings_about_is_in_no_script(redis: Target, tmp_path: Path) -> None:
    of_master, of_replica = (recorded(kind, redis, tmp_path / "record.json") for kind in (UnsavedJudge, StaleJudge))
    assert OPERATED in write_script(of_master, "record.json")
    assert SEVERAL_SERVERS in write_script(of_replica, "record.json")
    with pytest.raises(UsageError, match="made to refuse commands"):
        write_pytest(of_master, "ID")
