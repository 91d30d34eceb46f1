"""Campaigns as `redproof fuzz` has them, drawn and guided, on servers with planted faults: how soon each is found."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from planted.endings import ENDINGS
from planted.hunt import FAULTY_SERVER, HISTORY_LENGTH, PATIENCE_MS, SEED, SHORT_HISTORY_LENGTH, judged_steps, modelled
from planted.register import FAULTS, Fault
from planted.replicated.register import REPLICATION_FAULTS, ReplicationFault
from redproof_properties.divergence import MISSING, Divergence
from redproof_properties.errors import TargetError
from redproof_properties.fuzzing.campaign import Campaign, Silence
from redproof_properties.fuzzing.corpus import Corpus
from redproof_properties.fuzzing.findings import Findings
from redproof_properties.fuzzing.guided import Guided
from redproof_properties.fuzzing.passages import REPLICATION, Passages
from redproof_properties.fuzzing.passing import PassingJudge
from redproof_properties.fuzzing.source import Drawn, Source
from redproof_properties.fuzzing.stepwise import StepwiseJudge
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.judge import Judge
from redproof_properties.replication.judges.propagated import ABOUT_REPLICAS
from redproof_properties.replication.topologies.topology import QUICK
from redproof_properties.targets.bundled import SERVER, BundledTarget
from redproof_properties.unsupported import unsupported_commands
from redproof_properties.vocabulary import GROUPS

DRAWN: Final = "drawn"
GUIDED: Final = "guided"
WAYS: Final = (DRAWN, GUIDED)
SHRINKING_S: Final = 5.0
HASH_TABLES: Final = "hash tables"
KEYSPACE: Final = "keyspace"
ENDING: Final = "endings"
REPLICATED: Final = "replication"
BUDGETS: Final = {
    (KEYSPACE, DRAWN): 600_000,
    (KEYSPACE, GUIDED): 20_000,
    (HASH_TABLES, DRAWN): 100_000,
    (HASH_TABLES, GUIDED): 20_000,
    (ENDING, DRAWN): 5_000,
    (ENDING, GUIDED): 5_000,
    (REPLICATED, DRAWN): 500,
}
"""How many commands a campaign may take at most, by the kind of fault and the way; with a replica each takes longer."""
_GROUP_OF_SCAN: Final = {"SCAN": "generic", "HSCAN": "hashes", "SSCAN": "sets", "ZSCAN": "sorted_sets"}
_REPLICATED: Final = tuple(group for group in GROUPS if group != "replication")


@dataclass(frozen=True, slots=True)
class Hunt:
    """The campaign in which a planted fault is looked for, and the property that finds it where a campaign does not."""

    kind: str
    name: str
    emulate: str
    groups: tuple[str, ...]
    clients: int = 1
    resp: int = 2
    pauses: bool = False
    replica: bool = False
    found_by: str = ""

    @property
    def length(self) -> int:
        """How many commands a history has."""
        return HISTORY_LENGTH if self.clients == 1 else SHORT_HISTORY_LENGTH

    @property
    def options(self) -> str:
        """The options of `redproof fuzz`, as people write them."""
        words = [] if self.groups == _REPLICATED else [f"--groups {','.join(self.groups)}"]
        if self.clients > 1:
            words.append(f"--clients {self.clients} --length {self.length}")
        if self.resp != 2:
            words.append(f"--resp {self.resp}")
        words += [word for word, given in (("--pauses", self.pauses), ("--replica", self.replica)) if given]
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a campaign came to: how many commands and how much processor time it took to meet the fault, or all of both.

    The time is that of the process that judges and of the server, without a replica's. `at` is the command at which
    the fault shows, in so many `steps` after shrinking.
    """

    kind: str
    name: str
    way: str
    seed: int
    commands: int
    spent_s: float
    is_found: bool = False
    at: str = ""
    steps: int = 0
    failure: str = ""
    """Why the campaign ended before its time."""


def hunts() -> Iterator[Hunt]:
    """One for each planted fault of servers."""
    yield from (_hunt_for(fault) for fault in FAULTS.values())
    yield from (Hunt(ENDING, name, "7.0", ("lists",)) for name in ENDINGS)
    yield from (_replicated_hunt_for(fault) for fault in REPLICATION_FAULTS.values())


def _hunt_for(fault: Fault) -> Hunt:
    if fault.proof:
        groups = (_GROUP_OF_SCAN[fault.parameters["scan"]],)
        return Hunt(HASH_TABLES, fault.name, fault.emulate, groups, found_by=fault.proof)
    return Hunt(KEYSPACE, fault.name, fault.emulate, fault.groups, fault.clients, fault.resp, fault.pauses)


def _replicated_hunt_for(fault: ReplicationFault) -> Hunt:
    group = fault.parameters.get("group")
    groups = _REPLICATED if group is None else (str(group),)
    return Hunt(REPLICATED, fault.name, fault.emulate, groups, replica=True, found_by=fault.found_by)


class _Watch(Silence):
    """Keeps how far the campaign was when it met each divergence, and after how much processor time."""

    def __init__(self, target: BundledTarget, judge: Judge, length: int) -> None:
        self.met_at: dict[str, tuple[int, float]] = {}
        self._judge = judge
        self._judged_before = judge.commands_judged
        self._length = length
        self._histories = 0
        self._server = Path(f"/proc/{target.pid}/schedstat")
        self._server_s = 0.0
        self._before_s = 0.0
        self._before_s = self.spent_s

    @property
    def spent_s(self) -> float:
        """Processor time since the watch was made; of a server that has ended, what it had taken when last seen."""
        with suppress(OSError):
            self._server_s = int(self._server.read_text().split()[0]) / 1e9
        return time.process_time() + self._server_s - self._before_s

    @property
    def commands(self) -> int:
        """Commands judged since."""
        return self._judge.commands_judged - self._judged_before

    def progress(self, findings: Findings) -> None:
        """See the server's time while there is a server."""
        self._histories = findings.histories
        _ = self.spent_s

    def met(self, divergence: Divergence) -> None:
        """Keep how far it is; where a reply is missing those before it may be too, so whole histories are counted."""
        commands = (self._histories + 1) * self._length if divergence.kind == MISSING else self.commands
        self.met_at[divergence.signature] = commands, self.spent_s


class Sound:
    """The bundled server without a fault, for each version and protocol: what it shows as well is no planted fault."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._judges: dict[tuple[str, int, bool], Judge] = {}

    def shows(self, hunt: Hunt, divergence: Divergence) -> bool:
        """Whether the steps of a divergence show something without the fault too."""
        place = hunt.emulate, hunt.resp, hunt.replica
        if place not in self._judges:
            target = BundledTarget("bundled", hunt.emulate, (*SERVER, "--seed", str(SEED)), hash_seed=str(SEED))
            self._judges[place] = _judge_of(self._stack, hunt, target)
        return self._judges[place].run_alone(judged_steps(divergence.steps)) is not None


def measure(hunt: Hunt, runs: Sequence[tuple[int, str]], sound: Sound) -> Iterator[Outcome]:
    """Run the campaign of a hunt once for each seed and way, each within its budget or until the fault is found.

    Raises TargetError when the server cannot be started.
    """
    program = (sys.executable, str(FAULTY_SERVER), "--fault", hunt.name, "--seed", str(SEED))
    target = BundledTarget(f"bundled with {hunt.name}", hunt.emulate, program, hash_seed=str(SEED))
    with ExitStack() as stack:
        judge = _judge_of(stack, hunt, target)
        stepwise = stack.enter_context(StepwiseJudge(target, modelled(target), _protocols(hunt)))
        for seed, way in runs:
            # A server that hangs since the last campaign would answer nothing; a replica's follows its master.
            if not hunt.replica:
                judge.close()
                target.restart()
            yield _campaign(hunt, seed, way, sound, (target, judge, stepwise))


def _campaign(hunt: Hunt, seed: int, way: str, sound: Sound, parts: tuple[BundledTarget, Judge, Judge]) -> Outcome:
    target, judge, stepwise = parts
    watch = _Watch(target, judge, hunt.length)
    caught: dict[str, bool] = {}

    def is_over(findings: Findings) -> bool:
        for signature, divergence in findings.divergences.items():
            if signature not in caught:
                caught[signature] = not sound.shows(hunt, divergence)
        return any(caught.values())

    with TemporaryDirectory() as folder:
        source = _source(hunt, seed, way, target, Path(folder))
        campaign = Campaign(
            judge, source, stepwise=stepwise, revive=target.restart, observer=watch, shrinking_s=SHRINKING_S
        )
        try:
            campaign.run(BUDGETS[hunt.kind, way], is_over)
        except TargetError as error:
            return Outcome(hunt.kind, hunt.name, way, seed, watch.commands, watch.spent_s, failure=str(error))
    signature = next((signature for signature, is_the_faults in caught.items() if is_the_faults), None)
    if signature is None:
        return Outcome(hunt.kind, hunt.name, way, seed, watch.commands, watch.spent_s)
    divergence = campaign.findings.divergences[signature]
    return Outcome(
        hunt.kind, hunt.name, way, seed, *watch.met_at[signature], True, divergence.command, len(divergence.steps)
    )


def _source(hunt: Hunt, seed: int, way: str, target: BundledTarget, folder: Path) -> Source:
    version = modelled(target)
    lacked = unsupported_commands(target, version, hunt.groups)
    without = (*lacked, *(ABOUT_REPLICAS if hunt.replica else ()))
    generator = Generator(hunt.groups, hunt.clients, hunt.pauses, without=without)
    if way == DRAWN:
        return Drawn(generator, seed, hunt.length)
    return Guided(version, generator, seed, hunt.length, _protocols(hunt), Corpus(folder / "corpus"), folder / "log")


def _judge_of(stack: ExitStack, hunt: Hunt, target: BundledTarget) -> Judge:
    """Start a target, with a replica where the hunt has one, and a judge of it."""
    if hunt.clients > 1 or hunt.kind == ENDING:
        target.timeout_ms = PATIENCE_MS
    if hunt.replica:
        target.configure(QUICK)
    stack.enter_context(target)
    given = target, modelled(target), _protocols(hunt)
    if not hunt.replica:
        return stack.enter_context(Judge(*given))
    passages = stack.enter_context(Passages(target, [REPLICATION]))
    return stack.enter_context(PassingJudge(passages, *given))


def _protocols(hunt: Hunt) -> dict[str, int]:
    return dict.fromkeys(CLIENT_NAMES, hunt.resp)
