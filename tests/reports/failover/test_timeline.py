"""The lanes of a timeline: each write with its kind, and spans that end where a node falls silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import NEW, OLD, sample, small_record
from redproof_model.loss.account import Reason, Verdict
from redproof_properties.failover.record import FaultSpan
from redproof_reports.failover.timeline import EVENT_KINDS, timeline
from shown import lost


def test_a_write_is_marked_by_what_is_said_of_it() -> None:
    ((name, writes),) = timeline(small_record(), [lost("c2")])["clients"]
    assert (name, [write[2] for write in writes]) == ("c", ["confirmed", "design", "unknown", "acknowledged"])
    assert writes[1][-1] == "r1 was promoted in epoch 1 at offset 100, and had not got it"


@pytest.mark.parametrize(
    ("told", "kind"), [(Verdict.BROKEN_PROMISE, "promise"), (Verdict.BUG, "bug"), (Verdict.UNKNOWN, "undecided")]
)
def test_each_verdict_has_a_mark_of_its_own(told: Verdict, kind: str) -> None:
    ((_, writes),) = timeline(small_record(), [lost("c2", told, Reason.NO_ORDER)])["clients"]
    assert writes[1][2] == kind


def test_a_role_lasts_until_another_is_told_and_ends_with_silence() -> None:
    samples = [sample("m", at_ms, "master", OLD, at_ms) for at_ms in (10, 20, 30, 40)]
    samples += [sample("m", at_ms, "slave", NEW, at_ms, follows="r1") for at_ms in (600, 610, 620)]
    record = replace(small_record(), server_samples=tuple(samples), ended_at_ms=625)
    name, roles, offsets, silence_ms = timeline(record, [])["servers"][0]
    assert name == "m"
    assert roles == [[10, 40, "master", "master"], [600, 625, "replica", "replica of r1"]]
    assert [at_ms for at_ms, _ in offsets] == [10, 20, 30, 40, 600, 610, 620]
    assert silence_ms == 50


def test_a_master_tells_the_epoch_of_its_promotion() -> None:
    samples = [sample("r1", at_ms, "master", NEW, 100) for at_ms in (310, 320)]
    record = replace(small_record(), server_samples=tuple(samples), ended_at_ms=330)
    ((_, _, role, label),) = timeline(record, [])["servers"][1][1]
    assert (role, label) == ("master", "master, epoch 1")


def test_a_fault_without_an_end_lasts_to_the_end_and_names_all_nodes_that_it_concerns() -> None:
    record = replace(small_record(), faults=(FaultSpan(kind="hold", node="m", value="r2", begun_at_ms=5),))
    (fault,) = timeline(record, [])["faults"]
    assert (fault["from"], fault["to"], fault["open"]) == (5, 900, True)
    assert (fault["label"], fault["nodes"]) == ("hold m r2", ["m", "r2"])


def test_a_fault_that_nothing_ends_is_a_moment() -> None:
    record = replace(small_record(), faults=(FaultSpan(kind="save", node="m", begun_at_ms=5),))
    (fault,) = timeline(record, [])["faults"]
    assert (fault["from"], fault["to"], fault["open"]) == (5, 5, False)


def test_what_sentinels_log_of_a_failover_has_a_mark_of_its_own() -> None:
    sentinels = timeline(small_record(), [])["sentinels"]
    kinds = {kind for _, _, events in sentinels for _, kind, _ in events}
    assert kinds == {"sdown", "odown", "epoch", "vote", "leader", "failover", "promoted", "switch"}
    assert kinds <= set(EVENT_KINDS.values())
