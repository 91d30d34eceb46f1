"""The sparse representation: opcodes, each a run of registers of one value (`hyperloglog.c` hllSparseSet).

Which opcodes there are depends on the order in which elements came, and GET shows them, so they are split and merged
here as Redis does it.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import Enum
from functools import lru_cache
from itertools import accumulate, islice
from typing import Final, NamedTuple

from redproof_model.hyperloglog.estimate import REGISTERS

LARGEST_VALUE: Final = 32

_LONGEST_RUN: Final = 4
_LONGEST_SHORT_GAP: Final = 64
_OPCODES_MERGED: Final = 5
_MOST_STRINGS: Final = 64
"""That are remembered as opcodes: a command reads the same ones again that the command before has read or written."""


class CorruptedError(Exception):
    """The opcodes do not make all registers and no more."""


class Raised(Enum):
    """What became of the attempt to make a register larger."""

    DONE = "done"
    NEEDLESS = "the register is that large"
    TOO_LONG = "there is no room for more opcodes"


class Opcode(NamedTuple):
    """Registers of one value, and how that is written."""

    value: int
    length: int
    code: bytes

    @property
    def nominal_bytes(self) -> int:
        """How long the code is, or would be if the string did not end within it."""
        return 2 if self.code[0] & 0xC0 == 0x40 else 1

    @property
    def is_cut_off(self) -> bool:
        """Whether the string ends within the code."""
        return len(self.code) < self.nominal_bytes


def gap(length: int) -> Opcode:
    """Registers that are 0, with one byte if they are few (ZERO and XZERO)."""
    last = length - 1
    return Opcode(0, length, bytes([last] if length <= _LONGEST_SHORT_GAP else [0x40 | last >> 8, last & 0xFF]))


def run(value: int, length: int) -> Opcode:
    """Up to four registers of a value from 1 to 32 (VAL)."""
    return Opcode(value, length, bytes([0x80 | value - 1 << 2 | length - 1]))


@lru_cache(_MOST_STRINGS)
def read(data: bytes) -> tuple[Opcode, ...]:
    """The opcodes in a string; one that is cut off is followed by the 0 that ends every string."""
    found: list[Opcode] = []
    at = 0
    while at < len(data):
        first = data[at]
        if first & 0x80:
            found.append(run((first >> 2 & 0x1F) + 1, (first & 3) + 1))
        elif first & 0x40:
            second = data[at + 1] if at + 1 < len(data) else 0
            found.append(Opcode(0, ((first & 0x3F) << 8 | second) + 1, data[at : at + 2]))
        else:
            found.append(gap(first + 1))
        at += len(found[-1].code)
    return tuple(found)


class Sparse:
    """Opcodes, and how many bytes they take; each starts at a register, and so does what is behind the last."""

    def __init__(self, data: bytes) -> None:
        self.opcodes = [*read(data)]
        self.size_bytes = len(data)
        self._starts = [0, *accumulate(opcode.length for opcode in self.opcodes)]

    def to_bytes(self) -> bytes:
        """The opcodes as a string."""
        return b"".join(opcode.code for opcode in self.opcodes)

    def has_surplus(self) -> bool:
        """Whether a run of values begins just behind the last register.

        The reading ends there without an error, but for servers that have the fix of CVE-2025-32023.
        """
        index = 0
        for value, length, _ in self.opcodes:
            if value and index == REGISTERS:
                return True
            index += length
        return False

    def registers(self, with_surplus: bool) -> dict[int, int]:
        """The registers that are not 0; raises CorruptedError, unless for a surplus run (`hyperloglog.c` hllMerge)."""
        found: dict[int, int] = {}
        index = 0
        for value, length, _ in self.opcodes:
            if value and index == REGISTERS and with_surplus:
                break
            if value:
                found.update(dict.fromkeys(range(index, index + length), value))
            index += length
        if index != REGISTERS:
            raise CorruptedError
        return found

    def raise_register(self, index: int, value: int, most_bytes: int) -> Raised:
        """Let a register be at least `value`, unless this would take more than `most_bytes`; raises CorruptedError."""
        at, first = self._find(index)
        old = self.opcodes[at]
        if old.value >= value:
            return Raised.NEEDLESS
        before, after = index - first, first + old.length - 1 - index
        parts = [*_piece(old.value, before), run(value, 1), *_piece(old.value, after)]
        growth_bytes = sum(len(part.code) for part in parts) - old.nominal_bytes
        if growth_bytes > 0 and self.size_bytes + growth_bytes > most_bytes:
            return Raised.TOO_LONG
        if old.is_cut_off:
            self._cut_off(parts)
        elif old.length > 1 or old.nominal_bytes > 1:
            # A single register in a single byte is overwritten in its place.
            self._end_string()
        self.opcodes[at : at + 1] = parts
        self._starts[at : at + 1] = islice(accumulate((part.length for part in parts), initial=first), len(parts))
        self.size_bytes += growth_bytes
        self._merge(max(at - 1, 0))
        return Raised.DONE

    def _find(self, index: int) -> tuple[int, int]:
        """Which opcode covers a register, and from which register on it does."""
        at = bisect_right(self._starts, index) - 1
        if at == len(self.opcodes):
            raise CorruptedError
        return at, self._starts[at]

    def _cut_off(self, parts: list[Opcode]) -> None:
        """Leave the last byte of these out, which is written behind the end: nobody reads a whole opcode there.

        The second byte of one that is cut off counts until the end of the string is written again.
        """
        last = parts.pop()
        if len(last.code) > 1:
            parts.append(last._replace(code=last.code[:-1]))
        else:
            self._starts[-1] -= last.length

    def _end_string(self) -> None:
        """Write the 0 that ends the string, as each change of its length does (`sds.c` sdsIncrLen)."""
        if self.opcodes[-1].is_cut_off:
            [self.opcodes[-1]] = read(self.opcodes[-1].code)
            self._starts[-1] = self._starts[-2] + self.opcodes[-1].length

    def _merge(self, at: int) -> None:
        """Join neighbours of one value that together are not too long, looking at a few opcodes only."""
        for _ in range(_OPCODES_MERGED):
            if at + 1 >= len(self.opcodes):
                return
            left, right = self.opcodes[at], self.opcodes[at + 1]
            length = left.length + right.length
            if left.value and left.value == right.value and length <= _LONGEST_RUN:
                self.opcodes[at : at + 2] = [run(left.value, length)]
                del self._starts[at + 1]
                self.size_bytes -= 1
                self._end_string()
            else:
                at += 1


def _piece(value: int, length: int) -> list[Opcode]:
    if not length:
        return []
    return [run(value, length) if value else gap(length)]
