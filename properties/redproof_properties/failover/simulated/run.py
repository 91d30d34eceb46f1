"""One simulated run: a group, its clients, the faults of a schedule, and the record of what came of it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from redproof_properties.failover.plan import QUICK, GroupPlan, group_of
from redproof_properties.failover.record import FailoverRecord, Read, SentinelSample, ServerSample
from redproof_properties.failover.set_back import caught_up_at_ms
from redproof_properties.failover.simulated.clients import VALUES, Reader, Writer
from redproof_properties.failover.simulated.faults import Faults
from redproof_properties.failover.simulated.recorder import Recorder
from redproof_properties.failover.simulated.schedule import Schedule
from redproof_properties.failover.simulated.stage import Stage
from redproof_properties.targets.bundled import DEFAULT_EMULATED

BUNDLED: Final = "bundled"
WRITERS: Final = 2
WRITE_PERIOD_MS: Final = 110
READ_PERIOD_MS: Final = 500
SAMPLE_PERIOD_MS: Final = 2_000
SETTLE_PERIOD_MS: Final = 500
SETTLES_WITHIN_MS: Final = 60_000
"""How long a group may take after all faults are over; most take a few seconds."""


THREE_AND_THREE: Final = group_of((BUNDLED,) * 3, (BUNDLED,) * 3)
"""A master with two replicas, watched by three sentinels."""

BRISK: Final = group_of((BUNDLED,) * 3, (BUNDLED,) * 3, replace(QUICK, down_after_ms=300, failover_timeout_ms=700))
"""Sentinels that soon miss a master, and soon try again."""

RETRYING: Final = group_of((BUNDLED,) * 3, (BUNDLED,) * 3, replace(QUICK, failover_timeout_ms=2_000))
"""Sentinels that soon try again where a failover fails."""

RANKED: Final = group_of((BUNDLED,) * 4, (BUNDLED,) * 3, priorities=(100, 50, 10, 0))
"""Replicas of several priorities, of which one may never be promoted."""

GUARDED: Final = group_of(
    (BUNDLED,) * 3,
    (BUNDLED,) * 3,
    replace(QUICK, down_after_ms=4_000, min_replicas_to_write=1, min_replicas_max_lag_s=1),
)
"""A master that wants a replica to write, and sentinels that are slow enough to see how long it does without one."""


def simulate(plan: GroupPlan, schedule: Schedule, version: str = DEFAULT_EMULATED) -> FailoverRecord:
    """The record of a run: the same for the same plan, schedule and version."""
    with _without_collecting():
        return Simulation(plan, schedule, version).run()


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Look for no garbage in cycles: a run makes little, and its world, all of which is in cycles, lives to its end."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class Simulation:
    """A run of a schedule."""

    def __init__(self, plan: GroupPlan, schedule: Schedule, version: str) -> None:
        self.stage = Stage(plan, schedule.seed, version, schedule.delay_ms_max)
        self.recorder = Recorder(self.stage)
        self._plan = plan
        self._schedule = schedule
        self._faults = Faults(self.stage, self.recorder)
        writers = [self._writer(number) for number in range(1, WRITERS + 1)]
        self._clients = [*writers, Reader(self.stage, self.recorder, "reader", WRITERS + 1, READ_PERIOD_MS)]

    def _writer(self, number: int) -> Writer:
        return Writer(self.stage, self.recorder, f"c{number}", number, WRITE_PERIOD_MS)

    def run(self) -> FailoverRecord:
        """Let the faults happen, end them all, and let the group settle."""
        world, timeline = self.stage.world, self.stage.world.timeline
        for number, client in enumerate(self._clients):
            timeline.after((200 + 20 * number) * 1000, client.begin)
        for step in self._schedule.steps:
            timeline.at(step.at_ms * 1000, partial(self._faults.begin, step))
        self._sample_on()
        world.run(self._schedule.duration_ms)
        self._faults.heal()
        healed_at_ms = world.now_ms
        if self._settles():
            for client in self._clients:
                client.is_over = True
            self._settles()
        return self._record(healed_at_ms)

    def _sample_on(self) -> None:
        self.recorder.sample()
        self.stage.world.timeline.after(SAMPLE_PERIOD_MS * 1000, self._sample_on)

    def _settles(self) -> bool:
        """Let time pass until all agree, or for as long as that may take; whether they do."""
        world = self.stage.world
        end_ms = max(world.now_ms, caught_up_at_ms(self.recorder.faults)) + SETTLES_WITHIN_MS
        while world.now_ms < end_ms:
            world.run(SETTLE_PERIOD_MS)
            if self._has_settled():
                return True
        return False

    def _has_settled(self) -> bool:
        """Whether all take the same node for the master, and have what it has."""
        recorder, stage = self.recorder, self.stage
        told = [recorder.sample_sentinel(name) for name in stage.up(stage.sentinels)]
        servers = [recorder.sample_server(name) for name in stage.up(stage.servers)]
        if len(told) + len(servers) < len(self._plan.names) or not agree(told):
            return False
        return all(follows(each, told[0], servers) for each in servers)

    def _record(self, healed_at_ms: float) -> FailoverRecord:
        recorder, stage = self.recorder, self.stage
        return FailoverRecord(
            target=BUNDLED,
            seed=self._schedule.seed,
            settings=self._plan.settings,
            nodes=stage.nodes,
            writes=tuple(draft.finish() for draft in recorder.drafts),
            reads=tuple(recorder.reads),
            events=tuple(recorder.events),
            server_samples=tuple(recorder.server_samples),
            sentinel_samples=tuple(recorder.sentinel_samples),
            faults=tuple(recorder.faults),
            loaded=tuple(recorder.loaded),
            promotions=tuple(recorder.promotions),
            final=tuple(self._final(name) for name in stage.up(stage.servers)),
            healed_at_ms=healed_at_ms,
            ended_at_ms=stage.world.now_ms,
        )

    def _final(self, server: str) -> Read:
        reply = self.stage.ask(server, "LRANGE", VALUES, "0", "-1")
        assert isinstance(reply, list)
        told = self.stage.info(server)
        return Read(
            client="harness",
            node=server,
            sent_at_ms=self.stage.world.now_ms,
            returned_at_ms=self.stage.world.now_ms,
            values=tuple(value.decode() for value in reply if isinstance(value, bytes)),
            replid=told["master_replid"],
            offset_bytes=int(told["master_repl_offset"]),
        )


def agree(told: list[SentinelSample]) -> bool:
    """Whether sentinels tell the same master, that is well, since the same configuration."""
    return len({(each.master, each.config_epoch, each.flags) for each in told}) == 1 and told[0].flags == "master"


def follows(server: ServerSample, told: SentinelSample, servers: list[ServerSample]) -> bool:
    """Whether a server is the master, or replicates it and has what it has."""
    master = next(each for each in servers if each.node == told.master)
    if server is master:
        return server.role == "master"
    return server.follows == told.master and server.link_up is True and server.offset_bytes == master.offset_bytes
