"""What each operation means, on Python values: what constants are folded by, and what the readings are held to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort


def reverse_bits(value: int, width: int) -> int:
    """The bits of an unsigned number of `width` bits in opposite order."""
    return int(f"{value:0{width}b}"[::-1], 2)


def wrapped(sort: Sort, number: int) -> int:
    """`number` as it is for an integer, its low bits for a bit-vector."""
    return sort.wrap(number) if isinstance(sort, BitVec) else number


def _shift_left(sort: Sort, value: int, by: int) -> int:
    assert isinstance(sort, BitVec)
    return sort.wrap(value << by) if 0 <= by < sort.width else 0


def _shift_right(sort: Sort, value: int, by: int) -> int:
    assert isinstance(sort, BitVec)
    return value >> (by if 0 <= by < sort.width else sort.width)


def _reverse(sort: Sort, value: int) -> int:
    assert isinstance(sort, BitVec)
    return sort.wrap(reverse_bits(value & sort.mask, sort.width))


def _clamp(sort: Sort, value: int) -> int:
    assert isinstance(sort, Int)
    low = value if sort.low is None else max(value, sort.low)
    return low if sort.high is None else min(low, sort.high)


MEANING: Final[dict[str, Callable[..., Any]]] = {
    "not": lambda sort, a: not a,
    "and": lambda sort, *args: all(args),
    "or": lambda sort, *args: any(args),
    "ite": lambda sort, condition, a, b: a if condition else b,
    "eq": lambda sort, a, b: a == b,
    "lt": lambda sort, a, b: a < b,
    "le": lambda sort, a, b: a <= b,
    "add": lambda sort, a, b: wrapped(sort, a + b),
    "sub": lambda sort, a, b: wrapped(sort, a - b),
    "mul": lambda sort, a, b: wrapped(sort, a * b),
    "neg": lambda sort, a: wrapped(sort, -a),
    "div": lambda sort, a, b: a // b,
    "mod": lambda sort, a, b: a % b,
    "bitand": lambda sort, a, b: wrapped(sort, a & b),
    "bitor": lambda sort, a, b: wrapped(sort, a | b),
    "bitxor": lambda sort, a, b: wrapped(sort, a ^ b),
    "bitnot": lambda sort, a: wrapped(sort, ~a),
    "shl": _shift_left,
    "shr": _shift_right,
    "reverse": _reverse,
    "cast": wrapped,
    "value": lambda sort, a: a,
    "wrap": wrapped,
    "clamp": _clamp,
}
"""From an operation to a function of the result's sort and the arguments' values.

Shifts by the width or more leave the sign alone; `div` and `mod` round down, by a divisor that is positive.
A `table` is not here, as it carries its entries: it is indexed.
"""


def kind(sort: Sort) -> str:
    """The kind of a sort, for tables that go by it: `bool`, `int`, `bits` or `enum`."""
    match sort:
        case BoolSort():
            return "bool"
        case Int():
            return "int"
        case BitVec():
            return "bits"
        case Enum():
            return "enum"
