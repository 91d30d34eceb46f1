"""Takes the steps of a schedule on a group, and keeps when each fault began and ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from redproof_properties.errors import UsageError
from redproof_properties.failover.bounds import agreement_within_ms, retried_within_ms
from redproof_properties.failover.clock import RunClock
from redproof_properties.failover.nodes import ASKED_EVERY_S, Nodes
from redproof_properties.failover.observers import Sampler
from redproof_properties.failover.record import FaultSpan, Load, SentinelSample, ServerSample
from redproof_properties.failover.schedule import MASTER, FaultSchedule, Step
from redproof_properties.history import Fault
from redproof_properties.waiting import wait_until

ENDED_BY: Final[Mapping[str, str]] = {"restart": "kill", "resume": "pause", "release": "hold", "rejoin": "isolate"}
"""The steps that end a fault which another has begun."""

OF_PROCESSES: Final = ("kill", "pause")
MOMENTS: Final = ("cut", "save")
"""The steps that are over at once."""


class Director:
    """Takes the steps of schedules on a group.

    `spans` tells what happened, `loads` what servers were started with, and `healed_at_ms` when all was over.
    """

    def __init__(self, group: Nodes, clock: RunClock, sampler: Sampler) -> None:
        self.spans: list[FaultSpan] = []
        self.loads: list[Load] = []
        self.healed_at_ms: float | None = None
        self._group = group
        self._clock = clock
        self._sampler = sampler
        self._ways: Mapping[str, Callable[[str, Fault], None]] = {
            "kill": lambda node, fault: self._begin(node, fault, partial(group.kill, node)),
            "restart": lambda node, fault: self._end(node, fault, partial(self._restart, node)),
            "pause": lambda node, fault: self._begin(node, fault, partial(group.pause, node)),
            "resume": lambda node, fault: self._end(node, fault, partial(group.resume, node)),
            "save": lambda node, fault: self._begin(node, fault, partial(group.save, node)),
            "hold": lambda node, fault: self._begin(node, fault, partial(group.hold, node, str(fault.value))),
            "release": lambda node, fault: self._end(node, fault, partial(group.release, node, str(fault.value))),
            "cut": lambda node, fault: self._begin(node, fault, partial(group.cut, node, str(fault.value))),
            "delay": lambda node, fault: self._begin(node, fault, partial(self._delay, node, fault)),
            "isolate": lambda node, fault: self._begin(node, fault, partial(group.isolate, node)),
            "rejoin": lambda node, fault: self._end(node, fault, partial(group.rejoin, node)),
            "await failover": lambda node, fault: self._await_failover(),
            "settle": lambda node, fault: self._settle(),
        }
        self._master = group.plan.master

    def play(self, schedule: FaultSchedule) -> None:
        """Take all steps; raises `TargetError` when a node fails, `UsageError` for a node that there is not."""
        for step in schedule.steps:
            for name in (step.fault.node, step.fault.value):
                if isinstance(name, str) and name not in (MASTER, *self._group.plan.names):
                    raise UsageError(f"there is no node {name} of which a step could speak: {step}")
        for step in schedule.steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Wait, and take a step; one that makes no sense where all is now has no effect."""
        time.sleep(step.after_ms / 1000)
        node = self._named_master() if step.fault.node == MASTER else step.fault.node
        if _makes_sense(self._group, step.fault, node):
            self._ways[step.fault.kind](node, step.fault)

    # ---- what sentinels say

    def _latest_sentinels(self) -> dict[str, SentinelSample]:
        """The last sample of each sentinel that is up."""
        samples = {sample.sentinel: sample for sample in self._sampler.sentinel_samples[-self._recent :]}
        return {name: sample for name, sample in samples.items() if self._group.is_up(name)}

    def _latest_servers(self) -> dict[str, ServerSample]:
        return {sample.node: sample for sample in self._sampler.server_samples[-self._recent :]}

    @property
    def _recent(self) -> int:
        return 4 * len(self._group.plan.names)

    def _named_master(self) -> str:
        """The node that most sentinels name as the master."""
        named = Counter(sample.master for sample in self._latest_sentinels().values() if sample.master is not None)
        return named.most_common(1)[0][0] if named else self._master

    def _await_failover(self) -> None:
        old = self._master

        def is_over() -> bool:
            return any(sample.master not in (old, None) for sample in self._latest_sentinels().values())

        wait_until(is_over, retried_within_ms(self._group.plan.settings), ASKED_EVERY_S)

    def agree(self) -> bool:
        """Whether, as the last samples tell, all sentinels name one master, and all other servers replicate it."""
        sentinels, servers = self._latest_sentinels(), self._latest_servers()
        configurations = {(sample.master, sample.config_epoch, sample.flags) for sample in sentinels.values()}
        if len(sentinels) < len(self._group.sentinels) or len(servers) < len(self._group.servers):
            return False
        if len(configurations) != 1:
            return False
        ((master, _, flags),) = configurations
        if master is None or flags != "master":
            return False
        above = servers.pop(master)
        return above.role == "master" and all(
            below.follows == master and below.link_up and below.replid == above.replid for below in servers.values()
        )

    def _settle(self) -> None:
        for name in self._group.plan.names:
            if name in self._group.paused:
                self._end(name, Fault("resume", name), partial(self._group.resume, name))
            if name in self._group.dead:
                self._end(name, Fault("restart", name), partial(self._restart, name))
        # What was held may arrive before the last link is released.
        at_ms = self._clock.now_ms()
        self.spans = [span if span.ended_at_ms is not None else replace(span, ended_at_ms=at_ms) for span in self.spans]
        self._group.release_links()
        self.healed_at_ms = self._clock.now_ms()
        begun = len(self._sampler.server_samples)
        wait_until(
            lambda: len(self._sampler.server_samples) > begun + 2 * len(self._group.servers) and self.agree(),
            agreement_within_ms(self._group.plan.settings),
            ASKED_EVERY_S,
        )
        self._master = self._named_master()

    # ---- what happens

    def _begin(self, node: str, fault: Fault, do: Callable[[], None]) -> None:
        before_ms = self._clock.now_ms()
        do()
        # A link that takes time to be held is held for sure from then on.
        at_ms = before_ms if fault.kind in OF_PROCESSES else self._clock.now_ms()
        ended_at_ms = at_ms if fault.kind in MOMENTS else None
        span = FaultSpan(kind=fault.kind, node=node, value=fault.value, begun_at_ms=at_ms, ended_at_ms=ended_at_ms)
        self.spans.append(span)

    def _end(self, node: str, fault: Fault, do: Callable[[], None]) -> None:
        at_ms = self._clock.now_ms()
        do()
        for place, span in enumerate(self.spans):
            same = (span.kind, span.node, span.value) == (ENDED_BY[fault.kind], node, fault.value)
            if same and span.ended_at_ms is None:
                self.spans[place] = replace(span, ended_at_ms=at_ms)

    def _restart(self, node: str) -> None:
        point = self._group.saved(node) if node in self._group.servers else None
        if point is not None:
            at_ms = self._clock.now_ms()
            self.loads.append(Load(at_ms=at_ms, node=node, replid=point.replid, offset_bytes=point.offset_bytes))
        self._group.restart(node)

    def _others(self, node: str) -> list[str]:
        return [name for name in self._group.plan.names if name != node]

    def _delay(self, node: str, fault: Fault) -> None:
        assert isinstance(fault.value, int)
        for other in self._others(node):
            self._group.delay(node, other, fault.value)


def _makes_sense(group: Nodes, fault: Fault, node: str) -> bool:
    """Whether a step has an effect: a dead process is not killed, one that goes on is not resumed."""
    match fault.kind:
        case "kill":
            return node not in group.dead
        case "restart":
            return node in group.dead
        case "pause" | "save":
            return group.is_up(node)
        case "resume":
            return node in group.paused
        case "hold" | "release" | "cut":
            return fault.value != node
    return True
