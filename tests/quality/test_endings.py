"""Campaigns on servers that end, hang, or are wrong once: each is told, and the campaign goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from planted.hunt import FAULTY_SERVER, modelled
from redproof_properties.divergence import Divergence
from redproof_properties.fuzzing.campaign import Campaign
from redproof_properties.fuzzing.examine import EMPTY
from redproof_properties.fuzzing.findings import Findings
from redproof_properties.fuzzing.source import Drawn
from redproof_properties.fuzzing.stepwise import StepwiseJudge
from redproof_properties.generate import Generator
from redproof_properties.judge import Judge
from redproof_properties.targets.bundled import BundledTarget

HANGS = "linsert-hangs"
HISTORIES = 2
LENGTH = 50
SHRINKING_S = 1.0
PATIENCE_MS = 1_000
"""For how long one that hangs is waited for: others answer sooner, on a busy machine too."""


@contextmanager
def campaign_on(fault: str) -> Iterator[Campaign]:
    """A campaign on the bundled server with this fault."""
    with BundledTarget(
        f"bundled with {fault}", "7.0", (sys.executable, str(FAULTY_SERVER), "--fault", fault)
    ) as target:
        if fault == HANGS:
            target.timeout_ms = PATIENCE_MS
        version = modelled(target)
        with Judge(target, version) as judge, StepwiseJudge(target, version) as stepwise:
            source = Drawn(Generator(["lists"], favourite="LINSERT"), 1, LENGTH)
            yield Campaign(judge, source, stepwise=stepwise, revive=target.restart, shrinking_s=SHRINKING_S)


def run(fault: str) -> Findings:
    with campaign_on(fault) as campaign:
        campaign.run(is_over=lambda findings: findings.histories >= HISTORIES)
    return campaign.findings


def commands_of(divergence: Divergence) -> list[str]:
    return [step.name for step in divergence.steps]  # type: ignore[union-attr]


@pytest.mark.parametrize("fault", ["linsert-ends-the-server", HANGS])
def test_a_server_that_ends_or_hangs_is_started_again_and_the_command_is_told(fault: str) -> None:
    findings = run(fault)
    (divergence,) = findings.divergences.values()
    assert (divergence.command, divergence.kind) == ("LINSERT", "no reply")
    assert commands_of(divergence)[-1] == "LINSERT"
    assert divergence.reproduced == divergence.attempts >= 2
    assert findings.occurrences[divergence.signature] > 1
    assert findings.histories == HISTORIES


def test_a_server_that_ends_later_is_told_with_what_came_before() -> None:
    findings = run("linsert-ends-the-server-later")
    (divergence,) = findings.divergences.values()
    assert (divergence.kind, divergence.steps[-1]) == ("no reply", EMPTY)
    assert "LINSERT" in commands_of(divergence)
    assert divergence.reproduced == divergence.attempts >= 2
    assert findings.histories == HISTORIES


def test_a_divergence_that_does_not_come_again_is_told() -> None:
    (divergence,) = run("llen-is-wrong-once").divergences.values()
    assert (divergence.command, divergence.actual) == ("LLEN", "(integer) 9")
    assert (divergence.reproduced, divergence.attempts) == (0, 5)
