"""Runs of several steps: each state has variables of its own, and each step says which action it takes."""

from __future__ import annotations

from redproof_model.kernel.parts import Action
from redproof_model.kernel.prove.renaming import Renaming
from redproof_model.kernel.sorts import Bool
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, variable
from redproof_model.kernel.vocabulary import all_of, any_of, implies


def name_at(name: str, step: int) -> str:
    """The name of a variable, or of a parameter, in the state with this number; as it is in state 0."""
    return f"s{step}.{name}" if step else name


def frame(system: System, step: int) -> dict[str, Term]:
    """The variables of the state with this number, by their names; constants are the same in every state."""
    return {
        each.name: each.term if each.rigid else variable(name_at(each.name, step), each.sort)
        for each in system.variables
    }


def takes(action: Action, step: int) -> Term:
    """Whether the step that leaves the state with this number may be one of the action."""
    return variable(f"takes{step}.{action.label()}", Bool)


def said_at(system: System, step: int) -> Renaming:
    """Terms of the state and of the parameters, said of the state with this number."""
    parameters = (each for action in system.actions for each in action.parameters)
    chosen = {name: variable(name_at(name, step), each.sort) for each in parameters for name in [str(each.payload)]}
    return Renaming({**frame(system, step), **chosen})


def transition(system: System, step: int) -> Term:
    """That the states with this number and the next are before and after a step of some action."""
    said, following = said_at(system, step), frame(system, step + 1)

    def taken(action: Action) -> Term:
        moves = (
            following[each.name] == said(action.updates.get(each.name, each.term))
            for each in system.variables
            if not each.rigid
        )
        return implies(takes(action, step), all_of(said(action.guard), moves))

    some = any_of(takes(action, step) for action in system.actions)
    return all_of(some, (taken(action) for action in system.actions))


def all_distinct(system: System, steps: int) -> Term:
    """That no state of a run of so many steps comes twice."""
    frames = [frame(system, step) for step in range(steps + 1)]
    changing = [each.name for each in system.variables if not each.rigid]
    return all_of(
        any_of(one[name] != other[name] for name in changing) for at, one in enumerate(frames) for other in frames[:at]
    )
