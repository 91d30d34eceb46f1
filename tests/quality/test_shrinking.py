"""Shrinking keeps what was found, whatever else it meets on the way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from planted.hunt import faulty_target, modelled
from planted.register import FAULTS
from redproof_properties.divergence import Divergence, found
from redproof_properties.history import Call, Expire, Sleep, Step
from redproof_properties.judge import Judge
from redproof_properties.shrink import shrink

BLPOP = Call("A", (b"BLPOP", b"a", b"1"))


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


def test_shrinking_waits_in_the_place_of_commands_that_only_took_time() -> None:
    def slow(history: Sequence[Step]) -> Divergence | None:
        is_waited_for = any(isinstance(step, Expire) for step in history)
        if history[0] != BLPOP or not (is_waited_for or len(history) > 5):
            return None
        return found("BLPOP", "reply", b"1", b"", history)

    first = slow([BLPOP, *calls(*["PING"] * 8)])
    assert first is not None
    assert shrink(first, slow).steps == [BLPOP, Expire("A")]


def test_a_reply_when_time_is_up_is_told_of_the_command_that_waited() -> None:
    fault = FAULTS["wait-ends-in-null"]
    wait, ping = Call("B", (b"WAIT", b"1", b"200")), Call("A", (b"PING",))
    with faulty_target(fault) as target, Judge(target, modelled(target), {"A": 2, "B": 2}) as judge:
        divergence = judge.run([wait, Sleep(300), ping])
        assert divergence is not None
        assert (divergence.command, divergence.steps) == ("WAIT", [wait, Sleep(300), ping])
        waiting, *rest = shrink(divergence, judge.run_alone).steps
        assert isinstance(waiting, Call)
        assert (waiting.name, rest) == ("WAIT", [Expire("B")])


def test_shrinking_does_nothing_for_a_moment_instead_of_what_only_takes_one() -> None:
    def slow(history: Sequence[Step]) -> Divergence | None:
        taken_ms = sum(step.duration_ms if isinstance(step, Sleep) else 2 for step in history)
        if taken_ms < 9 or history[-1] != Call("A", (b"GET", b"k")):
            return None
        return found("GET", "reply", b"1", b"", history)

    first = slow([*calls("SET k v", *["PING"] * 9), Sleep(1), *calls("GET k")])
    assert first is not None
    assert shrink(first, slow).steps == [Sleep(5), Sleep(5), *calls("GET k")]


def test_shrinking_tries_again_where_the_moment_decides() -> None:
    moments = count()

    def unsteady(history: Sequence[Step]) -> Divergence | None:
        if BLPOP not in history or any(isinstance(step, Expire) for step in history) or next(moments) % 3:
            return None
        return found("PING", "reply", b"1", b"", history)

    first = unsteady([*calls(*["PING"] * 7), BLPOP])
    assert first is not None
    assert shrink(first, unsteady).steps == [BLPOP]


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
