"""Terms: a graph of operations on variables and constants, in which equal terms are one object.

Python's operators build terms and never compute: `x + 1` is a term, and so is `x == y`. Which values an integer
term can take is known from its sort, an interval that is worked out as the term is built.
"""

from __future__ import annotations

from itertools import count
from typing import Any, Final, TypeAlias
from weakref import WeakValueDictionary

from redproof_model.kernel.meaning import MEANING
from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int, Sort, Value, holds_value

Payload: TypeAlias = str | Value | tuple[Value, ...] | None

_interned: Final[WeakValueDictionary[Any, Term]] = WeakValueDictionary()
_numbers: Final = count()
_DEPTH_SHOWN: Final = 4
"""Terms share parts: written out whole, a small one may fill pages."""


class Term:
    """An operation `op` on the terms `args`, of a sort; `payload` is a variable's name, a constant or a table.

    Two terms with the same op, args, sort and payload are the same object, so `is` tells whether they are equal
    in form, and `number` is unique. `==` builds the term that says whether they are equal in value.
    """

    __slots__ = ("__weakref__", "args", "number", "op", "payload", "sort")

    op: str
    args: tuple[Term, ...]
    sort: Sort
    payload: Payload
    number: int

    def __bool__(self) -> bool:
        raise TypeError(
            "a term has no truth value until a state is known: write ite(c, a, b) for `a if c else b`, all_of(a, b) "
            "for `a and b` and for chains such as `a < b < c`, any_of(a, b) for `a or b`, negate(a) for `not a`"
        )

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Term:  # type: ignore[override]
        return equal(self, other)

    def __ne__(self, other: object) -> Term:  # type: ignore[override]
        return operation("not", Bool, equal(self, other))

    def __lt__(self, other: object) -> Term:
        return _compare("lt", *_alike(self, other, "<"))

    def __le__(self, other: object) -> Term:
        return _compare("le", *_alike(self, other, "<="))

    def __gt__(self, other: object) -> Term:
        first, second = _alike(self, other, ">")
        return _compare("lt", second, first)

    def __ge__(self, other: object) -> Term:
        first, second = _alike(self, other, ">=")
        return _compare("le", second, first)

    def __add__(self, other: object) -> Term:
        return arithmetic("add", *_alike(self, other, "+"))

    def __radd__(self, other: object) -> Term:
        return self + other

    def __sub__(self, other: object) -> Term:
        return arithmetic("sub", *_alike(self, other, "-"))

    def __rsub__(self, other: object) -> Term:
        first, second = _alike(self, other, "-")
        return arithmetic("sub", second, first)

    def __mul__(self, other: object) -> Term:
        return arithmetic("mul", *_alike(self, other, "*"))

    def __rmul__(self, other: object) -> Term:
        return self * other

    def __neg__(self) -> Term:
        return arithmetic("neg", _number(self, "-"))

    def __floordiv__(self, other: object) -> Term:
        return arithmetic("div", *_divisible(self, other, "//"))

    def __mod__(self, other: object) -> Term:
        return arithmetic("mod", *_divisible(self, other, "%"))

    def __and__(self, other: object) -> Term:
        return _bitwise("bitand", self, other, "&")

    def __or__(self, other: object) -> Term:
        return _bitwise("bitor", self, other, "|")

    def __xor__(self, other: object) -> Term:
        return _bitwise("bitxor", self, other, "^")

    def __invert__(self) -> Term:
        return operation("bitnot", _bits(self, "~").sort, self)

    def __lshift__(self, other: object) -> Term:
        return _bitwise("shl", self, other, "<<")

    def __rshift__(self, other: object) -> Term:
        return _bitwise("shr", self, other, ">>")

    def __repr__(self) -> str:
        return self._text(_DEPTH_SHOWN)

    def _text(self, depth: int) -> str:
        if self.op == "var":
            return str(self.payload)
        if self.op == "const":
            return repr(self.payload)
        return f"{self.op}({', '.join(arg._text(depth - 1) for arg in self.args) if depth else '…'})"


def operation(op: str, sort: Sort, *args: Term, payload: Payload = None) -> Term:
    """The one term for `op` on `args`; a constant if all of them are.

    The caller answers for the sorts: this is what the functions of `vocabulary` and the operators are built from.
    """
    if args and all(arg.op == "const" for arg in args):
        values = [arg.payload for arg in args]
        if op == "table":
            assert isinstance(payload, tuple)
            return constant(payload[values[0]], sort)  # type: ignore[index]
        return constant(MEANING[op](sort, *values), sort)
    # True and 1 are equal keys, as are their types' other twins, but the sort tells them apart.
    key = (op, sort, payload, *(arg.number for arg in args))
    found = _interned.get(key)
    if found is None:
        found = object.__new__(Term)
        found.op, found.args, found.sort, found.payload, found.number = op, args, sort, payload, next(_numbers)
        _interned[key] = found
    return found


def variable(name: str, sort: Sort) -> Term:
    """The variable with this name and sort."""
    return operation("var", sort, payload=name)


def constant(value: Value, sort: Sort) -> Term:
    """A constant; an integer is of the sort that holds it alone. Raises ValueError when the sort lacks the value."""
    if not holds_value(sort, value):
        raise ValueError(f"{value!r} is not a value of {sort}")
    return operation("const", Int(value, value) if isinstance(sort, Int) else sort, payload=value)


def literals(enum: Enum) -> tuple[Term, ...]:
    """A constant for each member of an enumeration, in its order."""
    return tuple(constant(position, enum) for position in range(len(enum.members)))


def lift(value: object, sort: Sort) -> Term:
    """`value` as a term of `sort`: a term stays as it is, a Python value becomes a constant.

    Raises TypeError for a term of another kind of sort or a value of no sort, ValueError for a value out of range.
    """
    if isinstance(value, Term):
        if value.sort == sort or (isinstance(value.sort, Int) and isinstance(sort, Int)):
            return value
        raise TypeError(f"{value!r} is of sort {value.sort} where {sort} is wanted: see cast, wrap and value_of")
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is neither a term nor a value of {sort}")
    return constant(value, Int() if isinstance(sort, Int) else sort)


def equal(first: Term, second: object) -> Term:
    """Whether two terms of one sort have the same value."""
    other = lift(second, first.sort)
    if first is other:
        return constant(True, Bool)
    if isinstance(first.sort, Int) and isinstance(other.sort, Int) and _apart(first.sort, other.sort):
        return constant(False, Bool)
    # Equality is symmetric: one order, constants last, makes one term of both.
    first, other = sorted((first, other), key=lambda term: (term.op == "const", term.number))
    return operation("eq", Bool, first, other)


def _apart(first: Int, second: Int) -> bool:
    """Whether no value of the first is one of the second."""
    below = first.high is not None and second.low is not None and first.high < second.low
    return below or (second.high is not None and first.low is not None and second.high < first.low)


def _number(term: Term, symbol: str) -> Term:
    if not isinstance(term.sort, Int | BitVec):
        raise TypeError(f"{symbol} takes numbers, and {term!r} is of sort {term.sort}")
    return term


def _bits(term: Term, symbol: str) -> Term:
    if not isinstance(term.sort, BitVec):
        raise TypeError(f"{symbol} takes bit-vectors, and {term!r} is of sort {term.sort}; for truth values see all_of")
    return term


def _alike(first: Term, second: object, symbol: str) -> tuple[Term, Term]:
    return _number(first, symbol), lift(second, first.sort)


def _bitwise(op: str, first: Term, second: object, symbol: str) -> Term:
    return operation(op, _bits(first, symbol).sort, first, lift(second, first.sort))


def _divisible(first: Term, second: object, symbol: str) -> tuple[Term, Term]:
    dividend, divisor = _alike(first, second, symbol)
    lowest = divisor.payload if divisor.op == "const" else getattr(divisor.sort, "low", None)
    if not isinstance(lowest, int) or lowest <= 0:
        raise ValueError(f"{symbol} takes a divisor that is known to be positive, and {divisor!r} may be less than 1")
    if isinstance(dividend.sort, BitVec) and dividend.sort.signed:
        raise TypeError(f"{symbol} takes unsigned bit-vectors or integers: take value_of({dividend!r}) first")
    return dividend, divisor


def _compare(op: str, first: Term, second: Term) -> Term:
    """`first < second` or `first <= second`, decided at once where their intervals are apart."""
    one, other = first.sort, second.sort
    if isinstance(one, Int) and isinstance(other, Int):
        strict = op == "lt"
        if one.high is not None and other.low is not None and one.high + strict <= other.low:
            return constant(True, Bool)
        if one.low is not None and other.high is not None and one.low + strict > other.high:
            return constant(False, Bool)
    return operation(op, Bool, first, second)


def arithmetic(op: str, *args: Term) -> Term:
    """A sum, difference, product, negation, quotient or remainder, with the interval that holds it."""
    first = args[0].sort
    if not isinstance(first, Int):
        return operation(op, first, *args)
    bounds = [(sort.low, sort.high) for sort in (arg.sort for arg in args) if isinstance(sort, Int)]
    return operation(op, Int(*_INTERVALS[op](*bounds)), *args)


Bound: TypeAlias = int | None
Bounds: TypeAlias = tuple[Bound, Bound]


def _sum(first: Bound, second: Bound) -> Bound:
    return None if first is None or second is None else first + second


def _add(a: Bounds, b: Bounds) -> Bounds:
    return _sum(a[0], b[0]), _sum(a[1], b[1])


def _neg(a: Bounds) -> Bounds:
    low, high = a
    return None if high is None else -high, None if low is None else -low


def _mul(a: Bounds, b: Bounds) -> Bounds:
    (low, high), (other_low, other_high) = a, b
    if low is None or high is None or other_low is None or other_high is None:
        natural = low is not None and low >= 0 and other_low is not None and other_low >= 0
        return 0 if natural else None, None
    corners = [one * other for one in (low, high) for other in (other_low, other_high)]
    return min(corners), max(corners)


def _div(a: Bounds, b: Bounds) -> Bounds:
    least, most = b
    assert least is not None
    low, high = a
    # The quotient is nearest to zero for the greatest divisor: 0 or -1 when that has no bound.
    if low is not None:
        low = low // least if low < 0 else 0 if most is None else low // most
    if high is not None:
        high = high // least if high >= 0 else -1 if most is None else high // most
    return low, high


def _mod(a: Bounds, b: Bounds) -> Bounds:
    return 0, None if b[1] is None else b[1] - 1


_INTERVALS: Final[dict[str, Any]] = {
    "add": _add,
    "sub": lambda a, b: _add(a, _neg(b)),
    "mul": _mul,
    "neg": _neg,
    "div": _div,
    "mod": _mod,
}
