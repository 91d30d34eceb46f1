"""How many commands a second are judged: by the model alone, and against running servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from redproof_model.choice import BLOCKED, Choice
from redproof_model.keyspace.model import Model
from redproof_model.versions import REDIS_7_0
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.generate import Generator
from redproof_properties.history import Call, Step
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.targets import parse_target

GROUPS = ("strings", "bitmaps", "lists", "hashes", "sets", "sorted_sets")
_HISTORIES = 200
_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Judging:
    """Commands a second, of wall time and of our own processor time."""

    per_wall_s: float
    per_cpu_s: float


def histories(count: int = _HISTORIES) -> list[list[Call]]:
    """Histories of one client over the five types; made before the clock starts."""
    generator = Generator(GROUPS)
    return [_calls(generator.history(seed, _LENGTH)) for seed in range(count)]


def _calls(steps: Iterable[Step]) -> list[Call]:
    return [step for step in steps if isinstance(step, Call)]


def generation() -> Judging:
    """Draw histories from seeds, and nothing else."""
    generator = Generator(GROUPS)
    watch = _Watch()
    count = sum(len(generator.history(seed, _LENGTH)) for seed in range(_HISTORIES))
    return watch.stop(count)


def model_alone() -> Judging:
    """Step the model through histories; where it leaves a choice it is shown an allowed reply."""
    prepared = [[[part for part in call.argv if isinstance(part, bytes)] for call in calls] for calls in histories()]
    watch = _Watch()
    count = 0
    for argvs in prepared:
        model = Model(REDIS_7_0)
        model.connect("A")
        for argv in argvs:
            expected = model.step("A", argv, 0, 0)
            if isinstance(expected, Choice) and expected is not BLOCKED:
                expected.observe(expected.example(), 2)
        count += len(argvs)
    return watch.stop(count)


def against(spelling: str, pipelined: bool) -> Judging:
    """Judge a target over its unix socket: histories whole, or a round trip for each command.

    Raises TargetError if it diverges.
    """
    prepared = histories(_HISTORIES if pipelined else _HISTORIES // 10)
    with parse_target(spelling) as target, Judge(target, model_version(target)) as judge:
        watch = _Watch()
        for divergence in judge.run_all(prepared) if pipelined else _one_at_a_time(judge, prepared):
            if divergence is not None:
                raise TargetError(f"{spelling} diverges, so its speed says nothing: {divergence}")
        return watch.stop(judge.commands_judged)


def _one_at_a_time(judge: Judge, prepared: list[list[Call]]) -> Iterator[Divergence | None]:
    for calls in prepared:
        conversation = judge.begin()
        divergence = next(filter(None, (conversation.perform([call]) for call in calls)), None)
        judge.end(conversation, divergence)
        yield divergence


class _Watch:
    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = time.process_time()

    def stop(self, count: int) -> Judging:
        wall = time.perf_counter() - self._wall
        cpu = time.process_time() - self._cpu
        return Judging(count / wall, count / cpu)


WAYS: dict[str, Callable[[], Judging]] = {
    "histories drawn, not judged": generation,
    "the model alone": model_alone,
    "bundled, one at a time": partial(against, "bundled", pipelined=False),
    "bundled, pipelined": partial(against, "bundled", pipelined=True),
    "redis-server, one at a time": partial(against, "local:redis-server", pipelined=False),
    "redis-server, pipelined": partial(against, "local:redis-server", pipelined=True),
}
"""What is measured, by the name under which it is shown."""
