"""The set of states seen: an open-addressing hash table of 64-bit hashes, looked up and filled a batch at a time.

What is found at its own place is known and goes no further. The rest is sorted, which leaves one of each, and put in:
each writes itself into the free place that it met, and who does not read itself there goes on to the next place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np

Words: TypeAlias = tuple[Any, ...]
"""States, as one array of 64-bit words for each word of a state."""

_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, odd: Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
_FREE: Final = np.uint64((2**64 - 1) * 0x9E3779B97F4A7C15 % 2**64)
"""The hash of the word of all ones, which is no state."""
_BITS_MIN: Final = 16
_LOAD_MAX: Final = 0.5
_BLOCK: Final = 2**17


def joined(parts: Sequence[Words]) -> Words:
    """States of several arrays as those of one."""
    return parts[0] if len(parts) == 1 else tuple(np.concatenate(words) for words in zip(*parts, strict=True))


def hashes_of(words: Words) -> Any:
    """A hash of each state: one-to-one of a single word, a fingerprint of several."""
    if len(words) == 1:
        return words[0] * _FACTOR
    key = words[0]
    for word in words[1:]:
        key = _mixed(key) ^ word
    key = _mixed(key)
    # What marks free places is the hash of no state.
    return np.where(key == _FREE, np.uint64(0), key) if (key == _FREE).any() else key


def _mixed(key: Any) -> Any:
    """A one-to-one function of 64 bits in which every bit depends on every bit: the finaliser of SplitMix64."""
    key = (key ^ (key >> 30)) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> 27)) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> 31)


class Visited:
    """A set of states, those of one word exactly, those of several by their fingerprints."""

    def __init__(self) -> None:
        self.count = 0
        self._allocate(_BITS_MIN)

    def _allocate(self, bits: int) -> None:
        self._table = np.full(1 << bits, _FREE)
        self._shift = np.uint64(64 - bits)

    @property
    def nbytes(self) -> int:
        """The bytes that the table takes."""
        return int(self._table.nbytes)

    def nbytes_with(self, more: int) -> int:
        """The bytes that adding so many states may take at once, the table of before included while it grows."""
        bits = self._bits_for(self.count + more)
        return self.nbytes if 1 << bits == self._table.size else self.nbytes + (8 << bits)

    def _bits_for(self, count: int) -> int:
        bits = self._table.size.bit_length() - 1
        while count > _LOAD_MAX * (1 << bits):
            bits += 1
        return bits

    def unknown(self, words: Words) -> tuple[Words, Any]:
        """The states among these that may be new, each once, and their hashes, ascending."""
        hashes = hashes_of(words)
        at = np.flatnonzero(self._table.take(self._places(hashes)) != hashes)
        hashes = hashes.take(at)
        if len(words) == 1:
            hashes = np.sort(hashes)
            hashes = hashes.take(_first_of_each(hashes))
            return (hashes * _INVERSE,), hashes
        order = np.argsort(hashes)
        hashes = hashes.take(order)
        first = _first_of_each(hashes)
        at = at.take(order.take(first))
        return tuple(word.take(at) for word in words), hashes.take(first)

    def add(self, words: Words) -> Words:
        """Add states and give those that were not there, each once."""
        words, hashes = self.unknown(words)
        bits = self._bits_for(self.count + len(hashes))
        if 1 << bits > self._table.size:
            self._grow(bits)
        new = self._put(hashes)
        self.count += len(new)
        return words if len(new) == len(hashes) else tuple(word.take(new) for word in words)

    def _grow(self, bits: int) -> None:
        # In the order of the table hashes ascend but for a few, so that the larger one is filled from end to end.
        held = self._table.take(np.flatnonzero(self._table != _FREE))
        self._allocate(bits)
        for first in range(0, len(held), _BLOCK):
            self._put(held[first : first + _BLOCK])

    def _places(self, hashes: Any) -> Any:
        return (hashes >> self._shift).view(np.int64)

    def _put(self, hashes: Any) -> Any:
        """Put in different hashes, and give the indices of those that were not there."""
        table, last = self._table, self._table.size - 1
        at, places = np.arange(len(hashes)), self._places(hashes)
        added = []
        while at.size:
            held = table.take(places)
            done = held == hashes
            free = np.flatnonzero(held == _FREE)
            offered, wanted = hashes.take(free), places.take(free)
            table[wanted] = offered
            done[free] = stays = table.take(wanted) == offered
            added.append(at.take(free.compress(stays)))
            left = np.flatnonzero(~done)
            at, hashes, places = at.take(left), hashes.take(left), (places.take(left) + 1) & last
        return np.concatenate(added) if added else at


def _first_of_each(ascending: Any) -> Any:
    """The index of the first of each run of equal numbers."""
    different = np.ones(len(ascending), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=different[1:])
    return np.flatnonzero(different)
