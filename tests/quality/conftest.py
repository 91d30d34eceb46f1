"""What the tests of redproof's own sharpness share: servers without a fault, and the table of what was found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from planted.fault import Fault
from planted.hunt import SEED, Catch, SoundJudge, modelled
from redproof_properties.generate import CLIENT_NAMES
from redproof_properties.judge import Judge
from redproof_properties.targets.bundled import SERVER, BundledTarget

CATCHES = pytest.StashKey[list[Catch]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the table."""
    config.stash[CATCHES] = []


@pytest.fixture(scope="session")
def catches(pytestconfig: pytest.Config) -> list[Catch]:
    """The faults found so far; the table at the end of the run has a line for each."""
    return pytestconfig.stash[CATCHES]


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
    """Print how soon each planted fault was found, and how short the script is that shows it."""
    catches = config.stash[CATCHES]
    if not catches:
        return
    terminalreporter.section(f"{len(catches)} planted faults found")
    terminalreporter.line(f"{'fault':<40} {'commands':>8} {'found s':>8} {'shrunk s':>8} {'steps':>5}  at")
    for catch in catches:
        terminalreporter.line(
            f"{catch.fault.name:<40} {catch.commands:>8} {catch.found_s:>8.2f} {catch.shrunk_s:>8.2f} "
            f"{len(catch.divergence.steps):>5}  {catch.divergence.command}"
        )
