"""Leads-to by a ranking: what has to be shown so that a goal is reached from a trigger under weak fairness.

The goal is awaited, A, where the trigger holds and the goal does not. If the invariants imply that

1. where A, the measure is at least 0;
2. where A, every action reaches the goal, or keeps A and does not make the measure greater;
3. where A, the helpful action reaches the goal, or keeps A and makes the measure smaller;
4. where A, the helpful action is possible; and
5. the helpful action is fair: it is taken some time if it stays possible,

then the trigger leads to the goal. For while A lasts the helpful action stays possible, so it is taken again and
again, and an integer that is at least 0 cannot become smaller for ever; and by 2 nothing but the goal ends A. (This
is the rule WF1 of Lamport, "The Temporal Logic of Actions", 1994, with a measure in the place of a chain of them.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import inf, prod
from typing import Any, Final

from redproof_model.kernel.parts import Action, LeadsTo, within
from redproof_model.kernel.prove.condition import Condition, Kind, one_step
from redproof_model.kernel.prove.renaming import Renaming
from redproof_model.kernel.prove.smtlib import Never, free_variables
from redproof_model.kernel.sorts import BitVec, BoolSort, Enum, Int, Sort, values_of
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, constant
from redproof_model.kernel.vocabulary import all_of, any_of, negate

_LISTED_MAX: Final = 64
"""Parameters with at most so many values are listed, as a solver may not decide a quantifier over them."""


def ranking(system: System, lead: LeadsTo, invariants: Sequence[Term]) -> Iterator[Condition]:
    """The conditions 1 to 4; none if the claim has no measure. Raises ValueError if 5 does not hold."""
    if lead.measure is None or lead.helpful is None:
        return
    helpful = [action for action in system.actions if action.name == lead.helpful]
    if not helpful or not all(action.fair for action in helpful):
        raise ValueError(f"{system.name}: {lead.name} is helped by {lead.helpful}, which is no fair action")
    awaited = all_of(lead.trigger, negate(lead.goal))
    assumed = (*invariants, awaited)

    def condition(sentence: str, *assumed_too: Term, **parts: Any) -> Condition:
        return Condition(system, Kind.LEADS_TO, lead.name, sentence, (*assumed, *assumed_too), **parts)

    yield condition("the measure is at least 0 while the goal is awaited", goal=lead.measure >= 0)
    yield condition(f"{lead.helpful} is possible while the goal is awaited", **_enabled(helpful, lead.arguments))
    for action in system.actions:
        updates, renamed = one_step(system, action)
        measure, bound = renamed(lead.measure), lead.measure
        progress = measure < bound if action.name == lead.helpful else measure <= bound
        goal = any_of(renamed(lead.goal), all_of(renamed(awaited), progress))
        yield condition(
            "awaiting goes on, nearer to the goal", action.guard, *updates, goal=goal, steps=1, action=action
        )


def _enabled(instances: Sequence[Action], arguments: Mapping[str, Term]) -> dict[str, Any]:
    """That some instance is possible for some values of its parameters, as a goal, or as what is not never so."""
    if arguments:
        return {"goal": any_of(_with(action, arguments) for action in instances)}
    guards = [guard for action in instances for guard in _listed(action)]
    open_parameters = {each.number: each for action in instances for each in action.parameters}
    bound = tuple(each for each in free_variables(guards) if each.number in open_parameters)
    return {"never": Never(bound, any_of(guards))} if bound else {"goal": any_of(guards)}


def _with(action: Action, arguments: Mapping[str, Term]) -> Term:
    """That these are arguments for the parameters that are open, and the guard with them."""
    parameters = {name: action.arguments[name] for name in arguments}
    guard = Renaming({str(parameters[name].payload): term for name, term in arguments.items()})(action.guard)
    return all_of(guard, [within(term, parameters[name].sort) for name, term in arguments.items()])


def _listed(action: Action) -> list[Term]:
    """The guard for each choice of the parameters that it depends on, or as it is if they are too many."""
    parameters = [each for each in free_variables([action.guard]) if any(each is one for one in action.parameters)]
    if prod(_size(each.sort) for each in parameters) > _LISTED_MAX:
        return [action.guard]
    names = [str(each.payload) for each in parameters]
    choices = product(*([constant(value, each.sort) for value in values_of(each.sort)] for each in parameters))
    return [Renaming(dict(zip(names, chosen, strict=True)))(action.guard) for chosen in choices]


def _size(sort: Sort) -> float:
    """The number of values of a sort."""
    match sort:
        case BoolSort():
            return 2
        case Enum():
            return len(sort.members)
        case Int() | BitVec():
            return inf if sort.low is None or sort.high is None else sort.high - sort.low + 1
