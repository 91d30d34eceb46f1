"""Which numpy type holds the values of a sort, and how values are cast between types.

Casts wrap around, and so do sums and products of arrays: computed in the type of their interval they are exact,
whatever the types of their arguments. What fits no type of 64 bits is held as Python's own integers, slow and exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from redproof_model.kernel.meaning import MEANING, reverse_bits
from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort

BOOL: Final = "bool"
OBJECT: Final = "object"
UNSIGNED: Final = ("uint8", "uint16", "uint32", "uint64")
SIGNED: Final = ("int8", "int16", "int32", "int64")


def bits_of(dtype: str) -> int:
    """The bits of an integer type."""
    return int(dtype.removeprefix("u").removeprefix("int"))


def dtype_of(sort: Sort) -> str:
    """The name of the narrowest type that holds every value of the sort."""
    match sort:
        case BoolSort():
            return BOOL
        case Enum(members=members):
            return _narrowest(0, len(members) - 1)
        case Int(low=low, high=high) | BitVec(low=low, high=high):
            return OBJECT if low is None or high is None else _narrowest(low, high)


def _narrowest(low: int, high: int) -> str:
    for dtype in UNSIGNED if low >= 0 else SIGNED:
        bits = bits_of(dtype)
        least, most = (0, (1 << bits) - 1) if low >= 0 else (-(1 << bits - 1), (1 << bits - 1) - 1)
        if least <= low and high <= most:
            return dtype
    return OBJECT


def literal(value: int, dtype: str) -> str:
    """A constant as text, wrapped around to the type."""
    if dtype in (BOOL, OBJECT):
        return repr(value)
    return str(BitVec(bits_of(dtype), signed=dtype in SIGNED).wrap(int(value)))


def cast_text(text: str, source: str, target: str) -> str:
    """The text for an array of type `source` as one of `target`."""
    if source == target:
        return text
    if source == BOOL and target != OBJECT:
        return f"{text}.view(uint8)" + (f".astype({target})" if target != "uint8" else "")
    if source == OBJECT and target != BOOL:
        return f"low_bits({text}, {target})"
    return f"{text}.astype({target})"


def low_bits(numbers: Any, dtype: Any) -> Any:
    """The low bits of Python's integers as an array of an integer type."""
    size = dtype.itemsize
    wrapped = np.frompyfunc(partial(int.__and__, (1 << 8 * size) - 1), 1, 1)(numbers)
    return wrapped.astype(f"u{size}").view(dtype)


def elementwise(op: str, sort: Sort, arguments: int) -> Callable[..., Any]:
    """The meaning of an operation, applied to each element of arrays: slow, for what fits no type."""
    function: Callable[..., Any] = np.frompyfunc(partial(MEANING[op], sort), arguments, 1)
    return function


_REVERSED: Final = [
    np.array([reverse_bits(bits % (1 << width), width) if width else 0 for bits in range(256)], dtype=np.uint8)
    for width in range(9)
]
"""For each width up to 8 the bits of each byte in opposite order."""


def reverse_lanes(bits: Any, width: int) -> Any:
    """The low `width` bits of unsigned numbers in opposite order."""
    size = 8 * bits.itemsize
    if size == 8:
        return _REVERSED[width].take(bits)
    step = 1
    while step < size:
        # Neighbours of `step` bits change places: 0101..., 0011..., and so on.
        even = ((1 << size) - 1) // ((1 << step) + 1)
        bits = ((bits >> step) & even) | ((bits & even) << step)
        step *= 2
    return bits >> (size - width)


GLOBALS: Final[dict[str, Any]] = {
    **{name: np.dtype(name) for name in (BOOL, OBJECT, *UNSIGNED, *SIGNED)},
    "low_bits": low_bits,
    "reverse_lanes": reverse_lanes,
    "np": np,
}
"""What generated code refers to."""
