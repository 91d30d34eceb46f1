"""The set of states seen: an open-addressing hash table of 64-bit hashes, looked up and filled a batch at a time.

Most states are met again, and found where their hashes belong. The other hashes are sorted, which leaves one of each
and makes their places ascend, and are then put in by linear probing, a step of all that are left at once.
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
_FREE: Final = np.uint64(0)
"""The hash of the word of all ones, which is no state. As it is 0, memory is free places when it is got."""
_BITS_MIN: Final = 16
_LOAD_MAX: Final = 0.6
_OVERFLOW: Final = 1024
_BLOCK: Final = 2**17


def joined(parts: Sequence[Words]) -> Words:
    """States of several arrays as those of one."""
    return parts[0] if len(parts) == 1 else tuple(np.concatenate(words) for words in zip(*parts, strict=True))


def hashes_of(words: Words) -> Any:
    """A hash of each state: one-to-one of a single word, a fingerprint of several."""
    if len(words) == 1:
        hashes = words[0] * _FACTOR
        hashes += _FACTOR
        return hashes
    key = words[0]
    for word in words[1:]:
        key = _mixed(key) ^ word
    key = _mixed(key)
    # What marks free places is the hash of no state.
    return np.maximum(key, np.uint64(1))


def _mixed(key: Any) -> Any:
    """A one-to-one function of 64 bits in which every bit depends on every bit: the finaliser of SplitMix64."""
    key = (key ^ (key >> 30)) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> 27)) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> 31)


class Visited:
    """A set of states, those of one word exactly, those of several by their fingerprints.

    It grows as needed, and need not where it is told how many states to expect.
    """

    def __init__(self, expected: int = 0) -> None:
        self.count = 0
        self._bits = _BITS_MIN
        self._overflow = _OVERFLOW
        """The places after the last, for those that find none before."""
        self._allocate(self._bits_for(expected))

    def _allocate(self, bits: int) -> None:
        self._bits = bits
        self._table = np.zeros((1 << bits) + self._overflow, dtype=np.uint64)

    @property
    def nbytes(self) -> int:
        """The bytes that the table takes."""
        return int(self._table.nbytes)

    def nbytes_with(self, more: int) -> int:
        """The bytes that adding so many states may take at once, the table of before included while it grows."""
        bits = self._bits_for(self.count + more)
        return self.nbytes if bits == self._bits else self.nbytes + 8 * ((1 << bits) + self._overflow)

    def _bits_for(self, count: int) -> int:
        """The size that a table should have for so many states, as a power of two."""
        bits = self._bits
        while count > _LOAD_MAX * (1 << bits):
            bits += 1
        return bits

    def add(self, words: Words) -> Words:
        """Add states and give those that were not there, each once."""
        words, hashes = self._unknown(words)
        bits = self._bits_for(self.count + len(hashes))
        if bits > self._bits:
            self._grow(bits)
        new = self._put(hashes)
        self.count += len(new)
        return words if len(new) == len(hashes) else tuple(word.take(new) for word in words)

    def _unknown(self, words: Words) -> tuple[Words, Any]:
        """These states each once, but for those that are known and lie at their place, and their hashes, ascending."""
        hashes = hashes_of(words)
        at = (self._table.take(self._places(hashes)) != hashes).nonzero()[0]
        hashes = hashes.take(at)
        if len(words) == 1:
            hashes.sort()
            hashes = hashes.take(_changes(hashes).nonzero()[0])
            return (hashes * _INVERSE - np.uint64(1),), hashes
        order = hashes.argsort()
        hashes = hashes.take(order)
        first = _changes(hashes).nonzero()[0]
        at = at.take(order.take(first))
        return tuple(word.take(at) for word in words), hashes.take(first)

    def _grow(self, bits: int) -> None:
        """Move to a larger table, where each hash lies at its place, or right after the hash before it."""
        table = self._table
        self._allocate(bits)
        end, free = 0, 0
        while end < len(table):
            # What lies between two free places belongs there: blocks that end at one have all hashes of their places.
            start, end = end, min(end + _BLOCK, len(table))
            while end < len(table) and table[end] != _FREE:
                end += 1
            held = table[start:end].compress(table[start:end] != _FREE)
            held.sort()
            rank = np.arange(len(held))
            places = np.maximum.accumulate(np.maximum(self._places(held) - rank, free)) + rank
            if len(held):
                free = int(places[-1]) + 1
            if free > len(self._table):
                self._table = table
                self._overflow *= 2
                self._grow(bits)
                return
            self._table[places] = held

    def _places(self, hashes: Any) -> Any:
        return (hashes >> np.uint64(64 - self._bits)).view(np.int64)

    def _put(self, hashes: Any) -> Any:
        """Put in different hashes, ascending, and give the indices of those that were not there."""
        at, places, added = np.arange(len(hashes)), self._places(hashes), [np.empty(0, np.int64)]
        while at.size:
            if places[-1] >= len(self._table):
                self._overflow *= 2
                self._grow(self._bits)
                places = self._places(hashes)
            held = self._table.take(places)
            # Places ascend, too: of those who meet at a free one the first takes it, and the others go on.
            takes = (held == _FREE) & _changes(places)
            taking, left = takes.nonzero()[0], (~takes & (held != hashes)).nonzero()[0]
            self._table[places.take(taking)] = hashes.take(taking)
            added.append(at.take(taking))
            at, hashes, places = at.take(left), hashes.take(left), places.take(left) + 1
        return np.concatenate(added)


def _changes(ascending: Any) -> Any:
    """Which numbers differ from the one before."""
    different = np.empty(len(ascending), dtype=bool)
    different[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=different[1:])
    return different
