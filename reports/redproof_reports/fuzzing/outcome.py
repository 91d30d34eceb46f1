"""What a campaign comes to: one property of a run, with the command that makes the same campaign again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from redproof_properties.run import PropertyOutcome, Run, TargetSummary

from redproof_reports.fuzzing.settings import Settings
from redproof_reports.fuzzing.shard import Tally

TITLE: Final = "Every reply to generated commands is one that the model allows"
DOCUMENTED_TITLE: Final = "Data made by documented commands comes through replication, reloads and restarts unchanged"
REPLICA_TITLE: Final = f"{TITLE}, and a replica holds the same data"
COMPARED_TITLE: Final = "Two servers answer alike, and hold the same data after the same commands"
SOURCE: Final = "https://redis.io/docs/latest/commands/"
COMPARED_SOURCE: Final = "https://redis.io/docs/latest/commands/command-docs/"


def _options(settings: Settings) -> dict[str, str | int]:
    """The options that always have a value."""
    return {
        "--groups": ",".join(settings.groups),
        "--clients": settings.clients,
        "--resp": settings.resp,
        "--length": settings.length,
        "--workers": settings.workers,
        "--shard": settings.part,
        "--comparison": settings.comparison.value,
    }


DEFAULTS: Final = _options(Settings(target="", seed=0))


def title_of(settings: Settings) -> str:
    """What a campaign looks at, in a sentence."""
    if settings.second_target is not None:
        return COMPARED_TITLE
    if settings.documented:
        return DOCUMENTED_TITLE
    return REPLICA_TITLE if settings.replica else TITLE


def enter_outcome(run: Run, settings: Settings, tallies: Sequence[Tally], repeat: str) -> None:
    """Keep in the run what the shards found, as one property that `repeat` is the command of."""
    title, source = title_of(settings), SOURCE if settings.second_target is None else COMPARED_SOURCE
    findings = [tally.findings for tally in tallies if tally.findings is not None]
    for each in findings:
        for divergence in each.divergences.values():
            divergence.property_name = title
            run.enter(divergence)
    commands, histories = (sum(getattr(tally, name) for tally in tallies) for name in ("commands", "histories"))
    run.interrupted = any(each.interrupted for each in findings)
    told = next((tally for tally in tallies if tally.server), tallies[0])
    summary = TargetSummary(settings.spelling, told.server, told.model or "none", commands, histories)
    summary.unsupported, summary.drawn = [*told.unsupported], settings.drawn_groups
    run.summaries[settings.spelling] = summary
    broken = sorted({signature for each in findings for signature in each.divergences})
    failures = [tally.failure for tally in tallies if tally.failure]
    reason = "interrupted" if run.interrupted else "".join(failures[:1])
    outcome = "broken" if broken else "error" if reason else "holds"
    seconds = round((datetime.now(UTC) - run.started).total_seconds(), 1)
    run.outcomes.append(PropertyOutcome(repeat, title, source, settings.spelling, outcome, reason, seconds, broken))


def repeat_command(settings: Settings, limits: Sequence[str | int]) -> str:
    """The command that makes the same campaign again; of the options that have a default those that differ from it.

    `limits` are the options that say when it ends.
    """
    command = ["fuzz", settings.target]
    if settings.second_target is not None:
        command = ["compare", settings.target, settings.second_target]
    words: list[str | int] = [*command, *limits, "--seed", settings.seed]
    for option, value in _options(settings).items():
        if value != DEFAULTS[option]:
            words += [option, value]
    words += ["--judge-as", settings.judge_as] if settings.judge_as is not None else []
    words += ["--corpus", settings.corpus] if settings.corpus is not None else []
    words += ["--replica"] if settings.replica else []
    words += ["--documented"] if settings.documented else []
    words += ["--pauses"] if settings.pauses else []
    return shlex.join(["redproof", *map(str, words)])
