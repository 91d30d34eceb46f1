"""What is played with whole groups of sentinels: traces that end where the model says, and what is heard of them."""

from __future__ import annotations

import pytest
from redproof_model.kernel.python import compile_predicate
from redproof_properties.failover.traces import configuring, voting
from redproof_properties.failover.traces.hearing import Heard
from redproof_properties.failover.traces.sentinel_playing import AS_THE_SOURCE, DOCUMENTED, going_back, traces
from redproof_properties.failover.traces.shortest import Saying, acts, make, shortest, values
from redproof_properties.failover.traces.standing import NO_FAILOVER, Standing

DEEDS = {"election": voting.DEEDS, "configuration": configuring.DEEDS}
ADDRESS = "127.0.0.1 6379"


def test_each_action_of_a_trace_has_a_deed_and_is_one_of_the_system() -> None:
    for trace in traces().values():
        deeds = DEEDS[trace.system.name]
        assert {act.action for act in acts(trace)} <= deeds.keys() <= {action.name for action in trace.system.actions}


@pytest.mark.parametrize("saying", [*DOCUMENTED, *AS_THE_SOURCE], ids=str)
def test_a_trace_ends_in_its_witness(saying: Saying) -> None:
    trace = shortest(saying)
    (witness,) = (each for each in trace.system.witnesses if each.name == saying.witness)
    holds = compile_predicate(trace.system, witness.term)
    assert [holds(state) for state in trace.states].index(True) == len(trace)


def test_only_what_the_source_has_is_not_in_the_systems_as_documented() -> None:
    def is_documented(saying: Saying) -> bool:
        return saying.witness in {each.name for each in make(Saying(saying.system, "three", "")).witnesses}

    assert all(map(is_documented, DOCUMENTED))
    assert not any(map(is_documented, AS_THE_SOURCE))


def test_a_configuration_epoch_goes_back_with_the_last_action() -> None:
    trace = going_back()
    epochs = [list(values(trace.system, state, "config_epoch"))[1] for state in trace.states]
    assert epochs == [*[0] * (len(trace) - 1), 3, 1]


def test_a_failover_is_followed_by_its_events() -> None:
    standing = Standing()
    for event, text in (
        ("+vote-for-leader", "another 3"),
        ("+new-epoch", "4"),
        ("+try-failover", f"master mine {ADDRESS}"),
        ("+vote-for-leader", "own 4"),
        ("+elected-leader", f"master mine {ADDRESS}"),
        ("+selected-slave", f"slave 127.0.0.2:6380 127.0.0.2 6380 @ mine {ADDRESS}"),
        ("+promoted-slave", f"slave 127.0.0.2:6380 127.0.0.2 6380 @ mine {ADDRESS}"),
    ):
        standing.hear(Heard("s1", event, text))
    assert standing.failover_epoch == 4
    assert standing.selected == ("127.0.0.2", 6380)
    assert standing.has_promoted
    assert standing.votes == {3: "another", 4: "own"}
    assert standing.led == {4}


@pytest.mark.parametrize("event", ["+switch-master", "-failover-abort-not-elected", "-failover-abort-slave-timeout"])
def test_a_failover_that_ends_is_none_any_more(event: str) -> None:
    standing = Standing(failover_epoch=2, selected=("127.0.0.2", 6380), has_promoted=True, led={2})
    standing.hear(Heard("s1", event, f"mine {ADDRESS} 127.0.0.2 6380"))
    assert standing == Standing(failover_epoch=NO_FAILOVER, led={2})
