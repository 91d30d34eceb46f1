"""Failover runs to be shown: a small record with an account and two judges, of which one or none is content."""

from __future__ import annotations

from dataclasses import replace

from recorded import NEW, OLD, small_record
from redproof_model.loss.account import Entry, Reason, Verdict
from redproof_model.loss.record import Branch, Write
from redproof_properties.failover.judges import verdict
from redproof_properties.failover.judges.verdict import Finding
from redproof_properties.failover.record import FailoverRecord
from redproof_reports.failover.results import FailoverResults, JudgedRun, Judgement

SENTENCE = "A sentinel votes at most once in an epoch"
SOURCE = "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/"
BRANCH = Branch(node="r1", replid=NEW, former=OLD, offset_bytes=100, at_ms=310)


def lost(value: str, told: Verdict = Verdict.EXPLAINED, reason: Reason = Reason.BEHIND) -> Entry:
    """What the account says of a write of the small record that is gone."""
    write = Write(client="c", value=value.encode(), invoked_ms=90, returned_ms=91, replids=(OLD,), offset_bytes=200)
    return Entry(write.value, told, reason, write, BRANCH)


def judgement(*verdicts: verdict.Verdict, sentence: str = SENTENCE) -> Judgement:
    """A judge that found this, each at 212 ms."""
    findings = tuple(Finding(each, f"s1 voted in epoch {at}", 212) for at, each in enumerate(verdicts, 1))
    return Judgement("one_vote_in_an_epoch", sentence, SOURCE, findings)


def judged(
    *entries: Entry, record: FailoverRecord | None = None, told: verdict.Verdict = verdict.Verdict.HOLDS
) -> JudgedRun:
    """The small record, or another, with its account."""
    return JudgedRun("run 1", record or small_record(), entries or (lost("c2"),), (judgement(told),))


def results(*runs: JudgedRun, **changes: object) -> FailoverResults:
    """The runs of a command."""
    made = FailoverResults("redis", "redproof failover redis --seed 7", "2026-01-01T00:00:00+00:00", 3.2)
    for run in runs:
        made.add(run)
    return replace(made, **changes)  # type: ignore[arg-type]
