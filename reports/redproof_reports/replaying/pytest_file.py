"""Replay without redproof: a record as a test for pytest, which needs nothing but Python."""

from __future__ import annotations

import inspect
import pprint
import time
from collections.abc import Iterator
from typing import Final

from redproof_model.choice import BLOCKED, SILENT, Choice, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role
from redproof_model.reply import project
from redproof_properties.divergence import Divergence, render_expected
from redproof_properties.errors import UsageError
from redproof_properties.grammar import Argument, Seen
from redproof_properties.history import Call, Expire, Fault, Sleep, clients_of
from redproof_properties.judged import version_named
from redproof_properties.replication.judges.operated import OPERATOR
from redproof_properties.seen import SeenReplies

from redproof_reports.again import replay_command
from redproof_reports.replaying import standalone
from redproof_reports.text import printable, shorten

_COPIED_FROM: Final = "# copied from here\n"
_TEST: Final = '''

STEPS = {steps}
"""Commands, each with its client, and pauses in seconds."""

EXPECTED = {expected}
RECORDED = {actual}


def test_{id}() -> None:
    """{command} gets the reply that the model allows."""
    clients = {clients}
    first = next(iter(clients.values()))
    reply = None
    assert "db" not in (first.call(b"INFO", b"keyspace") or ""), "this server holds keys; give an empty one"
    try:
        for step in STEPS:
            if isinstance(step, float):
                time.sleep(step)
            else:
                reply = clients[step[0]].call(*step[1])
    finally:
        janitor = Client()
        janitor.call(b"FLUSHALL")
        for client in (janitor, *clients.values()):
            client.close()
    {claim}
'''
_EXACT: Final = "assert reply == EXPECTED"
_NOT_AS_RECORDED: Final = 'assert reply != RECORDED, f"got {reply}, expected {EXPECTED}"'


def write_pytest(divergence: Divergence, record_name: str) -> str:
    """The text of the test. Raises UsageError for a record that such a test cannot tell."""
    certain = _last_expected(divergence)
    missing = divergence.kind == "no reply"
    clients = {name: f"Client({divergence.clients.get(name, 2)})" for name in clients_of(divergence.steps)}
    shown = ", ".join(f'"{name}": {made}' for name, made in clients.items())
    head = _head(divergence, record_name)
    body = inspect.getsource(standalone).partition(_COPIED_FROM)[2]
    return (head + body).replace("import socket\n", "import socket\nimport time\n", 1) + _TEST.format(
        steps=pprint.pformat(list(_steps(divergence)), width=110),
        expected=repr(divergence.expected),
        actual=repr(None if missing else divergence.actual),
        id=divergence.signature,
        command=printable(divergence.command).replace("\\", "\\\\").replace('"', "'"),
        clients="{" + shown + "}",
        claim=_EXACT if certain and not missing else _NOT_AS_RECORDED,
    )


def _head(divergence: Divergence, record_name: str) -> str:
    where = f"{divergence.target} ({divergence.server}), judged as {divergence.model}"
    lines = [
        f"Divergence {divergence.signature}: {divergence.command} on {where}.",
        "",
        f"    REDIS_URL=redis://127.0.0.1:6379 pytest test_{divergence.signature}.py",
        "",
        "The server, redis://… or unix:///…, must hold no keys and is left without any. The test fails where the",
        "divergence is still there. The same, judged again by the model:",
        "",
        f"    {replay_command(record_name, divergence)}",
    ]
    return "\n".join(["# " + shorten(printable(line)) if line else "#" for line in lines]) + "\n\n"


def _steps(divergence: Divergence) -> Iterator[object]:
    for step in divergence.steps:
        if isinstance(step, Sleep):
            yield step.duration_ms / 1000
        elif isinstance(step, Call):
            yield step.client, [word.name if isinstance(word, Seen) else word for word in step.argv]


def _last_expected(divergence: Divergence) -> bool:
    """Whether the model allows one reply only to the last command: that recorded as expected.

    Raises UsageError where it is not the last command's own reply that differs, or where a client waits.
    """
    _refuse_what_needs_more(divergence)
    version = version_named(divergence.model)
    model, seen, now_ms = Model(version), SeenReplies(), time.time_ns() // 1_000_000
    for client in clients_of(divergence.steps):
        model.connect(client, divergence.clients.get(client, 2))
    expected: Expected = SILENT
    for step in divergence.steps:
        if isinstance(step, Sleep):
            now_ms += step.duration_ms
        elif isinstance(step, Call):
            argv = [_resolved(word, seen) for word in step.argv]
            expected = model.step(step.client, argv, now_ms, now_ms)
            if step is not divergence.steps[-1]:
                _take_example(model, step, argv, expected, seen)
    last = divergence.steps[-1]
    if not isinstance(last, Call) or expected in (BLOCKED, SILENT) or last.name != divergence.command:
        raise UsageError(f"{divergence.signature}: {_WAITS}")
    if isinstance(expected, Choice):
        return False
    return render_expected(project(expected, model.protocol(last.client))) == divergence.expected


_WAITS: Final = "a client waits in it, which a test of this kind cannot tell: use --as bash, or redproof replay"


def _refuse_what_needs_more(divergence: Divergence) -> None:
    if divergence.topology is not None or divergence.role != Role.MASTER.value:
        raise UsageError(f"{divergence.signature}: several servers are more than such a test has: use redproof replay")
    if OPERATOR in clients_of(divergence.steps):
        raise UsageError(
            f"{divergence.signature}: the server is made to refuse commands meanwhile: use redproof replay"
        )
    if divergence.kind not in ("reply", "no reply"):
        raise UsageError(
            f"{divergence.signature}: a divergence of the kind {divergence.kind} shows in no reply to its last command"
        )
    if any(isinstance(step, Expire | Fault) for step in divergence.steps):
        raise UsageError(f"{divergence.signature}: {_WAITS}")


def _resolved(word: Argument, seen: SeenReplies) -> bytes:
    return word if isinstance(word, bytes) else seen.told[word]


def _take_example(model: Model, step: Call, argv: list[bytes], expected: Expected, seen: SeenReplies) -> None:
    """Go on as if the server had given one of the replies that are allowed."""
    if expected is BLOCKED or expected is SILENT:
        raise UsageError(_WAITS)
    resp = model.protocol(step.client)
    reply = project(expected.example() if isinstance(expected, Choice) else expected, resp)
    observe(expected, reply, resp)
    seen.remember(argv, reply)
