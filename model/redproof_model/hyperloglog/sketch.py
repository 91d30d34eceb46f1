"""A HyperLogLog as the string in which Redis keeps it (`hyperloglog.c`).

The header is `HYLL`, the representation, three unused bytes and the count that was computed last, lowest byte first,
whose highest bit says that it is out of date. 16384 registers follow, as opcodes or with 6 bits each.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from redproof_model.hyperloglog.estimate import REGISTERS
from redproof_model.hyperloglog.murmur import register_of
from redproof_model.hyperloglog.sparse import LARGEST_VALUE, Raised, Sparse, gap

_HEADER_BYTES: Final = 16
_MAGIC: Final = b"HYLL"
_REPRESENTATION: Final = 4
_DENSE: Final = 0
_SPARSE: Final = 1
_COUNT: Final = 8
_STALE: Final = 0x80
_BITS: Final = 6
_LARGEST: Final = 63
_DENSE_BYTES: Final = REGISTERS * _BITS // 8
_MOST_SPARSE_BYTES: Final = 3000
"""The default of `hll-sparse-max-bytes`."""
_MOST_DENSE: Final = 16
"""Strings of which the registers are remembered."""


class Sketch:
    """The parts of the string; `sparse` is None while the registers are dense."""

    def __init__(self, data: bytes, with_surplus: bool = False) -> None:
        """Take a string of which `is_sketch` is true; `with_surplus` as for `Sparse.registers`."""
        self._header = bytearray(data[:_HEADER_BYTES])
        self._with_surplus = with_surplus
        self._dense = bytearray()
        self.sparse: Sparse | None = None
        if data[_REPRESENTATION] == _SPARSE:
            self.sparse = Sparse(data[_HEADER_BYTES:])
        else:
            self._dense += data[_HEADER_BYTES:]

    def to_bytes(self) -> bytes:
        """The string."""
        return bytes(self._header) + (self._dense if self.sparse is None else self.sparse.to_bytes())

    def cached_count(self) -> int | None:
        """The count that is kept, None if it is out of date."""
        return None if self._header[-1] & _STALE else int.from_bytes(self._header[_COUNT:], "little")

    def cache_count(self, count: int) -> None:
        """Keep a count."""
        self._header[_COUNT:] = count.to_bytes(_HEADER_BYTES - _COUNT, "little")

    def forget_count(self) -> None:
        """The count is out of date; the rest of it stays as it was."""
        self._header[-1] |= _STALE

    def registers(self) -> dict[int, int]:
        """The registers that are not 0; raises CorruptedError."""
        if self.sparse is not None:
            return self.sparse.registers(self._with_surplus)
        return _dense_registers(bytes(self._dense)).copy()

    def add(self, element: bytes) -> bool:
        """Add an element; False if no register changed. Raises CorruptedError (`hyperloglog.c` hllAdd)."""
        return self.raise_register(*register_of(element))

    def raise_register(self, index: int, value: int) -> bool:
        """Let a register be at least `value`; False if it was. Raises CorruptedError (hllDenseSet and hllSparseSet)."""
        if self.sparse is not None:
            raised = Raised.TOO_LONG
            if value <= LARGEST_VALUE:
                raised = self.sparse.raise_register(index, value, _MOST_SPARSE_BYTES - _HEADER_BYTES)
            if raised is Raised.DONE:
                self.forget_count()
            if raised is not Raised.TOO_LONG:
                return raised is Raised.DONE
            self.make_dense()
        return self._raise_dense(index, value)

    def make_dense(self) -> bool:
        """Let the registers be dense; False if they are. Raises CorruptedError (`hyperloglog.c` hllSparseToDense)."""
        if self.sparse is None:
            return False
        values = self.sparse.registers(self._with_surplus)
        self.sparse = None
        self._header[_REPRESENTATION] = _DENSE
        self._dense = bytearray(_DENSE_BYTES)
        for index, value in values.items():
            self._raise_dense(index, value)
        return True

    def _raise_dense(self, index: int, value: int) -> bool:
        at, shift = divmod(index * _BITS, 8)
        word = int.from_bytes(self._dense[at : at + 2], "little")
        old = word >> shift & _LARGEST
        if old >= value:
            return False
        word += value - old << shift
        width = min(2, _DENSE_BYTES - at)
        self._dense[at : at + width] = word.to_bytes(width, "little")
        return True


@lru_cache(_MOST_DENSE)
def _dense_registers(dense: bytes) -> dict[int, int]:
    """The registers that are not 0, four of which take three bytes; not to be changed."""
    found: dict[int, int] = {}
    for index in range(0, REGISTERS, 4):
        at = index * _BITS // 8
        four = int.from_bytes(dense[at : at + 3], "little")
        if four:
            values = (four & _LARGEST, four >> 6 & _LARGEST, four >> 12 & _LARGEST, four >> 18)
            found.update((place, value) for place, value in enumerate(values, index) if value)
    return found


def is_sketch(data: bytes) -> bool:
    """Whether header and length are those of a HyperLogLog (`hyperloglog.c` isHLLObjectOrReply)."""
    if len(data) < _HEADER_BYTES or not data.startswith(_MAGIC) or data[_REPRESENTATION] not in (_DENSE, _SPARSE):
        return False
    return data[_REPRESENTATION] == _SPARSE or len(data) == _HEADER_BYTES + _DENSE_BYTES


def new_sketch() -> Sketch:
    """One without elements (`hyperloglog.c` createHLLObject)."""
    return Sketch(_MAGIC + bytes([_SPARSE]) + bytes(_HEADER_BYTES - len(_MAGIC) - 1) + gap(REGISTERS).code)
