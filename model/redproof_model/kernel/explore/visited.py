"""The set of states seen: an open-addressing hash table of 64-bit keys that is filled a batch at a time.

A batch is looked up at once, and those keys alone go on that met a free place or another key. Keys that meet the same
free place agree on one of them by all writing who they are and reading who was written last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np

Words: TypeAlias = tuple[Any, ...]
"""States, as one array of 64-bit words for each word of a state."""

_FREE: Final = np.uint64(2**64 - 1)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, odd: Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
_BITS_MIN: Final = 16
_LOAD_MAX: Final = 0.5


def joined(parts: Sequence[Words]) -> Words:
    """States of several arrays as those of one."""
    return tuple(np.concatenate(words) for words in zip(*parts, strict=True))


def keys_of(words: Words) -> Any:
    """The key of each state: a single word itself, of several a fingerprint."""
    if len(words) == 1:
        return words[0]
    key = words[0]
    for word in words[1:]:
        key = _mixed(key) ^ word
    # The value that marks free places is the key of no state.
    return np.minimum(_mixed(key), _FREE - np.uint64(1))


def _mixed(key: Any) -> Any:
    """A one-to-one function of 64 bits in which every bit depends on every bit: the finaliser of SplitMix64."""
    key = (key ^ (key >> 30)) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> 27)) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> 31)


class Visited:
    """A set of keys, none of which is 2^64 - 1."""

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
        """The bytes that adding so many keys may take at once, the table of before included while it grows."""
        bits = self._bits_for(self.count + more)
        return self.nbytes if 1 << bits == self._table.size else self.nbytes + (8 << bits)

    def _bits_for(self, count: int) -> int:
        bits = self._table.size.bit_length() - 1
        while count > _LOAD_MAX * (1 << bits):
            bits += 1
        return bits

    def add(self, keys: Any) -> Any:
        """Add keys and give the index of one occurrence of each that was not there."""
        bits = self._bits_for(self.count + len(keys))
        if 1 << bits > self._table.size:
            held = self._table[self._table != _FREE]
            self._allocate(bits)
            self._add(held)
        new = self._add(keys)
        self.count += len(new)
        return new

    def _add(self, keys: Any) -> Any:
        table, last = self._table, self._table.size - 1
        slots = ((keys * _FACTOR) >> self._shift).view(np.int64)
        added: list[Any] = []
        held = table.take(slots)
        at = np.flatnonzero(held != keys)
        held, slots, keys = held[at], slots[at], keys[at]
        while at.size:
            free = held == _FREE
            claimed = np.flatnonzero(free)
            places = slots[claimed]
            names = claimed.astype(np.uint64)
            table[places] = names
            winners = claimed[table[places] == names]
            table[slots[winners]] = keys[winners]
            added.append(at[winners])
            # Who lost a free place looks at it again: the winner may have had the same key.
            slots = (slots + ~free) & last
            held = table.take(slots)
            free[winners] = True
            going = held != keys
            going[winners] = False
            left = np.flatnonzero(going)
            at, held, slots, keys = at[left], held[left], slots[left], keys[left]
        return np.concatenate(added) if added else at
