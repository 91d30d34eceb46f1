"""MurmurHash64A, and what a HyperLogLog takes from it (`hyperloglog.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.remember import remembered

INDEX_BITS: Final = 14

_WORD: Final = 2**64 - 1
_FACTOR: Final = 0xC6A4A7935BD1E995
_SHIFT: Final = 47
_SEED: Final = 0xADC83B19
_RANK_BITS: Final = 64 - INDEX_BITS


def murmur64a(data: bytes, seed: int) -> int:
    """The hash of a string, reading words with the lowest byte first (`hyperloglog.c` MurmurHash64A)."""
    value = seed ^ len(data) * _FACTOR & _WORD
    whole = len(data) & ~7
    for at in range(0, whole, 8):
        word = int.from_bytes(data[at : at + 8], "little") * _FACTOR & _WORD
        word = (word ^ word >> _SHIFT) * _FACTOR & _WORD
        value = (value ^ word) * _FACTOR & _WORD
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _WORD
    value = (value ^ value >> _SHIFT) * _FACTOR & _WORD
    return value ^ value >> _SHIFT


@remembered
def register_of(element: bytes) -> tuple[int, int]:
    """Which register an element goes to, and where in the rest the first 1 is, from 1 to 51 (hllPatLen)."""
    value = murmur64a(element, _SEED)
    rest = value >> INDEX_BITS | 1 << _RANK_BITS
    return value & (1 << INDEX_BITS) - 1, (rest & -rest).bit_length()
