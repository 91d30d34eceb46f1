"""The simulating reading: random walks with every claim checked on the way, and counterexamples made short.

A walk starts in an initial state and takes one of the actions that are possible, each as likely as any other, until
it is long enough or comes to a dead end. Everything is drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from redproof_model.kernel.draws import Arguments, InitialStates
from redproof_model.kernel.parts import Action, Claim
from redproof_model.kernel.python import StateValues, Step, compile_function, compile_predicate, compile_step
from redproof_model.kernel.sorts import Value
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.trace import Trace
from redproof_model.kernel.vocabulary import all_of

WALK_STEPS: Final = 200
"""Steps in a walk, after which the next begins."""

_DRAWS: Final = 10
"""How often parameters are drawn before an action is taken to be impossible in a state."""

_STATES_KEPT: Final = 500_000
"""How many states are remembered, so that they are not checked again, or tried again if they are dead ends."""

Move: TypeAlias = tuple[int, tuple[Value, ...]]
"""A step of a walk: the position of its action in the system, and the values of the action's open parameters."""

Found: TypeAlias = tuple[Move, StateValues | None]
"""A step with the state after, None where it leaves the range of a variable."""

Attempt: TypeAlias = Callable[[StateValues], Found | None]


@dataclass(frozen=True, slots=True)
class Broken:
    """A claim, and a walk whose last step, or only state, contradicts it."""

    claim: Claim
    trace: Trace


class Simulator:
    """Random walks through a system, and what they have seen so far.

    `fired` counts the steps of each action, `walks` the initial states, and `dead_ends` the states from where no step
    was possible, or none was found where parameters are drawn. `witnessed` gives the steps from an initial state to
    where each witness was first seen. Ranges are always checked, and claims and witnesses if `checked`.
    """

    def __init__(self, system: System, seed: int, *, checked: bool = True) -> None:
        random = Random(seed)
        self.system = system
        self.fired = [0] * len(system.actions)
        self.walks = 0
        self.dead_ends = 0
        self.witnessed: dict[str, int] = {}
        self._random = random.random
        self._initial = InitialStates(system, random)
        self._steps = [compile_step(system, action) for action in system.actions]
        self._order = [
            _drawing(at, step, Arguments(system, action, random)) if action.parameters else _plain(at, step)
            for at, (action, step) in enumerate(zip(system.actions, self._steps, strict=True))
        ]
        self._checked = checked
        self._claims = _Claims(system)
        self._unseen = {each.name: compile_predicate(system, each.term) for each in system.witnesses}
        self._met: set[StateValues] = set()
        self._dead: set[StateValues] = set()

    @property
    def steps(self) -> int:
        """The steps of all walks."""
        return sum(self.fired)

    @property
    def states(self) -> Collection[StateValues]:
        """States that were met and checked, as far as they are remembered."""
        return self._met

    def walk(self, steps: int) -> Broken | None:
        """Take so many more steps, fewer if there are only dead ends; end at a broken claim and give it.

        Raises NoInitialStateError.
        """
        goal = self.steps + steps
        for _ in range(steps):
            left = goal - self.steps
            broken = self._walk(min(left, WALK_STEPS)) if left else None
            if broken is not None or not left:
                return broken
        return None

    def _walk(self, steps: int) -> Broken | None:
        start = state = self._initial.draw()
        self.walks += 1
        moves: list[Move] = []
        claim = self._judge(state, 0)
        while claim is None and len(moves) < steps:
            found = None if state in self._dead else self._next(state)
            if found is None:
                self.dead_ends += 1
                if len(self._dead) < _STATES_KEPT:
                    self._dead.add(state)
                return None
            move, after = found
            self.fired[move[0]] += 1
            moves.append(move)
            if after is None or self._checked:
                claim = self._claims.of_step(state, move)
            if after is not None:
                claim = claim or self._judge(after, len(moves))
                state = after
        return None if claim is None else Broken(claim, self._trace(start, self._shrink(claim, start, moves)))

    def _next(self, state: StateValues) -> Found | None:
        """A possible step, the actions being tried in random order."""
        random, order = self._random, self._order
        # A shuffle from the end, only as far as it is needed.
        for left in range(len(order), 0, -1):
            at = int(random() * left)
            attempt = order[at]
            order[at] = order[left - 1]
            order[left - 1] = attempt
            found = attempt(state)
            if found is not None:
                return found
        return None

    def _judge(self, state: StateValues, steps: int) -> Claim | None:
        """The claim that a state contradicts; the witnesses that it shows are noted."""
        if not self._checked or state in self._met:
            return None
        if len(self._met) == _STATES_KEPT:
            self._met.clear()
        self._met.add(state)
        for name in [name for name, shows in self._unseen.items() if shows(state)]:
            self.witnessed[name] = steps
            del self._unseen[name]
        return self._claims.of_state(state)

    def _shrink(self, claim: Claim, start: StateValues, moves: Sequence[Move]) -> Sequence[Move]:
        """The moves without those that the failure of the claim does not need."""
        size = len(moves)
        while size:
            fewer = ([*moves[:at], *moves[at + size :]] for at in range(0, len(moves), size))
            replayed = (self._replay(claim, start, each) for each in fewer)
            shorter = next((each for each in replayed if each is not None), None)
            moves = moves if shorter is None else shorter
            size = size // 2 if shorter is None else min(size, len(moves))
        return moves

    def _replay(self, claim: Claim, start: StateValues, moves: Sequence[Move]) -> Sequence[Move] | None:
        """The moves up to where the claim fails, without those that are not possible; None if it does not fail."""
        state, taken = start, list[Move]()
        failed = self._claims.of_state(start)
        for move in moves:
            if failed is not None:
                break
            after = self._after(state, move)
            if after is not None:
                taken.append(move)
                failed = self._claims.of_step(state, move) or self._claims.of_state(after)
                state = after
        return taken if failed is not None and failed.name == claim.name else None

    def _after(self, state: StateValues, move: Move) -> StateValues | None:
        """The state after, also where it is out of range; None where the move is not possible."""
        chosen, values = move
        try:
            return self._steps[chosen](state, *values)
        except ValueError:
            action = self.system.actions[chosen]
            cells = [action.updates.get(each.name, each.term) for each in self.system.variables]
            return tuple(compile_function(_arguments(self.system, action), [cell])(*state, *values) for cell in cells)

    def _trace(self, start: StateValues, moves: Sequence[Move]) -> Trace:
        states = [start]
        for move in moves:
            after = self._after(states[-1], move)
            assert after is not None
            states.append(after)
        return Trace(self.system, states, [self.system.actions[chosen].label(values) for chosen, values in moves])


class _Claims:
    """The claims of a system, compiled: all together, and each by itself to tell which one fails."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._state_claims = [*system.properties, *system.invariants]
        self._states_hold = compile_predicate(system, all_of(each.term for each in self._state_claims))
        self._step_claims = [[*system.range_claims(each), *system.step_claims(each)] for each in system.actions]
        self._steps_hold = [
            compile_function(_arguments(system, action), [all_of(claim.term for claim in claims)])
            for action, claims in zip(system.actions, self._step_claims, strict=True)
        ]

    def of_state(self, state: StateValues) -> Claim | None:
        """The first claim that a state contradicts."""
        if self._states_hold(state):
            return None
        return next(each for each in self._state_claims if not compile_predicate(self._system, each.term)(state))

    def of_step(self, state: StateValues, move: Move) -> Claim | None:
        """The first claim that a possible step from a state contradicts."""
        chosen, values = move
        if self._steps_hold[chosen](*state, *values):
            return None
        arguments = _arguments(self._system, self._system.actions[chosen])
        claims = self._step_claims[chosen]
        return next(each for each in claims if not compile_function(arguments, [each.term])(*state, *values))


def _plain(chosen: int, step: Step) -> Attempt:
    """What takes an action without open parameters where it is possible."""
    move: Move = (chosen, ())

    def attempt(state: StateValues) -> Found | None:
        try:
            after = step(state)
        except ValueError:
            return move, None
        return None if after is None else (move, after)

    return attempt


def _drawing(chosen: int, step: Step, arguments: Arguments) -> Attempt:
    """What takes an action with drawn values for its open parameters, if it is possible with one of the first draws."""

    def attempt(state: StateValues) -> Found | None:
        for _ in range(_DRAWS if arguments.is_possible(state) else 0):
            move = chosen, arguments.draw(state)
            try:
                after = step(state, *move[1])
            except ValueError:
                return move, None
            if after is not None:
                return move, after
        return None

    return attempt


def _arguments(system: System, action: Action) -> Sequence[Term]:
    """The variables of the system and the open parameters of the action: what its steps depend on."""
    return [*(each.term for each in system.variables), *action.parameters]
