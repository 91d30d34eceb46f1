"""What became of the known divergences that a run did not see.

That a run did not see one says little: it may not have come to it. So its recorded steps are taken again, on every
target of the run. Only what was reached so and diverges no more is fixed; what could not be reached is unobserved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import RedproofError, TargetError

from redproof_reports.baseline.file import Baseline
from redproof_reports.records.journal import read_journal
from redproof_reports.replaying.narration import UNSENT
from redproof_reports.rerun import open_bench

ATTEMPTS: Final = 3
"""How often the steps are taken on each target: chance may play a part."""


class Fate(StrEnum):
    """What became of a divergence that was not seen."""

    FIXED = "fixed"
    THERE = "still there"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class Unseen:
    """A divergence that was not seen, what became of it, and how that is known."""

    id: str
    fate: Fate
    why: str


@dataclass(frozen=True, slots=True)
class Judging:
    """How a run was judged, so that what it did not see is judged alike."""

    spellings: Sequence[str]
    comparison: Comparison = Comparison.EXACT
    judge_as: str | None = None


def look_again(known: Collection[str], records: Mapping[str, Divergence], judging: Judging) -> Iterator[Unseen]:
    """What became of each of these divergences, for which the steps of its record are taken again.

    Raises KeyboardInterrupt.
    """
    for name in known:
        if name not in records:
            yield Unseen(name, Fate.UNOBSERVED, "no record of it is kept beside the baseline")
        else:
            yield _look_at(records[name], judging)


def records_beside(baseline: Baseline) -> dict[str, Divergence]:
    """The records that are kept beside a baseline, by id. Raises UsageError, with the line, for a bad one."""
    path = baseline.records_path
    if path is None or not path.exists():
        return {}
    return {sighting.divergence.signature: sighting.divergence for sighting in read_journal(path)}


def _look_at(record: Divergence, judging: Judging) -> Unseen:
    name = record.signature
    for spelling in judging.spellings:
        try:
            seen = _run(record, spelling, judging)
        except RedproofError as error:
            return Unseen(name, Fate.UNOBSERVED, f"{spelling}: {str(error).partition(chr(10))[0]}")
        if seen is not None:
            if seen.signature == name:
                return Unseen(name, Fate.THERE, f"its recorded steps show it on {spelling}")
            return Unseen(name, Fate.UNOBSERVED, f"its recorded steps end in another, {seen.signature}, on {spelling}")
    if not judging.spellings:
        return Unseen(name, Fate.UNOBSERVED, "the run judged no server")
    return Unseen(name, Fate.FIXED, f"its recorded steps show it no more on {', '.join(judging.spellings)}")


def _run(record: Divergence, spelling: str, judging: Judging) -> Divergence | None:
    """The divergence that the steps end in, the one recorded rather than another; None if in none."""
    with ExitStack() as stack:
        comparison = Comparison.EXACT if record.topology is not None else judging.comparison
        judge_as = None if record.topology is not None else judging.judge_as
        bench = stack.enter_context(open_bench(spelling, record, comparison, judge_as, allow_flush=False))
        if len(record.steps) in bench.unsent(record):
            raise TargetError(f"its last step is {UNSENT}")
        seen = [found for _ in range(ATTEMPTS) if (found := bench.run(record)) is not None]
    return next((found for found in seen if found.signature == record.signature), seen[0] if seen else None)
