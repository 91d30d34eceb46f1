"""Systems: what may be declared, what actions see, and errors that say what is wrong with a declaration."""

from __future__ import annotations

from typing import Any

import pytest
from redproof_model.kernel.python import compile_predicate, compile_step
from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.vocabulary import all_of, clamp, implies


def queue() -> System:
    """Three cells, filled from the left with what is chosen."""
    system = System("queue", source="nothing")
    system.constant("limit", Int(1, 3))
    system.variable("length", Int(0, 3), init=0)
    system.array("cell", 3, BitVec(2), init=0)

    @system.init
    def limited(s: Any) -> Any:
        return s.limit > 1

    @system.action(value=BitVec(2))
    def push(old: Any, new: Any, value: Any) -> None:
        new.require(old.length < old.limit)
        new.cell[clamp(old.length, 0, 2)] = value
        new.length = old.length + 1

    @system.action(by=range(1, 3))
    def drop(old: Any, new: Any, by: int) -> None:
        new.require(old.length >= by)
        new.length = old.length - by

    @system.always
    def is_limited(s: Any) -> Any:
        """The queue is no longer than its limit."""
        return s.length <= s.limit

    @system.every_step
    def one_at_a_time(old: Any, new: Any) -> Any:
        """It never grows by more than one."""
        return new.length <= old.length + 1

    return system


def test_actions_are_one_for_each_choice_of_a_range() -> None:
    system = queue()
    assert [action.label() for action in system.actions] == ["push(value)", "drop(by=1)", "drop(by=2)"]
    assert [action.label() for action in system.concrete_actions][:2] == ["push(value=0)", "push(value=1)"]
    assert len(system.concrete_actions) == 4 + 2
    assert system.actions[0].label([3]) == "push(value=3)"


def test_steps() -> None:
    system = queue()
    push, drop, _ = (compile_step(system, action) for action in system.actions)
    assert push((2, 0, 0, 0, 0), 3) == (2, 1, 3, 0, 0)
    assert push((2, 1, 3, 0, 0), 1) == (2, 2, 3, 1, 0)
    assert push((2, 2, 3, 1, 0), 1) is None
    assert drop((2, 1, 3, 0, 0)) == (2, 0, 3, 0, 0)
    assert drop((2, 0, 3, 0, 0)) is None


def test_initial_states_and_claims() -> None:
    system = queue()
    is_initial = compile_predicate(system, system.initial)
    assert is_initial((2, 0, 0, 0, 0))
    assert not is_initial((1, 0, 0, 0, 0))
    assert not is_initial((2, 1, 0, 0, 0))
    (claim,) = system.properties
    assert (claim.name, claim.sentence) == ("is_limited", "The queue is no longer than its limit.")
    assert not compile_predicate(system, claim.term)((2, 3, 0, 0, 0))
    assert [each.name for each in system.step_claims(system.actions[0])] == ["one_at_a_time"]


def test_a_step_out_of_range_is_an_error() -> None:
    system = System("up")
    system.variable("n", Int(0, 2), init=0)

    @system.action()
    def add(old: Any, new: Any) -> None:
        new.n = old.n + 1

    (action,) = system.actions
    assert [claim.name for claim in system.range_claims(action)] == ["range of n"]
    step = compile_step(system, action)
    assert step((1,)) == (2,)
    with pytest.raises(ValueError, match=r"add: n stays within Int\(0..2\)"):
        step((2,))


def test_what_is_assigned_is_read_back() -> None:
    system = System("twice")
    system.variable("n", Int(0, 8), init=0)

    @system.action()
    def twice(old: Any, new: Any) -> None:
        new.n = new.n + 1
        new.n = new.n + 1
        new.require(old.n < 4, new.n < 5)

    (action,) = system.actions
    step = compile_step(system, action)
    assert step((2,)) == (4,)
    assert step((3,)) is None


def _declared(body: Any) -> None:
    system = System("bad")
    system.variable("n", Int(0, 3), init=0)
    system.constant("k", Bool, ANY)
    system.array("a", 2, Bool, init=False)
    system.action(i=Int(0, 5))(body)
    assert system.actions


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda old, new, i: setattr(new, "m", 1), "m is no variable"),
        (lambda old, new, i: setattr(new, "a", 1), "an array: assign its cells"),
        (lambda old, new, i: setattr(new, "k", True), "k is a constant"),
        (lambda old, new, i: setattr(old, "n", 1), "only read"),
        (lambda old, new, i: old.a.__setitem__(0, True), "only read"),
        (lambda old, new, i: old.m, "no variable 'm'; there are n, k, a"),
        (lambda old, new, i: old.a[2], r"cells 0..1, and no cell 2"),
        (lambda old, new, i: old.a[i], r"cells 0..1, and no cell 5"),
        (lambda old, new, i: old.a[old.k], "is indexed by k of sort Bool"),
        (lambda old, new, i: setattr(new, "n", True), "not a value of Int"),
        (lambda old, new, i: new.require(old.n), "where Bool is wanted"),
    ],
)
def test_errors_of_actions(body: Any, message: str) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError, IndexError), match=message):
        _declared(body)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda s: s.variable("n", Bool, init=False), "'n' is taken"),
        (lambda s: s.variable("not a name", Bool, init=ANY), "is not a name"),
        (lambda s: s.variable("m", Int(0, 3), init=4), "cannot begin with 4"),
        (lambda s: s.variable("m", Int(0, 3), init=True), "cannot begin with True"),
        (lambda s: [s.action()(body) for body in (_same, _same)], "two actions are called _same"),
        (lambda s: [s.action()(_same), s.variable("m", Bool, init=ANY)], "before the first action"),
    ],
)
def test_errors_of_declarations(declare: Any, message: str) -> None:
    system = System("bad")
    system.variable("n", Int(0, 3), init=0)
    with pytest.raises(ValueError, match=message):
        declare(system)


def _same(old: Any, new: Any) -> None:
    new.require(old.n < 3)


def test_an_unbounded_parameter_has_no_concrete_actions() -> None:
    system = System("open")
    system.variable("n", Int(0, None), init=0)

    @system.action(by=Int(0, None))
    def add(old: Any, new: Any, by: Any) -> None:
        new.n = old.n + by

    assert len(system.actions) == 1
    with pytest.raises(ValueError, match="cannot be listed"):
        assert system.concrete_actions


def test_lemmas_and_leads() -> None:
    system = queue()

    @system.lemma(x=Int(0, 3))
    def small(x: Any) -> Any:
        """Small numbers are small."""
        return implies(x > 2, all_of(x > 1))

    @system.leads_to(measure=lambda s: s.length, helpful="drop")
    def empties(s: Any) -> Any:
        """The queue becomes empty."""
        return s.length > 0, s.length == 0

    assert [str(each) for each in system.lemmas[0].variables] == ["x"]
    assert system.leads[0].helpful == "drop"
