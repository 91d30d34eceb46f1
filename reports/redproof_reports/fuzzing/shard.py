"""A shard of a campaign, in a process of its own: its whole life."""

from __future__ import annotations

import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from redproof_model.versions import Version
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.errors import RedproofError, UsageError
from redproof_properties.fuzzing.campaign import Campaign
from redproof_properties.fuzzing.corpus import Corpus
from redproof_properties.fuzzing.documented.generator import documented_by
from redproof_properties.fuzzing.examine import Judging
from redproof_properties.fuzzing.findings import Findings
from redproof_properties.fuzzing.guided import Guided
from redproof_properties.fuzzing.passages import PERSISTENCE, REPLICATION, SETTINGS, Passages, require
from redproof_properties.fuzzing.passing import PassingJudge, UnmodelledJudge
from redproof_properties.fuzzing.source import Drawn, Source
from redproof_properties.fuzzing.stepwise import StepwiseJudge
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.judge import Judge
from redproof_properties.judged import model_version
from redproof_properties.replication.judges.propagated import ABOUT_REPLICAS
from redproof_properties.replication.topologies.topology import QUICK
from redproof_properties.targets import Target, parse_target
from redproof_properties.unsupported import has_commands, unsupported_commands

from redproof_reports.fuzzing.compared import pair_of
from redproof_reports.fuzzing.ledger import Ledger, beginning
from redproof_reports.fuzzing.settings import Settings


@dataclass(frozen=True, slots=True)
class Shard:
    """What one process is to judge: so many `commands` in all, and for at most so many `seconds` from its start.

    `targets`, one or two that are compared, may hold passwords; what the shard comes to is kept in `folder`; `run` is
    when the run started.
    """

    number: int
    settings: Settings
    targets: tuple[str, ...]
    allow_flush: bool
    folder: Path
    run: str
    commands: int | None
    seconds: float | None

    @property
    def ledger(self) -> Ledger:
        """Its files."""
        return Ledger(self.folder, self.number, self.run)


@dataclass(slots=True)
class Tally:
    """How far a shard is."""

    commands: int = 0
    histories: int = 0
    signatures: set[str] = field(default_factory=set)
    server: str = ""
    model: str = ""
    """The version of the model that judges; empty where none does."""
    notes: list[str] = field(default_factory=list)
    """What people should know of how the target is judged."""
    unsupported: tuple[str, ...] = ()
    """Commands that the target does not have although its version does."""
    findings: Findings | None = None
    """What it found, when it has ended."""
    failure: str = ""
    """Why it ended before its time."""

    def count(self, findings: Findings) -> None:
        """Take over how far it is."""
        self.commands, self.histories = findings.commands, findings.histories
        self.signatures = set(findings.divergences)


Message: TypeAlias = Tally | RedproofError


def work(shard: Shard, channel: Connection) -> None:
    """Judge the shard and tell the channel how far it is, last of all what it found or what ended it."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    tally = Tally()
    try:
        findings = judge_shard(shard, tally, channel.send)
    except KeyboardInterrupt:
        findings = shard.ledger.read()
        findings.interrupted = True
    except RedproofError as error:
        channel.send(error)
        return
    tally.count(findings)
    tally.findings = findings
    channel.send(tally)


def _raise_interrupt(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


class _Observer:
    """Keeps what a campaign finds on disk, and tells how far it is now and then."""

    def __init__(self, shard: Shard, tally: Tally, tell: Callable[[Tally], None]) -> None:
        self.ledger = shard.ledger
        self._spelling = shard.settings.spelling
        self._tally = tally
        self._tell = tell

    def progress(self, findings: Findings) -> None:
        """Write it down and tell it when that is due."""
        if self.ledger.advance(findings):
            self._tally.count(findings)
            self._tell(self._tally)

    def met(self, divergence: Divergence) -> None:
        """Append it."""
        divergence.target, divergence.server = self._spelling, self._tally.server
        divergence.model = self._tally.model
        self.ledger.keep(divergence)

    def kept(self, divergence: Divergence) -> None:
        """Append it again as it was examined."""
        self.met(divergence)


def judge_shard(shard: Shard, tally: Tally, tell: Callable[[Tally], None]) -> Findings:
    """Go on with a shard from where its files say it is; `tally` is kept up to date, and told now and then.

    Raises UsageError and TargetError.
    """
    ends_s = sys.maxsize if shard.seconds is None else time.monotonic() + shard.seconds
    targets = [parse_target(target, allow_flush=shard.allow_flush) for target in shard.targets]
    observer = _Observer(shard, tally, tell)
    with ExitStack() as stack:
        judge, stepwise, source = (_of_two if len(targets) > 1 else _of_one)(stack, shard, tally, targets)
        campaign = Campaign(
            judge,
            source,
            stepwise=stepwise,
            revive=_restarting(targets),
            observer=observer,
            findings=observer.ledger.read(),
        )
        campaign.run(shard.commands or sys.maxsize, lambda findings: time.monotonic() >= ends_s)
    observer.ledger.write(campaign.findings)
    return campaign.findings


def _restarting(targets: Sequence[Target]) -> Callable[[], None] | None:
    """Starts them anew; None where one of them cannot be."""

    def restart() -> None:
        for target in targets:
            target.restart()

    return restart if all(target.capabilities.can_restart for target in targets) else None


_Parts: TypeAlias = tuple[Judging, Judging | None, Source]
"""Who judges, who judges one command at a time, and where the histories come from."""


def _of_two(stack: ExitStack, shard: Shard, tally: Tally, targets: Sequence[Target]) -> _Parts:
    """Two servers, started here, that are held to each other."""
    settings = shard.settings
    for target in targets:
        stack.enter_context(target)
    tally.server, tally.model = " and ".join(str(target.version) for target in targets), ""
    pair, generator, tally.notes = pair_of(targets, settings.comparison)
    return pair, None, Drawn(generator, settings.seed_of(shard.number), settings.length)


def _of_one(stack: ExitStack, shard: Shard, tally: Tally, targets: Sequence[Target]) -> _Parts:
    """One server, started here, that is held to the model or to itself."""
    settings, (target,) = shard.settings, targets
    if names := passages_of(settings):
        require(target, names)
        target.configure(SETTINGS if settings.documented else QUICK)
    stack.enter_context(target)
    with warnings.catch_warnings(record=True) as caught:
        version = model_version(target, settings.judge_as)
    tally.notes = [str(warning.message) for warning in caught]
    tally.server, tally.model = str(target.version), version.name
    tally.unsupported = unsupported_commands(target, version, settings.groups)
    if not has_commands(settings.groups, tally.unsupported):
        raise UsageError(f"{target.spelling} has no command of {', '.join(settings.groups)}")
    return _parts(stack, shard, tally, target, version, _protocols(settings), settings.comparison)


def passages_of(settings: Settings) -> tuple[str, ...]:
    """What the data must come through after each history."""
    if settings.documented:
        return REPLICATION, *PERSISTENCE
    return (REPLICATION,) if settings.replica else ()


def _parts(
    stack: ExitStack,
    shard: Shard,
    tally: Tally,
    target: Target,
    version: Version,
    protocols: dict[str, int],
    comparison: Comparison,
) -> _Parts:
    settings = shard.settings
    names = passages_of(settings)
    passages = stack.enter_context(Passages(target, names))
    if settings.documented:
        tally.model = ""
        generator = documented_by(target)
        tally.notes.append(f"{len(generator.names)} documented commands drawn, {len(generator.left_out)} left out")
        drawn = Drawn(generator, settings.seed_of(shard.number), settings.length)
        return stack.enter_context(UnmodelledJudge(target, passages)), None, drawn
    stepwise = stack.enter_context(StepwiseJudge(target, version, protocols, comparison))
    if names:
        judge: Judge = PassingJudge(passages, target, version, protocols, comparison)
    else:
        judge = Judge(target, version, protocols, comparison)
    without = (*tally.unsupported, *(ABOUT_REPLICAS if names else ()))
    return stack.enter_context(judge), stepwise, _source(shard, version, without)


def _source(shard: Shard, version: Version, without: tuple[str, ...]) -> Source:
    settings = shard.settings
    generator = Generator(settings.drawn_groups, settings.clients, pauses=settings.pauses, without=without)
    seed = settings.seed_of(shard.number)
    if settings.corpus is None:
        return Drawn(generator, seed, settings.length)
    corpus, log, begun_with = Corpus(Path(settings.corpus)), shard.ledger.log, beginning(shard.folder)
    return Guided(version, generator, seed, settings.length, _protocols(settings), corpus, log, begun_with)


def _protocols(settings: Settings) -> dict[str, int]:
    return dict.fromkeys(CLIENT_NAMES, settings.resp)
