"""What a campaign reaches: on one core and on two, beside Hypothesis, in each group, in shrinking and in memory.

A process that judges and its server are kept on one core, so that two such pairs on two cores can be compared with one.
Commands are drawn, sent, executed by the model and compared; what is drawn is all that the vocabularies of the groups
have, also what blocks.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from redproof_model.versions import REDIS_7_2
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.generate import Generator
from redproof_properties.judge import Judge
from redproof_properties.judged import Judged, model_version
from redproof_properties.machine import keyspace_machine, run_machine
from redproof_properties.run import PROFILES, Run
from redproof_properties.shrink import shrink
from redproof_properties.targets import Target, parse_target
from redproof_properties.unsupported import unsupported_commands
from redproof_properties.vocabulary import GROUPS
from rich.table import Table

FIVE_TYPES: Final = ("strings", "bitmaps", "lists", "hashes", "sets", "sorted_sets")
TARGET: Final = "local:redis-server"
_LENGTH: Final = 100
_WARM_UP: Final = 20
"""Histories before the clock starts: the caches of texts are empty in the first ones."""
_SHRUNK: Final = 15
_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """What was judged, and what it took: wall time, our processor time and the server's, and memory that was added."""

    commands: int
    wall_s: float
    cpu_s: float
    server_cpu_s: float
    grown_bytes: int = 0

    @property
    def per_wall_s(self) -> float:
        """Commands a second."""
        return self.commands / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        """Commands a second of our processor time."""
        return self.commands / self.cpu_s

    @property
    def per_core_s(self) -> float:
        """Commands a second of processor time, the server's as well."""
        return self.commands / (self.cpu_s + self.server_cpu_s)


class _Watch:
    """Measures from when it is made."""

    def __init__(self, judge: Judge, target: Target) -> None:
        self._judge = judge
        self._target = target
        self._start = self._now()

    def _now(self) -> tuple[int, float, float, float, int]:
        commands, server_s = self._judge.commands_judged, _server_cpu_s(self._target)
        return commands, time.perf_counter(), time.process_time(), server_s, _memory_bytes()

    @property
    def wall_s(self) -> float:
        """How long it has been."""
        return time.perf_counter() - self._start[1]

    def stop(self) -> Pace:
        """What has been done since."""
        now = self._now()
        commands, wall_s, cpu_s, server_cpu_s, grown_bytes = (
            new - old for new, old in zip(now, self._start, strict=True)
        )
        return Pace(int(commands), wall_s, cpu_s, server_cpu_s, int(grown_bytes))


def _server_cpu_s(target: Target) -> float:
    with target.connect() as link:
        told = link.call("INFO", "cpu")
    if not isinstance(told, bytes):
        raise TargetError(f"{target.spelling}: does not tell its processor time")
    fields = dict(line.split(b":", 1) for line in told.split() if b":" in line)
    return float(fields[b"used_cpu_user"]) + float(fields[b"used_cpu_sys"])


def _memory_bytes() -> int:
    """Resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def judge_for(groups: Sequence[str], seconds: float, core: int, first_seed: int = 0, spelling: str = TARGET) -> Pace:
    """Judge histories on a server of its own for some time, both on one core. Raises TargetError if it diverges."""
    os.sched_setaffinity(0, {core})
    with parse_target(spelling) as target:
        version = model_version(target)
        generator = Generator(groups, without=unsupported_commands(target, version, groups))
        with Judge(target, version) as judge:
            watch: _Watch | None = None
            histories = (generator.history(seed, _LENGTH) for seed in count(first_seed))
            for number, divergence in enumerate(judge.run_all(histories)):
                if divergence is not None:
                    raise TargetError(f"{spelling} diverges, so its speed says nothing: {divergence}")
                if number == _WARM_UP:
                    watch = _Watch(judge, target)
                elif watch is not None and watch.wall_s > seconds:
                    return watch.stop()
    raise AssertionError("the seeds never end")


def with_hypothesis(spelling: str = TARGET, examples: int = _EXAMPLES) -> Pace:
    """Let the state machine of the properties judge commands of the five types, one at a time."""
    effort = settings(
        max_examples=examples,
        stateful_step_count=_LENGTH,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with parse_target(spelling) as target:
        judged = Judged(target, Run(PROFILES["quick"], 0, Comparison.EXACT, out=Path("unwritten")))
        with judged.judge() as judge:
            machine = keyspace_machine(judged, judge, FIVE_TYPES, ("A",))
            watch = _Watch(judge, target)
            run_machine(machine, judged, judge, effort)
            return watch.stop()


@dataclass(frozen=True, slots=True)
class Shrinking:
    """How long it took to shrink a divergence, and its steps before and after."""

    wall_ms: float
    cpu_ms: float
    steps: int
    left: int


def shrinkings() -> Iterator[Shrinking]:
    """Shrink divergences of different causes, which the model of a later version finds in histories of 100 commands."""
    generator = Generator(FIVE_TYPES)
    seen: set[str] = set()
    with parse_target(TARGET) as target, Judge(target, REDIS_7_2) as judge:
        for seed in count():
            divergence = judge.run(generator.history(seed, _LENGTH))
            if divergence is None or divergence.signature in seen:
                continue
            seen.add(divergence.signature)
            yield _shrunk(divergence, judge)
            if len(seen) == _SHRUNK:
                return


def _shrunk(divergence: Divergence, judge: Judge) -> Shrinking:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    least = shrink(divergence, judge.run_alone)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    return Shrinking(1000 * wall_s, 1000 * cpu_s, len(divergence.steps), len(least.steps))


def tables(rounds: int, seconds: float) -> Iterator[Table | str]:
    """Measure everything, and give what there is to show of it. Raises TargetError when a server fails."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    with ProcessPoolExecutor(len(cores), get_context("spawn")) as pool:
        one: list[Pace] = []
        two: list[list[Pace]] = []
        peers: list[Pace] = []
        for number in range(rounds):
            one.append(pool.submit(judge_for, FIVE_TYPES, seconds, cores[number % len(cores)]).result())
            pairs = [pool.submit(judge_for, FIVE_TYPES, seconds, core, core << 32) for core in cores]
            two.append([pair.result() for pair in pairs])
            peers.append(pool.submit(with_hypothesis).result())
        yield cores_table(one, two, peers)
        if len(cores) < 2:
            yield "two cores were not measured: there is one"
        yield _groups_table(
            {group: pool.submit(judge_for, [group], seconds / 4, cores[0]).result() for group in GROUPS}
        )
        yield _all_together(pool.submit(judge_for, tuple(GROUPS), seconds, cores[0]).result())
        yield _shrinking_text(pool.submit(_all_shrinkings).result())


def _all_shrinkings() -> list[Shrinking]:
    return list(shrinkings())


def cores_table(one: Sequence[Pace], two: Sequence[Sequence[Pace]], peers: Sequence[Pace]) -> Table:
    """Commands a second, and their ratios."""
    table = Table(title=f"commands of {', '.join(FIVE_TYPES)} drawn and judged a second, medians of {len(one)}")
    for column in ("what", "by wall time", "by our processor time", "by processor time with the server's"):
        table.add_column(column, justify="left" if column == "what" else "right")
    figures = ("per_wall_s", "per_cpu_s", "per_core_s")
    rows = {
        "one core": [[pace] for pace in one],
        "two cores, two servers": two,
        "Hypothesis, one at a time": [[pace] for pace in peers],
    }
    medians = {
        name: [statistics.median(sum(getattr(pace, figure) for pace in each) for each in paces) for figure in figures]
        for name, paces in rows.items()
    }
    for name, each in medians.items():
        table.add_row(name, *(f"{figure:,.0f}" for figure in each))
    alone, both, peer = medians.values()
    table.add_row("two cores / one", *(f"{more / less:.2f}" for more, less in zip(both, alone, strict=True)))
    table.add_row("one core / Hypothesis", *(f"{more / less:.1f}" for more, less in zip(alone, peer, strict=True)))
    return table


def _groups_table(paces: dict[str, Pace]) -> Table:
    table = Table(title="by group, one core")
    for column in ("group", "commands a second", "µs of ours a command", "µs of the server's"):
        table.add_column(column, justify="left" if column == "group" else "right")
    for name, pace in paces.items():
        ours, theirs = (1e6 * spent / pace.commands for spent in (pace.cpu_s, pace.server_cpu_s))
        table.add_row(name, f"{pace.per_wall_s:,.0f}", f"{ours:.1f}", f"{theirs:.1f}")
    return table


def _all_together(pace: Pace) -> str:
    grown = pace.grown_bytes / 1024 / (pace.commands / 1e6)
    return (
        f"all groups together: {pace.per_wall_s:,.0f} commands a second, {pace.per_cpu_s:,.0f} by our processor time; "
        f"memory of the process that judges: {grown:+,.0f} KiB a million commands, over {pace.commands:,} commands"
    )


def _shrinking_text(done: Sequence[Shrinking]) -> str:
    wall, cpu, steps, left = (
        statistics.median(getattr(each, name) for each in done) for name in ("wall_ms", "cpu_ms", "steps", "left")
    )
    return (
        f"shrinking of {len(done)} divergences in histories of {_LENGTH} commands, medians: {wall:.0f} ms, "
        f"{cpu:.0f} ms of our processor time, from {steps:.0f} steps to {left:.0f}"
    )
