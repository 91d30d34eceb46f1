"""Traces of the systems `election` and `configuration` played with whole groups of real sentinels, in their very order.

After each action what sentinels tell, publish and have saved must be what the trace says: whoever did something else,
or something more, has not followed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from redproof_model.kernel.python import StateValues
from redproof_model.kernel.sorts import Value, show_value
from redproof_model.kernel.trace import Trace
from redproof_model.systems.sentinel.configuration.scope import SOURCE as CONFIGURATION
from redproof_model.systems.sentinel.configuration.system import configuration
from redproof_model.systems.sentinel.election.scope import SOURCE as ELECTION

from redproof_properties.failover.group import Group
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.record import Settings
from redproof_properties.failover.traces import configuring, voting
from redproof_properties.failover.traces.asking import NotFollowed
from redproof_properties.failover.traces.configuring import Configuring
from redproof_properties.failover.traces.playing import SENTINELS, Make, steady
from redproof_properties.failover.traces.sentinel_stage import LONG_MS, OUT_OF_REACH, SentinelStage
from redproof_properties.failover.traces.shortest import Act, Saying, acts, extended, shortest
from redproof_properties.failover.traces.translation import Deed
from redproof_properties.failover.traces.voting import Voting
from redproof_properties.waiting import wait_until

SERVERS: Final = 3
SEEN_WITHIN_MS: Final = 2_000
"""How long it may take until what was done is seen everywhere."""

_DEEDS: Final[Mapping[str, Mapping[str, Deed]]] = {"election": voting.DEEDS, "configuration": configuring.DEEDS}

DOCUMENTED: Final = (
    Saying("election", "source", "votes_are_split"),
    Saying("election", "source", "a_leader_is_elected_late"),
    Saying("configuration", "source", "two_lead"),
)
"""What may happen to sentinels that do what is documented, too."""

AS_THE_SOURCE: Final = (
    Saying("election", "source", "two_lead_in_an_epoch"),
    Saying("configuration", "source", "two_masters_have_one_epoch"),
)
"""What may happen only to those that do what the source does."""

GOES_BACK: Final = "a configuration epoch goes back"
"""The third that may happen only to those: there is no scope with as many epochs as it takes."""

THREE_EPOCHS: Final = replace(CONFIGURATION, epochs_max=3)
_BACK: Final = (
    Act("select", {"sentinel": 1, "server": 2}),
    Act("promote", {"sentinel": 1, "server": 2}),
    Act("select", {"sentinel": 0, "server": 1}),
    Act("promote", {"sentinel": 0, "server": 1}),
    Act("see_promotion", {"sentinel": 0}),
    Act("end", {"sentinel": 0}),
    Act("hello", {"sentinel": 2, "other": 0}),
    Act("select", {"sentinel": 2, "server": 0}),
    Act("see_promotion", {"sentinel": 2}),
    Act("hello", {"sentinel": 1, "other": 2}),
    Act("see_promotion", {"sentinel": 1}),
)


def going_back() -> Trace:
    """A trace to a configuration epoch that goes back: an old master is promoted again while the first leader waits."""
    begins = shortest(Saying("configuration", "source", "two_masters_have_one_epoch")).states[:1]
    return extended(Trace(configuration(THREE_EPOCHS), begins, []), list(_BACK))


def traces() -> Mapping[str, Trace]:
    """The traces that are played, by what they show."""
    return {str(saying): shortest(saying) for saying in (*DOCUMENTED, *AS_THE_SOURCE)} | {GOES_BACK: going_back()}


def play_sentinels(trace: Trace, spelling: str, make: Make, settings: Settings) -> str:
    """Play a trace with three sentinels and servers of a target's kind, and say where it was left; empty if it was not.

    Raises `TargetError` when one of them fails.
    """
    patient = replace(steady(settings), quorum=OUT_OF_REACH, failover_timeout_ms=LONG_MS)
    plan = group_of((spelling,) * SERVERS, (spelling,) * SENTINELS, patient)
    with Group(plan, make) as group, SentinelStage(group) as stage:
        play = _play_of(trace, stage)
        for act, before, after in zip(acts(trace), trace.states, trace.states[1:], strict=False):
            play.state = _named(trace, before)
            try:
                _DEEDS[trace.system.name][act.action].take(play, **act.arguments)
            except NotFollowed as left:
                return f"at {act}: {left}"
            if not wait_until(partial(_is_seen, play, _named(trace, after)), SEEN_WITHIN_MS):
                return f"after {act} {_differences(play, trace, after)}: {stage.last()}"
    return ""


def _play_of(trace: Trace, stage: SentinelStage) -> Voting | Configuring:
    if trace.system.name == "election":
        return Voting(stage, ELECTION)
    followed = {value for act in acts(trace) for name, value in act.arguments.items() if name in ("sentinel", "other")}
    return Configuring(stage, CONFIGURATION, frozenset(followed))


def _named(trace: Trace, state: StateValues) -> Mapping[str, Value]:
    return {each.name: value for each, value in zip(trace.system.variables, state, strict=True)}


def _is_seen(play: Voting | Configuring, said: Mapping[str, Value]) -> bool:
    return all(said[name] == value for name, value in play.seen().items())


def _differences(play: Voting | Configuring, trace: Trace, state: StateValues) -> str:
    seen = play.seen()
    return "; ".join(
        f"{each.name} is {show_value(each.sort, seen[each.name])}, not {show_value(each.sort, value)}"
        for each, value in zip(trace.system.variables, state, strict=True)
        if each.name in seen and seen[each.name] != value
    )
