"""Many schedules of a topology, several at a time; the first of each that diverges is shrunk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Final

from redproof_properties.divergence import Divergence
from redproof_properties.generate import Generator
from redproof_properties.judged import Judged
from redproof_properties.replication.schedules.clients import UNREPLICATED
from redproof_properties.replication.schedules.rehearsal import Rehearsal
from redproof_properties.replication.schedules.schedule import KINDS, Kind, draw_schedule
from redproof_properties.replication.topologies.topology import Topology
from redproof_properties.targets import Target, parse_target
from redproof_properties.vocabulary import GROUPS

WORKERS: Final = 2
"""How many deployments run at once: most of the time of a schedule is spent waiting for servers."""

REPLICATED: Final = tuple(name for name in GROUPS if name not in UNREPLICATED)


class ScheduleCampaign:
    """Schedules on servers of the target's kind, and of others by their spellings.

    `kinds` says what may happen besides commands. Commands `without` are left out, and those that the target does not
    support.
    """

    def __init__(
        self,
        judged: Judged,
        topology: Topology,
        kinds: Mapping[str, Kind] = KINDS,
        *,
        without: Collection[str] = (),
    ) -> None:
        self._judged = judged
        self._topology = topology
        self._kinds = kinds
        self._generator = Generator(REPLICATED, clients=2, without={*judged.unsupported, *without})
        self._stopped = Event()

    def run(self, schedules: int, calls: int) -> None:
        """Perform so many schedules of `calls` commands; raises DivergenceError, or a group of them."""
        first = self._judged.run.seed
        workers = min(WORKERS, schedules)
        shares = [range(first + worker, first + schedules, workers) for worker in range(workers)]
        with ThreadPoolExecutor(workers) as pool, ExitStack() as undo:
            undo.callback(self._stopped.set)
            found = [each for each in pool.map(lambda share: self._work(share, calls), shares) if each is not None]
        different = {each.signature: each for each in sorted(found, key=lambda each: len(each.steps), reverse=True)}
        errors = [self._judged.enter(each) for each in different.values()]
        if len(errors) > 1:
            raise ExceptionGroup(f"{len(errors)} divergences", errors)
        if errors:
            raise errors[0]

    def _work(self, seeds: Sequence[int], calls: int) -> Divergence | None:
        """Perform schedules one after the other; give the first divergence, shrunk."""
        with Rehearsal(self._topology, self._make, is_over=self._stopped.is_set) as rehearsal:
            for seed in seeds:
                if self._stopped.is_set():
                    break
                schedule = draw_schedule(self._topology, self._generator, seed, calls, self._kinds)
                outcome = rehearsal.perform(schedule.steps)
                self._judged.summary.histories += 1
                self._judged.summary.commands += outcome.commands
                if outcome.divergence is not None:
                    shrunk = rehearsal.shrink(outcome.divergence)
                    shrunk.seed = str(seed)
                    return shrunk
        return None

    def _make(self, spelling: str) -> Target:
        return self._judged.target.twin() if spelling == self._judged.target.spelling else parse_target(spelling)
