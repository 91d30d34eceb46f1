"""The table of mutants by the claim that noticed each, at the end of a run of the tests."""

from __future__ import annotations

import pytest
from mutants.mutant import Mutant

CAUGHT = pytest.StashKey[list[Mutant]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the table."""
    config.stash[CAUGHT] = []


@pytest.fixture(scope="session")
def caught(pytestconfig: pytest.Config) -> list[Mutant]:
    """The mutants noticed so far."""
    return pytestconfig.stash[CAUGHT]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print which claim noticed each mutant, and in how many actions of the shortest trace."""
    caught = config.stash[CAUGHT]
    if not caught:
        return
    terminalreporter.section(f"{len(caught)} mutants noticed")
    terminalreporter.line(f"{'mutant':<84} {'noticed by':<45} {'reading':<8} trace")
    for row in caught:
        length = str(row.trace_length) if row.reading == "explore" else "-"
        terminalreporter.line(f"{row.breaks:<84} {row.caught_by:<45} {row.reading:<8} {length:>5}")
