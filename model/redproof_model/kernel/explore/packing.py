"""How a state lies in 64-bit words: each variable in the bits that its sort needs, none across two words.

A variable is read through its lane, the smallest of 8, 16, 32 or 64 aligned bits that holds all of it: bytes are
cheaper to compute with than words. So variables are kept within bytes where that takes no further word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_model.kernel.parts import Variable
from redproof_model.kernel.python import StateValues
from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort, Value
from redproof_model.kernel.system import System

WORD_BITS: Final = 64
EXACT_BITS_MAX: Final = 63
"""One word that is used whole would leave no value to mark a free place in the set of states seen."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Aligned bits of a word: `size` bytes, the `position`-th of their kind."""

    word: int
    size: int
    position: int

    @property
    def bits(self) -> int:
        """How many bits it has."""
        return 8 * self.size

    @property
    def shift(self) -> int:
        """From which bit of the word on it lies."""
        return self.bits * self.position

    @property
    def dtype(self) -> str:
        """The numpy type of its bits."""
        return f"uint{self.bits}"

    def holds(self, field: Field) -> bool:
        """Whether a field lies within the lane."""
        inside = self.shift <= field.shift and field.shift + field.bits <= self.shift + self.bits
        return self.word == field.word and inside


@dataclass(frozen=True, slots=True)
class Field:
    """Where a variable lies: `bits` bits of a word from `shift` on hold its value less `low`."""

    sort: Sort
    word: int
    shift: int
    bits: int
    low: int

    @property
    def lane(self) -> Lane:
        """The smallest aligned bits that hold the whole field."""
        last = self.shift + self.bits - 1
        size = next(size for size in (1, 2, 4, 8) if self.shift // (8 * size) == last // (8 * size))
        return Lane(self.word, size, self.shift // (8 * size))

    @property
    def mask(self) -> int:
        """As many bits set as the field has."""
        return (1 << self.bits) - 1


class Packing:
    """The fields of a system's variables, and states as words and back.

    Raises ValueError for a variable that has infinitely many values or needs more than 64 bits.
    """

    def __init__(self, system: System) -> None:
        ranges = [bounds_of(each) for each in system.variables]
        bits = [max(1, (high - low).bit_length()) for low, high in ranges]
        places = _places(bits)
        self.fields = {
            each.name: Field(each.sort, place // WORD_BITS, place % WORD_BITS, size, low)
            for each, place, size, (low, _) in zip(system.variables, places, bits, ranges, strict=True)
        }
        self.bits = sum(bits)
        self.is_exact = self.bits <= EXACT_BITS_MAX
        """Whether a state is its own key: one word, not used whole."""
        last = max((field.word for field in self.fields.values()), default=0)
        self.words = 1 if self.is_exact else max(2, last + 1)

    def pack(self, state: StateValues) -> tuple[int, ...]:
        """The words of a state."""
        words = [0] * self.words
        for field, value in zip(self.fields.values(), state, strict=True):
            words[field.word] |= (int(value) - field.low) << field.shift
        return tuple(words)

    def unpack(self, words: Iterable[int]) -> StateValues:
        """The state that these words hold."""
        given = [int(word) for word in words]
        return tuple(_value(field, given[field.word]) for field in self.fields.values())


def _value(field: Field, word: int) -> Value:
    code = word >> field.shift & field.mask
    return bool(code) if isinstance(field.sort, BoolSort) else code + field.low


def bounds_of(variable: Variable) -> tuple[int, int]:
    """The least and the greatest value of a variable, enumerations and truth values as numbers."""
    match variable.sort:
        case BoolSort():
            return 0, 1
        case Enum(members=members):
            return 0, len(members) - 1
        case Int(low=low, high=high) | BitVec(low=low, high=high):
            if low is None or high is None:
                raise ValueError(f"{variable.name} ranges over {variable.sort} without end: explore a bounded scope")
            if (high - low).bit_length() > WORD_BITS:
                raise ValueError(f"{variable.name} of sort {variable.sort} takes more than {WORD_BITS} bits")
            return low, high


def _places(bits: Sequence[int]) -> list[int]:
    """The first bit of each field of so many bits, words counted on; within lanes if that takes no further word."""
    loose, tight = _fitted(bits, whole_lanes=True), _fitted(bits, whole_lanes=False)
    return loose if _words(loose, bits) <= _words(tight, bits) else tight


def _words(places: Sequence[int], bits: Sequence[int]) -> int:
    end = max((place + size for place, size in zip(places, bits, strict=True)), default=0)
    return -(-end // WORD_BITS)


def _fitted(bits: Sequence[int], *, whole_lanes: bool) -> list[int]:
    """First fit, the widest first: each field at the first free bits that straddle no word, nor a lane."""
    taken: list[int] = []
    places = [0] * len(bits)
    for at in sorted(range(len(bits)), key=lambda at: -bits[at]):
        size = bits[at]
        lane = next(lane for lane in (8, 16, 32, 64) if size <= lane) if whole_lanes else WORD_BITS
        word, shift = _first_free(taken, size, lane)
        taken[word] |= ((1 << size) - 1) << shift
        places[at] = word * WORD_BITS + shift
    return places


def _first_free(taken: list[int], size: int, lane: int) -> tuple[int, int]:
    wanted = (1 << size) - 1
    for word, bits in enumerate(taken):
        for shift in range(WORD_BITS - size + 1):
            if shift // lane == (shift + size - 1) // lane and not bits & (wanted << shift):
                return word, shift
    taken.append(0)
    return len(taken) - 1, 0
