"""Records run again: on a server of today, held against today's model, or as a schedule on several servers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from redproof_model.keyspace.roles import Role
from redproof_model.versions import Version
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import MISSING, Divergence
from redproof_properties.errors import UsageError
from redproof_properties.fuzzing.documented.pairing import DATA, REPLIES
from redproof_properties.fuzzing.passages import CAME_THROUGH
from redproof_properties.fuzzing.stepwise import StepwiseJudge
from redproof_properties.history import Step, clients_of
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.replication.judges.operated import OPERATOR, OperatedJudge, judge_of
from redproof_properties.replication.judges.propagated import KIND as PROPAGATION
from redproof_properties.replication.judges.propagated import StreamJudge
from redproof_properties.replication.schedules.rehearsal import Rehearsal
from redproof_properties.script import CLAIM
from redproof_properties.shrink import shrink
from redproof_properties.targets import Target, parse_target

from redproof_reports.again import compare_command
from redproof_reports.replaying.narration import Narrator, Told, unsent_steps

STATE_READ_STEPS_MAX: Final = 200
"""Of longer histories no data are compared: after each step everything is read from server and model."""


class Bench(Protocol):
    """Running servers on which a record's steps are taken again."""

    @property
    def described(self) -> str:
        """Where and by what it is judged, for people."""

    def unsent(self, divergence: Divergence) -> Sequence[int]:
        """The numbers, from 1, of the steps that are not taken, as the server is known not to survive them."""

    def run(self, divergence: Divergence) -> Divergence | None:
        """Take the steps, and give the divergence that comes of them."""

    def tell(self, divergence: Divergence) -> Iterator[Told]:
        """Take the steps one at a time and tell of each, up to the first divergence; nothing of a schedule."""

    def shrink(self, divergence: Divergence) -> Divergence:
        """Fewer steps with the same divergence; `divergence` must be one that `run` gave."""


@dataclass(slots=True)
class ServerBench:
    """A running target, and the kind of judge that has found the divergence.

    A server that has not answered, and may have died of that, is started again for the next run where that is possible.
    """

    target: Target
    kind: type[Judge]
    version: Version
    protocols: dict[str, int]
    comparison: Comparison
    _unanswered: bool = False

    @property
    def described(self) -> str:
        """As `Bench.described`."""
        return f"{self.target.spelling} ({self.target.version}), judged as {self.version.name}"

    def unsent(self, divergence: Divergence) -> Sequence[int]:
        """As `Bench.unsent`."""
        return unsent_steps(divergence.steps, self.version, self.kind.role)

    def run(self, divergence: Divergence) -> Divergence | None:
        """As `Bench.run`."""
        with self._judge() as judge:
            seen = self._run(judge, divergence.steps)
        return seen and self._named(seen, divergence)

    def tell(self, divergence: Divergence) -> Iterator[Told]:
        """As `Bench.tell`."""
        self._revive()
        # Step by step nothing but replies is judged, and what an operator changes.
        kind = self.kind if issubclass(self.kind, OperatedJudge) else Judge
        narrator = Narrator(self.target, self.version, divergence.clients, self.comparison, kind)
        yield from narrator.tell(divergence.steps, read_state=len(divergence.steps) <= STATE_READ_STEPS_MAX)

    def shrink(self, divergence: Divergence) -> Divergence:
        """As `Bench.shrink`."""
        with self._judge() as judge:
            return self._named(shrink(divergence, partial(self._run, judge)), divergence)

    def _judge(self) -> Judge:
        return self.kind(self.target, self.version, self.protocols, self.comparison)

    def _run(self, judge: Judge, steps: Sequence[Step]) -> Divergence | None:
        """Take steps on new connections."""
        self._revive()
        seen = judge.run_alone(steps)
        self._unanswered = seen is not None and seen.kind == MISSING
        return seen

    def _revive(self) -> None:
        if self._unanswered and self.target.capabilities.can_restart:
            self.target.restart()
        self._unanswered = False

    def _named(self, seen: Divergence, origin: Divergence) -> Divergence:
        seen.server, seen.model = str(self.target.version), self.version.name
        return _named(seen, origin, self.target.spelling)


@dataclass(frozen=True, slots=True)
class TopologyBench:
    """The running servers of a topology."""

    rehearsal: Rehearsal
    spelling: str

    @property
    def described(self) -> str:
        """As `Bench.described`."""
        return f"{', '.join(dict.fromkeys(self._spellings))} ({self.rehearsal.server})"

    @property
    def _spellings(self) -> list[str]:
        return [node.spelling for node in self.rehearsal.topology.nodes.values()]

    def unsent(self, divergence: Divergence) -> Sequence[int]:
        """As `Bench.unsent`; what a client leaves out of a schedule, it has left out in the record as well."""
        return ()

    def run(self, divergence: Divergence) -> Divergence | None:
        """As `Bench.run`."""
        seen = self.rehearsal.perform(divergence.steps).divergence
        return seen and _named(seen, divergence, self.spelling)

    def tell(self, divergence: Divergence) -> Iterator[Told]:
        """As `Bench.tell`."""
        yield from ()

    def shrink(self, divergence: Divergence) -> Divergence:
        """As `Bench.shrink`."""
        return _named(self.rehearsal.shrink(divergence), divergence, self.spelling)


def _named(seen: Divergence, origin: Divergence, spelling: str) -> Divergence:
    seen.property_name, seen.seed, seen.target = origin.property_name, origin.seed, spelling
    return seen


def _judge_of(divergence: Divergence) -> type[Judge]:
    """Who judges as the one that has found this divergence."""
    operated = judge_of(divergence.steps, Role(divergence.role))
    return operated or {PROPAGATION: StreamJudge, MISSING: StepwiseJudge}.get(divergence.kind, Judge)


@contextmanager
def open_bench(
    spelling: str | None, divergence: Divergence, comparison: Comparison, judge_as: str | None, *, allow_flush: bool
) -> Iterator[Bench]:
    """Start what the record is run on: servers of this spelling, or its own. Raises UsageError and TargetError.

    A spelling stands for all servers of a topology, which keep theirs without one.
    """
    if divergence.kind in (REPLIES, DATA):
        raise UsageError(f"only the two servers can tell whether it is still there: {compare_command(divergence)}")
    if divergence.kind.startswith(CAME_THROUGH):
        raise UsageError(
            f"only a campaign that looks at data can tell whether it is still there: {divergence.property_name}; "
            f"redproof fuzz {spelling or divergence.target} --seed {divergence.seed} --commands 1, with the options of "
            "the run that recorded it"
        )
    is_operated = OPERATOR in clients_of(divergence.steps)
    if divergence.kind == CLAIM or (divergence.role != Role.MASTER.value and not is_operated):
        raise UsageError(
            f"only the property that recorded this can tell whether it is still there: {divergence.property_name}; "
            f"redproof check {spelling or divergence.target} --seed {divergence.seed}"
        )
    if divergence.topology is not None:
        if judge_as is not None or comparison is not Comparison.EXACT:
            raise UsageError("the servers of a schedule are compared with each other: no model judges them")
        topology = divergence.topology if spelling is None else divergence.topology.on(spelling)
        with Rehearsal(topology, lambda each: parse_target(each, allow_flush=allow_flush)) as rehearsal:
            yield TopologyBench(rehearsal, spelling or divergence.target)
        return
    with parse_target(spelling or divergence.target, allow_flush=allow_flush) as target:
        version = model_version(target, judge_as)
        yield ServerBench(target, _judge_of(divergence), version, divergence.clients, comparison)
