"""The hunt for a planted fault: seeded histories on the faulty server until one diverges, then shrinking."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import is_hypothesis_test, seed, settings
from hypothesis.errors import FlakyFailure
from planted.fault import Fault
from redproof_model.versions import Version, find_version
from redproof_properties.comparison import Comparison
from redproof_properties.divergence import Divergence
from redproof_properties.generate import CLIENT_NAMES, Generator
from redproof_properties.history import Call, History
from redproof_properties.judge import Judge
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.run import PROFILES, Run
from redproof_properties.shrink import shrink
from redproof_properties.suite import (
    test_buckets,
    test_counterexamples,
    test_documented,
    test_pages,
    test_rehash,
    test_scan,
)
from redproof_properties.targets import Target
from redproof_properties.targets.bundled import BundledTarget
from redproof_properties.unsupported import unsupported_commands

FAULTY_SERVER = Path(__file__).parents[1] / "faulty_server.py"
SEED = 1
HISTORY_LENGTH = 100
SHORT_HISTORY_LENGTH = 40
PATIENCE_MS = 250
"""How long blocked clients wait for a reply that is due: shrinking a fault that leaves them without waits often."""

EFFORT = settings(max_examples=200, deadline=None, database=None, report_multiple_bugs=False)
NOT_MODELLED = frozenset({"BGSAVE", "CONFIG", "DEBUG"})
PROOFS = (test_documented, test_scan, test_buckets, test_rehash, test_pages, test_counterexamples)
"""The modules of the suite that hold the properties which a fault may name as its proof."""

SoundJudge = Callable[[Fault], Judge]
"""Gives a judge of the bundled server without a fault, where a script that shows the fault must pass."""


@dataclass(frozen=True, slots=True)
class Catch:
    """A fault that was found: how many commands that took, how long, and the divergence after shrinking."""

    fault: Fault
    commands: int
    found_s: float
    shrunk_s: float
    divergence: Divergence


def faulty_target(fault: Fault) -> BundledTarget:
    """The bundled server with this fault, as a target that is not yet started; its own randomness is seeded."""
    program = (sys.executable, str(FAULTY_SERVER), "--fault", fault.name, "--seed", str(SEED))
    return BundledTarget(f"bundled with {fault.name}", fault.emulate, program, hash_seed=str(SEED))


def modelled(target: Target) -> Version:
    """The version of the model for a running target; raises LookupError when there is none."""
    version = find_version(target.version.family, target.version.number)
    if version is None:
        raise LookupError(f"{target.version} is not modelled")
    return version


def hunt(fault: Fault) -> Catch | None:
    """Look for a fault as its row says, for at most as many commands as it may take; None when it is not found."""
    with faulty_target(fault) as target:
        if fault.clients > 1:
            target.timeout_ms = PATIENCE_MS
        return _hunt_by_property(fault, target) if fault.proof else _hunt_by_histories(fault, target)


def _hunt_by_histories(fault: Fault, target: Target) -> Catch | None:
    """Judge histories of the fault's groups until one diverges, and shrink it."""
    version = modelled(target)
    lacked = unsupported_commands(target, version, fault.groups)
    generator = Generator(fault.groups, fault.clients, fault.pauses, without=lacked)
    length = HISTORY_LENGTH if fault.clients == 1 else SHORT_HISTORY_LENGTH
    with Judge(target, version, dict.fromkeys(CLIENT_NAMES, fault.resp)) as judge:
        started_s = time.monotonic()
        for number in range(fault.within // length):
            divergence = _lasting_divergence(judge, generator.history(SEED + number, length))
            if divergence is not None:
                found_s = time.monotonic() - started_s
                shrunk = shrink(divergence, judge.run_alone)
                commands = number * length + len(divergence.steps)
                return Catch(fault, commands, found_s, time.monotonic() - started_s - found_s, shrunk)
    return None


def _hunt_by_property(fault: Fault, target: Target) -> Catch | None:
    """Let Hypothesis look for a counterexample to the fault's property; it finds and shrinks in one.

    One that depends on when the server rehashes in the background is not found again: then it is not shrunk.
    """
    judged = judged_target(target)
    proof = find_proof(fault.proof)
    started_s = time.monotonic()
    try:
        proof(judged, **fault.parameters)
    except (DivergenceError, FlakyFailure) as failure:
        error = failure.exceptions[0] if isinstance(failure, FlakyFailure) else failure
        if not isinstance(error, DivergenceError):
            raise
        return Catch(fault, judged.summary.commands, time.monotonic() - started_s, 0.0, error.divergence)
    return None


@cache
def find_proof(name: str) -> Callable[..., None]:
    """The property of this name in the suite, with the effort of a hunt: Hypothesis lets that be set only once."""
    proof: Callable[..., None]
    (proof,) = (getattr(module, name) for module in PROOFS if hasattr(module, name))
    if is_hypothesis_test(proof):
        proof = seed(SEED)(EFFORT(proof))
    return proof


def judged_steps(steps: History) -> History:
    """The steps that the model knows: without those that look into the server or set how it behaves."""
    return [step for step in steps if not isinstance(step, Call) or step.name not in NOT_MODELLED]


def judged_target(target: Target) -> Judged:
    """A running target with a run of its own, for what asks for it as a property does."""
    return Judged(target, Run(PROFILES["quick"], SEED, Comparison.EXACT, out=Path("unwritten")))


def _lasting_divergence(judge: Judge, history: History) -> Divergence | None:
    """The divergence that a history shows again on new connections, not what an earlier history left in the old."""
    divergence = judge.run(history)
    if divergence is None:
        return None
    again = judge.run_alone(divergence.steps)
    return again if again is not None and again.signature == divergence.signature else None
