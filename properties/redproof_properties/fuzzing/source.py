"""Where a campaign's histories come from: each has a number, and the seed that people see of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import count

from redproof_properties.generate import Generator
from redproof_properties.history import History


class Source(ABC):
    """Histories without end, numbered from 0."""

    length: int
    """How many commands a history has at most, but for a few."""

    @abstractmethod
    def histories(self, first: int) -> Iterator[History]:
        """The history of that number and those after it."""

    @abstractmethod
    def seed_of(self, number: int) -> int:
        """The seed of a history, for people."""

    @abstractmethod
    def diverged(self, number: int) -> None:
        """Hear that the history of this number has a divergence, at which it ended."""


class Drawn(Source):
    """History number n is the one that a generator draws from `seed + n`."""

    def __init__(self, generator: Generator, seed: int, length: int) -> None:
        self.length = length
        self._generator = generator
        self._seed = seed

    def histories(self, first: int) -> Iterator[History]:
        """As `Source.histories`."""
        return (self._generator.history(self.seed_of(number), self.length) for number in count(first))

    def seed_of(self, number: int) -> int:
        """As `Source.seed_of`: with it as the seed of a campaign the history is the first."""
        return self._seed + number

    def diverged(self, number: int) -> None:
        """As `Source.diverged`: what is drawn next does not depend on it."""
