"""Terms made simpler by what is known to hold: an action's updates are computed only where its guard holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from redproof_model.kernel.python import post_order
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.terms import Term, constant, equal, operation
from redproof_model.kernel.vocabulary import all_of, any_of, ite, negate

_SMART: Final[dict[str, Callable[..., Term]]] = {"and": all_of, "or": any_of, "not": negate, "ite": ite, "eq": equal}
"""Functions that know what follows from constant or equal arguments."""


def assuming(known: Term, terms: Iterable[Term]) -> list[Term]:
    """The terms as they are where `known` holds."""
    facts = dict(_facts(known))
    results = list(terms)
    simpler: dict[int, Term] = {}
    for term in post_order(results):
        fact = facts.get(term.number)
        simpler[term.number] = _rebuilt(term, [simpler[arg.number] for arg in term.args]) if fact is None else fact
    return [simpler[term.number] for term in results]


def _facts(known: Term) -> Iterable[tuple[int, Term]]:
    """Terms whose values follow from a condition, by their numbers."""
    match known.op:
        case "and":
            for part in known.args:
                yield from _facts(part)
        case "not":
            yield known.args[0].number, constant(False, Bool)
        case "eq":
            for one, other in (known.args, known.args[::-1]):
                if one.op == "const" and other.op != "const":
                    yield other.number, one
    yield known.number, constant(True, Bool)


def _rebuilt(term: Term, args: Sequence[Term]) -> Term:
    if all(new is old for new, old in zip(args, term.args, strict=True)):
        return term
    if term.op in _SMART:
        return _SMART[term.op](*args)
    return operation(term.op, term.sort, *args, payload=term.payload)
