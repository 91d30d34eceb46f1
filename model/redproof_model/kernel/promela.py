"""Systems as Promela, for SPIN to count the same states: one process, in which each action is one `d_step`.

Variables are unsigned bit fields that hold the value less the least one of the sort, so that a state of SPIN is one
of the system, as long as `spin -a -o2` keeps variables that are never read. SPIN computes with C's `int`: what may
need more bits cannot be exported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from redproof_model.kernel.parts import Action, Variable
from redproof_model.kernel.python import StateValues, post_order
from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort, Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Payload, Term

_INT: Final = Int(-(2**31), 2**31 - 1)
_BITS_MAX: Final = 31

_TEXTS: Final = {
    "not": "!{0}",
    "ite": "({0} -> {1} : {2})",
    "eq": "({0} == {1})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "bitand": "({0} & {1})",
    "bitor": "({0} | {1})",
    "bitxor": "({0} ^ {1})",
    "value": "{0}",
}
_WRAPPING: Final = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "neg": "(-{0})",
    "bitnot": "(~{0})",
    "cast": "{0}",
    "wrap": "{0}",
}


def to_promela(system: System, initial: Sequence[StateValues], *, asserted: bool = True) -> str:
    """The system, beginning in one of these states; its claims about states and steps are asserted.

    With several initial states SPIN counts one state more, in which none has been chosen. Raises ValueError where a
    number may not fit C's `int`, or a variable or a parameter has no bounds.
    """
    if not initial:
        raise ValueError(f"{system.name} has no initial state")
    fields = {each.name: _Field(each, number) for number, each in enumerate(system.variables)}
    claims = [claim.term for claim in (*system.invariants, *system.properties)] if asserted else []
    possible = [action for action in system.concrete_actions if action.guard.payload is not False]
    writer = _Writer(fields)
    # A loop has an option, if only one that is never possible.
    steps = [_step(writer, action, _said_of(system, action) if asserted else [], claims) for action in possible]
    steps = steps or [":: false"]
    declared = [field.declaration(initial) for field in fields.values()]
    hidden = [f"hidden int t{number};" for number in range(writer.temporaries)]
    chosen = [] if len(initial) == 1 else ["if", *(_choice(fields, state) for state in initial), "fi;"]
    return "\n".join([*declared, *hidden, "active proctype system() {", *chosen, "do", *steps, "od", "}", ""])


class _Field:
    """A variable of the system as one of Promela."""

    def __init__(self, variable: Variable, number: int) -> None:
        low, high = _bounds(variable.sort)
        if low is None or high is None or not Int(low, high).within(_INT) or high - low >= 2**_BITS_MAX:
            raise ValueError(f"{variable.name} of sort {variable.sort} takes more than {_BITS_MAX} bits in Promela")
        self.name = f"v{number}_{variable.name.replace('[', '_').rstrip(']')}"
        self.number = number
        self.low = low
        self.bits = max(1, (high - low).bit_length())

    @property
    def text(self) -> str:
        """The value."""
        return f"({self.name} + {self.low})" if self.low else self.name

    def declaration(self, initial: Sequence[StateValues]) -> str:
        """Its declaration, with its value if there is a choice of one state."""
        value = f" = {self.code(initial[0][self.number])}" if len(initial) == 1 else ""
        return f"unsigned {self.name} : {self.bits}{value};"

    def code(self, value: Value) -> int:
        """A value as it is stored."""
        return int(value) - self.low


def _choice(fields: dict[str, _Field], state: StateValues) -> str:
    values = (f"{field.name} = {field.code(value)}" for field, value in zip(fields.values(), state, strict=True))
    return f":: d_step {{ {'; '.join(values)} }}"


def _step(writer: _Writer, action: Action, step_claims: Sequence[Term], claims: Sequence[Term]) -> str:
    """An action as an option of the loop; all values are computed before the first is assigned."""
    guard = writer.inline(action.guard)
    made = writer.statements([*action.updates.values(), *step_claims])
    values, kept = made.results[: len(action.updates)], made.results[len(action.updates) :]
    fields = (writer.fields[name] for name in action.updates)
    assigned = [
        f"{field.name} = {text} - {field.low}" if field.low else f"{field.name} = {text}"
        for field, text in zip(fields, values, strict=True)
    ]
    checks = writer.statements(claims)
    statements = [*made.lines, *map(_assertion, kept), *assigned, *checks.lines, *map(_assertion, checks.results)]
    return f":: d_step {{ {'; '.join([guard, *statements])} }}"


def _assertion(text: str) -> str:
    return f"assert({text})"


def _said_of(system: System, action: Action) -> list[Term]:
    return [claim.term for claim in (*system.range_claims(action), *system.step_claims(action))]


class _Statements:
    """Assignments to temporaries, and the texts of results that follow from them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.results: list[str] = []


class _Writer:
    """Writes expressions of Promela, where each needs its own parentheses, and statements for shared ones."""

    def __init__(self, fields: dict[str, _Field]) -> None:
        self.fields = fields
        self.temporaries = 0
        """How many temporaries any action needs."""

    def inline(self, root: Term) -> str:
        """A term as one expression, in which nothing is shared."""
        texts: dict[int, str] = {}
        for term in post_order([root]):
            texts[term.number] = self._text(term, [texts[arg.number] for arg in term.args])
        return texts[root.number]

    def statements(self, roots: Sequence[Term]) -> _Statements:
        """Terms as temporaries: each that is a result, or is used more than once."""
        made, texts = _Statements(), dict[int, str]()
        uses = Counter(arg.number for term in post_order(roots) for arg in term.args)
        uses.update({root.number: 2 for root in roots})
        for term in post_order(roots):
            text = self._text(term, [texts[arg.number] for arg in term.args])
            if uses[term.number] > 1 and term.op != "const":
                name = f"t{len(made.lines)}"
                made.lines.append(f"{name} = {text}")
                text = name
            texts[term.number] = text
        self.temporaries = max(self.temporaries, len(made.lines))
        made.results = [texts[root.number] for root in roots]
        return made

    def _text(self, term: Term, arguments: Sequence[str]) -> str:
        low, high = _bounds(term.sort)
        if low is None or high is None or not Int(low, high).within(_INT):
            raise ValueError(f"{term!r} of sort {term.sort} may not fit the int of Promela")
        if term.op == "const":
            return _literal(term.payload)
        if term.op == "var":
            return self.fields[str(term.payload)].text
        if term.op in ("and", "or"):
            return f"({(' && ' if term.op == 'and' else ' || ').join(arguments)})"
        if term.op in _TEXTS:
            return _TEXTS[term.op].format(*arguments)
        if term.op in _WRAPPING:
            return _cut(_WRAPPING[term.op].format(*arguments), term.sort)
        if term.op == "table":
            assert isinstance(term.payload, tuple)
            return _table(term.payload, 0, arguments[0])
        return _special(term, *arguments)


def _special(term: Term, value: str, by: str = "") -> str:
    """The operations that C has not, or has with another meaning."""
    source, sort = term.args[0].sort, term.sort
    match term.op:
        case "clamp":
            assert isinstance(sort, Int)
            return f"({value} < {sort.low} -> {sort.low} : ({value} > {sort.high} -> {sort.high} : {value}))"
        case "div":
            rounded = f"({value} / {by})"
            below = f"({value} >= 0 -> {rounded} : -(({by} - 1 - {value}) / {by}))"
            return rounded if _is_natural(source) else below
        case "mod":
            return f"({value} % {by})" if _is_natural(source) else f"(({value} % {by} + {by}) % {by})"
    assert isinstance(sort, BitVec)
    within = f"({by} >= 0 && {by} < {sort.width})"
    match term.op:
        case "shl":
            return f"({within} -> {_cut(f'({value} << {by})', sort)} : 0)"
        case "shr":
            return f"({within} -> ({value} >> {by}) : ({value} < 0 -> -1 : 0))"
        case "reverse":
            bits = (f"((({value} >> {bit}) & 1) << {sort.width - 1 - bit})" for bit in range(sort.width))
            return _cut(f"({' | '.join(bits)})", sort)
    raise NotImplementedError(f"no Promela is known for {term.op}")


def _bounds(sort: Sort) -> tuple[int | None, int | None]:
    match sort:
        case BoolSort():
            return 0, 1
        case Enum(members=members):
            return 0, len(members) - 1
        case Int(low=low, high=high) | BitVec(low=low, high=high):
            return low, high


def _is_natural(sort: Sort) -> bool:
    low, _ = _bounds(sort)
    return low is not None and low >= 0


def _literal(payload: Payload) -> str:
    assert isinstance(payload, int)
    return f"({int(payload)})" if payload < 0 else str(int(payload))


def _cut(text: str, sort: Sort) -> str:
    """A number cut to the width of a bit-vector."""
    if not isinstance(sort, BitVec):
        return text
    half = 1 << (sort.width - 1)
    return f"((({text} & {sort.mask}) ^ {half}) - {half})" if sort.signed else f"({text} & {sort.mask})"


def _table(entries: Sequence[Value], first: int, index: str) -> str:
    """The entry at an index, found by halving; `first` is the index of the first entry."""
    if len(set(entries)) == 1:
        return _literal(entries[0])
    half = len(entries) // 2
    below, above = _table(entries[:half], first, index), _table(entries[half:], first + half, index)
    return f"({index} < {first + half} -> {below} : {above})"
