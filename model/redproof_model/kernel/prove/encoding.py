"""How integers are put to a solver: as the integers of SMT-LIB, or as bit-vectors wide enough for their intervals.

Integers are the better theory for orderings, but next to bit operations a solver has to combine two theories, and
to translate where they meet. There every bounded integer term becomes a signed bit-vector that holds all values of its
interval: nothing overflows, so the meaning is the same. The members of an enumeration are integers too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from redproof_model.kernel.sorts import BitVec, Int
from redproof_model.kernel.terms import Term


class Encoding(Protocol):
    """How integers are written."""

    def sort(self, sort: Int) -> str:
        """The solver's sort."""

    def literal(self, value: int, sort: Int) -> str:
        """A value of the sort."""

    def range(self, symbol: str, sort: Int) -> str | None:
        """That a variable lies within its bounds, None if it cannot do otherwise."""

    def operation(self, term: Term, arguments: Sequence[str]) -> str:
        """A term whose arguments or value are integers, with its arguments written already."""

    def index_bit(self, symbol: str, sort: Int, half: int) -> str:
        """Whether the upper half of a table is meant, given the first index of that half."""


def encoding_for(terms: Iterable[Term]) -> Encoding:
    """Integers if there are no bit-vectors, else bit-vectors for the integers that are bounded."""
    return BoundedAsBits() if any(isinstance(term.sort, BitVec) for term in terms) else Integers()


def integer(value: int) -> str:
    """The literal for a number."""
    return str(value) if value >= 0 else f"(- {-value})"


def bits(value: int, width: int) -> str:
    """The literal for the low `width` bits of a number."""
    number = value & ((1 << width) - 1)
    return f"#x{number:0{width // 4}x}" if width % 4 == 0 else f"#b{number:0{width}b}"


def resize(text: str, width: int, wanted: int, signed: bool) -> str:
    """A bit-vector cut to its low bits, or extended by its sign or by zeros."""
    if wanted == width:
        return text
    if wanted < width:
        return f"((_ extract {wanted - 1} 0) {text})"
    return f"((_ {'sign' if signed else 'zero'}_extend {wanted - width}) {text})"


class Integers:
    """Integers as those of SMT-LIB, whose `div` and `mod` round down for the positive divisors that terms have."""

    _OPERATIONS: Final = {
        "eq": "=",
        "lt": "<",
        "le": "<=",
        "add": "+",
        "sub": "-",
        "mul": "*",
        "neg": "-",
        "div": "div",
        "mod": "mod",
        "ite": "ite",
    }

    def sort(self, sort: Int) -> str:
        return "Int"

    def literal(self, value: int, sort: Int) -> str:
        return integer(value)

    def range(self, symbol: str, sort: Int) -> str | None:
        low = None if sort.low is None else f"(<= {self.literal(sort.low, sort)} {symbol})"
        high = None if sort.high is None else f"(<= {symbol} {self.literal(sort.high, sort)})"
        return f"(and {low} {high})" if low and high else low or high

    def operation(self, term: Term, arguments: Sequence[str]) -> str:
        if term.op != "clamp":
            return f"({self._OPERATIONS[term.op]} {' '.join(arguments)})"
        bounds = term.sort
        assert isinstance(bounds, Int)
        low, high = (None if bound is None else self.literal(bound, bounds) for bound in (bounds.low, bounds.high))
        return clamped(arguments[0], low, high, "<")

    def index_bit(self, symbol: str, sort: Int, half: int) -> str:
        return f"(<= {half} {symbol})"


def clamped(number: str, low: str | None, high: str | None, less: str) -> str:
    """The number in `low..high` that is nearest to `number`."""
    result = "n" if high is None else f"(ite ({less} {high} n) {high} n)"
    if low is not None:
        result = f"(ite ({less} n {low}) {low} {result})"
    return f"(let ((n {number})) {result})"


def width_of(sort: Int) -> int:
    """How many bits hold every integer of the interval in two's complement."""
    assert sort.low is not None
    assert sort.high is not None
    return 1 + max((bound if bound >= 0 else ~bound).bit_length() for bound in (sort.low, sort.high))


class BoundedAsBits:
    """Bounded integers as signed bit-vectors, each term as wide as its interval asks for; the others as integers."""

    _MODULAR: Final = {"add": "bvadd", "sub": "bvsub", "mul": "bvmul", "neg": "bvneg"}
    """Operations whose low bits depend on the arguments' low bits alone."""

    _COMPARISONS: Final = {"eq": "=", "lt": "bvslt", "le": "bvsle"}

    _INTEGERS: Final = Integers()

    def sort(self, sort: Int) -> str:
        return f"(_ BitVec {width_of(sort)})" if sort.is_bounded else self._INTEGERS.sort(sort)

    def literal(self, value: int, sort: Int) -> str:
        return bits(value, width_of(sort)) if sort.is_bounded else self._INTEGERS.literal(value, sort)

    def range(self, symbol: str, sort: Int) -> str | None:
        if sort.low is None or sort.high is None:
            return self._INTEGERS.range(symbol, sort)
        width = width_of(sort)
        if sort.high - sort.low + 1 == 1 << width:
            return None
        return f"(and (bvsle {bits(sort.low, width)} {symbol}) (bvsle {symbol} {bits(sort.high, width)}))"

    def index_bit(self, symbol: str, sort: Int, half: int) -> str:
        return f"(bvsle {self.literal(half, sort)} {symbol})"

    def operation(self, term: Term, arguments: Sequence[str]) -> str:
        integers = [each.sort for each in (term, *term.args) if isinstance(each.sort, Int)]
        if all(sort.is_bounded for sort in integers):
            return self._as_bits(term, arguments)
        converted = [_to_integer(arg, text) for arg, text in zip(term.args, arguments, strict=True)]
        match term.sort:
            case BitVec(width):
                return f"((_ int_to_bv {width}) {converted[0]})"
            case Int() as sort if sort.is_bounded:
                return f"((_ int_to_bv {width_of(sort)}) {self._INTEGERS.operation(term, converted)})"
            case _:
                return self._INTEGERS.operation(term, converted)

    def _as_bits(self, term: Term, arguments: Sequence[str]) -> str:
        first, sort = term.args[0].sort, term.sort
        if term.op in self._COMPARISONS:
            one, other = _at(widest(term.args), term.args, arguments)
            return f"({self._COMPARISONS[term.op]} {one} {other})"
        if isinstance(sort, BitVec):
            return _at(sort.width, term.args, arguments)[0]
        assert isinstance(sort, Int)
        width = width_of(sort)
        if isinstance(first, BitVec):
            return resize(arguments[0], first.width, width, first.signed)
        if term.op in self._MODULAR:
            return f"({self._MODULAR[term.op]} {' '.join(_at(width, term.args, arguments))})"
        if term.op == "ite":
            yes, no = _at(width, term.args[1:], arguments[1:])
            return f"(ite {arguments[0]} {yes} {no})"
        enough = max(width, widest(term.args))
        numbers = _at(enough, term.args, arguments)
        if term.op == "clamp":
            low, high = (None if bound is None else bits(bound, enough) for bound in (sort.low, sort.high))
            return resize(clamped(numbers[0], low, high, "bvslt"), enough, width, signed=True)
        return resize(_floored(term.op, enough, *numbers), enough, width, signed=True)


def _at(width: int, terms: Sequence[Term], texts: Sequence[str]) -> list[str]:
    """Bounded integers as bit-vectors of one width."""
    return [
        bits(term.payload, width)  # type: ignore[arg-type]
        if term.op == "const"
        else resize(text, width_of(term.sort), width, signed=True)  # type: ignore[arg-type]
        for term, text in zip(terms, texts, strict=True)
    ]


def _to_integer(term: Term, text: str) -> str:
    """A term as an integer of the solver, if it is an integer."""
    if not isinstance(term.sort, Int) or not term.sort.is_bounded:
        return text
    return integer(term.payload) if term.op == "const" else f"(sbv_to_int {text})"  # type: ignore[arg-type]


def widest(terms: Iterable[Term]) -> int:
    """The width that holds every one of these integers."""
    return max(width_of(term.sort) for term in terms if isinstance(term.sort, Int))


def _floored(op: str, width: int, dividend: str, divisor: str) -> str:
    """Quotient or remainder rounded down, by one unsigned division.

    For a negative a it is a // b = ~(~a // b) and a % b = b - 1 - ~a % b.
    """
    negative = f"(bvslt a {bits(0, width)})"
    below = "(bvnot q)" if op == "div" else f"(bvsub (bvsub b {bits(1, width)}) q)"
    unsigned = "bvudiv" if op == "div" else "bvurem"
    return (
        f"(let ((a {dividend}) (b {divisor})) (let ((q ({unsigned} (ite {negative} (bvnot a) a) b))) "
        f"(ite {negative} {below} q)))"
    )
