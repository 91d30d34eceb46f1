"""Transition systems: variables, initial states, actions, and what is claimed about them.

    counter = System("counter")
    counter.variable("n", Int(0, 9), init=0)

    @counter.action(by=range(1, 3))
    def add(old, new, by):
        new.require(old.n + by <= 9)
        new.n = old.n + by

    @counter.always
    def stays_small(s):
        return s.n < 10

An action is given the state before, the state after and its parameters. In the state after whatever it does not
assign is as before. Claims are functions of a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from inspect import getdoc
from itertools import product
from typing import Final

from redproof_model.kernel.parts import (
    Action,
    Claim,
    Domain,
    LeadsTo,
    Lemma,
    StateFunction,
    Variable,
    choices_of,
    labelled,
    within,
)
from redproof_model.kernel.sorts import Bool, Int, Sort, Value, holds_value
from redproof_model.kernel.state import NextState, State, cell_name
from redproof_model.kernel.terms import Term, lift, variable
from redproof_model.kernel.vocabulary import all_of, implies

ANY: Final = None
"""As the initial value of a variable: any value of its sort."""


@dataclass(frozen=True, slots=True)
class _Declared:
    function: StateFunction
    domains: Mapping[str, Domain]
    fair: bool


@dataclass(frozen=True, slots=True)
class _DeclaredLead:
    claim: StateFunction
    sorts: Mapping[str, Sort]
    measure: StateFunction | None
    helpful: str | None
    arguments: StateFunction | None


class System:
    """A transition system under construction, and what it says of itself once its actions are declared.

    `source` names the code or the paper that it describes.
    """

    def __init__(self, name: str, source: str = "") -> None:
        self.name = name
        self.source = source
        self.variables: list[Variable] = []
        self.invariants: list[Claim] = []
        self.properties: list[Claim] = []
        self.witnesses: list[Claim] = []
        self.lemmas: list[Lemma] = []
        self._shapes: dict[str, int | None] = {}
        self._actions: list[_Declared] = []
        self._step_claims: list[StateFunction] = []
        self._leads: list[_DeclaredLead] = []
        self._initial: list[Term] = []

    # Declarations.

    def constant(self, name: str, sort: Sort, init: Value | None = ANY) -> None:
        """Declare a value that is chosen at the start and never changes."""
        self._declare(name, None, sort, [init], rigid=True)

    def variable(self, name: str, sort: Sort, init: Value | None) -> None:
        """Declare a variable with its initial value, or ANY."""
        self._declare(name, None, sort, [init], rigid=False)

    def array(
        self, name: str, size: int, sort: Sort, init: Value | Sequence[Value | None] | None, rigid: bool = False
    ) -> None:
        """Declare `size` cells of one sort that begin with `init`, or each with its own; constants if `rigid`."""
        inits = init if isinstance(init, Sequence) else [init] * size
        self._declare(name, size, sort, inits, rigid)

    def _declare(self, name: str, size: int | None, sort: Sort, inits: Sequence[Value | None], rigid: bool) -> None:
        if name in self._shapes or hasattr(State, name) or not name.isidentifier():
            raise ValueError(f"{self.name}: {name!r} is taken, or is not a name")
        if self._actions:
            raise ValueError(f"{self.name}: declare {name} before the first action")
        if wrong := [init for init in inits if init is not None and not holds_value(sort, init)]:
            raise ValueError(f"{self.name}: {name} cannot begin with {wrong[0]!r}, which is not a value of {sort}")
        self._shapes[name] = size
        cells = [name] if size is None else [cell_name(name, index) for index in range(size)]
        array = None if size is None else name
        self.variables += [
            Variable(cell, sort, init, rigid, variable(cell, sort), array)
            for cell, init in zip(cells, inits, strict=True)
        ]

    def init(self, predicate: StateFunction) -> StateFunction:
        """Restrict the initial states to those for which the predicate holds."""
        self._initial.append(lift(predicate(self.state), Bool))
        return predicate

    def action(self, *, fair: bool = False, **domains: Domain) -> Callable[[StateFunction], StateFunction]:
        """Declare an action of the states before and after, and of parameters: each of a range, or of a sort.

        A `fair` action is taken some time if it stays possible (weak fairness), whatever its parameters.
        """

        def declare(function: StateFunction) -> StateFunction:
            if any(declared.function.__name__ == function.__name__ for declared in self._actions):
                raise ValueError(f"{self.name}: two actions are called {function.__name__}")
            self._actions.append(_Declared(function, domains, fair))
            return function

        return declare

    def invariant(self, claim: StateFunction) -> StateFunction:
        """Claim that every reachable state is so, and that each action keeps it so (all invariants together)."""
        self.invariants.append(self._claim(claim, self.state))
        return claim

    def always(self, claim: StateFunction) -> StateFunction:
        """Claim that every reachable state is so."""
        self.properties.append(self._claim(claim, self.state))
        return claim

    def sometimes(self, claim: StateFunction) -> StateFunction:
        """Claim that some reachable state is so: a witness that the system is not empty talk."""
        self.witnesses.append(self._claim(claim, self.state))
        return claim

    def every_step(self, claim: StateFunction) -> StateFunction:
        """Claim something of the states before and after every action, an action property in the words of TLA+."""
        self._step_claims.append(claim)
        return claim

    def lemma(self, **sorts: Sort) -> Callable[[StateFunction], StateFunction]:
        """Claim something of all values of the parameters, which have these sorts."""

        def declare(claim: StateFunction) -> StateFunction:
            variables = {name: variable(name, sort) for name, sort in sorts.items()}
            made = self._claim(claim, **variables)
            self.lemmas.append(Lemma(made.name, made.term, made.sentence, tuple(variables.values())))
            return claim

        return declare

    def leads_to(
        self,
        measure: StateFunction | None = None,
        helpful: str | None = None,
        arguments: StateFunction | None = None,
        **sorts: Sort,
    ) -> Callable[[StateFunction], StateFunction]:
        """Claim that a function's first result leads to its second, for all values of parameters of these sorts.

        See `LeadsTo` for `measure`, `helpful` and `arguments`; the first and the last are functions of a state.
        """

        def declare(claim: StateFunction) -> StateFunction:
            self._leads.append(_DeclaredLead(claim, sorts, measure, helpful, arguments))
            return claim

        return declare

    def _claim(self, claim: StateFunction, *states: State, **variables: Term) -> Claim:
        return Claim(claim.__name__, lift(claim(*states, **variables), Bool), getdoc(claim) or "")

    # What the readings ask for.

    def only(self, *claims: str) -> System:
        """This system with no other claims than those of these names; all actions and witnesses are there."""
        made = copy(self)
        for derived in ("leads", "concrete_leads"):
            made.__dict__.pop(derived, None)
        made.invariants = [each for each in self.invariants if each.name in claims]
        made.properties = [each for each in self.properties if each.name in claims]
        made._step_claims = [each for each in self._step_claims if each.__name__ in claims]
        made._leads = [each for each in self._leads if each.claim.__name__ in claims]
        return made

    @property
    def state(self) -> State:
        """A state whose variables are the system's own."""
        return State(self._shapes, {each.name: each.term for each in self.variables})

    @property
    def sorts(self) -> dict[str, Sort]:
        """The sort of each variable and cell, by its name."""
        return {each.name: each.sort for each in self.variables}

    @cached_property
    def initial(self) -> Term:
        """What is true of the initial states, and of no other."""
        begins = (each.term == each.init for each in self.variables if each.init is not None)
        return all_of(begins, self._initial)

    @property
    def initial_predicates(self) -> Sequence[Term]:
        """What the declared predicates ask of initial states beyond the initial values of variables."""
        return self._initial

    @cached_property
    def actions(self) -> Sequence[Action]:
        """The actions, one for each choice of the parameters that have a range; those of a sort stay open."""
        return [made for declared in self._actions for made in self._instances(declared, every_value=False)]

    @cached_property
    def concrete_actions(self) -> Sequence[Action]:
        """The actions, one for each choice of all parameters. Raises ValueError for a parameter without bounds."""
        return [made for declared in self._actions for made in self._instances(declared, every_value=True)]

    @cached_property
    def leads(self) -> Sequence[LeadsTo]:
        """The leads-to claims; parameters stay open, as variables that no action changes."""
        return [made for declared in self._leads for made in self._lead_instances(declared, every_value=False)]

    @cached_property
    def concrete_leads(self) -> Sequence[LeadsTo]:
        """The leads-to claims, one for each choice of all parameters."""
        return [made for declared in self._leads for made in self._lead_instances(declared, every_value=True)]

    def step_claims(self, action: Action) -> Sequence[Claim]:
        """What is claimed of every step, said of the steps of this action."""
        return [self._claim(claim, action.before, action.after) for claim in self._step_claims]

    def range_claims(self, action: Action) -> Sequence[Claim]:
        """That what this action assigns stays within the sorts, as far as intervals do not show it already."""
        sorts = self.sorts
        return [
            Claim(f"range of {name}", implies(action.guard, within(term, sort)), f"{name} stays within {sort}")
            for name, term in action.updates.items()
            if isinstance(sort := sorts[name], Int) and isinstance(term.sort, Int) and not term.sort.within(sort)
        ]

    def _lead_instances(self, declared: _DeclaredLead, every_value: bool) -> Iterable[LeadsTo]:
        name, sentence = declared.claim.__name__, getdoc(declared.claim) or ""
        rank = None if declared.measure is None else declared.measure(self.state)
        helped = {} if declared.arguments is None else declared.arguments(self.state)
        chosen_from = [list(choices_of(f"{name}.{key}", sort, every_value)) for key, sort in declared.sorts.items()]
        for chosen in product(*chosen_from):
            values = dict(zip(declared.sorts, chosen, strict=True))
            trigger, goal = declared.claim(self.state, **values)
            label = labelled(name, values) if every_value else name
            yield LeadsTo(label, lift(trigger, Bool), lift(goal, Bool), sentence, rank, declared.helpful, helped)

    def _instances(self, declared: _Declared, every_value: bool) -> Iterable[Action]:
        name = declared.function.__name__
        chosen_from = [
            list(choices_of(f"{name}.{key}", domain, every_value)) for key, domain in declared.domains.items()
        ]
        for chosen in product(*chosen_from):
            yield self._instance(declared, dict(zip(declared.domains, chosen, strict=True)))

    def _instance(self, declared: _Declared, arguments: Mapping[str, Term]) -> Action:
        before = self.state
        after = NextState(before, self.sorts, frozenset(each.name for each in self.variables if each.rigid))
        # A parameter with a range is a plain number to the action, so that it can index and be counted with.
        plain = {
            key: term.payload if isinstance(declared.domains[key], range) else term for key, term in arguments.items()
        }
        declared.function(before, after, **plain)
        terms = {each.name: each.term for each in self.variables}
        updates = {cell: term for cell, term in after.updates().items() if term is not terms[cell]}
        return Action(declared.function.__name__, arguments, after.guard(), updates, declared.fair, before, after)
