"""Shortest traces as schedules of real steps, played on groups of servers and sentinels, and what came of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, TypeAlias

from redproof_model.systems.failover.scope import ALL, FORGETFUL, SMALL, Scope

from redproof_properties.errors import TargetSilent
from redproof_properties.failover.group import Group
from redproof_properties.failover.plan import GroupPlan, group_of
from redproof_properties.failover.record import Settings
from redproof_properties.failover.traces.asking import NotFollowed
from redproof_properties.failover.traces.behaviour import Judged
from redproof_properties.failover.traces.shortest import Act, Saying, acts, shortest, values
from redproof_properties.failover.traces.stage import PRIORITY_STEP, Stage
from redproof_properties.failover.traces.translation import take
from redproof_properties.targets.inquiry import fields
from redproof_properties.targets.process import ProcessTarget

SCOPES: Final[Mapping[str, Scope]] = {"small": SMALL, "forgetful": FORGETFUL, "confirmed_by_all": ALL}
"""What servers of the scopes of `failover` are like."""

SENTINELS: Final = 3
STEADY_MS: Final = 1_500
"""After so long sentinels miss a master at the earliest: where many groups run an answer is late by half a second."""

UNHURRIED_MS: Final = 15_000
"""After so long sentinels miss a master that is to come back before they do."""

TOLD_S: Final = 10
"""Five times as long as a sentinel takes by itself until it tells its configuration again."""

Make: TypeAlias = Callable[[str], ProcessTarget]
"""Gives a target of a spelling that is not yet started."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done, one after the other, to servers that are as a scope says, with these priorities.

    `claim` is the witness or the property of the system that is to be true where it ends.
    """

    name: str
    acts: Sequence[Act]
    priorities: Sequence[int]
    scope: Scope
    claim: str

    @property
    def is_certain(self) -> bool:
        """Whether it does not hang on chance: no two replicas that may be promoted have the same priority."""
        candidates = [priority for priority in self.priorities[1:] if priority]
        return len(set(candidates)) == len(candidates) or not self.promotes

    @property
    def promotes(self) -> bool:
        """Whether sentinels are to miss the master, and not only to look on."""
        return any(act.action == "promote" for act in self.acts)


def schedule_of(saying: Saying) -> Schedule:
    """The shortest trace that refutes what is said, as a schedule; raises `UsageError` where there is none."""
    trace = shortest(saying)
    priorities = list(values(trace.system, trace.states[0], "priority"))
    return Schedule(str(saying), acts(trace), priorities, SCOPES[saying.scope], saying.witness)


def kept_schedules() -> Sequence[Schedule]:
    """The trace to the loss of what WAIT confirmed for all, where it keeps it: nothing is forgotten when all persist.

    In the first one the master comes back as in the trace, in the second a replica takes its place instead.
    """
    confirmed = schedule_of(Saying("failover", "forgetful", "a_confirmed_write_is_lost"))
    claim = "a_write_that_all_confirmed_survives"
    back = replace(confirmed, name=f"{claim} where the master comes back with its data", scope=ALL, claim=claim)
    until = [act.action for act in confirmed.acts].index("confirm") + 1
    promoted = [*confirmed.acts[:until], Act("crash", {"node": 0}), Act("promote", {"node": 1})]
    over = replace(back, name=f"{claim} where a replica is promoted", acts=promoted, priorities=(1, 1, 2))
    return (back, over)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a schedule that was played.

    `judged` is what the system says where the schedule ended, and `healed` what it says of all until servers and
    sentinels agreed again; `found` are the values that all servers had then. Where they did something else before the
    schedule ended, `left` says what, and `healed` and `found` are empty. `missed` are the servers that sentinels took
    for down although they ran: on a machine that is too busy, where more may happen than the system has.
    """

    left: str = ""
    missed: Sequence[str] = ()
    judged: Sequence[Judged] = ()
    healed: Sequence[Judged] = ()
    found: Sequence[str] = ()
    in_vain: bool = False

    @classmethod
    def waited(cls, silent: TargetSilent) -> Self:
        """One that was left as it waited in vain."""
        return cls(str(silent), in_vain=True)

    @property
    def is_void(self) -> bool:
        """Whether it says nothing: it waited in vain, or a server was missed and what should not happen did then."""
        return self.in_vain or (
            bool(self.missed) and (bool(self.left) or any(each.validation.verdict == "broken" for each in self._said))
        )

    @property
    def _said(self) -> Sequence[Judged]:
        return (*self.judged, *self.healed)

    @property
    def broken(self) -> list[str]:
        """Why what was seen is no behaviour of the system, for each write that is followed where it is none."""
        return ["\n".join(each.lines()) for each in self._said if each.validation.verdict == "broken"]

    @property
    def unknown(self) -> list[str]:
        """Why it is not known whether it is one."""
        return ["\n".join(each.lines()) for each in self._said if each.validation.verdict == "unknown"]

    @property
    def is_shown(self) -> bool:
        """Whether the claim was true in all states that were possible where the schedule ended."""
        return not self.left and any(each.truths == {True} for each in self.judged)

    @property
    def lost(self) -> list[str]:
        """Of the writes that were followed those that no server has any more."""
        return [each.followed for each in self.judged if each.followed and each.followed not in self.found]


def play(schedule: Schedule, spelling: str, make: Make, settings: Settings) -> Attempt:
    """Play a schedule on new servers and sentinels of a target's kind; raises `TargetError` when one fails.

    Sentinels are given more time than `settings` say, and much more where the schedule has no promotion.
    """
    plan = _plan(schedule, spelling, steady(settings, STEADY_MS if schedule.promotes else UNHURRIED_MS))
    with (
        Group(plan, make) as group,
        Stage(group, _numbered(group, schedule), schedule.scope, schedule.priorities) as stage,
    ):
        try:
            for act in schedule.acts[:-1]:
                take(stage, act)
                stage.look()
            take(stage, schedule.acts[-1])
            stage.ask_sentinels()
        except NotFollowed as left:
            return Attempt(str(left), tuple(stage.missed), stage.behaviour.judge())
        judged = stage.behaviour.judge(schedule.claim)
        stage.look()
        stage.heal()
        return Attempt("", tuple(stage.missed), judged, stage.behaviour.judge(), stage.see(0).values)


def play_two_failovers(spelling: str, make: Make, settings: Settings) -> str:
    """Let an old master be promoted again at once, and say what was seen unless an epoch has two masters in the end.

    The trace is that to a write that is lost with its history. All servers are up and connected in the end, for longer
    than sentinels take to tell each other of their configuration. Raises `TargetError` when one fails.
    """
    schedule = schedule_of(Saying("failover", "small", "a_write_is_lost_with_its_history"))
    plan = _plan(schedule, spelling, settings)
    with Group(plan, make) as group, Stage(group, group.servers, schedule.scope, schedule.priorities) as stage:
        try:
            for act in schedule.acts:
                take(stage, act)
                stage.look()
        except (NotFollowed, TargetSilent) as left:
            # Sentinels of which two follow each another master have no quorum for either.
            return str(left)
        stage.restore()
        time.sleep(TOLD_S)
        masters = stage.masters_of_epochs()
        return "" if any(len(each) > 1 for each in masters.values()) else f"one master an epoch: {dict(masters)}"


def steady(settings: Settings, down_after_ms: int = STEADY_MS) -> Settings:
    """The same for sentinels that miss no server that is late by less."""
    return replace(settings, down_after_ms=max(down_after_ms, settings.down_after_ms))


def _plan(schedule: Schedule, spelling: str, settings: Settings) -> GroupPlan:
    """Servers with the priorities of a schedule, and sentinels."""
    priorities = tuple(PRIORITY_STEP * priority for priority in schedule.priorities)
    return group_of((spelling,) * len(priorities), (spelling,) * SENTINELS, settings, priorities)


def _numbered(group: Group, schedule: Schedule) -> list[str]:
    """The servers in the order of their numbers: replicas of equal priority are in that of their run IDs."""
    master, *replicas = group.servers
    place = dict(zip(replicas, schedule.priorities[1:], strict=True))
    if len(set(place.values())) == 1:
        replicas.sort(key=lambda name: _run_id(group, name))
    return [master, *replicas]


def _run_id(group: Group, name: str) -> str:
    with group.connect(name) as connection:
        return fields(connection.call("INFO", "server"))["run_id"]
