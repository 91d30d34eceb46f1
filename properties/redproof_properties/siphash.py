"""SipHash with any number of rounds, from the paper: Aumasson and Bernstein, SipHash: a fast short-input PRF (2012)."""

from __future__ import annotations

from typing import Final

_MASK: Final = 2**64 - 1
_CONSTANTS: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_WORD_BYTES: Final = 8
_LAST: Final = 0xFF


def siphash(message: bytes, key: bytes, c_rounds: int, d_rounds: int) -> int:
    """The 64 bits of a message's hash for a key of 16 bytes."""
    halves = int.from_bytes(key[:_WORD_BYTES], "little"), int.from_bytes(key[_WORD_BYTES:], "little")
    state = [constant ^ halves[place % 2] for place, constant in enumerate(_CONSTANTS)]
    padded = message + bytes(_WORD_BYTES - 1 - len(message) % _WORD_BYTES) + bytes([len(message) % 256])
    for start in range(0, len(padded), _WORD_BYTES):
        word = int.from_bytes(padded[start : start + _WORD_BYTES], "little")
        state[3] ^= word
        _mix(state, c_rounds)
        state[0] ^= word
    state[2] ^= _LAST
    _mix(state, d_rounds)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _mix(state: list[int], rounds: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(rounds):
        v0 = (v0 + v1) & _MASK
        v1 = _rotated(v1, 13) ^ v0
        v0 = _rotated(v0, 32)
        v2 = (v2 + v3) & _MASK
        v3 = _rotated(v3, 16) ^ v2
        v0 = (v0 + v3) & _MASK
        v3 = _rotated(v3, 21) ^ v0
        v2 = (v2 + v1) & _MASK
        v1 = _rotated(v1, 17) ^ v2
        v2 = _rotated(v2, 32)
    state[:] = v0, v1, v2, v3


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & _MASK
