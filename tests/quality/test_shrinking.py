"""Shrinking keeps what was found, whatever else it meets on the way."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_properties.divergence import Divergence, found
from redproof_properties.history import Call, Step
from redproof_properties.shrink import shrink


def calls(*commands: str) -> list[Step]:
    return [Call("A", tuple(command.encode().split())) for command in commands]


def run(history: Sequence[Step]) -> Divergence | None:
    """A server that GETs 1 after SET and INCR, and nothing without the INCR: two faults, the second by itself."""
    done = []
    for position, step in enumerate(history):
        assert isinstance(step, Call)
        done.append(step.name)
        if step.name == "GET" and "SET" in done:
            return found("GET", "reply", b"1", 1 if "INCR" in done else b"", history[: position + 1])
    return None


def test_shrinking_leaves_out_what_is_not_needed_and_keeps_the_signature() -> None:
    first = run(calls("PING", "SET k v", "PING", "INCR k", "PING", "PING", "GET k", "PING"))
    assert first is not None
    shrunk = shrink(first, run)
    assert shrunk.signature == first.signature
    assert [step.name for step in shrunk.steps if isinstance(step, Call)] == ["SET", "INCR", "GET"]


def test_shrinking_leaves_out_two_steps_of_which_none_can_go_alone() -> None:
    def database_0(history: Sequence[Step]) -> Divergence | None:
        names = [step.name for step in history if isinstance(step, Call)]
        if names[-1:] != ["GET"] or "SET" not in names or ("SWAPDB" in names) != ("SELECT" in names):
            return None
        return found("GET", "reply", b"1", b"", history)

    first = database_0(calls("SET k v", "SWAPDB 0 1", "PING", "SELECT 1", "GET k"))
    assert first is not None
    assert [step.name for step in shrink(first, database_0).steps if isinstance(step, Call)] == ["SET", "GET"]


def test_shrinking_costs_no_more_runs_than_it_may() -> None:
    runs = 0

    def counted(history: Sequence[Step]) -> Divergence | None:
        nonlocal runs
        runs += 1
        return run(history)

    first = run(calls(*["PING"] * 200, "SET k v", "GET k"))
    assert first is not None
    shrink(first, counted, max_runs=5)
    assert runs == 5


def test_signatures_tell_shapes_apart_but_not_values() -> None:
    def signature(expected: bytes | int, actual: bytes | int) -> str:
        return found("GET", "reply", expected, actual, []).signature

    assert signature(b"1", b"2") == signature(b"one", b"two")
    assert signature(b"1", 1) != signature(b"1", b"2")
