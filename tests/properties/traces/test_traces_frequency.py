"""The interval around k of n is Wilson's."""

from __future__ import annotations

import pytest
from redproof_properties.failover.traces.frequency import Frequency


@pytest.mark.parametrize(
    ("seen", "attempts", "low", "high"),
    # The first two are of Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_is_that_of_the_literature(seen: int, attempts: int, low: float, high: float) -> None:
    assert Frequency(seen, attempts).interval == pytest.approx((low, high), abs=0.00005)


def test_of_no_attempt_nothing_is_known() -> None:
    assert Frequency(0, 0).interval == (0.0, 1.0)


def test_all_of_some_is_no_certainty() -> None:
    assert str(Frequency(5, 5)) == "5 of 5 (57 to 100 %)"
