"""The sorts of terms: booleans, integers with or without bounds, bit-vectors and enumerations.

A value of a sort is a Python bool, an int, or, for an enumeration, the position of the member.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class BoolSort:
    """The truth values."""

    def __str__(self) -> str:
        return "Bool"


Bool: Final = BoolSort()


@dataclass(frozen=True, slots=True)
class Int:
    """The integers from `low` to `high`, both included; None is no bound on that side."""

    low: int | None = None
    high: int | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"no integer lies between {self.low} and {self.high}")

    @property
    def is_bounded(self) -> bool:
        """Whether there are finitely many values."""
        return self.low is not None and self.high is not None

    def within(self, other: Int) -> bool:
        """Whether every value of this sort is one of `other`."""
        above = other.low is None or (self.low is not None and self.low >= other.low)
        return above and (other.high is None or (self.high is not None and self.high <= other.high))

    def hull(self, other: Int) -> Int:
        """The smallest sort of integers that holds both."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        return Int(low, high)

    def __str__(self) -> str:
        low, high = ("" if bound is None else str(bound) for bound in (self.low, self.high))
        return f"Int({low}..{high})" if self.low is not None or self.high is not None else "Int"


@dataclass(frozen=True, slots=True)
class BitVec:
    """The bit-vectors of `width` bits, read as unsigned numbers, or as two's complement if `signed`.

    Arithmetic wraps around; comparison and right shift go by the sign.
    """

    width: int
    signed: bool = False

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"a bit-vector has at least one bit, not {self.width}")

    @property
    def low(self) -> int:
        """The smallest value."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest value."""
        return (1 << (self.width - self.signed)) - 1

    @property
    def mask(self) -> int:
        """All bits set, as an unsigned number."""
        return (1 << self.width) - 1

    def wrap(self, number: int) -> int:
        """The value whose bits are the low bits of `number`."""
        bits = number & self.mask
        return bits - (1 << self.width) if self.signed and bits >> (self.width - 1) else bits

    def __str__(self) -> str:
        return f"{'Signed' if self.signed else 'BitVec'}({self.width})"


@dataclass(frozen=True, slots=True)
class Enum:
    """An enumeration: a value is the position of its name in `members`."""

    name: str
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.members or len(set(self.members)) < len(self.members):
            raise ValueError(f"the members of {self.name} must be different names, and at least one")

    def __str__(self) -> str:
        return self.name


Sort: TypeAlias = BoolSort | Int | BitVec | Enum
Value: TypeAlias = bool | int


def holds_value(sort: Sort, value: Value) -> bool:
    """Whether `value` is one of the sort's."""
    match sort:
        case BoolSort():
            return isinstance(value, bool)
        case Enum():
            return not isinstance(value, bool) and 0 <= value < len(sort.members)
        case Int() | BitVec():
            low_ok = sort.low is None or value >= sort.low
            return not isinstance(value, bool) and low_ok and (sort.high is None or value <= sort.high)


def values_of(sort: Sort) -> Iterable[Value]:
    """All values of a finite sort, ascending. Raises ValueError for one that is not finite."""
    match sort:
        case BoolSort():
            return (False, True)
        case Enum():
            return range(len(sort.members))
        case Int() | BitVec():
            if sort.low is None or sort.high is None:
                raise ValueError(f"{sort} has no end: its values cannot be listed")
            return range(sort.low, sort.high + 1)


def show_value(sort: Sort, value: Value) -> str:
    """A value as people read it: a name, `true` or `false`, a number, wide bit-vectors in hexadecimal."""
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case Enum():
            return sort.members[value]
        case BitVec() if sort.width > 16 and not sort.signed:
            return f"0x{value:0{(sort.width + 3) // 4}x}"
        case _:
            return str(int(value))
