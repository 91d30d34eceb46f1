"""The named functions of systems: what Python's operators cannot say about terms.

Truth values of Python may stand wherever a term of sort Bool is taken, and numbers where the other argument is a term.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redproof_model.kernel.sorts import BitVec, Bool, Enum, Int, Sort, Value, holds_value
from redproof_model.kernel.terms import Term, constant, equal, lift, operation

Truth = Term | bool
Number = Term | int


def negate(condition: Truth) -> Term:
    """Whether the condition is false."""
    term = lift(condition, Bool)
    return term.args[0] if term.op == "not" else operation("not", Bool, term)


def all_of(*conditions: Truth | Iterable[Truth]) -> Term:
    """Whether every condition is true, also of those in iterables; true if there are none."""
    return _connect("and", conditions, neutral=True)


def any_of(*conditions: Truth | Iterable[Truth]) -> Term:
    """Whether at least one condition is true, also of those in iterables; false if there are none."""
    return _connect("or", conditions, neutral=False)


def implies(condition: Truth, conclusion: Truth) -> Term:
    """Whether the conclusion is true if the condition is."""
    return any_of(negate(condition), conclusion)


def same(first: Truth, second: Truth) -> Term:
    """Whether both conditions are true, or both false."""
    return equal(lift(first, Bool), lift(second, Bool))


def ite(condition: Truth, yes: object, no: object) -> Term:
    """`yes` if the condition is true, else `no`, both of one sort; two Python numbers are taken for integers."""
    test = lift(condition, Bool)
    sort = _common_sort(yes, no)
    first, second = lift(yes, sort), lift(no, sort)
    if first is second:
        return first
    if test.op == "const":
        return first if test.payload else second
    if test.op == "not":
        return ite(test.args[0], second, first)
    if isinstance(first.sort, Int) and isinstance(second.sort, Int):
        sort = first.sort.hull(second.sort)
    return operation("ite", sort, test, first, second)


def choose(*cases: tuple[Truth, object], otherwise: object) -> Term:
    """The value of the first case whose condition is true, else `otherwise`."""
    result = lift(otherwise, _common_sort(otherwise, *(value for _, value in cases)))
    for condition, value in reversed(cases):
        result = ite(condition, value, result)
    return result


def distinct(*terms: Term) -> Term:
    """Whether no two of the terms are equal."""
    return all_of(one != other for at, one in enumerate(terms) for other in terms[:at])


def count(*conditions: Truth | Iterable[Truth]) -> Term:
    """How many of the conditions are true, also of those in iterables."""
    return total(ite(condition, 1, 0) for condition in _flat(conditions))


def total(numbers: Iterable[Number]) -> Term:
    """The sum of integers; 0 if there are none."""
    result = constant(0, Int())
    for number in numbers:
        result = result + number
    return result


def minimum(first: Term, second: Number) -> Term:
    """The smaller of two numbers."""
    return ite(first <= second, first, second)


def maximum(first: Term, second: Number) -> Term:
    """The greater of two numbers."""
    return ite(first >= second, first, second)


def clamp(number: Term, low: int | None, high: int | None) -> Term:
    """The integer nearest to `number` in `low..high`: what makes an index known to be one of an array."""
    if not isinstance(number.sort, Int):
        raise TypeError(f"clamp takes an integer, and {number!r} is of sort {number.sort}")
    own, bounds = number.sort, Int(low, high)
    if own.within(bounds):
        return number
    # A side that is left open keeps the bound that the number has there, so that what is bounded stays so.
    if low is None and own.low is not None:
        bounds = Int(own.low if high is None else min(own.low, high), high)
    if high is None and own.high is not None:
        bounds = Int(low, own.high if low is None else max(own.high, low))
    return operation("clamp", bounds, number)


def reverse(bits: Term) -> Term:
    """The bits of a bit-vector in opposite order."""
    return operation("reverse", _bits_of(bits, "reverse"), bits)


def cast(term: Truth, sort: BitVec) -> Term:
    """A term as a bit-vector, as C casts: a truth value is 0 or 1, bits are extended by their sign or cut off."""
    if isinstance(term, bool) or term.sort == Bool:
        return ite(term, constant(1, sort), constant(0, sort))
    source = _bits_of(term, "cast")
    return term if source == sort else operation("cast", sort, term)


def value_of(bits: Term) -> Term:
    """The integer that a bit-vector stands for."""
    sort = _bits_of(bits, "value_of")
    return operation("value", Int(sort.low, sort.high), bits)


def wrap(number: Term, sort: BitVec) -> Term:
    """The low bits of an integer as a bit-vector."""
    if not isinstance(number.sort, Int):
        raise TypeError(f"wrap takes an integer, and {number!r} is of sort {number.sort}: see cast")
    return operation("wrap", sort, number)


def look_up(entries: Sequence[Value], index: Term, sort: Sort) -> Term:
    """The entry of a constant table of `sort` at an index, which must not be able to lie outside.

    Raises ValueError when it may, or when an entry is not of the sort.
    """
    if wrong := [entry for entry in entries if not holds_value(sort, entry)]:
        raise ValueError(f"the table has the entry {wrong[0]!r}, which is not a value of {sort}")
    bounds = index.sort
    inside = Int(0, len(entries) - 1)
    if not isinstance(bounds, Int | BitVec) or not Int(bounds.low, bounds.high).within(inside):
        raise ValueError(f"{index!r} ranges over {bounds}, and the table has entries 0..{len(entries) - 1}: see clamp")
    return operation("table", sort, index, payload=tuple(entries))


def _bits_of(term: Term, name: str) -> BitVec:
    if not isinstance(term.sort, BitVec):
        raise TypeError(f"{name} takes a bit-vector, and {term!r} is of sort {term.sort}")
    return term.sort


def _common_sort(*values: object) -> Sort:
    """The sort of the first term; without a term that of Python's own values."""
    for value in values:
        if isinstance(value, Term):
            return value.sort
    return Bool if isinstance(values[0], bool) else Int()


def _flat(conditions: Iterable[Truth | Iterable[Truth]]) -> Iterable[Truth]:
    for each in conditions:
        if isinstance(each, Term | bool):
            yield each
        else:
            yield from each


def _connect(op: str, conditions: Iterable[Truth | Iterable[Truth]], neutral: bool) -> Term:
    """A conjunction or disjunction without the neutral element, nested ones of its kind and repetitions."""
    terms: dict[int, Term] = {}
    for condition in _flat(conditions):
        term = lift(condition, Bool)
        for part in term.args if term.op == op else (term,):
            if part.op == "const":
                if part.payload is not neutral:
                    return part
            else:
                terms[part.number] = part
    if not terms:
        return constant(neutral, Bool)
    if len(terms) == 1:
        return next(iter(terms.values()))
    return operation(op, Bool, *terms.values())


__all__ = [
    "BitVec",
    "Bool",
    "Enum",
    "Int",
    "all_of",
    "any_of",
    "cast",
    "choose",
    "clamp",
    "count",
    "distinct",
    "implies",
    "ite",
    "look_up",
    "maximum",
    "minimum",
    "negate",
    "reverse",
    "same",
    "total",
    "value_of",
    "wrap",
]
