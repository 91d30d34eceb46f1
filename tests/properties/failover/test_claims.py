"""What a property says of a record: nothing where its judge is content, and where the record is, where it is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from recorded import small_record
from redproof_model.loss.account import LAG_GRANULARITY_MS
from redproof_properties.comparison import Comparison
from redproof_properties.failover.claims import claim, isolation, need_group, with_replicas_needed
from redproof_properties.failover.plan import PATIENT, QUICK
from redproof_properties.failover.record import FailoverRecord, Settings
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.run import PROFILES, Run, TargetSummary
from redproof_properties.targets import ServerVersion, parse_target
from test_judges import second_vote, two_masters

VOTES, MASTERS = "one_vote_in_an_epoch", "one_master_for_an_epoch"


def judged_at(folder: Path, spelling: str = "bundled", number: tuple[int, int, int] = (7, 0, 15)) -> Judged:
    """A target that was not started, but has told its version."""
    target = parse_target(spelling)
    target._version = ServerVersion("redis", number)
    run = Run(PROFILES["quick"], random.randrange(100), Comparison.EXACT, folder, None)
    return Judged(target, run)


def kept(folder: Path) -> list[FailoverRecord]:
    """The records that were written to a folder."""
    return [FailoverRecord.read(path) for path in (folder / "failover").glob("*.json")]


def test_what_holds_leaves_nothing(tmp_path: Path) -> None:
    claim(judged_at(tmp_path), small_record(), VOTES)
    assert not kept(tmp_path)


def test_what_is_broken_is_a_divergence_with_its_record(tmp_path: Path) -> None:
    judged = judged_at(tmp_path)
    with pytest.raises(DivergenceError, match="s2 voted in epoch 1 for") as caught:
        claim(judged, second_vote(), VOTES)
    assert caught.value.divergence.expected == "one vote in an epoch"
    assert kept(tmp_path) == [second_vote()]


@pytest.mark.parametrize(
    ("record", "name", "told"),
    [(two_masters(until_the_end=False), MASTERS, "unknown"), (small_record(), "writes_end_with_the_lag", "applicable")],
)
def test_what_is_not_known_or_was_not_there_is_no_pass(
    tmp_path: Path, record: FailoverRecord, name: str, told: str
) -> None:
    with pytest.raises(pytest.fail.Exception, match=told):
        claim(judged_at(tmp_path), record, name)
    assert kept(tmp_path) == [record]


def test_in_the_profile_quick_the_first_quick_containers_are_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redproof_properties.failover.claims.why_no_group", lambda target: None)
    old = able(judged_at(tmp_path, "docker:redproof/redis:6.0", (6, 0, 16)))
    with pytest.raises(pytest.skip.Exception, match=r"only that of a server from version 7\.0 on is"):
        need_group(old)
    judged = able(judged_at(tmp_path, "docker:redproof/redis:8.0", (8, 0, 2)))
    need_group(judged)
    others = {
        "docker:a": TargetSummary("docker:a", "redis 6.0.16", ""),
        "docker:b": TargetSummary("docker:b", "-", "-"),
    }
    judged.run.summaries = {**others, **judged.run.summaries}
    need_group(judged)
    judged.run.summaries = {"docker:c": TargetSummary("docker:c", "redis 7.0.15", ""), **judged.run.summaries}
    with pytest.raises(pytest.skip.Exception, match="only that of docker:c"):
        need_group(judged)


def able(judged: Judged) -> Judged:
    """The same, with all that a process of ours can do."""
    judged.target.capabilities = parse_target("bundled").capabilities
    return judged


def test_who_is_neither_a_process_nor_a_container_has_no_group(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="neither a process of ours nor a container"):
        need_group(able(judged_at(tmp_path, "redis://127.0.0.1:1")))


@pytest.mark.parametrize("settings", [QUICK, PATIENT])
def test_a_master_is_parted_until_it_must_refuse(settings: Settings) -> None:
    needed = with_replicas_needed(settings)
    lasts_ms = sum(step.after_ms for step in isolation(needed).steps[2:]) + needed.down_after_ms
    assert lasts_ms > 1000 * needed.min_replicas_max_lag_s + LAG_GRANULARITY_MS
