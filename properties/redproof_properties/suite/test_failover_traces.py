"""From the model to real servers: what it refutes is shown to happen, what it proves is shown to hold.

Each shortest trace, as the explorer finds it, is played on new servers and sentinels of the target's kind. How often it
came to what it shows is told with an interval; `--profile thorough` plays each several times. The other way, random
faults are done to servers, and what they tell is held to the system.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import pytest

from redproof_properties.errors import TargetError, TargetSilent
from redproof_properties.failover.claims import need_group, settings_for
from redproof_properties.failover.members import is_container
from redproof_properties.failover.traces.frequency import Frequency
from redproof_properties.failover.traces.lock_playing import fenced, play_lock
from redproof_properties.failover.traces.playing import (
    Attempt,
    Schedule,
    kept_schedules,
    play,
    play_two_failovers,
    schedule_of,
)
from redproof_properties.failover.traces.shortest import Saying, shortest
from redproof_properties.failover.traces.stepping import why_no_steps
from redproof_properties.failover.traces.wandering import wander
from redproof_properties.judged import Judged
from redproof_properties.run import PROFILES
from redproof_properties.script import broken_claim
from redproof_properties.targets.process import ProcessTarget

SOURCE: Final = "docs/failover.md"

LOST: Final = (
    Saying("failover", "small", "an_acknowledged_write_is_lost"),
    Saying("failover", "small", "a_write_to_the_old_master_is_lost"),
    Saying("failover", "small", "a_confirmed_write_is_lost"),
    Saying("failover", "small", "another_had_more"),
    Saying("failover", "forgetful", "a_confirmed_write_is_lost"),
)
BROKEN_LOCKS: Final = (
    Saying("lock", "small", "two_work_after_a_failover"),
    Saying("lock", "small", "two_work_after_a_pause"),
    Saying("lock", "small", "two_work_after_a_jump"),
    Saying("lock", "counter", "two_have_one_token"),
)
"""What is said and not so, in the table of docs/failover.md."""

ATTEMPTS_MAX: Final = 5
"""How often a trace that hangs on chance is played until it is seen."""

EXAMPLES_PER_ATTEMPT: Final = 40
"""Each trace is played once for so many examples of the profile: once in `quick`."""

AT_ONCE: Final = 4
"""As many groups are played on at a time: they wait for sentinels most of the time, but six processes of each start."""

STEPS: Final = 4
"""Random steps before a failover, and as many after it."""

_Outcome = TypeVar("_Outcome")


def need_links(judged: Judged) -> None:
    """Skip the property, with the reason, unless servers of the target's kind are processes whose links can be held."""
    if is_container(judged.target.spelling):
        pytest.skip(f"traces are played on {AT_ONCE} groups at a time, and servers lose their files: not by containers")
    need_group(judged)


def make_of(judged: Judged) -> Callable[[str], ProcessTarget]:
    """What gives another server of the target's kind."""
    target = judged.target
    assert isinstance(target, ProcessTarget)
    return lambda spelling: target.twin()


def attempts(judged: Judged) -> int:
    """How often each trace is played."""
    return max(1, judged.run.profile.examples // EXAMPLES_PER_ATTEMPT)


def require(judged: Judged, holds: bool, expected: str, actual: str) -> None:
    """Claim something of what was played; raises DivergenceError where it is not so."""
    if not holds:
        raise judged.enter(broken_claim([], {}, expected, actual))


def require_behaviour(judged: Judged, tried: Attempt, name: str) -> None:
    """Claim that what was seen is a behaviour of the system; raises `TargetError` where that is not known."""
    if tried.unknown:
        raise TargetError(f"{name}: too many states are possible to tell: {tried.unknown[0]}")
    require(judged, not tried.broken, f"a behaviour of the system failover in {name}", "; ".join(tried.broken))


def play_often(judged: Judged, schedule: Schedule) -> list[Attempt]:
    """Play a schedule as often as the profile says, and one that hangs on chance until it is seen."""
    play_once = partial(play, schedule, judged.target.spelling, make_of(judged), settings_for(judged.target.version))
    return repeat(attempts(judged), play_once, lambda tried: tried.is_shown and not tried.is_void, Attempt.waited)


def repeat(
    fewest: int,
    once: Callable[[], _Outcome],
    is_enough: Callable[[_Outcome], bool],
    in_vain: Callable[[TargetSilent], _Outcome],
) -> list[_Outcome]:
    """What came of so many attempts at least, and of more until one is enough.

    `in_vain` says what one is that waited in vain, as on a machine that is too busy; if the last does, it raises that.
    """
    made: list[_Outcome] = []
    most = max(ATTEMPTS_MAX, fewest)
    while len(made) < fewest or (len(made) < most and not any(map(is_enough, made))):
        try:
            made.append(once())
        except TargetSilent as silent:
            if len(made) + 1 == most:
                raise
            made.append(in_vain(silent))
    return made


@dataclass(frozen=True, slots=True)
class Played:
    """What came of all that was played on a target, by the names of schedules and sayings, and by seeds."""

    attempts: Mapping[str, Sequence[Attempt]]
    locks: Mapping[str, Sequence[str]]
    wandered: Mapping[int, Sequence[Attempt]]


@pytest.fixture(scope="session")
def played(judged: Judged) -> Played:
    """All is played together, some at a time, as it waits for sentinels most of the time."""
    need_links(judged)
    schedules = (*map(schedule_of, LOST), *kept_schedules())
    sayings = [each for each in BROKEN_LOCKS if why_not_played(judged, each) is None]
    seeds = [judged.run.seed + number for number in range(attempts(judged))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wandered = pool.map(partial(wander_once, judged), seeds)
        locks = pool.map(partial(play_lock_often, judged), sayings)
        tried = pool.map(partial(play_often, judged), schedules)
        return Played(
            dict(zip((each.name for each in schedules), tried, strict=True)),
            dict(zip(map(str, sayings), locks, strict=True)),
            dict(zip(seeds, wandered, strict=True)),
        )


def judge(judged: Judged, schedule: Schedule, tried: Sequence[Attempt], loses: bool) -> None:
    """Claim that a schedule shows its claim, and that the writes that are followed are lost, or not."""
    told = valid(tried, schedule.name)
    for each in told:
        require_behaviour(judged, each, schedule.name)
    shown = [each for each in told if each.is_shown]
    frequency = Frequency(len(shown), len(tried))
    judged.summary.frequencies[schedule.name] = str(frequency)
    left = "; ".join(each.left or "something else is possible" for each in told if not each.is_shown)
    enough = len(shown) == len(told) if schedule.is_certain else bool(shown)
    require(judged, enough, f"{schedule.name} on real servers", f"{frequency}: {left}")
    for each in shown:
        gone = f"of {[said.followed for said in each.judged]} all servers have {list(each.found)} in the end"
        require(judged, bool(each.lost) is loses, "the write is lost" if loses else "no write is lost", gone)


def valid(tried: Sequence[Attempt], name: str) -> list[Attempt]:
    """The attempts that say something; raises `TargetError` where none does."""
    told = [each for each in tried if not each.is_void]
    if not told:
        missed = "; ".join(f"{', '.join(each.missed)} ran and was missed: {each.left}" for each in tried)
        raise TargetError(f"{name}: sentinels took servers for down that ran, this machine is too busy: {missed}")
    return told


@pytest.mark.documented("On real servers the shortest trace to {saying} shows it", source=SOURCE)
@pytest.mark.parametrize("saying", LOST, ids=str)
def test_failover_traces_lose_writes(judged: Judged, saying: Saying, played: Played) -> None:
    judge(judged, schedule_of(saying), played.attempts[str(saying)], loses=True)


@pytest.mark.documented("What WAIT confirmed for all replicas survives where no server forgets its data", source=SOURCE)
def test_failover_traces_keep_what_all_confirmed(judged: Judged, played: Played) -> None:
    for schedule in kept_schedules():
        judge(judged, schedule, played.attempts[schedule.name], loses=False)


@pytest.mark.documented("On real servers the shortest trace to {saying} breaks the lock, and no token", source=SOURCE)
@pytest.mark.parametrize("saying", BROKEN_LOCKS, ids=str)
def test_failover_traces_break_the_lock(judged: Judged, saying: Saying, played: Played) -> None:
    if (reason := why_not_played(judged, saying)) is not None:
        pytest.skip(reason)
    lefts = played.locks[str(saying)]
    frequency = Frequency(lefts.count(""), len(lefts))
    judged.summary.frequencies[str(saying)] = str(frequency)
    require(judged, "" in lefts, f"{saying} on real servers", f"{frequency}: {'; '.join(lefts)}")


def why_not_played(judged: Judged, saying: Saying) -> str | None:
    """Why a trace of the lock cannot be played here, None if it can."""
    return why_no_steps(judged.target) if "jump" in shortest(saying).actions else None


def play_lock_often(judged: Judged, saying: Saying) -> list[str]:
    """Where each play of a trace was left, empty where it was not; it is played until it is followed once."""
    trace = shortest(saying)
    # Where tokens are counted by the server that has the lock both may be the same, and fence nothing.
    trace = trace if saying.scope == "counter" else fenced(trace)
    settings = settings_for(judged.target.version)
    once = partial(play_lock, trace, judged.target.spelling, make_of(judged), settings)
    return repeat(attempts(judged), once, lambda left: not left, str)


@pytest.mark.documented(
    "Sentinels give two masters one configuration epoch when an old master is promoted again at once", source=SOURCE
)
def test_failover_traces_give_an_epoch_two_masters(judged: Judged) -> None:
    need_links(judged)
    if judged.run.profile is PROFILES["quick"]:
        pytest.skip("two failovers of each group, one after the other, are played in the profile thorough only")
    play_once = partial(
        play_two_failovers, judged.target.spelling, make_of(judged), settings_for(judged.target.version)
    )
    # One after the other: the second failover is to begin before the first one is over.
    lefts = repeat(attempts(judged), play_once, lambda left: not left, str)
    frequency = Frequency(lefts.count(""), len(lefts))
    judged.summary.frequencies["two masters of one configuration epoch"] = str(frequency)
    if "" not in lefts:
        pytest.skip(f"two masters of one configuration epoch were seen in {frequency}: {'; '.join(lefts)}")


@pytest.mark.documented(
    "What servers do under random faults with failovers is a behaviour of `failover`", source=SOURCE
)
def test_failover_traces_of_random_faults_are_behaviours(judged: Judged, played: Played) -> None:
    for seed, tried in played.wandered.items():
        for each in valid(tried, f"random faults from seed {seed}"):
            require_behaviour(judged, each, f"random faults from seed {seed}")


def wander_once(judged: Judged, seed: int) -> list[Attempt]:
    """What came of random faults, which are done again where it says nothing."""
    settings = settings_for(judged.target.version)
    once = partial(wander, seed, STEPS, judged.target.spelling, make_of(judged), settings)
    return repeat(1, once, lambda tried: not tried.is_void, Attempt.waited)
