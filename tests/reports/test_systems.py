"""`redproof prove`, `explore` and `simulate`: what they print and keep, and what their exit codes mean."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.vocabulary import all_of, any_of, negate
from redproof_model.systems import Entry
from redproof_reports.cli import main
from redproof_reports.commands import systems

ROOT = Path(__file__).parents[2]


def lift(top: int | None = None, fault: bool = False) -> System:
    """A lift that must not move with its door open; with a fault its door can be opened as it passes floor 2."""
    system = System("lift")
    system.variable("floor", Int(0, top), init=0)
    system.variable("moving", Bool, init=False)
    system.variable("door_open", Bool, init=False)

    @system.action()
    def start(old: Any, new: Any) -> None:
        new.require(negate(old.door_open), negate(old.moving))
        new.moving = True

    @system.action(by=range(-1, 2))
    def stop(old: Any, new: Any, by: int) -> None:
        new.require(old.moving, old.floor + by >= 0, True if top is None else old.floor + by <= top)
        new.floor = old.floor + by
        new.moving = False

    @system.action()
    def open_door(old: Any, new: Any) -> None:
        new.require(any_of(negate(old.moving), all_of(fault, old.floor == 2)))
        new.door_open = True

    @system.action()
    def close_door(old: Any, new: Any) -> None:
        new.require(old.door_open)
        new.door_open = False

    @system.invariant
    def shut_on_the_way(s: Any) -> Any:
        """It does not move with its door open."""
        return negate(all_of(s.moving, s.door_open))

    @system.sometimes
    def third_floor(s: Any) -> Any:
        return s.floor == 3

    return system


def cubes() -> System:
    """A lemma that no solver decides."""
    system = System("cubes")

    @system.lemma(x=Int(), y=Int(), z=Int())
    def no_sum(x: Any, y: Any, z: Any) -> Any:
        """114 is not the sum of three cubes."""
        return x * x * x + y * y * y + z * z * z != 114

    return system


def well(start: int | None = 0) -> System:
    """A way down that ends; where it begins is hard to find unless it is said."""
    system = System("well")
    system.variable("depth", BitVec(64), init=start)
    system.init(lambda s: any_of(start == 0, s.depth * 3 == 1_234_567))

    @system.action()
    def fall(old: Any, new: Any) -> None:
        new.require(old.depth < 9)
        new.depth = old.depth + 1

    @system.sometimes
    def flies(s: Any) -> Any:
        return s.depth == 10

    return system


ENTRIES = (
    Entry("lift", "a lift with a door", lift, {"small": partial(lift, 3), "high": partial(lift, 50)}),
    Entry("faulty", "a lift whose door opens on the way", partial(lift, None, True), {"small": partial(lift, 3, True)}),
    Entry("cubes", "nobody knows", cubes),
    Entry("well", "a way down", None, {"deep": well, "lost": partial(well, ANY)}),
)


@pytest.fixture(autouse=True)
def own_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """These systems in the place of the model's, and a folder to leave results in."""
    monkeypatch.setattr(systems, "SYSTEMS", {entry.name: entry for entry in ENTRIES})
    monkeypatch.chdir(tmp_path)


def invoke(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="redproof")


def kept(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(".redproof", name).read_text())
    return data


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prove"], "give names of systems, or --all\n  lift    a lift with a door"),
        (["explore"], "give names of systems, or --all"),
        (["simulate", "lift", "--all"], "not both"),
        (["prove", "nosuch"], "there is no system 'nosuch'\n  lift "),
        (["explore", "lift", "--scope", "nosuch"], "lift has no scope 'nosuch'; there is small, high"),
        (["explore", "cubes"], "cubes has no finite scope; there is none: it can only be proved"),
        (["simulate", "--all", "--scope", "nosuch"], "has no scope 'nosuch'"),
        (["prove", "well"], "well has no form to be proved"),
        (["prove", "lift", "--claim", "nosuch"], "there is no claim 'nosuch'; there are shut_on_the_way"),
        (["prove", "lift", "--k", "2", "--depth", "2"], "not both"),
        (["explore", "lift", "--promela", "lift.pml"], "--promela takes one scope"),
        (["explore", "well", "--scope", "deep", "--promela", "well.pml"], "well cannot be written in Promela: "),
        (["prove", "lift", "--timeout-s", "0"], "is not in the range"),
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2_and_says_what_there_is(words: list[str], said: str) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert said in result.output


def test_what_is_proved_is_a_table_and_ends_with_0() -> None:
    result = invoke("prove", "lift")
    assert result.exit_code == 0, result.output
    (row,) = (line.split() for line in result.output.splitlines() if "shut_on_the_way" in line)
    assert (row[0], row[1], row[3:]) == ("shut_on_the_way", "7", ["z3", "proved"])
    assert "Everything holds: " in result.output
    assert "reproduce  redproof prove lift\n" in result.output
    assert {each["verdict"] for each in kept("proofs.json")["found"]} == {"holds"}


def test_a_second_solver_decides_every_condition_too() -> None:
    result = invoke("prove", "lift", "--recheck", "--claim", "shut_on_the_way", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert [each["figures"]["solver"] for each in kept("proofs.json")["found"]] == ["z3, cvc5"]


def test_what_is_refuted_is_shown_as_two_states_and_ends_with_1() -> None:
    result = invoke("prove", "faulty")
    assert result.exit_code == 1
    assert "  refuted      shut_on_the_way: open_door: It does not move with its door open.\n" in result.output
    assert "     before     floor=2  moving=true  door_open=false\n" in result.output
    assert "  1  open_door  door_open: false → true\n" in result.output
    (finding,) = (each for each in kept("proofs.json")["found"] if each["verdict"] == "broken")
    assert json.loads(Path(finding["trace"]).read_text())["vars"] == ["floor", "moving", "door_open"]


def test_what_no_solver_decides_is_unknown_and_ends_with_3() -> None:
    result = invoke("prove", "cubes", "--timeout-s", "0.2")
    assert result.exit_code == 3
    assert "  unknown      no_sum: timeout (1 condition)\n" in result.output
    assert "Unknown: 1 of 1 claim" in result.output


def test_counterexamples_of_bounded_length_begin_at_the_start() -> None:
    shallow, deep = invoke("prove", "faulty", "--depth", "3"), invoke("prove", "faulty", "--depth", "6")
    assert (shallow.exit_code, deep.exit_code) == (0, 1)
    assert "proved" not in shallow.output
    assert "     start       floor=0  moving=false  door_open=false\n" in deep.output
    assert "  6  open_door   door_open: false → true\n" in deep.output


def test_induction_over_several_steps_takes_the_invariants_as_ever() -> None:
    result = invoke("prove", "faulty", "--k", "3")
    assert result.exit_code == 1
    assert "refuted      shut_on_the_way: " in result.output


def test_candidates_are_looked_through() -> None:
    result = invoke("prove", "lift", "--candidates", "--claim", "shut_on_the_way")
    assert result.exit_code == 0
    assert " are inductive\n" in result.output


def test_conditions_are_written_in_smtlib() -> None:
    assert invoke("prove", "lift", "--claim", "shut_on_the_way", "--smtlib", "smt").exit_code == 0
    files = sorted(Path("smt", "lift").iterdir())
    assert files[0].name == "001-init-shut_on_the_way.smt2"
    assert len(files) == 7
    assert "(check-sat)" in files[-1].read_text()


def test_what_is_explored_is_counted_and_ends_with_0() -> None:
    result = invoke("explore", "lift")
    assert result.exit_code == 0, result.output
    assert "  states       12 in 8 levels, all of them" in result.output
    assert "  actions      start 4  stop 10  open_door 8  close_door 4\n" in result.output
    assert "  witnesses    third_floor after 6\n" in result.output
    assert "  scope        high\n" in result.output
    small, high = kept("explorations.json")["found"]
    assert (small["figures"]["states"], high["figures"]["states"]) == (12, 153)
    assert small["figures"]["fired"] == {"start": 4, "stop": 10, "open_door": 8, "close_door": 4}


def test_traces_to_witnesses_are_shown_and_kept() -> None:
    result = invoke("explore", "lift", "--scope", "small", "--witnesses")
    assert result.exit_code == 0, result.output
    _, _, shown = result.output.partition("  witness      third_floor")
    steps = [line.split()[1] for line in shown.splitlines() if line.lstrip()[:1].isdigit()]
    assert steps == ["start", "stop(by=1)"] * 3
    assert Path(".redproof/traces/lift-small-third_floor.itf.json").exists()


def test_the_shortest_trace_is_shown_and_kept() -> None:
    result = invoke("explore", "faulty", "--itf", "first.json")
    assert result.exit_code == 1
    assert "  broken       shut_on_the_way: It does not move with its door open. (1 state)\n" in result.output
    assert "  6  open_door   door_open: false → true\n" in result.output
    assert "  trace        .redproof/traces/faulty-small-shut_on_the_way.itf.json\n" in result.output
    assert len(json.loads(Path("first.json").read_text())["states"]) == 7


def test_a_scope_that_is_not_visited_to_its_end_is_unknown() -> None:
    result = invoke("explore", "lift", "--scope", "high", "--states-max", "20")
    assert result.exit_code == 3
    assert result.output.startswith("\nlift  a lift with a door\n  scope        high\n")
    assert "  unknown      more than 20 states\n" in result.output
    assert "not all of them" in result.output
    assert "reproduce  redproof explore lift --scope high --states-max 20\n" in result.output


def test_a_witness_that_is_never_seen_is_broken() -> None:
    result = invoke("explore", "well", "--scope", "deep")
    assert result.exit_code == 1
    assert "  never seen   flies\n" in result.output
    assert "  broken       never seen: flies\n" in result.output


def test_deadlocks_are_broken_only_where_that_is_asked() -> None:
    for words, traces in (([], 0), (["--deadlock"], 1)):
        result = invoke("explore", "well", "--scope", "deep", *words)
        assert "1 dead end\n" in result.output
        assert result.output.count("  9  fall   depth: ") == traces


def test_a_scope_is_written_in_promela() -> None:
    assert invoke("explore", "lift", "--scope", "small", "--promela", "lift.pml").exit_code == 0
    assert "active proctype system()" in Path("lift.pml").read_text()


def test_walks_are_counted_and_repeatable() -> None:
    first = invoke("simulate", "lift", "--scope", "small", "--steps", "3000", "--seed", "7")
    assert first.exit_code == 0, first.output
    assert "  steps        3,000 in 15 walks" in first.output
    assert "  holds        1 claim in every state and step seen\n" in first.output
    assert "reproduce  redproof simulate lift --scope small --steps 3000 --seed 7\n" in first.output
    figures = kept("simulations.json")["found"][0]["figures"]
    invoke("simulate", "lift", "--scope", "small", "--steps", "3000", "--seed", "7")
    assert kept("simulations.json")["found"][0]["figures"]["fired"] == figures["fired"]


def test_what_a_walk_breaks_is_shown_in_few_steps() -> None:
    result = invoke("simulate", "faulty", "--seed", "1")
    assert result.exit_code == 1
    assert "  6  open_door   door_open: false → true\n" in result.output
    assert "reproduce  redproof simulate faulty --seed " in result.output


def test_a_walk_that_does_not_begin_is_unknown() -> None:
    result = invoke("simulate", "well", "--steps", "100")
    assert result.exit_code == 3
    assert "  unknown      well: none of 10,000 drawn states is an initial one;" in result.output
    deep, lost = kept("simulations.json")["found"]
    assert (deep["verdict"], lost["verdict"]) == ("holds", "unknown")


@pytest.mark.parametrize(
    ("words", "begun"),
    [
        (["simulate", "scan", "--steps", "1000000000"], "  scope "),
        (["explore", "scan", "--scope", "large"], "  scope "),
        (["prove", "scan", "--jobs", "1"], "scan  "),
    ],
    ids=["simulate", "explore", "prove"],
)
def test_ctrl_c_keeps_what_was_found(words: list[str], begun: str, tmp_path: Path) -> None:
    program = "from redproof_reports.cli import main; main(prog_name='redproof')"
    command = [sys.executable, "-u", "-c", program, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        try:
            assert any(line.startswith(begun) for line in process.stdout)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, err) == (3, "")
    assert "Unknown: interrupted after " in out
    (path,) = (tmp_path / ".redproof").glob("*.json")
    assert json.loads(path.read_text())["interrupted"]


def test_check_leaves_out_what_is_of_the_model_alone() -> None:
    result = invoke("check", "redis", "-k", "test_systems")
    assert (result.exit_code, "no property has such a name and group" in result.output) == (2, True)


def test_properties_of_the_model_are_run_once_and_have_a_row(tmp_path: Path) -> None:
    words = ["properties", "--target", "bundled", "-k", "test_systems and slots", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "model    -        -              -       3        -         -       -" in done.stdout
    assert "Everything holds" in done.stdout
