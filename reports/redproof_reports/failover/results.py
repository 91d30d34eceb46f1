"""Failover runs as they are shown: the records, what each judge says of them, and what that amounts to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from redproof_model.loss.account import Entry
from redproof_model.loss.account import Verdict as LossVerdict
from redproof_model.loss.record import Outcome
from redproof_properties.failover.judges.verdict import Finding, Verdict, conclusion
from redproof_properties.failover.record import FailoverRecord, Promotion

from redproof_reports.text import count

RUNS_KEPT: Final = 20
"""Runs that are kept whole, the worst of all; those that are broken are kept beyond that."""

BROKEN_KEPT: Final = 100

_LOST: Final = {
    LossVerdict.EXPLAINED: "lost by design",
    LossVerdict.BROKEN_PROMISE: "against a promise",
    LossVerdict.BUG: "by a bug",
    LossVerdict.UNKNOWN: "unknown",
}
_WORST: Final = (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.HOLDS, Verdict.NOT_APPLICABLE)


def is_by_sentinels(promotion: Promotion) -> bool:
    """Whether a history began as sentinels promoted a replica, and not as a server was started or by another cause."""
    return promotion.epoch is not None and promotion.former_replid is not None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judge says of a record; `sentence` is what it claims."""

    name: str
    sentence: str
    source: str
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Its name in words, which is the claim in short."""
        return self.name.replace("_", " ").capitalize()

    @property
    def verdict(self) -> Verdict:
        """What all its findings amount to."""
        return conclusion(self.findings)


@dataclass(frozen=True)
class JudgedRun:
    """A record with all that is said of it; `entries` is the account of its writes."""

    name: str
    record: FailoverRecord
    entries: tuple[Entry, ...]
    judgements: tuple[Judgement, ...]

    @cached_property
    def losses(self) -> Counter[LossVerdict]:
        """How many writes have which verdict in the account."""
        return Counter(entry.verdict for entry in self.entries)

    @cached_property
    def acknowledged(self) -> int:
        """How many writes were acknowledged."""
        return sum(write.outcome is Outcome.OK for write in self.record.writes)

    @cached_property
    def failovers(self) -> int:
        """How many promotions by sentinels there were."""
        return sum(is_by_sentinels(each) for each in self.record.promotions)

    @cached_property
    def verdict(self) -> Verdict:
        """The worst that any judge says."""
        told = {each.verdict for each in self.judgements}
        return next((verdict for verdict in _WORST if verdict in told), Verdict.NOT_APPLICABLE)

    @property
    def badness(self) -> tuple[int, int]:
        """Orders runs, the worst first: what is broken, and then what has lost most."""
        return _WORST.index(self.verdict), -len(self.entries)


@dataclass(frozen=True, slots=True)
class Smaller:
    """A simulated run that is broken, with the fewest faults found with which it still is: these, and its record."""

    run: JudgedRun
    steps: tuple[str, ...]


@dataclass
class FailoverResults:
    """All runs of a command so far; `runs` are those that are kept whole, the worst first.

    `failure` is what ended the command before its time.
    """

    target: str
    reproduce: str
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    seconds: float = 0
    runs: list[JudgedRun] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    losses: Counter[LossVerdict] = field(default_factory=Counter)
    acknowledged: int = 0
    failovers: int = 0
    interrupted: bool = False
    failure: str = ""
    smaller: Smaller | None = None

    def add(self, run: JudgedRun) -> None:
        """Count a run, and keep it if it is one of the worst."""
        self.verdicts[run.verdict] += 1
        self.losses += run.losses
        self.acknowledged += run.acknowledged
        self.failovers += run.failovers
        self.runs = sorted([*self.runs, run], key=lambda each: each.badness)
        broken = sum(each.verdict is Verdict.BROKEN for each in self.runs)
        del self.runs[max(RUNS_KEPT, min(broken, BROKEN_KEPT)) :]

    @property
    def drawn(self) -> list[JudgedRun]:
        """The runs that are drawn and whose records are kept; the smaller one, which is not counted, is the first."""
        return [*([] if self.smaller is None else [self.smaller.run]), *self.runs]

    @property
    def judged(self) -> int:
        """How many runs were judged."""
        return self.verdicts.total()

    @property
    def exit_code(self) -> int:
        """0 nothing is broken, 1 a promise or a property is, 3 when not everything was judged."""
        if self.verdicts[Verdict.BROKEN]:
            return 1
        unknown = self.interrupted or self.failure or self.verdicts[Verdict.UNKNOWN]
        return 3 if unknown or not self.verdicts[Verdict.HOLDS] else 0

    @property
    def headline(self) -> str:
        """The verdict in a sentence."""
        runs = count(self.judged, "run")
        if broken := self.verdicts[Verdict.BROKEN]:
            return f"Something is broken in {broken:,} of {runs}"
        if self.failure:
            return f"Unknown: ended after {runs} by a failure, nothing broken until then"
        if self.interrupted:
            return f"Unknown: interrupted after {runs}, nothing broken until then"
        if unknown := self.verdicts[Verdict.UNKNOWN]:
            return f"Unknown: {count(unknown, 'run')} could not be judged"
        if not self.verdicts[Verdict.HOLDS]:
            return "Unknown: nothing was judged"
        return f"Nothing was lost against a promise in {count(self.failovers, 'failover')}"

    @property
    def account(self) -> str:
        """How many writes were acknowledged, how many of them are gone, and why, in a sentence."""
        told = {verdict: f"{self.losses[verdict]:,} {text}" for verdict, text in _LOST.items()}
        if not self.losses[LossVerdict.UNKNOWN]:
            del told[LossVerdict.UNKNOWN]
        return f"{count(self.acknowledged, 'acknowledged write')}; {', '.join(told.values())}"
