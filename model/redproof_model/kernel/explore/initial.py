"""The initial states: every value of the variables that may begin with any, as far as the predicates allow them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Final

import numpy as np

from redproof_model.kernel.explore.packing import Packing, bounds_of
from redproof_model.kernel.explore.successors import compile_conditions
from redproof_model.kernel.explore.visited import Words
from redproof_model.kernel.system import System

_CHOICES_MAX: Final = 2**32
_CHUNK: Final = 2**16


def initial_states(system: System, packing: Packing) -> Iterator[Words]:
    """The initial states, in chunks.

    Raises ValueError when there are too many choices to try them all.
    """
    bounds = {each.name: bounds_of(each) for each in system.variables}
    free = [each.name for each in system.variables if each.init is None]
    sizes = [bounds[name][1] - bounds[name][0] + 1 for name in free]
    choices = prod(sizes)
    if choices > _CHOICES_MAX:
        raise ValueError(f"{', '.join(free)} may begin in {choices:,} ways: give them initial values or smaller sorts")
    base = packing.pack(tuple(bounds[each.name][0] if each.init is None else each.init for each in system.variables))
    allowed = compile_conditions(packing, system.initial_predicates)
    for first in range(0, choices, _CHUNK):
        rest = np.arange(first, min(first + _CHUNK, choices), dtype=np.uint64)
        words = [np.full(len(rest), word, dtype=np.uint64) for word in base]
        for name, size in zip(free, sizes, strict=True):
            field = packing.fields[name]
            words[field.word] |= rest % size << field.shift
            rest //= size
        kept = np.ones(len(rest), dtype=bool)
        for held in allowed(*words):
            kept &= held
        yield tuple(word[kept] for word in words)
