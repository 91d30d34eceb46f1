"""The Python reading: terms compiled to straight-line Python, each shared part computed once.

This is the reading that the others are held to, what simulation runs on, and how definitions written as terms are
used on ordinary numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from redproof_model.kernel.meaning import MEANING, kind
from redproof_model.kernel.parts import Action
from redproof_model.kernel.sorts import BitVec, Int, Sort, Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, variable

StateValues: TypeAlias = tuple[Value, ...]
Step: TypeAlias = Callable[..., StateValues | None]

_DEPTH_MAX: Final = 12
"""Expressions nested deeper get a name, as Python's parser gives up at some depth."""

_SIMPLE: Final = {
    "not": "(not {0})",
    "ite": "({1} if {0} else {2})",
    "eq": "({0} == {1})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "div": "({0} // {1})",
    "mod": "({0} % {1})",
    "value": "{0}",
}
_ARITHMETIC: Final = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "neg": "-{0}",
    "bitand": "{0} & {1}",
    "bitor": "{0} | {1}",
    "bitxor": "{0} ^ {1}",
    "bitnot": "~{0}",
    "cast": "{0}",
    "wrap": "{0}",
}
"""Operations whose result is cut to the width of a bit-vector, unless it fits anyway."""

_SHIFTS: Final = {"shl": "{0} << {1}", "shr": "{0} >> {1}"}
"""Shifts by a constant that is less than the width."""

_REVERSED_BYTES: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

_ALWAYS_FIT: Final = frozenset({"bitand", "bitor", "bitxor", "shr"})


def post_order(roots: Iterable[Term]) -> Iterator[Term]:
    """Every term below the roots once, each after its arguments."""
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        term, expanded = stack.pop()
        if term.number in seen:
            continue
        if expanded:
            seen.add(term.number)
            yield term
        else:
            stack.append((term, True))
            stack.extend((arg, False) for arg in reversed(term.args))


class Writer:
    """Writes Python for terms; `names` says how variables are read, and statements go to `lines`.

    `literal` says how constants are written.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        roots: Sequence[Term],
        indent: str = "    ",
        literal: Callable[[Term], str] = lambda term: repr(term.payload),
    ) -> None:
        self.lines: list[str] = []
        self.globals: dict[str, Any] = {}
        self._names = names
        self._indent = indent
        self._literal = literal
        self._texts: dict[int, tuple[str, int]] = {}
        self._uses = Counter(arg.number for term in post_order(roots) for arg in term.args)
        self._uses.update(root.number for root in roots)

    def expression(self, root: Term) -> str:
        """Python for a term, after the statements that it needs."""
        for term in post_order([root]):
            if term.number not in self._texts:
                self._texts[term.number] = self._settle(term)
        return self._texts[root.number][0]

    def _settle(self, term: Term) -> tuple[str, int]:
        """The text for a term and its depth; a name for one that is deep or used more than once."""
        if term.op == "const":
            return self._literal(term), 0
        if term.op == "var":
            return self._names[str(term.payload)], 0
        arguments = [self._texts[arg.number] for arg in term.args]
        text = self._text(term, [text for text, _ in arguments])
        depth = 1 + max(depth for _, depth in arguments)
        if self._uses[term.number] < 2 and depth < _DEPTH_MAX:
            return text, depth
        name = f"t{len(self._texts)}"
        self.lines.append(f"{self._indent}{name} = {text}")
        return name, 0

    def _text(self, term: Term, arguments: list[str]) -> str:
        if term.op in _SIMPLE:
            return _SIMPLE[term.op].format(*arguments)
        if term.op in ("and", "or"):
            return f"({f' {term.op} '.join(arguments)})"
        if term.op in _ARITHMETIC:
            return _cut(_ARITHMETIC[term.op].format(*arguments), term)
        if term.op == "table":
            return f"{self._global(term.payload)}[{arguments[0]}]"
        if term.op in _SHIFTS and term.args[1].op == "const" and _is_short(term):
            return _cut(_SHIFTS[term.op].format(*arguments), term)
        if term.op == "reverse":
            return self._reversed(term.sort, arguments[0])
        meaning = MEANING[term.op]
        return f"{self._global(meaning)}({self._global(term.sort)}, {', '.join(arguments)})"

    def _reversed(self, sort: Sort, text: str) -> str:
        """The bits of a bit-vector in opposite order, byte by byte."""
        assert isinstance(sort, BitVec)
        size_bytes = (sort.width + 7) // 8
        unsigned = f"({text} & {sort.mask})" if sort.signed else text
        table = self._global(_REVERSED_BYTES)
        if size_bytes == 1:
            found = f"{table}[{unsigned}]"
        else:
            found = f"int.from_bytes({unsigned}.to_bytes({size_bytes}, 'little').translate({table}), 'big')"
        return _wrapped(f"{found} >> {8 * size_bytes - sort.width}", sort)

    def _global(self, value: object) -> str:
        for name, held in self.globals.items():
            if held is value or (isinstance(value, tuple) and held == value):
                return name
        name = f"g{len(self.globals)}"
        self.globals[name] = value
        return name


def _is_short(shift: Term) -> bool:
    """Whether a shift by a constant is by less than the width."""
    by, sort = shift.args[1].payload, shift.sort
    return isinstance(by, int) and isinstance(sort, BitVec) and 0 <= by < sort.width


def _cut(text: str, term: Term) -> str:
    """The text with its result cut to the term's width."""
    sort = term.sort
    if not isinstance(sort, BitVec) or term.op in _ALWAYS_FIT or fits(term.args[0].sort, sort, term.op):
        return f"({text})"
    return _wrapped(text, sort) if sort.signed else f"(({text}) & {sort.mask})"


def _wrapped(text: str, sort: BitVec) -> str:
    """The text of a number of that many bits, with the sign that its highest bit is if the sort has one."""
    if not sort.signed:
        return f"({text})"
    half = 1 << (sort.width - 1)
    return f"((({text}) + {half} & {sort.mask}) - {half})"


def fits(source: Sort, sort: BitVec, op: str) -> bool:
    """Whether a cast or wrap changes no value."""
    if op not in ("cast", "wrap") or not isinstance(source, BitVec | Int):
        return False
    return source.low is not None and source.high is not None and sort.low <= source.low and source.high <= sort.high


def compile_function(arguments: Sequence[Term], results: Sequence[Term]) -> Callable[..., Any]:
    """A Python function from values of the variables `arguments` to the value of the result, a tuple if several."""
    names = {str(term.payload): f"a{at}" for at, term in enumerate(arguments)}
    writer = Writer(names, results)
    texts = [writer.expression(result) for result in results]
    returned = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    return _function(list(names.values()), [*writer.lines, f"    return {returned}"], writer.globals)


def compile_predicate(system: System, term: Term) -> Callable[[StateValues], bool]:
    """A Python function that tells whether a term of sort Bool holds in a state of the system."""
    writer = Writer(_state_names(system), [term])
    text = writer.expression(term)
    compiled: Callable[[StateValues], bool] = _function(["s"], [*writer.lines, f"    return {text}"], writer.globals)
    return compiled


def compile_step(system: System, action: Action) -> Step:
    """A Python function of a state and the action's open parameters: the state after, None where it is impossible.

    It raises ValueError when the action leaves the range of a variable.
    """
    parameters = {str(term.payload): f"p{at}" for at, term in enumerate(action.parameters)}
    ranges = system.range_claims(action)
    roots = [action.guard, *action.updates.values(), *(claim.term for claim in ranges)]
    writer = Writer({**_state_names(system), **parameters}, roots)
    guard = writer.expression(action.guard)
    writer.lines.append(f"    if not {guard}: return None")
    for claim in ranges:
        held = writer.expression(claim.term)
        writer.lines.append(f"    if not {held}: raise ValueError({f'{action.label()}: {claim.sentence}'!r})")
    texts = {name: writer.expression(term) for name, term in action.updates.items()}
    cells = [texts.get(each.name, f"s[{at}]") for at, each in enumerate(system.variables)]
    writer.lines.append(f"    return ({', '.join(cells)},)")
    return _function(["s", *parameters.values()], writer.lines, writer.globals)


def _state_names(system: System) -> dict[str, str]:
    return {each.name: f"s[{at}]" for at, each in enumerate(system.variables)}


def _function(parameters: Sequence[str], lines: Sequence[str], known: dict[str, Any]) -> Callable[..., Any]:
    source = "\n".join([f"def compiled({', '.join(parameters)}):", *lines])
    namespace = dict(known)
    exec(source, namespace)
    compiled: Callable[..., Any] = namespace["compiled"]
    return compiled


class Definition:
    """A function written in terms, to be proved of and, compiled, to be used on numbers.

    `parameters` are its variables and `results` its terms. Called with terms it gives its results of those.
    """

    def __init__(self, build: Callable[..., Term | tuple[Term, ...]], sorts: Mapping[str, Sort]) -> None:
        self.parameters = tuple(variable(name, sort) for name, sort in sorts.items())
        built = build(*self.parameters)
        self.results = built if isinstance(built, tuple) else (built,)
        self.compiled: Callable[..., Any] = compile_function(self.parameters, self.results)
        self._build = build

    def __call__(self, *arguments: Term) -> Any:
        """The results for these terms, a tuple if there are several."""
        for parameter, argument in zip(self.parameters, arguments, strict=True):
            if kind(parameter.sort) != kind(argument.sort):
                raise TypeError(f"{argument!r} is of sort {argument.sort} where {parameter.sort} is wanted")
        return self._build(*arguments)


def definition(**sorts: Sort) -> Callable[[Callable[..., Any]], Definition]:
    """Make a function of terms of these sorts a definition."""
    return lambda build: Definition(build, sorts)
