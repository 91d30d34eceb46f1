"""A divergence: a reply that the model does not allow, as a record from which everything people see is drawn."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from redproof_model.choice import BLOCKED, Choice, Expected, example
from redproof_model.reply import Attribute, Error, Map, Null, Push, Reply, Set, Status

from redproof_properties.history import History, Step, from_json, quote, show, to_json

_QUOTED = re.compile(rb"'[^']*'|`[^`]*`|\d+")
RECORD_FORMAT = 1
_TEXTS = (
    "command", "kind", "expected", "actual", "expected_shape", "actual_shape", "target", "server", "model", "seed",
)  # fmt: skip


@dataclass(slots=True)
class Divergence:
    """What was expected and what came instead, at the last of `steps`.

    `kind` says how the two were compared and found different: `reply`, `no reply` (a client that should have been
    answered was not), or `unasked reply`. `expected` and `actual` are texts for people; their shapes make the
    `signature`, which stays the same for other keys, values, seeds and versions.
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

    def __str__(self) -> str:
        return f"{self.command}: expected {self.expected}, got {self.actual}"

    @property
    def signature(self) -> str:
        """The stable id: a hash of the command, the kind and the shapes."""
        text = "\n".join((self.command, self.kind, self.expected_shape, self.actual_shape))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def script(self) -> list[str]:
        """The steps as lines of commands, each with its client when there are several."""
        several = len(self.clients) > 1
        return [show(step, several) for step in self.steps]

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
            "steps": [to_json(step) for step in self.steps],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Divergence:
        """Read a record. Raises KeyError, TypeError or ValueError when it is none."""
        if data["format"] != RECORD_FORMAT:
            raise ValueError(f"record format {data['format']}, this version reads {RECORD_FORMAT}")
        texts = {name: str(data[name]) for name in _TEXTS}
        clients = {str(name): int(resp) for name, resp in data["clients"].items()}
        return cls(
            **texts,
            property_name=str(data["property"]),
            clients=clients,
            steps=[from_json(step) for step in data["steps"]],
        )

    def dumps(self) -> str:
        """The record as JSON text."""
        return json.dumps(self.to_json(), indent=2) + "\n"


def found(command: str, kind: str, expected: Expected | str, actual: Reply | None, steps: History) -> Divergence:
    """Make the divergence of `command`, the last of `steps`."""
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
    return f"({type(reply).__name__.lower()}) {reply}"


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
