"""The writes of an account that are gone for one reason, told together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redproof_model.loss.account import Entry, Verdict

from redproof_reports.failover.losses import VERDICT_TEXTS, why
from redproof_reports.failover.results import JudgedRun
from redproof_reports.failover.timeline import LOSS_KINDS

_WORST: Final = (Verdict.BUG, Verdict.BROKEN_PROMISE, Verdict.UNKNOWN, Verdict.EXPLAINED)


@dataclass(frozen=True, slots=True)
class Cause:
    """Entries of the account for one reason, each with its number, by which the timeline has it if it is of a write."""

    kind: str
    verdict: str
    why: str
    entries: list[tuple[int | None, Entry]]

    @property
    def offsets(self) -> str:
        """The first and the last of their offsets."""
        known = [entry.write.offset_bytes for _, entry in self.entries if entry.write is not None]
        told = sorted(offset for offset in known if offset is not None)
        if not told:
            return "unknown"
        return f"{told[0]:,}" if told[0] == told[-1] else f"{told[0]:,} to {told[-1]:,}"


def causes_of(run: JudgedRun) -> list[Cause]:
    """Why writes are gone: what is worst first."""
    causes: dict[tuple[Verdict, str], Cause] = {}
    for number, entry in enumerate(run.entries):
        key = (entry.verdict, why(entry, run.record))
        cause = Cause(LOSS_KINDS[entry.verdict], VERDICT_TEXTS[entry.verdict], key[1], [])
        causes.setdefault(key, cause).entries.append((None if entry.write is None else number, entry))
    return [causes[key] for key in sorted(causes, key=lambda key: _WORST.index(key[0]))]
