"""What an RDB file tells of its data, and masters that come back with it before they are missed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redproof_properties.errors import TargetError
from redproof_properties.failover.clients import counted_bytes
from redproof_properties.failover.gates import why_no_gates
from redproof_properties.failover.group import Group
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.plan import PATIENT, group_of
from redproof_properties.failover.record import FailoverRecord
from redproof_properties.failover.run import run_failover
from redproof_properties.failover.saved import SavedPoint, saved_point
from redproof_properties.failover.schedule import MASTER, FaultSchedule, Step
from redproof_properties.failover.simulated.run import THREE_AND_THREE, simulate
from redproof_properties.failover.simulated.schedule import MASTER as SIMULATED_MASTER
from redproof_properties.failover.simulated.schedule import Schedule
from redproof_properties.failover.simulated.schedule import Step as SimulatedStep
from redproof_properties.failover.traces.playing import UNHURRIED_MS, steady
from redproof_properties.history import Fault
from redproof_properties.replication.ends.info import NO_REPLID, parse_info

REPLID = "0123456789" * 4
NAMED = b"\xfa\x07repl-id\x28" + REPLID.encode()
OFFSET = b"\xfa\x0brepl-offset"
REAL = "redis"
"""A server that is Redis 6.2: it does not tell of which history its data is."""


@pytest.mark.parametrize(
    ("head", "point"),
    [
        (b"REDIS0009" + NAMED + OFFSET + b"\xc0\x07\xfe\x00", SavedPoint(REPLID, 7)),
        (b"REDIS0011" + NAMED + OFFSET + b"\xc1\x39\x30\xff", SavedPoint(REPLID, 12_345)),
        (b"VALKEY080" + NAMED + OFFSET + b"\xc2\x40\xe2\x01\x00\xff", SavedPoint(REPLID, 123_456)),
        (b"REDIS0009" + OFFSET + b"\x0a9999999999" + NAMED + b"\xff", SavedPoint(REPLID, 9_999_999_999)),
        (b"REDIS0009\xfa\x40\x041234\x01x" + NAMED + OFFSET + b"\xc0\x00\xff", SavedPoint(REPLID, 0)),
        (b"REDIS0009\xfa\x80\x00\x00\x00\x011\x01x" + NAMED + OFFSET + b"\xc0\x00\xff", SavedPoint(REPLID, 0)),
        (b"REDIS0009\xfa\x09redis-ver\x056.2.1\xff", SavedPoint(None, None)),
        (b"REDIS0009\xff", SavedPoint(None, None)),
    ],
)
def test_the_head_of_a_file_tells_which_data_it_holds(head: bytes, point: SavedPoint) -> None:
    assert saved_point(head) == point


@pytest.mark.parametrize("head", [b"", b"*3\r\n", b"REDIS0009\xfa\xc3\x05\x06"])
def test_what_is_no_head_of_a_file_is_refused(head: bytes) -> None:
    with pytest.raises(TargetError, match="RDB file"):
        saved_point(head)


@pytest.fixture(scope="module", params=["real", "6.2", "7.0"])
def record(request: pytest.FixtureRequest) -> FailoverRecord:
    """A run in which the master saves, writes on, and comes back before it is missed: real, and simulated."""
    if request.param != "real":
        steps = (
            SimulatedStep(2_000, "save", SIMULATED_MASTER),
            SimulatedStep(3_000, "kill", SIMULATED_MASTER, None, 100),
        )
        plan = replace(THREE_AND_THREE, settings=replace(THREE_AND_THREE.settings, down_after_ms=4_000))
        return simulate(plan, Schedule(1, 5_000, steps), request.param)
    if (reason := why_no_gates()) is not None:
        pytest.skip(reason)
    faults = (Fault("save", MASTER), Fault("kill", MASTER), Fault("restart", MASTER), Fault("settle", MASTER))
    with Group(group_of((REAL,) * 2, (REAL,) * 2, steady(PATIENT, UNHURRIED_MS))) as group:
        return run_failover(group, FaultSchedule(tuple(Step(200, fault) for fault in faults)), 7, REAL)


def test_a_master_that_comes_back_begins_with_what_it_had_saved(record: FailoverRecord) -> None:
    (load,) = record.loaded
    begun = next(each for each in record.promotions if each.former_replid == load.replid)
    assert (begun.node, begun.offset_bytes) == ("m", load.offset_bytes)
    assert begun.counts_anew == ("6.2" in record.nodes[0].version)
    of_before = [write for write in record.writes if write.replid == load.replid and write.offset_bytes is not None]
    later = {write.value for write in of_before if (write.offset_bytes or 0) > begun.offset_bytes}
    assert later, "something was written after the master had saved"
    assert not later & set(record.final[0].values)


@pytest.mark.parametrize("name", JUDGES)
def test_no_judge_finds_a_fault_in_that(record: FailoverRecord, name: str) -> None:
    findings = JUDGES[name](record)
    assert conclusion(findings) in (Verdict.HOLDS, Verdict.NOT_APPLICABLE), findings


@pytest.mark.parametrize(
    ("role", "has_backlog", "offset_bytes"), [("master", 1, 7), ("master", 0, None), ("slave", 0, 7)]
)
def test_a_replica_is_at_its_offset_while_it_has_no_backlog(
    role: str, has_backlog: int, offset_bytes: int | None
) -> None:
    told = {
        "role": role,
        "connected_slaves": 0,
        "master_replid": REPLID,
        "master_replid2": NO_REPLID,
        "master_repl_offset": 7,
        "second_repl_offset": -1,
        "repl_backlog_active": has_backlog,
        "repl_backlog_size": 1_048_576,
        "repl_backlog_first_byte_offset": 0,
        "repl_backlog_histlen": 0,
    }
    text = "".join(f"{name}:{value}\r\n" for name, value in told.items())
    assert counted_bytes(parse_info(text.encode(), "x")) == offset_bytes
