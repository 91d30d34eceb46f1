"""Records run again: the steps of a divergence on a server of today, held against today's model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.shrink import shrink
from redproof_properties.targets import Target, parse_target


@dataclass(frozen=True, slots=True)
class Bench:
    """A running target with a judge whose clients speak as those of a record did."""

    target: Target
    judge: Judge
    model: str

    @property
    def described(self) -> str:
        """Where and by what it is judged, for people."""
        return f"{self.target.spelling} ({self.target.version}), judged as {self.model}"

    def run(self, divergence: Divergence, times: int) -> Divergence | None:
        """Run the steps up to `times` times; give the divergence of the record when it comes, else the last other."""
        other: Divergence | None = None
        for _ in range(times):
            seen = self.judge.run(divergence.steps)
            if seen is not None and seen.signature == divergence.signature:
                return self._named(seen, divergence)
            other = seen or other
        return other and self._named(other, divergence)

    def shrink(self, divergence: Divergence) -> Divergence:
        """A smaller history with the same divergence; `divergence` must be one that `run` gave."""
        return self._named(shrink(divergence, self.judge.run_alone), divergence)

    def _named(self, seen: Divergence, origin: Divergence) -> Divergence:
        seen.property_name, seen.seed = origin.property_name, origin.seed
        seen.target, seen.server, seen.model = self.target.spelling, str(self.target.version), self.model
        return seen


@contextmanager
def open_bench(
    spelling: str, divergence: Divergence, comparison: Comparison, judge_as: str | None, *, allow_flush: bool
) -> Iterator[Bench]:
    """Start the target and a judge for the record. Raises UsageError and TargetError."""
    with parse_target(spelling, allow_flush=allow_flush) as target:
        version = model_version(target, judge_as)
        with Judge(target, version, divergence.clients, comparison) as judge:
            yield Bench(target, judge, version.name)
