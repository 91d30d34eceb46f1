"""What the tests of redproof's own sharpness share: servers without a fault, and the table of what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from statistics import median

import pytest
from planted.failover.hunt import FailoverSighting
from planted.fault import Fault
from planted.hunt import SEED, Catch, SoundJudge, modelled
from planted.replicated.hunt import Sighting, SoundTarget
from redproof_properties.generate import CLIENT_NAMES
from redproof_properties.judge import Judge
from redproof_properties.targets import Target
from redproof_properties.targets.bundled import SERVER, BundledTarget

CATCHES = pytest.StashKey[list[Catch]]()
SIGHTINGS = pytest.StashKey[list[Sighting]]()
FAILOVER_SIGHTINGS = pytest.StashKey[list[FailoverSighting]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the tables."""
    config.stash[CATCHES] = []
    config.stash[SIGHTINGS] = []
    config.stash[FAILOVER_SIGHTINGS] = []


@pytest.fixture(scope="session")
def catches(pytestconfig: pytest.Config) -> list[Catch]:
    """The faults found so far; the table at the end of the run has a line for each."""
    return pytestconfig.stash[CATCHES]


@pytest.fixture(scope="session")
def sightings(pytestconfig: pytest.Config) -> list[Sighting]:
    """The faults in replication found so far, which have a table of their own."""
    return pytestconfig.stash[SIGHTINGS]


@pytest.fixture(scope="session")
def failover_sightings(pytestconfig: pytest.Config) -> list[FailoverSighting]:
    """The faults in failover found so far, which have a table of their own."""
    return pytestconfig.stash[FAILOVER_SIGHTINGS]


@pytest.fixture(scope="session")
def sound_target() -> Iterator[SoundTarget]:
    """Gives the bundled server without a fault, emulating a version."""
    targets: dict[str, BundledTarget] = {}
    with ExitStack() as stack:

        def target_for(emulate: str) -> Target:
            if emulate not in targets:
                targets[emulate] = stack.enter_context(BundledTarget(f"bundled:{emulate}", emulate))
            return targets[emulate]

        yield target_for


@pytest.fixture(scope="session")
def sound_judge() -> Iterator[SoundJudge]:
    """Gives a judge of the bundled server without a fault, for the version and the protocol of a fault."""
    judges: dict[tuple[str, int], Judge] = {}
    with ExitStack() as stack:

        def judge_for(fault: Fault) -> Judge:
            place = fault.emulate, fault.resp
            if place not in judges:
                target = BundledTarget(f"bundled:{fault.emulate}", fault.emulate, (*SERVER, "--seed", str(SEED)))
                stack.enter_context(target)
                protocols = dict.fromkeys(CLIENT_NAMES, fault.resp)
                judges[place] = stack.enter_context(Judge(target, modelled(target), protocols))
            return judges[place]

        yield judge_for


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how soon each planted fault was found, and by what."""
    if catches := config.stash[CATCHES]:
        _tell_catches(terminalreporter, catches)
    if sightings := config.stash[SIGHTINGS]:
        _tell_sightings(terminalreporter, sightings)
    if failover_sightings := config.stash[FAILOVER_SIGHTINGS]:
        _tell_failover_sightings(terminalreporter, failover_sightings)


def _tell_catches(reporter: pytest.TerminalReporter, catches: list[Catch]) -> None:
    """A line for each fault, with how short the script is that shows it."""
    reporter.section(f"{len(catches)} planted faults found")
    reporter.line(f"{'fault':<40} {'commands':>8} {'found s':>8} {'shrunk s':>8} {'steps':>5}  at")
    for catch in catches:
        reporter.line(
            f"{catch.fault.name:<40} {catch.commands:>8} {catch.found_s:>8.2f} {catch.shrunk_s:>8.2f} "
            f"{len(catch.divergence.steps):>5}  {catch.divergence.command}"
        )


def _tell_sightings(reporter: pytest.TerminalReporter, sightings: list[Sighting]) -> None:
    """A line for each fault in replication, with the property that found it."""
    times_s = [sighting.found_s for sighting in sightings]
    reporter.section(f"{len(sightings)} planted faults in replication found")
    reporter.line(f"{'fault':<42} {'found s':>8}  by")
    for sighting in sightings:
        parameters = ", ".join(map(str, sighting.fault.parameters.values()))
        by = f"{sighting.fault.found_by}[{parameters}]" if parameters else sighting.fault.found_by
        reporter.line(f"{sighting.fault.name:<42} {sighting.found_s:>8.2f}  {by}")
    reporter.line(f"{'median':<42} {median(times_s):>8.2f}")
    reporter.line(f"{'max':<42} {max(times_s):>8.2f}")


def _tell_failover_sightings(reporter: pytest.TerminalReporter, sightings: list[FailoverSighting]) -> None:
    """A line for each fault in failover, with the judge that found it and in how many simulated runs."""
    reporter.section(f"{len(sightings)} planted faults in failover found")
    reporter.line(f"{'fault':<34} {'runs':>5} {'found s':>8}  by")
    for sighting in sightings:
        reporter.line(f"{sighting.fault.name:<34} {sighting.seeds:>5} {sighting.found_s:>8.2f}  {sighting.fault.judge}")
    reporter.line(f"{'all':<34} {sum(one.seeds for one in sightings):>5} {sum(one.found_s for one in sightings):>8.2f}")
