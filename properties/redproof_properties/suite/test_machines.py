"""Stateful machines: the same judgement as the bulk histories, on what Hypothesis thinks of."""

from __future__ import annotations

import pytest

from redproof_properties.judged import Judged
from redproof_properties.machine import keyspace_machine, run_machine
from redproof_properties.vocabulary import GROUPS


@pytest.mark.documented(
    "Whatever two clients do with {group} commands, the server behaves as the model of its version",
    source="https://redis.io/docs/latest/commands/",
)
@pytest.mark.parametrize("group", GROUPS)
def test_machine(judged: Judged, group: str) -> None:
    groups = dict.fromkeys(["strings", group, "transactions"])
    judged.need_group(group)
    with judged.judge() as judge:
        run_machine(keyspace_machine(judged, judge, list(groups), ["A", "B"]), judged, judge)
