"""Small systems of the textbooks, to try the proofs of runs and the search for invariants on."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.sorts import Bool, Enum, Int
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term, literals
from redproof_model.kernel.vocabulary import all_of, any_of, ite, negate

PLACE = Enum("Place", ("idle", "waiting", "critical"))
IDLE, WAITING, CRITICAL = literals(PLACE)


def peterson(*, polite: bool = True) -> System:
    """Peterson's mutual exclusion of two processes ("Myths about the Mutual Exclusion Problem", 1981)."""
    system = System("peterson")
    system.array("place", 2, PLACE, init=0)
    system.array("flag", 2, Bool, init=False)
    system.variable("turn", Int(0, 1), init=0)

    @system.action(me=range(2))
    def ask(old: Any, new: Any, me: int) -> None:
        new.require(old.place[me] == IDLE)
        new.place[me] = WAITING
        new.flag[me] = True
        new.turn = 1 - me if polite else me

    @system.action(me=range(2))
    def enter(old: Any, new: Any, me: int) -> None:
        new.require(old.place[me] == WAITING, any_of(negate(old.flag[1 - me]), old.turn == me))
        new.place[me] = CRITICAL

    @system.action(me=range(2))
    def leave(old: Any, new: Any, me: int) -> None:
        new.require(old.place[me] == CRITICAL)
        new.place[me] = IDLE
        new.flag[me] = False

    @system.always
    def exclusion(s: Any) -> Term:
        """The processes are not both where only one may be."""
        return negate(all_of(s.place[me] == CRITICAL for me in range(2)))

    return system


def wheel() -> System:
    """A number that goes round from 0 to 3, or down to 4 if it were more."""
    system = System("wheel")
    system.variable("n", Int(0, 9), init=0)

    @system.action()
    def turn(old: Any, new: Any) -> None:
        new.n = ite(old.n == 3, 0, ite(old.n >= 5, old.n - 1, old.n + 1))

    @system.action(at=Int(0, 9))
    def rest(old: Any, new: Any, at: Term) -> None:
        new.require(at == 9, old.n == at)

    @system.always
    def never_four(s: Any) -> Any:
        return s.n != 4

    return system
