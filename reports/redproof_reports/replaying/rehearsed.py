"""What the model alone says of a record's steps: the replies of all that came before the one that differs.

Those agreed, so they were the model's. Where the model leaves a choice the record does not tell which reply came, and
what follows may depend on it: from there on nothing is said.
"""

from __future__ import annotations

import time

from redproof_model.choice import Choice
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role
from redproof_model.reply import project
from redproof_model.versions import Version
from redproof_properties.divergence import Divergence, render, render_expected
from redproof_properties.errors import UsageError
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Sleep, clients_of
from redproof_properties.judged import version_named


def rehearse(divergence: Divergence) -> list[str | None]:
    """For each step the reply that the model allows, None where that is not known."""
    version = judging_version(divergence)
    told: list[str | None] = [None] * len(divergence.steps)
    if version is None:
        return told
    model, now_ms = Model(version), time.time_ns() // 1_000_000
    for client in clients_of(divergence.steps):
        model.connect(client, divergence.clients.get(client, 2))
    for number, step in enumerate(divergence.steps):
        if isinstance(step, Sleep):
            now_ms += step.duration_ms
            continue
        if not isinstance(step, Call) or any(isinstance(word, Seen) for word in step.argv):
            return told
        argv = [word for word in step.argv if isinstance(word, bytes)]
        expected = model.step(step.client, argv, now_ms, now_ms)
        if isinstance(expected, Choice):
            told[number] = render_expected(expected)
            return told
        told[number] = render(project(expected, model.protocol(step.client)))
    return told


def judging_version(divergence: Divergence) -> Version | None:
    """The version that judged; None where it was not the model, or not the data of one server."""
    if divergence.topology is not None or divergence.role != Role.MASTER.value:
        return None
    try:
        return version_named(divergence.model)
    except UsageError:
        return None
