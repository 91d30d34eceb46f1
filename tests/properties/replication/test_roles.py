"""The properties of INFO, ROLE and WAIT: wrong rules of the model are found by them on a real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redproof_model.replication import told
from redproof_model.replication.state import ReplicationState
from redproof_model.replication.waiting import WaitTargets
from redproof_properties.comparison import Comparison
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.run import PROFILES, Run
from redproof_properties.suite import test_replication_wait as wait
from redproof_properties.suite.test_replication_info import test_info_and_role_tell_the_state as hold_told
from redproof_properties.suite.test_replication_wait import test_wait_is_about_an_offset_of_its_client as hold_wait
from redproof_properties.targets import Target


@pytest.fixture
def judged(target: Target, tmp_path: Path) -> Judged:
    return Judged(target, Run(PROFILES["quick"], 1, Comparison.EXACT, tmp_path))


def counts_bytes_wrong(state: ReplicationState, length: int) -> ReplicationState:
    return right_streamed(state, length + 1 if length else 0)


right_streamed, right_received = ReplicationState.streamed, ReplicationState.received

FIRST_REPLICA = "a master with its first replica"

WRONG_STATES: dict[str, tuple[str, Callable[..., object], tuple[str, ...]]] = {
    # A server that PINGs its first replica at once streams bytes a moment before the command does.
    "a byte too many": ("streamed", counts_bytes_wrong, (FIRST_REPLICA, "a master that has propagated")),
    "no new history at the first replica": (
        "attached",
        lambda state, link, replid: replace(state, links=(*state.links, link)),
        (FIRST_REPLICA,),
    ),
    "an acknowledgement is not noted": (
        "acknowledged",
        lambda state, port, offset, lag: state,
        ("an acknowledgement",),
    ),
    "a replica keeps its line": ("detached", lambda state, port: state, ("a replica gone",)),
    "a promotion keeps the former id": (
        "promoted",
        lambda state, replid: replace(state, replid=replid, upstream=None, links=()),
        ("a replica that was promoted",),
    ),
    "a replica counts what it has read": (
        "received",
        lambda state, length, processed: right_received(state, length, length),
        ("a replica in a command",),
    ),
}


@pytest.mark.parametrize("mutant", WRONG_STATES)
def test_a_wrong_state_is_found(monkeypatch: pytest.MonkeyPatch, judged: Judged, mutant: str) -> None:
    name, instead, moments = WRONG_STATES[mutant]
    monkeypatch.setattr(ReplicationState, name, instead)
    with pytest.raises(DivergenceError) as found:
        hold_told(judged)
    assert found.value.divergence.expected_shape.removeprefix("INFO and ROLE of ") in moments


@pytest.mark.parametrize("fact", ["keeps_until_loaded", "tells_read_offset", "tells_failover_state", "tells_link_type"])
def test_a_wrong_fact_is_found(judged: Judged, fact: str) -> None:
    facts = judged.version.replication
    flipped: dict[str, Any] = {fact: not getattr(facts, fact)}
    judged.version = replace(judged.version, replication=replace(facts, **flipped))
    with pytest.raises(DivergenceError):
        hold_told(judged)


def test_replicas_that_are_late_are_not_good(monkeypatch: pytest.MonkeyPatch, judged: Judged) -> None:
    monkeypatch.setattr(told, "good_replicas", lambda state: (0, 0))
    with pytest.raises(DivergenceError) as found:
        hold_told(judged)
    assert "min_slaves_good_slaves" in found.value.divergence.actual


def test_an_acknowledgement_that_is_too_small_does_not_count(monkeypatch: pytest.MonkeyPatch, judged: Judged) -> None:
    monkeypatch.setattr(wait, "reached", lambda target, acknowledged: len(acknowledged))
    with pytest.raises(DivergenceError):
        hold_wait(judged)


def test_a_target_that_never_moves_is_found_wrong(monkeypatch: pytest.MonkeyPatch, judged: Judged) -> None:
    monkeypatch.setattr(WaitTargets, "executed", lambda targets, client, before, after: None)
    with pytest.raises(DivergenceError):
        hold_wait(judged)


def test_what_reads_wait_for_is_found_wrong(judged: Judged) -> None:
    facts = replace(judged.version.replication, reads_are_waited_for=False)
    judged.version = replace(judged.version, replication=facts)
    with pytest.raises(DivergenceError):
        hold_wait(judged)
