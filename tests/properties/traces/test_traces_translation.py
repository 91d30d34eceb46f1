"""Each action of the systems has real steps, and each trace that is played ends where the explorer says."""

from __future__ import annotations

import pytest
from redproof_model.kernel.python import compile_predicate
from redproof_properties.errors import UsageError
from redproof_properties.failover.traces import lock_playing, translation
from redproof_properties.failover.traces.lock_playing import fenced
from redproof_properties.failover.traces.playing import SCOPES, kept_schedules, schedule_of
from redproof_properties.failover.traces.shortest import Act, Saying, acts, extended, make, shortest
from redproof_properties.suite.test_failover_traces import BROKEN_LOCKS, LOST


@pytest.mark.parametrize("scope", SCOPES)
def test_each_action_of_failover_has_a_deed(scope: str) -> None:
    actions = {action.name for action in make(Saying("failover", scope, "")).actions}
    assert actions <= translation.DEEDS.keys()


def test_each_action_of_the_lock_has_a_deed_and_no_other_has() -> None:
    actions = {action.name for scope in ("small", "counter") for action in make(Saying("lock", scope, "")).actions}
    assert actions == lock_playing.DEEDS.keys()


@pytest.mark.parametrize("saying", [*LOST, *BROKEN_LOCKS], ids=str)
def test_the_trace_ends_in_its_witness(saying: Saying) -> None:
    trace = shortest(saying)
    (witness,) = (each for each in trace.system.witnesses if each.name == saying.witness)
    holds = compile_predicate(trace.system, witness.term)
    assert [holds(state) for state in trace.states].index(True) == len(trace)


def test_an_act_is_read_as_it_is_shown() -> None:
    for label in ("stream(replica=2, node=0)", "fail_over", "acquire(client=1, ttl=2)"):
        assert str(Act.parse(label)) == label
    with pytest.raises(ValueError, match="not the label"):
        Act.parse("two words")


def test_a_trace_goes_on_only_with_what_is_possible() -> None:
    trace = shortest(BROKEN_LOCKS[0])
    assert acts(fenced(trace))[:-2] == acts(trace)
    with pytest.raises(ValueError, match="is not possible here"):
        extended(trace, [Act("go_on", {"client": 0})])


def test_what_is_kept_is_what_is_lost_elsewhere() -> None:
    back, over = kept_schedules()
    lost = schedule_of(Saying("failover", "forgetful", "a_confirmed_write_is_lost"))
    assert back.acts == lost.acts
    assert not lost.scope.persists
    assert back.scope.persists
    assert [act.action for act in over.acts[-2:]] == ["crash", "promote"]


def test_a_saying_that_there_is_not_is_refused() -> None:
    for saying in (Saying("failover", "small", "nothing"), Saying("failover", "large", "x"), Saying("none", "x", "x")):
        with pytest.raises(UsageError):
            shortest(saying)
