"""How each kind of fault is begun in a simulated group, and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from redproof_properties.failover.record import FaultSpan
from redproof_properties.failover.simulated.recorder import Recorder
from redproof_properties.failover.simulated.schedule import KINDS, MASTER, REPLICA, Step
from redproof_properties.failover.simulated.stage import Stage

End: TypeAlias = Callable[[], None]
Value: TypeAlias = str | int | None
Begin: TypeAlias = Callable[[Stage, str, Value], End | None]
"""Begins a fault of a node, and gives what ends it; None where it has no effect now."""


class Faults:
    """The faults of a run: begun at their times, ended at theirs or by `heal`."""

    def __init__(self, stage: Stage, recorder: Recorder) -> None:
        self._stage = stage
        self._recorder = recorder
        self._running: dict[int, End] = {}

    def begin(self, step: Step) -> None:
        """Begin a fault, on the node that has the role by now."""
        node = self._resolve(step.node)
        end = BEGIN[step.kind](self._stage, node, step.value)
        if end is None:
            return
        number = len(self._recorder.faults)
        kind = KINDS[step.kind].told or step.kind
        span = FaultSpan(kind=kind, node=node, value=step.value, begun_at_ms=self._recorder.now_ms)
        self._recorder.faults.append(span)
        if step.lasts_ms is not None:
            self._running[number] = end
            self._stage.world.timeline.after(step.lasts_ms * 1000, lambda: self._end(number))

    def heal(self) -> None:
        """End all that is not over."""
        for number in list(self._running):
            self._end(number)

    def _end(self, number: int) -> None:
        end = self._running.pop(number, None)
        if end is not None:
            end()
            span = self._recorder.faults[number]
            self._recorder.faults[number] = replace(span, ended_at_ms=self._recorder.now_ms)

    def _resolve(self, node: str) -> str:
        if node not in (MASTER, REPLICA):
            return node
        master = self._stage.master()
        return master if node == MASTER else next(name for name in self._stage.servers if name != master)


# ---- processes


def _revive(stage: Stage, node: str) -> None:
    process = stage.world.processes[node]
    if not process.is_alive:
        process.start()


def _kill(stage: Stage, node: str, value: Value) -> End | None:
    return _end_process(stage, node, loses_power=False)


def _power_off(stage: Stage, node: str, value: Value) -> End | None:
    return _end_process(stage, node, loses_power=True)


def _end_process(stage: Stage, node: str, *, loses_power: bool) -> End | None:
    process = stage.world.processes[node]
    if not process.is_alive:
        return None
    if node in stage.servers:
        stage.servers[node].keep_role()
    process.kill(loses_power)
    return lambda: _revive(stage, node)


def _kill_at_write(stage: Stage, node: str, value: Value) -> End | None:
    if not stage.world.processes[node].is_alive:
        return None
    sentinel = stage.sentinels[node]
    sentinel.kill_at_next_write(keeps=value == "after")

    def end() -> None:
        sentinel.disk.crash = None
        _revive(stage, node)

    return end


def _pause(stage: Stage, node: str, value: Value) -> End | None:
    if not stage.is_up(node):
        return None
    process = stage.world.processes[node]
    process.pause()
    return process.resume


# ---- the network


def _part(stage: Stage, ones: Iterable[str], others: Iterable[str], *, is_mutual: bool = True) -> End:
    cut = stage.world.part(ones, others, is_mutual)
    return lambda: stage.world.mend(cut)


def _isolate(stage: Stage, node: str, value: Value) -> End | None:
    return _part(stage, [node], stage.plan.names)


def _split(stage: Stage, node: str, value: Value) -> End | None:
    some = str(value).split()
    return _part(stage, some, [name for name in stage.plan.names if name not in some])


def _deaf(stage: Stage, node: str, value: Value) -> End | None:
    return _part(stage, stage.plan.names, [node], is_mutual=False)


def _mute(stage: Stage, node: str, value: Value) -> End | None:
    return _part(stage, [node], stage.plan.names, is_mutual=False)


def _lag(stage: Stage, node: str, value: Value) -> End | None:
    return _part(stage, [node], stage.servers)


def _delay(stage: Stage, node: str, value: Value) -> End | None:
    assert isinstance(value, int)
    stage.world.shape(node, delay_us=(value * 500, value * 1500))
    return lambda: stage.world.shape(node)


def _loss(stage: Stage, node: str, value: Value) -> End | None:
    assert isinstance(value, int)
    stage.world.shape(node, loss_permille=value)
    return lambda: stage.world.shape(node)


def _linger(stage: Stage, node: str, value: Value) -> End | None:
    assert isinstance(value, int)
    if not stage.is_up(node):
        return None
    stage.world.break_connections(node, value * 1000)
    return lambda: None


# ---- clocks and disks


def _clock(stage: Stage, node: str, value: Value) -> End | None:
    assert isinstance(value, int)
    stage.world.processes[node].step_clock(value)
    return lambda: None


def _save(stage: Stage, node: str, value: Value) -> End | None:
    if not stage.is_up(node):
        return None
    stage.servers[node].order(b"BGSAVE")
    return lambda: None


def _disk_full(stage: Stage, node: str, value: Value) -> End | None:
    disk = stage.sentinels[node].disk
    disk.failure = "No space left on device"

    def end() -> None:
        disk.failure = None

    return end


BEGIN: Final[Mapping[str, Begin]] = {
    "kill": _kill,
    "kill sentinel": _kill,
    "restart": _kill,
    "power off": _power_off,
    "kill at write": _kill_at_write,
    "pause": _pause,
    "pause sentinel": _pause,
    "isolate": _isolate,
    "isolate sentinel": _isolate,
    "split": _split,
    "deaf": _deaf,
    "mute": _mute,
    "lag": _lag,
    "delay": _delay,
    "loss": _loss,
    "linger": _linger,
    "clock": _clock,
    "save": _save,
    "disk full": _disk_full,
}
