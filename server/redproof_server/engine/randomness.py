"""Where randomness comes from: an object that the shell hands in, so that a run can be repeated."""

from typing import Protocol


class RandomSource(Protocol):
    """What the engine asks of `random.Random`."""

    def randrange(self, start: int, stop: int | None = None, /) -> int:
        """An integer from `start` (or 0, when it is the only argument) to below the other bound."""

    def getrandbits(self, bits: int, /) -> int:
        """An integer of `bits` random bits."""

    def random(self) -> float:
        """A float from 0.0 to below 1.0."""
