"""A divergence: a reply that the model does not allow, or servers that differ, as a record.

Everything that people see is drawn from it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from redproof_model.choice import BLOCKED, Choice, Expected, example
from redproof_model.keyspace.roles import Role
from redproof_model.reply import (
    Attribute,
    BigNumber,
    Boolean,
    Double,
    Error,
    Map,
    Null,
    Push,
    Reply,
    Set,
    Status,
    Verbatim,
)

from redproof_properties.errors import ProtocolError, TargetClosed, TargetDied, TargetError, TargetSilent
from redproof_properties.history import Fault, History, Step, from_json, quote, show, to_json
from redproof_properties.replication.schedules.schedule import Schedule
from redproof_properties.replication.topologies.topology import Topology

_QUOTED = re.compile(rb"'[^']*'|`[^`]*`|\d+")
RECORD_FORMAT = 2
FORMATS_READ = (1, 2)
"""Format 1 told neither role nor topology: all was done to one server, a master as far as one knows."""

MISSING: Final = "no reply"
MALFORMED: Final = "malformed reply"
UNANSWERED: Final = (TargetClosed, TargetDied, TargetSilent, ProtocolError)
"""Errors of a target that has not answered, or not in RESP."""

_TEXTS = (
    "command", "kind", "expected", "actual", "expected_shape", "actual_shape", "target", "server", "model", "seed",
)  # fmt: skip


@dataclass(slots=True)
class Divergence:
    """What was expected and what came instead, at the last of `steps`.

    `command` is that of the last step, or the one that a client waited with when its time may have been up.
    `kind` says how the two were compared and found different: `reply`, `no reply` (a client that should have been
    answered was not), `malformed reply` (what came is no RESP), or `unasked reply`; or, where servers were compared,
    what of them differs. `expected` and
    `actual` are texts for people; their shapes make the `signature`, which stays the same for other keys, values, seeds
    and versions. `role` is what the server was in replication. With a `topology` the steps were taken by several
    servers, and make a schedule. Of `attempts` runs of the steps so many `reproduced` it; none where nobody tried.
    """

    command: str
    kind: str
    expected: str
    actual: str
    expected_shape: str
    actual_shape: str
    steps: list[Step] = field(default_factory=list)
    clients: dict[str, int] = field(default_factory=dict)
    property_name: str = ""
    target: str = ""
    server: str = ""
    model: str = ""
    seed: str = ""
    role: str = Role.MASTER.value
    topology: Topology | None = None
    reproduced: int = 0
    attempts: int = 0

    def __str__(self) -> str:
        return f"{self.command}: expected {self.expected}, got {self.actual}"

    @property
    def signature(self) -> str:
        """The stable id: a hash of the command, the kind and the shapes."""
        text = "\n".join((self.command, self.kind, self.expected_shape, self.actual_shape))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def script(self) -> list[str]:
        """The steps as lines of commands, each with its client when there are several."""
        several = len(self.clients) > 1 or self.topology is not None
        servers = [] if self.topology is None else self.topology.script()
        if self.role != Role.MASTER.value:
            servers = [f"# the server is a {self.role}"]
        return [*servers, *(show(step, several) for step in self.steps)]

    def to_json(self) -> dict[str, Any]:
        """The record as JSON data."""
        return {
            "format": RECORD_FORMAT,
            "id": self.signature,
            "property": self.property_name,
            "target": self.target,
            "server": self.server,
            "model": self.model,
            "command": self.command,
            "kind": self.kind,
            "expected": self.expected,
            "actual": self.actual,
            "expected_shape": self.expected_shape,
            "actual_shape": self.actual_shape,
            "seed": self.seed,
            "clients": self.clients,
            "role": self.role,
            "topology": None if self.topology is None else self.topology.to_json(),
            "reproduced": self.reproduced,
            "attempts": self.attempts,
            "steps": [to_json(step) for step in self.steps],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Divergence:
        """Read a record. Raises KeyError, TypeError, ValueError or `UsageError` when it is none."""
        if data["format"] not in FORMATS_READ:
            raise ValueError(f"record format {data['format']}, this version reads {', '.join(map(str, FORMATS_READ))}")
        told, role = (None, Role.MASTER) if data["format"] == 1 else (data["topology"], Role(data["role"]))
        topology = None if told is None else Topology.from_json(told)
        steps = [from_json(step) for step in data["steps"]]
        if topology is not None:
            Schedule(topology, tuple(steps))
        elif any(isinstance(step, Fault) for step in steps):
            raise ValueError("faults without a topology")
        texts = {name: str(data[name]) for name in _TEXTS}
        clients = {str(name): int(resp) for name, resp in data["clients"].items()}
        return cls(
            **texts,
            property_name=str(data["property"]),
            clients=clients,
            steps=steps,
            role=role.value,
            topology=topology,
            reproduced=int(data.get("reproduced", 0)),
            attempts=int(data.get("attempts", 0)),
        )

    def dumps(self) -> str:
        """The record as JSON text."""
        return json.dumps(self.to_json(), indent=2) + "\n"


def found(command: str, kind: str, expected: Expected | str, actual: Reply | None, steps: History) -> Divergence:
    """Make the divergence of `command`, seen at the last of `steps`."""
    expected_part, actual_part = _first_difference(command, expected, actual)
    return Divergence(
        command=command,
        kind=kind,
        expected=expected if isinstance(expected, str) else render_expected(expected),
        actual=render(actual),
        expected_shape=kind if isinstance(expected_part, str) else shape_expected(expected_part),
        actual_shape=shape(actual_part),
        steps=list(steps),
    )


def unanswered(command: str, expected: Expected | str, failure: TargetError, steps: History) -> Divergence:
    """Make the divergence of `command`, the last of `steps`, where one of `UNANSWERED` has come instead of a reply.

    What was wrong with bytes is for people alone: how far they have come, and so what is found first, is chance.
    """
    divergence = found(command, MALFORMED if isinstance(failure, ProtocolError) else MISSING, expected, None, steps)
    divergence.actual = str(failure)
    return divergence


def _first_difference(
    command: str, expected: Expected | str, actual: Reply | None
) -> tuple[Expected | str, Reply | None]:
    """What the signature is made of: of a transaction's replies the first pair that differs, else all of both.

    Where a transaction's replies cannot be paired, how many and which ones they are says nothing about the fault.
    """
    if command != "EXEC" or isinstance(expected, str) or expected is BLOCKED:
        return expected, actual
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = zip(expected, actual, strict=True)
        return next((pair for pair in pairs if pair[0] != pair[1]), (expected, actual))
    one = example(expected) if isinstance(expected, Choice) else expected
    return [] if isinstance(one, list) else one, [] if isinstance(actual, list) else actual


def render_expected(expected: Expected) -> str:
    """An expectation in words."""
    return expected.describe() if isinstance(expected, Choice) else render(expected)


def render(reply: Reply | None) -> str:
    """A reply as one line that keeps the types apart, close to what redis-cli prints."""
    match reply:
        case None:
            return "nothing"
        case bytes():
            return f'"{quote(reply)}"' if not quote(reply).startswith('"') else quote(reply)
        case int():
            return f"(integer) {reply}"
        case Status(text):
            return f"(status) {text.decode('latin-1')}"
        case Error(text):
            return f"(error) {text.decode('latin-1')}"
        case Null():
            return {"$-1": "(nil)", "*-1": "(nil array)", "_": "(null)"}[reply.value]
        case list():
            return "[" + ", ".join(map(render, reply)) + "]"
        case Set(items) | Push(items):
            return f"({type(reply).__name__.lower()}) [" + ", ".join(map(render, items)) + "]"
        case Map(pairs):
            return "{" + ", ".join(f"{render(key)}: {render(value)}" for key, value in pairs) + "}"
        case Attribute(_, inner):
            return f"(attribute) {render(inner)}"
        case Double(text) | BigNumber(text):
            return f"({type(reply).__name__.lower()}) {text.decode('latin-1')}"
        case Verbatim(form, text):
            return f"(verbatim {form.decode('latin-1')}) {render(text)}"
        case Boolean(value):
            return f"(boolean) {str(value).lower()}"


def shape_expected(expected: Expected) -> str:
    """The shape of an expectation; of a choice, that of one example: a fault is the same in doubt and without."""
    if expected is BLOCKED:
        return "no reply"
    if isinstance(expected, Choice):
        return shape(example(expected))
    return shape(expected)


def shape(reply: Reply | None) -> str:
    """What stays of a reply when its values are taken away: its types, and the texts of errors and statuses."""
    match reply:
        case Error(text) | Status(text):
            normal = _QUOTED.sub(b"*", text).decode("latin-1")
            return f"{type(reply).__name__.lower()} {normal}"
        case list():
            return f"array of {_shapes(reply)}"
        case Set(items) | Push(items):
            return f"{type(reply).__name__.lower()} of {_shapes(items)}"
        case Map(pairs):
            return f"map of {_shapes([value for _, value in pairs])}"
        case Null():
            return f"null {reply.value}"
        case None:
            return "nothing"
    return type(reply).__name__.lower()


def _shapes(items: list[Reply]) -> str:
    return "|".join(sorted({shape(item) for item in items})) or "nothing"
