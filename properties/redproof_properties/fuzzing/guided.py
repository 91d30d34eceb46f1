"""Histories guided by what is new: many are made of earlier ones that reached something that none had before.

What was reached is told by the model alone (`novelty`), so the seed and the corpus that it began with decide every
history, as long as no server diverges: a history that does is taken for others no more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from redproof_model.versions import Version

from redproof_properties.fuzzing.corpus import Corpus
from redproof_properties.fuzzing.mutation import LONGEST, mutate
from redproof_properties.fuzzing.novelty import Reached, reach
from redproof_properties.fuzzing.source import Source
from redproof_properties.generate import Generator
from redproof_properties.history import History
from redproof_properties.shrink import leave_out

FRESH: Final = 0.3
"""The share of histories that are drawn and not made of others."""

LOOKED_AT: Final = 0.2
"""The share of histories of which it is looked what they reach, after the first `LOOKED_AT_FIRST`: it costs the model's
time twice.
"""

LOOKED_AT_FIRST: Final = 200
_PLAYS_MAX: Final = 10
_REMEMBERED: Final = 4


class Guided(Source):
    """Histories of a shard; those that reach something new are added to `corpus`, and to the file `log` with its
    number.

    `begun_with` are the histories of the corpus from which it begins, by name. Raises UsageError where one cannot be
    read, also later, and OSError.
    """

    def __init__(
        self,
        version: Version,
        generator: Generator,
        seed: int,
        length: int,
        protocols: Mapping[str, int],
        corpus: Corpus,
        log: Path,
        begun_with: Iterable[str] = (),
    ) -> None:
        self.length = (1 + LONGEST) * length
        self._drawn_length = length
        # Hashes take a quarter of the memory; of 30,000 two are alike once in forty thousand million campaigns.
        self.reached: set[int] = set()
        self._version = version
        self._generator = generator
        self._seed = seed
        self._protocols = protocols
        self._corpus = corpus
        self._log = log
        self._entries: dict[int, str] = {}
        self._made: deque[tuple[int, History]] = deque(maxlen=_REMEMBERED)
        for place, name in enumerate(begun_with):
            self._enter(-1 - place, name, corpus.read(name))

    def histories(self, first: int) -> Iterator[History]:
        """As `Source.histories`; what was added to the corpus from history `first` on is added anew."""
        if not self._made:
            self._recall(first)
        return map(self._history, count(first))

    def seed_of(self, number: int) -> int:
        """As `Source.seed_of`; a history that is made of others is not drawn from it alone."""
        return self._seed + number

    def diverged(self, number: int) -> None:
        """As `Source.diverged`: others made of it would diverge at the same command."""
        if self._entries.pop(number, None) is not None:
            self._note(f"- {number}")

    def _history(self, number: int) -> History:
        """The history of this number, the same when it is asked for again."""
        for made, again in self._made:
            if made == number:
                return again
        random = Random(f"{self._seed} {number}")
        history: History
        if not self._entries or random.random() < FRESH:
            history = self._generator.history(self.seed_of(number), self._drawn_length)
        else:
            one, other = (self._corpus.read(self._choose(random)) for _ in range(2))
            history = mutate(random, one, other, self._generator, self._drawn_length)
        self._made.append((number, history))
        if number < LOOKED_AT_FIRST or random.random() < LOOKED_AT:
            self._keep_if_new(number, history)
        return history

    def _choose(self, random: Random) -> str:
        """The name of one of the entries, later ones more often."""
        names = [*self._entries.values()]
        return names[int(len(names) * random.random() ** 0.5)]

    def _keep_if_new(self, number: int, history: History) -> None:
        reached = self._reach(history)
        new = {each for each in reached if hash(each) not in self.reached}
        if not new:
            return
        smallest = self._smallest(history[: max(reached[each] for each in new)], new)
        name = self._corpus.add(smallest)
        self._enter(number, name, smallest)
        self._note(f"+ {number} {name}")

    def _enter(self, number: int, name: str, history: History) -> None:
        """Let others be made of a history of the corpus, and let what it reaches be new no more."""
        self._entries[number] = name
        self.reached.update(map(hash, self._reach(history)))

    def _smallest(self, history: History, new: set[Reached]) -> History:
        """Fewer steps that reach the same new things."""
        best = history
        plays = 0

        def attempt(steps: History) -> bool:
            nonlocal best, plays
            plays += 1
            if plays > _PLAYS_MAX or not new <= self._reach(steps).keys():
                return False
            best = steps
            return True

        leave_out(lambda: best, attempt)
        return best

    def _reach(self, history: History) -> dict[Reached, int]:
        return reach(self._version, history, self._protocols)

    def _note(self, line: str) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a") as file:
            file.write(line + "\n")

    def _recall(self, first: int) -> None:
        """Be as after the histories before `first`, as the log tells, and forget what it tells of later ones."""
        lines = self._log.read_text().splitlines(keepends=True) if self._log.exists() else []
        kept = [line for line in lines if line.endswith("\n") and int(line.split()[1]) < first]
        for line in kept:
            sign, number, *names = line.split()
            if sign == "+":
                self._enter(int(number), names[0], self._corpus.read(names[0]))
            else:
                self._entries.pop(int(number), None)
        if lines:
            self._log.write_text("".join(kept))
