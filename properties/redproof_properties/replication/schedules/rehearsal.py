"""One schedule after the other on the same servers, each as if they were new, and schedules made shorter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.history import Step
from redproof_properties.replication.schedules.performance import UNSYNCED, Outcome, perform
from redproof_properties.replication.schedules.schedule import Schedule
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.topology import Topology
from redproof_properties.shrink import shrink
from redproof_properties.targets import Target, parse_target
from redproof_properties.waiting import WITHIN_MS

MAX_RUNS: Final = 200
MAX_RUNS_WAITING: Final = 40
SHRINKING_WITHIN_MS: Final = 3_000
"""How often a schedule is performed to make it shorter; less often, and with shorter waits, where it is waited in vain.

A replica whose attempt to connect fails makes another within a second.
"""


class Rehearsal:
    """The servers of a topology, brought back to a beginning before each schedule; use it with `with`.

    Where that fails they are started anew; raises `TargetError` when they cannot be. `within_ms` is how long it is
    waited for what they do in their own time, and once `is_over` no schedule is made shorter.
    """

    def __init__(
        self,
        topology: Topology,
        make: Callable[[str], Target] = parse_target,
        within_ms: int = WITHIN_MS,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        self.topology = topology
        self._make = make
        self._within_ms = within_ms
        self._is_over = is_over
        self._deployment: Deployment | None = None
        self._played = False

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def server(self) -> str:
        """The versions of the servers: one for all, or that of each node."""
        assert self._deployment is not None
        versions = {name: str(target.version) for name, target in self._deployment.targets.items()}
        if len({*versions.values()}) == 1:
            return next(iter(versions.values()))
        return ", ".join(f"{name} {version}" for name, version in versions.items())

    def perform(self, steps: Sequence[Step]) -> Outcome:
        """Take these steps; raises what `perform` does."""
        deployment = self._reset()
        deployment.within_ms = self._within_ms
        self._played = True
        outcome = perform(deployment, Schedule(self.topology, tuple(steps)))
        if outcome.divergence is not None:
            outcome.divergence.server = self.server
        return outcome

    def shrink(self, divergence: Divergence) -> Divergence:
        """The smallest schedule found that ends with the same divergence.

        One that was found with shorter waits counts only if it is found with full ones, too.
        """
        if divergence.kind != UNSYNCED:
            return shrink(divergence, self._try, MAX_RUNS)
        full_ms, self._within_ms = self._within_ms, SHRINKING_WITHIN_MS
        shorter = shrink(divergence, self._try, MAX_RUNS_WAITING)
        self._within_ms = full_ms
        again = self._try(shorter.steps)
        return again if again is not None and again.signature == divergence.signature else divergence

    def _try(self, steps: Sequence[Step]) -> Divergence | None:
        """What a schedule ends with; what servers do not go along with, or die of, is another fault."""
        if self._is_over():
            return None
        try:
            return self.perform(steps).divergence
        except TargetError:
            self._stop()
            return None

    def _start(self) -> Deployment:
        self._played = False
        self._deployment = Deployment(self.topology, self._make).__enter__()
        return self._deployment

    def _stop(self) -> None:
        deployment, self._deployment = self._deployment, None
        if deployment is not None:
            deployment.__exit__(None, None, None)

    def _reset(self) -> Deployment:
        if self._deployment is None:
            return self._start()
        if self._played:
            try:
                self._deployment.reset()
            except TargetError:
                self._stop()
                return self._start()
        return self._deployment
