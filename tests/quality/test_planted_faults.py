"""Each planted fault is found within so many commands, and shrunk to a script that a sound server passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import seed, settings
from planted.hunt import SEED, Catch, SoundJudge, faulty_target, hunt, judged_steps, judged_target
from planted.register import FAULTS, Fault
from planted.replicated.register import REPLICATION_FAULTS
from redproof_properties.judged import DivergenceError
from redproof_properties.machine import keyspace_machine, run_machine

ROOT = Path(__file__).parents[2]
FOUND_BY_MACHINES = (
    "strlen-stops-at-nul",
    "lpushx-creates",
    "hset-counts-updates",
    "sinter-ignores-absent-sets",
    "scores-in-six-digits",
    "persist-answers-1",
    "multi-nests",
    "wrongtype-says-it-otherwise",
)
EFFORT = settings(max_examples=500, stateful_step_count=40, deadline=None, database=None, report_multiple_bugs=False)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_found_and_shrunk(fault: Fault, sound_judge: SoundJudge, catches: list[Catch]) -> None:
    catch = hunt(fault)
    assert catch is not None, f"not found within {fault.within} commands: {fault.breaks}"
    catches.append(catch)
    script = catch.divergence.script()
    assert catch.commands <= fault.within, script
    assert not fault.seen_at or catch.divergence.command in fault.seen_at, script
    assert len(script) <= fault.script, script
    assert sound_judge(fault).run_alone(judged_steps(catch.divergence.steps)) is None, script


@pytest.mark.parametrize("name", FOUND_BY_MACHINES)
def test_fault_is_found_by_a_state_machine_and_shrunk(name: str, sound_judge: SoundJudge) -> None:
    fault = FAULTS[name]
    with faulty_target(fault) as target:
        judged = judged_target(target)
        with judged.judge(fault.resp) as judge:
            machine = seed(SEED)(keyspace_machine(judged, judge, fault.groups, ["A"]))
            with pytest.raises(DivergenceError) as found:
                run_machine(machine, judged, judge, EFFORT)
    divergence = found.value.divergence
    assert not fault.seen_at or divergence.command in fault.seen_at
    assert len(divergence.steps) <= fault.script, divergence.script()
    assert sound_judge(fault).run_alone(divergence.steps) is None


def test_faults_leave_no_trace_in_the_server() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "server").rglob("*.py"))
    traces = ["tests.quality", "tests/quality", "planted.", "faulty", *FAULTS, *REPLICATION_FAULTS]
    assert [trace for trace in traces if trace in sources] == []


def test_faults_spread_over_all_groups() -> None:
    groups = {group for fault in FAULTS.values() for group in fault.groups}
    assert groups >= {"strings", "bitmaps", "lists", "blocking", "hashes", "sets", "sorted_sets", "generic"}
    assert "transactions" in groups
    assert {fault.emulate for fault in FAULTS.values()} == {"6.2", "7.0"}
    assert {fault.resp for fault in FAULTS.values()} == {2, 3}
    assert any(fault.clients > 1 for fault in FAULTS.values())
    assert any(fault.pauses for fault in FAULTS.values())
    assert len(FAULTS) >= 40
