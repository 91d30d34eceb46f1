"""Terms as numpy code: each operation once for a whole chunk of states, in the narrowest type that holds its values."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from redproof_model.kernel.explore.dtypes import (
    BOOL,
    GLOBALS,
    OBJECT,
    bits_of,
    cast_text,
    dtype_of,
    elementwise,
    literal,
)
from redproof_model.kernel.explore.packing import Field, Lane, Packing
from redproof_model.kernel.python import fits, post_order
from redproof_model.kernel.sorts import BitVec, Int, Sort
from redproof_model.kernel.terms import Term

_WRAPPING: Final = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "neg": "-{0}",
    "shl": "{0} << {1}",
    "bitnot": "~{0}",
    "cast": "{0}",
    "wrap": "{0}",
}
"""Operations whose result must be cut to the width of a bit-vector."""

_PLAIN: Final = {
    "bitand": "({0} & {1})",
    "bitor": "({0} | {1})",
    "bitxor": "({0} ^ {1})",
    "shr": "({0} >> {1})",
    "value": "{0}",
    "not": "(~{0})",
}
_COMPARISONS: Final = {"eq": "({0} == {1})", "lt": "({0} < {1})", "le": "({0} <= {1})"}


class Writer:
    """Writes numpy code for terms over the variables of a packed state, whose words are the arrays `w0`, `w1` ...

    `roots` are all terms that will be asked for: what they share is computed once, and has a name.
    """

    def __init__(self, packing: Packing, roots: Sequence[Term]) -> None:
        self.lines: list[str] = []
        self.globals: dict[str, Any] = dict(GLOBALS)
        self._packing = packing
        self._texts: dict[int, str] = {}
        self._lanes: dict[Lane, str] = {}
        self._masks: dict[tuple[int, str], str] = {}
        self._uses = Counter(arg.number for term in post_order(roots) for arg in term.args)
        self._uses.update(root.number for root in roots)

    @property
    def words(self) -> str:
        """The parameters of a function of states."""
        return ", ".join(f"w{word}" for word in range(self._packing.words))

    def expression(self, root: Term) -> str:
        """Code for a term, after the statements that it needs; a constant is a Python value."""
        for term in post_order([root]):
            if term.number not in self._texts:
                text = self._text(term)
                named = self._uses[term.number] > 1 and term.op != "const"
                self._texts[term.number] = self.name(text) if named else text
        return self._texts[root.number]

    def name(self, text: str) -> str:
        """A name for the value of an expression."""
        if text.isidentifier():
            return text
        name = f"t{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def _text(self, term: Term) -> str:
        if term.op == "const":
            return repr(term.payload)
        if term.op == "var":
            return self._column(self._packing.fields[str(term.payload)])
        if term.op == "table":
            return self._table(term)
        working = _working_type(term)
        if OBJECT in (working, dtype_of(term.sort), *(dtype_of(arg.sort) for arg in term.args)):
            return self._elementwise(term)
        if term.op in ("and", "or"):
            return f"({(' & ' if term.op == 'and' else ' | ').join(map(self._held, term.args))})"
        if term.op == "ite":
            return self._choice(term)
        return self._operation(term, working)

    def _operation(self, term: Term, working: str) -> str:
        """An operation on numbers, or `not`: the arguments in the working type, the result in that of its sort."""
        arguments = [self._as(arg, working) for arg in term.args]
        if term.op in _COMPARISONS:
            return _COMPARISONS[term.op].format(*arguments)
        if term.op in _PLAIN:
            return _PLAIN[term.op].format(*arguments)
        if term.op in _WRAPPING:
            if arguments[-1] == "0" and term.op in ("add", "sub"):
                return arguments[0]
            return _cut(_WRAPPING[term.op].format(*arguments), term)
        result = dtype_of(term.sort)
        match term.op:
            case "div" | "mod":
                return cast_text(self._quotient(term, arguments), working, result)
            case "clamp":
                return cast_text(_clamped(arguments[0], term, working), working, result)
            case "reverse":
                return self._reversed(arguments[0], term.sort, working)
        raise NotImplementedError(f"no numpy code is known for {term.op}")

    def _held(self, term: Term) -> str:
        return self._texts[term.number]

    def _as(self, term: Term, dtype: str) -> str:
        """An argument in a type, wrapped around to it."""
        if term.op == "const":
            assert not isinstance(term.payload, str | tuple | None)
            return literal(term.payload, dtype)
        return cast_text(self._held(term), dtype_of(term.sort), dtype)

    def _elementwise(self, term: Term) -> str:
        function = self._global(elementwise(term.op, term.sort, len(term.args)))
        text = f"{function}({', '.join(map(self._held, term.args))})"
        return cast_text(text, OBJECT, dtype_of(term.sort))

    def _table(self, term: Term) -> str:
        entries = self._global(np.array(term.payload, dtype=dtype_of(term.sort)))
        return f"{entries}.take({self._held(term.args[0])})"

    def _global(self, value: object) -> str:
        name = f"g{len(self.globals)}"
        self.globals[name] = value
        return name

    def _quotient(self, term: Term, arguments: Sequence[str]) -> str:
        """A quotient or remainder; by a constant without numpy's own remainder, which is slow."""
        first, second = arguments
        divisor = term.args[1].payload if term.args[1].op == "const" else None
        if not isinstance(divisor, int):
            return f"({first} {'//' if term.op == 'div' else '%'} {second})"
        if divisor & (divisor - 1) == 0:
            return f"({first} >> {divisor.bit_length() - 1})" if term.op == "div" else f"({first} & {divisor - 1})"
        if term.op == "div":
            return f"({first} // {second})"
        named = self.name(first)
        return f"({named} - {named} // {second} * {second})"

    def _reversed(self, text: str, sort: Sort, dtype: str) -> str:
        assert isinstance(sort, BitVec)
        if not sort.signed:
            return f"reverse_lanes({text}, {sort.width})"
        shift = bits_of(dtype) - sort.width
        text = f"reverse_lanes({text}.view(u{dtype}), {sort.width})"
        return f"(({text} * {1 << shift}).view({dtype}) >> {shift})" if shift else f"{text}.view({dtype})"

    def _choice(self, term: Term) -> str:
        """`ite` without `np.where`, which branches: by masks of all ones where the condition holds."""
        condition, yes, no = term.args
        if term.sort == condition.sort:
            return self._bool_choice(condition, yes, no)
        dtype = dtype_of(term.sort)
        mask = self._mask(condition, dtype)
        if yes.op == no.op == "const":
            assert isinstance(yes.payload, int)
            assert isinstance(no.payload, int)
            both = f"({mask} & {literal(yes.payload ^ no.payload, dtype)})"
            return f"({both} ^ {literal(no.payload, dtype)})" if no.payload else both
        first, second = self._as(yes, dtype), self._as(no, dtype)
        if first == "0":
            return f"({second} & ~{mask})"
        if second == "0":
            return f"({first} & {mask})"
        second = second if no.op == "const" else self.name(second)
        return f"({second} ^ (({first} ^ {second}) & {mask}))"

    def _bool_choice(self, condition: Term, yes: Term, no: Term) -> str:
        test = self.name(self._held(condition))
        if yes.op == "const":
            return f"({test} | {self._held(no)})" if yes.payload else f"(~{test} & {self._held(no)})"
        if no.op == "const":
            return f"(~{test} | {self._held(yes)})" if no.payload else f"({test} & {self._held(yes)})"
        return f"(({test} & {self._held(yes)}) | (~{test} & {self._held(no)}))"

    def _mask(self, condition: Term, dtype: str) -> str:
        if (condition.number, dtype) not in self._masks:
            text = f"(-{self._held(condition)}.view(int8))"
            signed = f"int{bits_of(dtype)}"
            text = cast_text(text, "int8", signed)
            self._masks[condition.number, dtype] = self.name(text if dtype == signed else f"{text}.view({dtype})")
        return self._masks[condition.number, dtype]

    # Fields of the packed state.

    def _lane(self, lane: Lane) -> str:
        """The name of a lane's bits, copied out of its word."""
        if lane not in self._lanes:
            word = f"w{lane.word}"
            self._lanes[lane] = word if lane.size == 8 else self.name(f"{_strided(lane, word)}.copy()")
        return self._lanes[lane]

    def _column(self, field: Field) -> str:
        """A variable of each state, out of its lane."""
        lane, text, dtype = field.lane, self._lane(field.lane), dtype_of(field.sort)
        lane_type = lane.dtype
        shift = field.shift - lane.shift
        if dtype == BOOL:
            return f"(({text} & {1 << shift}) != 0)"
        if shift:
            text = f"({text} >> {shift})"
        if shift + field.bits < lane.bits:
            text = f"({text} & {field.mask})"
        text = cast_text(text, lane_type, dtype)
        return f"({text} + {literal(field.low, dtype)})" if field.low else text

    def store(self, updates: Mapping[str, Term]) -> str:
        """Put together each lane that holds an assigned variable, and give code for the words of the states after."""
        lanes: defaultdict[Lane, list[tuple[Field, Term]]] = defaultdict(list)
        fields = {name: self._packing.fields[name] for name in updates}
        # A lane within another that is written, too, is written with that one.
        written = sorted({field.lane for field in fields.values()}, key=lambda lane: -lane.size)
        for name, field in fields.items():
            lanes[next(lane for lane in written if lane.holds(field))].append((field, updates[name]))
        after = [f"w{word}" for word in range(self._packing.words)]
        for word in sorted({lane.word for lane in lanes}):
            after[word] = self.name(f"w{word}.copy()")
        for lane, assigned in lanes.items():
            text = self._assembled(lane, assigned)
            self.lines.append(f"{_strided(lane, after[lane.word])}[:] = {text}")
        return f"({', '.join(after)},)"

    def _assembled(self, lane: Lane, assigned: Sequence[tuple[Field, Term]]) -> str:
        dtype = lane.dtype
        parts, constants, changed = [], 0, 0
        for field, term in assigned:
            shift = field.shift - lane.shift
            changed |= field.mask << shift
            if term.op == "const":
                constants |= (int(term.payload) - field.low & field.mask) << shift  # type: ignore[arg-type]
            else:
                code = self._code(field, term, dtype)
                # numpy multiplies bytes much faster than it shifts them.
                parts.append(f"({code} * {1 << shift})" if shift else code)
        kept = self._used(lane) & ~changed
        if kept:
            parts.append(f"({self._lane(lane)} & {kept})")
        if constants or not parts:
            parts.append(str(constants))
        return " | ".join(parts)

    def _code(self, field: Field, term: Term, dtype: str) -> str:
        """A value as it is stored; one out of range may spoil the state."""
        text = cast_text(self.expression(term), dtype_of(term.sort), dtype)
        return f"({text} - {literal(field.low, dtype)})" if field.low else text

    def _used(self, lane: Lane) -> int:
        """The bits of a lane that any variable takes."""
        bits = 0
        for field in self._packing.fields.values():
            if field.word == lane.word:
                bits |= field.mask << field.shift
        return bits >> lane.shift & ((1 << lane.bits) - 1)


def _strided(lane: Lane, word: str) -> str:
    """The lane's bits where they lie among those of all states, whose words are in the array `word`."""
    if lane.size == 8:
        return word
    per_word = 8 // lane.size
    position = lane.position if sys.byteorder == "little" else per_word - 1 - lane.position
    return f"{word}.view({lane.dtype})[{position}::{per_word}]"


def _working_type(term: Term) -> str:
    """The type in which the arguments of an operation are taken."""
    sorts = [arg.sort for arg in term.args]
    if term.op in ("eq", "lt", "le", "div", "mod", "clamp") and isinstance(sorts[0], Int):
        hull = sorts[0] if term.op in _COMPARISONS else sorts[0].hull(_int(term.sort))
        for sort in sorts[1:]:
            hull = hull.hull(_int(sort))
        return dtype_of(hull)
    return dtype_of(sorts[0] if term.op in _COMPARISONS else term.sort)


def _int(sort: Sort) -> Int:
    assert isinstance(sort, Int)
    return sort


def _cut(text: str, term: Term) -> str:
    """The text with its result cut to the width of a bit-vector."""
    sort = term.sort
    if not isinstance(sort, BitVec):
        return f"({text})"
    if bits_of(dtype_of(sort)) == sort.width or fits(term.args[0].sort, sort, term.op):
        return f"({text})"
    half = 1 << (sort.width - 1)
    return f"(((({text}) & {sort.mask}) ^ {half}) - {half})" if sort.signed else f"(({text}) & {sort.mask})"


def _clamped(text: str, term: Term, dtype: str) -> str:
    source, bounds = _int(term.args[0].sort), _int(term.sort)
    if bounds.low is not None and (source.low is None or source.low < bounds.low):
        text = f"np.maximum({text}, {literal(bounds.low, dtype)})"
    if bounds.high is not None and (source.high is None or source.high > bounds.high):
        text = f"np.minimum({text}, {literal(bounds.high, dtype)})"
    return text
