"""A run without a failover: what is recorded of faults that lose no master, and of steps that make no sense."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redproof_model.loss.record import Outcome
from redproof_properties.failover.gates import why_no_gates
from redproof_properties.failover.group import Group
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.plan import QUICK, group_of
from redproof_properties.failover.record import FailoverRecord
from redproof_properties.failover.run import run_failover
from redproof_properties.failover.schedule import MASTER, FaultSchedule, Step
from redproof_properties.failover.traces.playing import UNHURRIED_MS, steady
from redproof_properties.history import Fault

SERVER = "bundled"
STEPS = (
    Fault("kill", "r1"),
    Fault("kill", "r1"),
    Fault("pause", "r1"),
    Fault("restart", "r1"),
    Fault("restart", "s1"),
    Fault("pause", "s2"),
    Fault("resume", "s2"),
    Fault("hold", MASTER, "m"),
    Fault("hold", MASTER, "r1"),
    Fault("release", MASTER, "r1"),
    Fault("cut", "s1", "s2"),
    Fault("delay", "r1", 5),
    Fault("isolate", "s1"),
    Fault("settle", MASTER),
)


@pytest.fixture(scope="module")
def record() -> Iterator[FailoverRecord]:
    """The record of these steps."""
    if (reason := why_no_gates()) is not None:
        pytest.skip(reason)
    with Group(group_of((SERVER, SERVER), (SERVER, SERVER), steady(QUICK, UNHURRIED_MS))) as group:
        yield run_failover(group, FaultSchedule(tuple(Step(20, fault) for fault in STEPS)), 7, SERVER)


def test_faults_begin_and_end(record: FailoverRecord) -> None:
    assert [(span.kind, span.node, span.value) for span in record.faults] == [
        ("kill", "r1", None),
        ("pause", "s2", None),
        ("hold", "m", "r1"),
        ("cut", "s1", "s2"),
        ("delay", "r1", 5),
        ("isolate", "s1", None),
    ]
    assert record.healed_at_ms is not None
    assert all(span.begun_at_ms <= (span.ended_at_ms or -1) <= record.healed_at_ms for span in record.faults)


def test_clients_write_and_read_with_offsets(record: FailoverRecord) -> None:
    done = [write for write in record.writes if write.outcome is Outcome.OK]
    assert {write.client for write in done} == {"asks", "stays"}
    assert all(write.replid and write.offset_bytes for write in done)
    assert len({write.offset_bytes for write in done}) == len(done)
    assert any(write.confirmed_replicas for write in done)
    assert record.reads
    assert {read.node for read in record.final} == {"m", "r1"}


def test_all_are_sampled(record: FailoverRecord) -> None:
    assert {sample.node for sample in record.server_samples} == {"m", "r1"}
    assert {sample.sentinel for sample in record.sentinel_samples} == {"s1", "s2"}
    assert {sample.master for sample in record.sentinel_samples} == {"m"}
    first = record.promotions[0]
    assert (first.node, first.former_replid, first.epoch) == ("m", None, None)


def test_the_record_goes_to_json_and_back(record: FailoverRecord) -> None:
    assert FailoverRecord.loads(record.dumps()) == record


@pytest.mark.parametrize("name", JUDGES)
def test_no_judge_finds_a_fault(record: FailoverRecord, name: str) -> None:
    assert conclusion(JUDGES[name](record)) in (Verdict.HOLDS, Verdict.NOT_APPLICABLE)
