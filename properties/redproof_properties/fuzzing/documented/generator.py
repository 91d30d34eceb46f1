"""Histories of commands that a server documents, among commands that make data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from random import Random
from typing import Final

from redproof_properties.drawing import drawer
from redproof_properties.fuzzing.documented.arguments import row_of
from redproof_properties.fuzzing.documented.docs import Documented, names_of, read_commands
from redproof_properties.fuzzing.documented.exclusions import reason_for
from redproof_properties.generate import Generator
from redproof_properties.history import Call, Step
from redproof_properties.sending import BLOCKING
from redproof_properties.targets import Target
from redproof_properties.vocabulary import GROUPS

DATA: Final = ("strings", "lists", "hashes", "sets", "sorted_sets", "streams")
"""The groups of the vocabulary whose commands make the data that documented commands meet."""

_DOCUMENTED: Final = 0.5
_WAITING: Final = frozenset(name.decode() for name in BLOCKING)
"""Commands that may wait for ever as the vocabulary draws them."""


class DocumentedGenerator(Generator):
    """Half of a history are documented commands, all equally likely; commands named in `without` are not drawn.

    `names` are those that are drawn by their documentation, and `left_out` the others with the reasons.
    """

    def __init__(
        self,
        commands: Sequence[Documented],
        without: Collection[str] = (),
        also: Mapping[str, str] = {},
    ) -> None:
        super().__init__(DATA, without={*without, *also, *_WAITING})
        reasons = {each.name: reason_for(each.name, also) for each in commands}
        self.left_out = {name: reason for name, reason in reasons.items() if reason is not None}
        drawn = [each for each in commands if reasons[each.name] is None]
        self.names = [each.name for each in drawn]
        self._documented = [drawer(row_of(each)) for each in drawn]

    def history(self, seed: int, length: int) -> list[Step]:
        """The history of `length` commands that this seed stands for."""
        chance = Random(f"documented {seed}").random
        steps = super().history(seed, length)
        for place, step in enumerate(steps):
            if isinstance(step, Call) and chance() < _DOCUMENTED:
                draw = self._documented[int(chance() * len(self._documented))]
                steps[place] = Call(step.client, tuple(draw(chance, chance())))
        return steps


def documented_by(target: Target) -> DocumentedGenerator:
    """A generator of what a running target documents. Raises UsageError where it documents no arguments."""
    data = {command.name for group in DATA for command in GROUPS[group]}
    return DocumentedGenerator(read_commands(target), without=data - names_of(target))
