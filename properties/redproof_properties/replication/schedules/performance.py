"""Schedules performed: each step on running servers, and what is found wrong once all has settled."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetSilent
from redproof_properties.history import Call, Fault, clients_of
from redproof_properties.judged import model_version
from redproof_properties.replication.data.dataset import UNREPLICATED, Dataset, digest, read_dataset
from redproof_properties.replication.data.differences import differences
from redproof_properties.replication.schedules.clients import Clients
from redproof_properties.replication.schedules.faults import can_happen, happen
from redproof_properties.replication.schedules.recorder import StreamRecorder
from redproof_properties.replication.schedules.schedule import Schedule
from redproof_properties.replication.topologies.deployment import Deployment

ATTEMPTS: Final = 20
"""How often the data of two servers are read anew when an offset moves meanwhile, as an expiry lets it."""

RELATIVE_EXPIRY_BEFORE: Final = {"redis": (7, 0)}
"""Before this version of a family EXPIRE is propagated as it came: a replica counts from when it gets it."""

DIFFERENT_DATA: Final = "different data"
UNSYNCED: Final = "unsynced"
OTHER_STREAM: Final = "stream"
"""The kinds of divergences of a schedule: of data at equal offsets, of a replica that was waited for in vain until it
has everything, and of bytes at equal offsets."""

NO_MODEL: Final = "none: servers are compared with each other"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a node when all had settled after a step: whom it replicates, its offset, its data."""

    step: int
    node: str
    master: str | None
    offset: int
    dataset: Dataset


class Mismatch(NamedTuple):
    """What is wrong: a kind, in what whatever the keys are, and what should have been seen and what was."""

    kind: str
    what: str
    expected: str
    actual: str


@dataclass(slots=True)
class Outcome:
    """What came of a schedule; it ends with its first divergence."""

    schedule: Schedule
    observations: list[Observation] = field(default_factory=list)
    divergence: Divergence | None = None
    commands: int = 0


def perform(deployment: Deployment, schedule: Schedule) -> Outcome:
    """Take every step on a deployment of the schedule's topology that was just started or reset.

    Raises `TargetDied` when a server ends by itself, and `TargetError` when it does not go along with a fault.
    """
    with ExitStack() as undo:
        recorder = undo.enter_context(StreamRecorder(deployment)) if schedule.topology.recorded else None
        return _Performance(deployment, schedule, recorder).run()


def expiry_slack_ms(deployment: Deployment, replica: str, began_s: float) -> int:
    """How far times of expiry that were set since a monotonic time may lie apart in a replica and its master.

    Not at all where both propagate them as absolute times.
    """
    versions = [deployment.targets[node].version for node in deployment.chain_of(replica)[:2]]
    if all(version.number[:2] >= RELATIVE_EXPIRY_BEFORE.get(version.family, (0, 0)) for version in versions):
        return 0
    return int((time.monotonic() - began_s) * 1000) + 1


def compare(deployment: Deployment, replica: str, expiry_slack_ms: int) -> tuple[Dataset, int, Mismatch | None]:
    """Read a replica that is synchronised, and its master, at one offset: the data, the offset, what differs."""
    master = deployment.following[replica]
    assert master is not None
    for _ in range(ATTEMPTS):
        before = deployment.info(master).master_repl_offset
        above, below = (_read(deployment, name, {master, replica}) for name in (master, replica))
        digests = [digest(deployment.control(name)) for name in (master, replica)]
        after = deployment.info(master).master_repl_offset
        if before == after and deployment.is_synced(replica):
            return below, after, _judge(deployment, replica, above, below, digests, expiry_slack_ms)
        deployment.wait_synced(replica)
    raise TargetSilent(f"{master}: its offset moved in each of {ATTEMPTS} attempts to read its data")


def _read(deployment: Deployment, name: str, both: Collection[str]) -> Dataset:
    """Read a node's data, without what one of both versions does not replicate."""
    versions = [model_version(deployment.targets[node]).name for node in both]
    without = frozenset[bytes]().union(*(UNREPLICATED.get(version, ()) for version in versions))
    return read_dataset(deployment.control(name), without)


def _judge(
    deployment: Deployment, replica: str, above: Dataset, below: Dataset, digests: list[bytes | None], slack_ms: int
) -> Mismatch | None:
    master = deployment.following[replica]
    if found := differences(above, below, slack_ms):
        held = "; ".join(f"{each.where}: {each.left}" for each in found)
        holds = "; ".join(f"{each.where}: {each.right}" for each in found)
        return Mismatch(DIFFERENT_DATA, found[0].what, f"{held} as in {master}", f"{holds} in {replica}")
    versions = {deployment.targets[name].version for name in (master, replica) if name is not None}
    comparable = len(versions) == 1 and None not in digests and not above.has_zero_scores
    if comparable and digests[0] != digests[1]:
        left, right = (f"DEBUG DIGEST: {told!r}" for told in digests)
        return Mismatch(DIFFERENT_DATA, "DEBUG DIGEST", f"{left} as in {master}", f"{right} in {replica}")
    return None


class _Performance:
    def __init__(self, deployment: Deployment, schedule: Schedule, recorder: StreamRecorder | None) -> None:
        self._deployment = deployment
        self._recorder = recorder
        self._outcome = Outcome(schedule)
        versions = {name: model_version(target) for name, target in deployment.targets.items()}
        self._clients = Clients(deployment, versions)
        self._began_s = time.monotonic()

    def run(self) -> Outcome:
        outcome = self._outcome
        try:
            for number, step in enumerate(outcome.schedule.steps):
                if isinstance(step, Call):
                    self._clients.call(step)
                elif isinstance(step, Fault) and (found := self._suffer(number, step)) is not None:
                    outcome.divergence = self._diverged(number, step, found)
                    break
        finally:
            self._clients.leave()
            outcome.commands = self._clients.commands
        return outcome

    def _suffer(self, number: int, fault: Fault) -> Mismatch | None:
        if not can_happen(self._deployment, fault):
            return None
        if fault.kind in ("kill", "restart", "pause"):
            self._clients.leave(fault.node)
        if fault.kind != "settle":
            happen(self._deployment, fault)
            return None
        self._clients.leave()
        try:
            happen(self._deployment, fault)
        except TargetSilent as error:
            return Mismatch(UNSYNCED, "data", "every replica has what its master has", str(error))
        return self._observe(number)

    def _observe(self, number: int) -> Mismatch | None:
        """Compare each replica with its master, and what they have sent, up to the first difference."""
        for node, master in self._deployment.following.items():
            if master is None:
                continue
            dataset, offset, found = compare(
                self._deployment, node, expiry_slack_ms(self._deployment, node, self._began_s)
            )
            self._outcome.observations.append(Observation(number, node, master, offset, dataset))
            if found is not None:
                return found
        return None if self._recorder is None else self._compare_streams(self._recorder)

    def _compare_streams(self, recorder: StreamRecorder) -> Mismatch | None:
        try:
            recorder.catch_up()
        except TargetSilent as error:
            return Mismatch(UNSYNCED, "stream", "as many bytes of the stream as INFO replication tells", str(error))
        found = next(recorder.differences(), None)
        if found is None:
            return None
        left, right = (f"after offset {found.offset} {part!r} in " for part in (found.left, found.right))
        return Mismatch(OTHER_STREAM, "bytes", f"{left}{found.one}", f"{right}{found.other}")

    def _diverged(self, number: int, fault: Fault, found: Mismatch) -> Divergence:
        steps = list(self._outcome.schedule.steps[: number + 1])
        return Divergence(
            command=fault.kind,
            kind=found.kind,
            expected=found.expected,
            actual=found.actual,
            expected_shape="the same",
            actual_shape=found.what,
            steps=steps,
            clients=dict.fromkeys(clients_of(steps), 2),
            model=NO_MODEL,
            topology=self._outcome.schedule.topology,
        )
