"""Terms printed as SMT-LIB 2: the one text that is exported, given to z3, and checked again by cvc5."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_model.kernel.meaning import kind
from redproof_model.kernel.prove.encoding import Encoding, bits, encoding_for, resize
from redproof_model.kernel.python import post_order
from redproof_model.kernel.sorts import BitVec, Enum, Int, Sort, Value
from redproof_model.kernel.terms import Term

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9.]*")

_DEPTH_MAX: Final = 8
"""Expressions nested deeper get a name, so that a person can read them."""

_CONNECTIVES: Final = {"not": "not", "and": "and", "or": "or", "ite": "ite", "eq": "="}
_BITS: Final = {
    "add": "bvadd",
    "sub": "bvsub",
    "mul": "bvmul",
    "neg": "bvneg",
    "div": "bvudiv",
    "mod": "bvurem",
    "bitand": "bvand",
    "bitor": "bvor",
    "bitxor": "bvxor",
    "bitnot": "bvnot",
    "shl": "bvshl",
}
_BY_SIGN: Final = {"lt": ("bvult", "bvslt"), "le": ("bvule", "bvsle"), "shr": ("bvlshr", "bvashr")}


def symbol(name: str) -> str:
    """The symbol for a variable: a plain name is of the state `s`, so that it is no word of SMT-LIB."""
    full = name if "." in name else f"s.{name}"
    return full if _PLAIN.fullmatch(full) else f"|{full}|"


def free_variables(roots: Iterable[Term]) -> list[Term]:
    """The variables below the roots, in the order of their first use."""
    return [term for term in post_order(roots) if term.op == "var"]


@dataclass(frozen=True, slots=True)
class Never:
    """That a term of sort Bool is false whatever the values of some of its variables, the `bound` ones."""

    bound: tuple[Term, ...]
    term: Term


def script(asserted: Sequence[Term], never: Never | None = None, comment: str = "") -> str:
    """A script that asks whether all this can hold together, each variable being of its sort."""
    return _Printer(asserted, never, comment).text()


class _Printer:
    """Prints assertions, with a definition for each term that is used more than once or is deep."""

    def __init__(self, asserted: Sequence[Term], never: Never | None, comment: str) -> None:
        terms = list(post_order([*asserted, *([never.term] if never else [])]))
        self._encoding: Encoding = encoding_for(terms)
        self._texts: dict[int, tuple[str, int]] = {}
        self._functions: dict[object, str] = {}
        self._uses = Counter(arg.number for term in terms for arg in term.args)
        self._below_quantifier = _depending_on(never.bound if never else (), terms)
        self._lines = [f"; {line}" for line in comment.splitlines() if line]
        self._lines += [f"(set-logic {self._logic(terms, quantified=never is not None)})"]
        self._lines += ["(set-option :produce-models true)"]
        for term in terms:
            if term.op == "var" and term.number not in self._below_quantifier:
                self._declare(term)
        for term in terms:
            self._texts[term.number] = self._settle(term)
        self._lines += [f"(assert {self._texts[root.number][0]})" for root in asserted]
        self._lines += [f"(assert {self._nowhere(never)})"] if never else []

    def text(self) -> str:
        return "\n".join([*self._lines, "(check-sat)", ""])

    def _logic(self, terms: Iterable[Term], quantified: bool) -> str:
        """The narrowest logic that has all the terms: solvers are much faster when they know it."""
        sorts = {self._sort(term.sort) for term in terms}
        bit_vectors = "BV" if sorts - {"Int", "Bool"} else ""
        integers = ("NIA" if any(map(_is_nonlinear, terms)) else "LIA") if "Int" in sorts else ""
        return ("" if quantified else "QF_") + (bit_vectors + integers or "UF")

    def _declare(self, variable: Term) -> None:
        name = symbol(str(variable.payload))
        within = self._within(name, variable.sort)
        self._lines.append(f"(declare-const {name} {self._sort(variable.sort)})")
        self._lines += [] if within is None else [f"(assert {within})"]

    def _within(self, name: str, sort: Sort) -> str | None:
        """That a variable is of its sort, None if the solver's sort says it already."""
        return self._encoding.range(name, number) if isinstance(number := numbered(sort), Int) else None

    def _nowhere(self, never: Never) -> str:
        body = self._texts[never.term.number][0]
        names = {symbol(str(each.payload)): each.sort for each in never.bound}
        within = [text for name, sort in names.items() if (text := self._within(name, sort)) is not None]
        declared = " ".join(f"({name} {self._sort(sort)})" for name, sort in names.items())
        return f"(forall ({declared}) (not (and {' '.join([*within, body])})))"

    def _sort(self, sort: Sort) -> str:
        match numbered(sort):
            case Int() as number:
                return self._encoding.sort(number)
            case BitVec(width):
                return f"(_ BitVec {width})"
            case _:
                return "Bool"

    def _literal(self, value: Value, sort: Sort) -> str:
        match numbered(sort):
            case Int() as number:
                return self._encoding.literal(value, number)
            case BitVec(width):
                return bits(value, width)
            case _:
                return "true" if value else "false"

    def _settle(self, term: Term) -> tuple[str, int]:
        """The text for a term and its depth; a name for one that is deep or used more than once."""
        if term.op == "const":
            return self._literal(term.payload, term.sort), 0  # type: ignore[arg-type]
        if term.op == "var":
            return symbol(str(term.payload)), 0
        arguments = [self._texts[arg.number] for arg in term.args]
        text = self._text(term, [text for text, _ in arguments])
        depth = 1 + max(depth for _, depth in arguments)
        if term.number in self._below_quantifier or (self._uses[term.number] < 2 and depth < _DEPTH_MAX):
            return text, depth
        name = f"t{len(self._texts)}"
        self._lines.append(f"(define-fun {name} () {self._sort(term.sort)} {text})")
        return name, 0

    def _text(self, term: Term, arguments: list[str]) -> str:
        if term.op == "table":
            return f"({self._table(term)} {arguments[0]})"
        if any(isinstance(each.sort, Int) for each in (term, *term.args)):
            return self._encoding.operation(term, arguments)
        if term.op in _CONNECTIVES:
            return f"({_CONNECTIVES[term.op]} {' '.join(arguments)})"
        source = term.args[0].sort
        assert isinstance(source, BitVec)
        if term.op == "reverse" and source.width == 1:
            return arguments[0]
        if term.op == "reverse":
            return f"({self._reverse(source.width)} {arguments[0]})"
        if term.op == "cast":
            assert isinstance(term.sort, BitVec)
            return resize(arguments[0], source.width, term.sort.width, source.signed)
        function = _BY_SIGN[term.op][source.signed] if term.op in _BY_SIGN else _BITS[term.op]
        return f"({function} {' '.join(arguments)})"

    def _reverse(self, width: int) -> str:
        single = " ".join(f"((_ extract {bit} {bit}) x)" for bit in range(width))
        return self._function(("reverse", width), f"reverse{width}", BitVec(width), BitVec(width), f"(concat {single})")

    def _table(self, term: Term) -> str:
        """The function for a table: a balanced multiplexer, as chains of array stores are slow to decide."""
        index = term.args[0].sort
        assert isinstance(term.payload, tuple)
        assert isinstance(index, Int | BitVec)
        assert index.high is not None
        body = self._multiplexer(term.payload[: index.high + 1], 0, index, term.sort)
        name = f"table{len(self._functions)}"
        return self._function((kind(term.sort), index, term.sort, term.payload), name, index, term.sort, body)

    def _multiplexer(self, entries: Sequence[Value], first: int, index: Sort, sort: Sort) -> str:
        """The entry for an index `x` that is at least `first`."""
        if len(set(entries)) == 1:
            return self._literal(entries[0], sort)
        half = 1 << ((len(entries) - 1).bit_length() - 1)
        upper = self._multiplexer(entries[half:], first + half, index, sort)
        lower = self._multiplexer(entries[:half], first, index, sort)
        return f"(ite {self._in_upper_half(index, first, half)} {upper} {lower})"

    def _in_upper_half(self, index: Sort, first: int, half: int) -> str:
        if isinstance(index, BitVec):
            bit = half.bit_length() - 1
            return f"(= ((_ extract {bit} {bit}) x) #b1)"
        assert isinstance(index, Int)
        return self._encoding.index_bit("x", index, first + half)

    def _function(self, key: object, name: str, argument: Sort, result: Sort, body: str) -> str:
        """The name of a function of `x`, defined when it is first used."""
        if key not in self._functions:
            self._functions[key] = name
            self._lines.append(f"(define-fun {name} ((x {self._sort(argument)})) {self._sort(result)} {body})")
        return self._functions[key]


def _depending_on(variables: Iterable[Term], terms: Iterable[Term]) -> set[int]:
    """The numbers of the terms, given each after its arguments, in which one of the variables occurs."""
    found = {each.number for each in variables}
    found.update(term.number for term in terms if any(arg.number in found for arg in term.args))
    return found


def _is_nonlinear(term: Term) -> bool:
    """Whether the term is a product of unknowns, or divides by one."""
    match term.op:
        case "mul":
            return all(arg.op != "const" for arg in term.args)
        case "div" | "mod":
            return term.args[1].op != "const"
        case _:
            return False


def numbered(sort: Sort) -> Sort:
    """The integers for the members of an enumeration, any other sort as it is."""
    return Int(0, len(sort.members) - 1) if isinstance(sort, Enum) else sort
