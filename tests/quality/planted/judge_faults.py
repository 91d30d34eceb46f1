"""Faults in the judging side, each with the check of redproof that must notice it.

As a pytest plugin (`-p planted.judge_faults`) this plants the fault that the environment variable names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from redproof_model.choice import Choice, Expected
from redproof_model.keyspace.model import Model
from redproof_model.reply import Null
from redproof_properties import drawing, resp, shrink
from redproof_properties.comparison import Comparison
from redproof_properties.conversation import Conversation
from redproof_properties.generate import Generator
from redproof_properties.grammar import Integer, Part
from redproof_properties.resp import Decoder

VARIABLE = "REDPROOF_JUDGE_FAULT"
CANARY = ("properties", "--target", "bundled", "-k", "test_canary")
STRINGS = ("properties", "--target", "bundled", "-k", "test_group and strings")
SHRINKING = ("tests/quality/test_shrinking.py",)
DUE = ("tests/properties/test_due.py",)
CODEC = ("tests/properties/test_resp.py",)


def hunt_for(name: str) -> tuple[str, ...]:
    """The check that this planted fault of the server is found."""
    return (f"tests/quality/test_planted_faults.py::test_fault_is_found_and_shrunk[{name}]",)


@dataclass(frozen=True, slots=True)
class JudgeFault:
    """What is broken in the judging side, and the pytest run that must fail because of it."""

    name: str
    breaks: str
    noticed_by: tuple[str, ...]
    plant: Callable[[], None]


def _replace(owner: object, name: str, faulty: Callable[..., Any]) -> None:
    getattr(owner, name)
    setattr(owner, name, faulty)


def _accept_every_choice() -> None:
    for kind in [Choice, *Choice.__subclasses__()]:
        _replace(kind, "observe", lambda self, reply, resp: True)


def _take_as_many(decoder: Decoder, expected: bytes) -> bool:
    decoder._start += len(expected)
    decoder._cursor = decoder._start
    return True


def _map_nulls_together() -> None:
    resp._LINES[ord("_")] = lambda line: Null.BULK


def _expect_one_too_many() -> None:
    honest = Model.step

    def faulty(model: Model, client: str, argv: list[bytes], low_ms: int, high_ms: int) -> Expected:
        expected = honest(model, client, argv, low_ms, high_ms)
        return expected + 1 if argv[0] == b"STRLEN" and isinstance(expected, int) else expected

    _replace(Model, "step", faulty)


def _shrink_to_anything() -> None:
    def faulty(search: shrink._Search, steps: list[Any]) -> bool:
        seen = search._run(steps) if steps else None
        if seen is None or shrink._size(seen) >= shrink._size(search.best):
            return False
        search.best = seen
        return True

    _replace(shrink._Search, "_try", faulty)


def _draw_one_seed_only() -> None:
    honest = Generator.history
    _replace(Generator, "history", lambda self, seed, length: honest(self, 1, length))


def _draw_no_negative_numbers() -> None:
    honest = drawing._table

    def faulty(part: Part) -> Any:
        return honest(Integer(0, part.high) if isinstance(part, Integer) else part)

    _replace(drawing, "_table", faulty)


JUDGE_FAULTS = (
    JudgeFault(
        "replies-are-not-judged",
        "what differs is forgotten",
        CANARY,
        lambda: _replace(Conversation, "_found", lambda *_: None),
    ),
    JudgeFault(
        "histories-are-not-run",
        "no step of a history is executed",
        CANARY,
        lambda: _replace(Conversation, "perform", lambda *_: None),
    ),
    JudgeFault(
        "any-reply-will-do",
        "two replies always count as the same",
        CANARY,
        lambda: _replace(Comparison, "same_error", lambda *_: True),
    ),
    JudgeFault(
        "replies-at-once-are-not-compared",
        "where several replies are compared at once any will do",
        DUE,
        lambda: _replace(Decoder, "take_if", _take_as_many),
    ),
    JudgeFault(
        "error-texts-are-not-compared",
        "an error is as good as another",
        hunt_for("wrongtype-says-it-otherwise"),
        lambda: _replace(Comparison, "same_error", lambda self, one, other: type(one) is type(other)),
    ),
    JudgeFault(
        "choices-accept-anything",
        "where several replies are allowed all are",
        hunt_for("spop-gives-a-member-twice"),
        _accept_every_choice,
    ),
    JudgeFault("nulls-are-one", "the decoder takes all kinds of null for one", CODEC, _map_nulls_together),
    JudgeFault("model-is-one-off", "the model expects STRLEN to answer one more", STRINGS, _expect_one_too_many),
    JudgeFault(
        "shrinking-changes-the-fault",
        "shrinking takes any divergence for the one it started from",
        SHRINKING,
        _shrink_to_anything,
    ),
    JudgeFault(
        "one-history-only", "all seeds draw the same history", hunt_for("type-before-argument"), _draw_one_seed_only
    ),
    JudgeFault(
        "no-negative-numbers",
        "integers are never drawn below zero",
        hunt_for("lrem-always-from-the-left"),
        _draw_no_negative_numbers,
    ),
)


def pytest_configure(config: pytest.Config) -> None:
    """Plant the fault that is asked for."""
    name = os.environ.get(VARIABLE)
    for fault in JUDGE_FAULTS:
        if fault.name == name:
            fault.plant()
