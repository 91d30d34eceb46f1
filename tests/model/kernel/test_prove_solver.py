"""Solvers as child processes: whatever a child does but answer is `unknown` with its reason, and all children end."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from typing import Any

import pytest
from redproof_model.kernel.prove import solver as module
from redproof_model.kernel.prove.solver import CVC5, DEFAULT, Z3, Answer, Limits, Solver, ask

SHORT = Limits(time_s=0.1)
HARD = """(set-logic QF_BV)
(declare-const a (_ BitVec 128))
(declare-const b (_ BitVec 128))
(assert (= (bvmul a b) #x0123456789abcdef0123456789abcdef))
(assert (bvult #x00000000000000000000000000000001 a))
(assert (bvult a #x00000000000000010000000000000000))
(assert (bvult #x00000000000000000000000000000001 b))
(assert (bvult b #x00000000000000010000000000000000))
(check-sat)
"""


def acting(program: str) -> Solver:
    """A solver that runs this Python."""
    return Solver("acting", lambda limits: [sys.executable, "-I", "-c", f"import os, sys, time\n{program}"])


def one(solver: Solver, script: str = "(check-sat)\n", limits: Limits = DEFAULT) -> Answer:
    ((_, answer),) = ask([("", script, "true")], solver, limits, jobs=1)
    return answer


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The child processes that are started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: Any, **kwargs: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


@pytest.mark.parametrize("solver", [Z3, CVC5], ids=lambda solver: solver.name)
def test_solvers_answer(solver: Solver) -> None:
    declared = "(set-logic QF_LIA)\n(set-option :produce-models true)\n(declare-const n Int)\n"
    asked = [("no", f"{declared}(assert (< n n))\n(check-sat)\n", "n"), ("yes", f"{declared}(check-sat)\n", "n")]
    answers = dict(ask(asked, solver, Limits(), jobs=2))
    assert (answers["no"].verdict, answers["no"].values) == ("unsat", "")
    assert answers["yes"].verdict == "sat"
    assert answers["yes"].values.startswith("((n ")


@pytest.mark.parametrize(
    ("program", "limits", "reason"),
    [
        ("", Limits(), "said nothing and ended with status 0"),
        ("sys.exit(3)", Limits(), "said nothing and ended with status 3"),
        ("print('unsat?')", Limits(), "said 'unsat?'"),
        ("print('(error \"line 1\")')\nprint('unsat')", Limits(), "said '(error \"line 1\")\\nunsat'"),
        ("print('unsat', flush=True)\nos.kill(os.getpid(), 9)", Limits(), "ended by signal 9"),
        ("print('unknown')\nprint('(:reason-unknown \"incomplete\")')", Limits(), "incomplete"),
        ("print('unknown')", Limits(), "no reason given"),
        ("print('unknown (TIMEOUT)')", Limits(), "timeout"),
        ("time.sleep(600)", SHORT, "killed: it overran its time limit"),
        ("print('unsat', flush=True)\ntime.sleep(600)", SHORT, "killed: it overran its time limit"),
        (
            "print('unsat', flush=True)\nos.close(1)\nos.close(2)\ntime.sleep(600)",
            SHORT,
            "killed: it fell silent and did not end",
        ),
        ("while True: print('unsat')", Limits(), "killed: it printed without end"),
    ],
)
def test_what_is_no_answer_is_unknown(
    program: str, limits: Limits, reason: str, children: list[subprocess.Popen[bytes]]
) -> None:
    answer = one(acting(program), limits=limits)
    assert (answer.verdict, answer.reason, answer.values) == ("unknown", reason, "")
    assert [child.poll() is None for child in children] == [False]


@pytest.mark.parametrize("solver", [Z3, CVC5], ids=lambda solver: solver.name)
def test_time_that_is_up_is_unknown(solver: Solver) -> None:
    answer = one(solver, HARD, SHORT)
    assert answer.verdict == "unknown"
    assert answer.reason in {"timeout", "canceled", "killed: it overran its time limit"}


def test_memory_that_does_not_suffice_is_unknown() -> None:
    assert one(Z3, HARD, Limits(memory_mb=16)).verdict == "unknown"


def test_children_end_when_the_iteration_is_given_up(children: list[subprocess.Popen[bytes]]) -> None:
    sleeper = acting("time.sleep(600) if 'wait' in sys.stdin.read() else print('unsat')")
    answers = ask([("first", "", "a"), ("second", "; wait\n", "a")], sleeper, Limits(), jobs=2)
    assert next(answers)[0] == "first"
    assert children[1].poll() is None
    answers.close()  # type: ignore[attr-defined]
    assert [child.poll() is None for child in children] == [False, False]


def test_children_end_on_an_interrupt(children: list[subprocess.Popen[bytes]]) -> None:
    def questions() -> Iterator[tuple[str, str, str]]:
        yield "first", "", "a"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ask(questions(), acting("time.sleep(600)"), Limits(), jobs=2))
    assert [child.poll() is None for child in children] == [False]


def test_no_more_children_than_jobs(children: list[subprocess.Popen[bytes]]) -> None:
    asked = [(number, "", "a") for number in range(5)]
    for _ in ask(asked, acting("print('unsat')"), Limits(), jobs=2):
        assert sum(child.poll() is None for child in children) <= 2
    assert len(children) == 5


def test_without_cvc5_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"redproof\[recheck\]"):
        one(CVC5)


def test_without_z3_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module.z3_program.cache_clear()
    monkeypatch.setattr(sysconfig, "get_path", lambda name: "/nowhere")
    monkeypatch.setattr(module, "files", lambda package: None)
    with pytest.raises(FileNotFoundError, match="z3-solver"):
        one(Z3)
