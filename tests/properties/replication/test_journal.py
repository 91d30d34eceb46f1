"""A failover's record: offsets from the stream, what WAIT confirmed, and a value that goes missing is a divergence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redproof_model.loss.account import Reason, Verdict
from redproof_properties.comparison import Comparison
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.replication.schedules.journal import VALUES, Journal
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.topologies.topology import pair
from redproof_properties.run import PROFILES, Run
from redproof_properties.targets import parse_target

REDIS = "redis"


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Judged]:
    with parse_target(REDIS) as target:
        yield Judged(target, Run(PROFILES["quick"], 5, Comparison.EXACT, tmp_path))


def test_losses_are_told_with_offset_and_promotion(judged: Judged) -> None:
    with Play(judged, pair(REDIS, REDIS)) as play, Journal(play, "m") as journal:
        journal.observe("m")
        journal.write("m", 2)
        assert journal.confirm("m", 1) == 1
        play.suffer("isolate", "r")
        journal.write("m", 1)
        journal.observe("m")
        branch = journal.promote("r")
        play.call("m", "SET", VALUES, "no list")
        journal.write("m", 1)
        assert journal.found("r") == (b"m0", b"m1")
        (entry,) = journal.require_sound("r")
        assert (entry.value, entry.verdict, entry.reason) == (b"m2", Verdict.EXPLAINED, Reason.BEHIND)
        assert entry.branch == branch
        assert entry.write is not None
        assert entry.write.offset_bytes is not None
        assert entry.write.offset_bytes > branch.offset_bytes
        assert play.info("r").master_replid2 == entry.write.replids[0]


def test_a_write_that_goes_before_one_that_stays_is_a_divergence(judged: Judged) -> None:
    with Play(judged, pair(REDIS, REDIS)) as play, Journal(play, "m") as journal:
        journal.write("m", 2)
        journal.confirm("m", 1)
        journal.promote("r")
        play.call("r", "LPOP", VALUES)
        with pytest.raises(DivergenceError, match="there is no order in which it may be so"):
            journal.require_sound("r")
    assert len(judged.run.divergences) == 1
