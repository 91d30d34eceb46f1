"""A breadth-first search and a judge of leads-to written by hand, slow and plain: what the explorer is held to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import product

from redproof_model.kernel.parts import LeadsTo
from redproof_model.kernel.python import StateValues, compile_function, compile_predicate, compile_step
from redproof_model.kernel.sorts import values_of
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term


@dataclass
class Reached:
    """The reachable states with their distance, and the steps between them: label, name, state before and after."""

    distance: dict[StateValues, int] = field(default_factory=dict)
    steps: list[tuple[str, str, StateValues, StateValues]] = field(default_factory=list)
    outside: Counter[str] = field(default_factory=Counter)
    """How many steps leave the range of a variable, by the action's name."""

    def firings(self, name: str) -> int:
        return sum(step[1] == name for step in self.steps) + self.outside[name]


def breadth_first(system: System) -> Reached:
    """Every reachable state of a small system."""
    reached = Reached()
    steps = [(action.label(), action.name, compile_step(system, action)) for action in system.concrete_actions]
    level = initial(system)
    while level:
        reached.distance.update(dict.fromkeys(level, max(reached.distance.values(), default=-1) + 1))
        found: dict[StateValues, None] = {}
        for state in level:
            for label, name, step in steps:
                try:
                    after = step(state)
                except ValueError:
                    reached.outside[name] += 1
                    continue
                if after is not None:
                    reached.steps.append((label, name, state, after))
                    found[after] = None
        level = [state for state in found if state not in reached.distance]
    return reached


def initial(system: System) -> list[StateValues]:
    """The initial states."""
    choices = [values_of(each.sort) if each.init is None else [each.init] for each in system.variables]
    allowed = [compile_predicate(system, term) for term in system.initial_predicates]
    return [state for state in product(*choices) if all(holds(state) for holds in allowed)]


def holding(system: System, term: Term, reached: Reached) -> list[int]:
    """The distances of the reachable states in which a condition holds, ascending."""
    holds = compile_predicate(system, term)
    return sorted(distance for state, distance in reached.distance.items() if holds(state))


def breaking_steps(system: System, reached: Reached) -> dict[str, list[int]]:
    """For each claim about steps the distances of the states before the steps that break it, ascending."""
    variables = [each.term for each in system.variables]
    found: dict[str, list[int]] = {}
    for action in system.concrete_actions:
        for claim in system.step_claims(action):
            holds = compile_function(variables, [claim.term])
            broken = found.setdefault(claim.name, [])
            possible = compile_predicate(system, action.guard)
            broken += [at for state, at in reached.distance.items() if possible(state) and not holds(*state)]
    return {name: sorted(distances) for name, distances in found.items() if distances}


def leads_to_fails(system: System, lead: LeadsTo, reached: Reached) -> bool:
    """Whether some fair behaviour triggers the claim and never reaches the goal, by sets of states alone."""
    goal, trigger = compile_predicate(system, lead.goal), compile_predicate(system, lead.trigger)
    fair = {action.name for action in system.concrete_actions if action.fair}
    possible: dict[StateValues, set[str]] = {state: set() for state in reached.distance}
    edges: dict[StateValues, list[tuple[str, StateValues]]] = {state: [] for state in reached.distance}
    for _, name, before, after in reached.steps:
        possible[before].add(name)
        if not goal(before) and not goal(after):
            edges[before].append((name, after))
    waiting = [state for state in reached.distance if trigger(state) and not goal(state)]
    reach = {state: _reach(state, edges) for state in _closure(waiting, edges)}
    for state, onward in reach.items():
        if not fair & possible[state]:
            return True
        component = {other for other in onward if state in reach[other]}
        taken = {name for one in component for name, other in edges[one] if other in component}
        never_left = {name for name in fair if all(name in possible[one] for one in component)}
        if component and never_left <= taken:
            return True
    return False


def _reach(state: StateValues, edges: dict[StateValues, list[tuple[str, StateValues]]]) -> set[StateValues]:
    """The states reached by at least one step."""
    return _closure([after for _, after in edges[state]], edges)


def _closure(states: list[StateValues], edges: dict[StateValues, list[tuple[str, StateValues]]]) -> set[StateValues]:
    seen, stack = set(states), list(states)
    while stack:
        for _, after in edges[stack.pop()]:
            if after not in seen:
                seen.add(after)
                stack.append(after)
    return seen
