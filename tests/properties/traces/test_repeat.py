"""Traces are played until one attempt is enough, and one that waits in vain is an attempt that says nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from redproof_properties.errors import TargetSilent
from redproof_properties.failover.traces.playing import Attempt
from redproof_properties.suite.test_failover_traces import ATTEMPTS_MAX, repeat


def plays(*lefts: str | None) -> Callable[[], str]:
    """What is left at these places, one after the other, and waits in vain where there is None."""
    rest = iter(lefts)

    def once() -> str:
        left = next(rest)
        if left is None:
            raise TargetSilent("waited in vain for a promotion")
        return left

    return once


def test_it_is_played_until_one_attempt_is_enough() -> None:
    assert repeat(1, plays("", "never"), lambda left: not left, str) == [""]
    assert repeat(1, plays("half way", ""), lambda left: not left, str) == ["half way", ""]
    assert repeat(1, plays(*["half way"] * 9), lambda left: not left, str) == ["half way"] * ATTEMPTS_MAX


def test_it_is_played_so_often_at_least() -> None:
    assert len(repeat(7, plays(*[""] * 9), lambda left: not left, str)) == 7


def test_an_attempt_that_waits_in_vain_is_one_that_was_not_enough() -> None:
    assert repeat(1, plays(None, ""), lambda left: not left, str) == ["waited in vain for a promotion", ""]
    with pytest.raises(TargetSilent):
        repeat(1, plays(*[None] * 9), lambda left: not left, str)


def test_an_attempt_that_waited_in_vain_says_nothing() -> None:
    assert Attempt.waited(TargetSilent("waited in vain")).is_void
    assert not Attempt("something else").is_void
    assert Attempt("something else", missed=("n1",)).is_void
