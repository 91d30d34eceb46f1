"""The hunt for a fault in replication: its property, run on the server that has the fault."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from planted.hunt import FAULTY_SERVER, SEED
from planted.replicated.fault import ReplicationFault
from redproof_properties import suite
from redproof_properties.comparison import Comparison
from redproof_properties.judged import Judged
from redproof_properties.run import Profile, Run
from redproof_properties.targets import Target
from redproof_properties.targets.bundled import BundledTarget

EFFORT = Profile("hunt", examples=40, steps=40, campaign_commands=3_000)
"""How long a property may look; as long it looks in vain at a server without a fault."""

SEEDS_MAX = 8
"""From how many seeds it may look."""

SoundTarget = Callable[[str], Target]
"""Gives a running server without a fault, of the version that is emulated."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A fault that was found: how long its property took, and the claim that it broke."""

    fault: ReplicationFault
    found_s: float
    claim: str


def faulty_target(fault: ReplicationFault) -> BundledTarget:
    """The bundled server with this fault, as a target that is not yet started; its replicas have the fault too."""
    program = (sys.executable, str(FAULTY_SERVER), "--fault", fault.name)
    return BundledTarget(f"bundled with {fault.name}", fault.emulate, program, hash_seed=str(SEED))


def look(fault: ReplicationFault, target: Target, out: Path) -> Sighting | None:
    """Look for a fault on a running target with its property, from several seeds; None when all its claims hold.

    What a seed shows may hang on whether a key has expired when the next command comes.
    """
    started_s = time.monotonic()
    for seed in range(SEED, SEED + SEEDS_MAX):
        claim = find_broken_claim(fault.found_by, fault.parameters, target, out, seed)
        if claim is not None:
            return Sighting(fault, time.monotonic() - started_s, claim)
    return None


def find_broken_claim(
    name: str, parameters: Mapping[str, str | int], target: Target, out: Path, seed: int = SEED
) -> str | None:
    """The first claim of a property that a running target breaks, in its own words; None when it breaks none.

    What keeps the property from being decided is raised: an error of the target, or that the property is skipped.
    """
    judged = Judged(target, Run(EFFORT, seed, Comparison.EXACT, out=out))
    try:
        find_property(name)(judged, **parameters)
    except AssertionError as broken:
        return str(broken)
    except ExceptionGroup as several:
        claims, others = several.split(AssertionError)
        if claims is None or others is not None:
            raise
        return "; ".join(map(str, claims.exceptions))
    except pytest.skip.Exception as skipped:
        raise RuntimeError(f"{name} is skipped: {skipped}") from skipped
    return None


@cache
def find_property(name: str) -> Callable[..., None]:
    """The property of replication of this name; raises LookupError when there is none."""
    for module in _modules():
        if name in vars(module):
            found: Callable[..., None] = vars(module)[name]
            return found
    raise LookupError(f"no property of replication is called {name}")


def _modules() -> Iterator[object]:
    for module in pkgutil.iter_modules(suite.__path__):
        if module.name.startswith(("test_replication_", "test_failover_")):
            yield importlib.import_module(f"{suite.__name__}.{module.name}")
