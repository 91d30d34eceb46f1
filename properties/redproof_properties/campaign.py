"""Bulk runs: many seeded histories on one target, each divergence shrunk once and counted after."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from redproof_properties.divergence import Divergence
from redproof_properties.generate import Generator
from redproof_properties.judge import Judge
from redproof_properties.shrink import shrink

_MISSING = "no reply"
_MAX_RUNS = 2000
_MAX_RUNS_WAITING = 40
"""Where a reply is missing each run of shrinking may wait for it as long as the target's time-out.

Each further divergence of that kind is given half of the runs of the one before: a server that does not answer many
commands would otherwise keep a campaign waiting for hours.
"""


@dataclass(slots=True)
class Findings:
    """What a campaign has seen: commands judged, histories run, and each divergence under its signature."""

    commands: int = 0
    histories: int = 0
    divergences: dict[str, Divergence] = field(default_factory=dict)
    occurrences: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False


def run_campaign(
    judge: Judge,
    generator: Generator,
    seed: int,
    commands: int,
    history_length: int = 100,
    progress: Callable[[Findings], None] = lambda findings: None,
    max_divergences: int = sys.maxsize,
) -> Findings:
    """Judge at least `commands` commands in histories of `history_length`, drawn from `seed`.

    History number n has the seed `seed + n`, so `commands=1` with that seed runs it alone. Ctrl-C ends the
    campaign with what it has found so far, and so does the last of `max_divergences` different divergences.
    Raises TargetError when the target cannot go on.
    """
    findings = Findings()
    started = judge.commands_judged
    try:
        while findings.commands < commands:
            first = seed + findings.histories
            count = ceil((commands - findings.commands) / history_length)
            histories = (generator.history(number, history_length) for number in range(first, first + count))
            for history_seed, divergence in enumerate(judge.run_all(histories), first):
                findings.histories += 1
                if divergence is not None:
                    _enter(findings, divergence, history_seed, judge)
                findings.commands = judge.commands_judged - started
                progress(findings)
                if len(findings.divergences) >= max_divergences:
                    return findings
    except KeyboardInterrupt:
        findings.interrupted = True
    return findings


def _enter(findings: Findings, divergence: Divergence, history_seed: int, judge: Judge) -> None:
    signature = divergence.signature
    findings.occurrences[signature] += 1
    if signature not in findings.divergences:
        missing = sum(known.kind == _MISSING for known in findings.divergences.values())
        findings.divergences[signature] = divergence
        max_runs = _MAX_RUNS_WAITING >> missing if divergence.kind == _MISSING else _MAX_RUNS
        shrunk = shrink(divergence, judge.run_alone, max_runs)
        shrunk.seed = str(history_seed)
        findings.divergences[signature] = shrunk
