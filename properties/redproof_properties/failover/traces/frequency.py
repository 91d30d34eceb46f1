"""How often something came about: k of n, with an interval for how often it does."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Frequency:
    """It was seen in so many of so many attempts."""

    seen: int
    attempts: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval for the share, at a confidence of 95 %; all of 0 to 1 without an attempt.

        Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
        """
        if not self.attempts:
            return 0.0, 1.0
        z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
        share, weight = self.seen / self.attempts, z**2 / self.attempts
        middle = (share + weight / 2) / (1 + weight)
        reach = z * sqrt(share * (1 - share) / self.attempts + weight / self.attempts / 4) / (1 + weight)
        return max(0.0, middle - reach), min(1.0, middle + reach)

    def __str__(self) -> str:
        low, high = (round(100 * share) for share in self.interval)
        return f"{self.seen} of {self.attempts} ({low} to {high} %)"
