"""What sentinels, servers and clients do when the master is lost, judged by the record of a run.

A master with two replicas and three sentinels of the target's kind. One run is judged by all sentences: the master,
which needs a replica to write, is parted from all others for longer than that allows, while a client stays with it.
"""

from __future__ import annotations

from random import Random

import pytest

from redproof_properties.failover.claims import (
    claim,
    is_quick,
    isolation,
    need_group,
    play,
    settings_for,
    why_no_group,
    with_replicas_needed,
)
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.members import is_container
from redproof_properties.failover.plan import GroupPlan, group_of
from redproof_properties.failover.record import FailoverRecord, Settings
from redproof_properties.failover.schedule import draw_schedule
from redproof_properties.judged import Judged
from redproof_properties.run import PROFILES
from redproof_properties.targets import parse_target

SENTINEL = "https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/"
REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
SOURCE = "https://github.com/redis/redis/blob/7.0.15/src/sentinel.c"

SERVERS = 3
SENTINELS = 3
QUICK = PROFILES["quick"]
ROUNDS_PER_EXAMPLE = 0.02
"""How many rounds of drawn faults there are for each example of the profile."""


@pytest.fixture(scope="session")
def isolated(judged: Judged) -> FailoverRecord:
    """The record of a run in which the master is parted from all others."""
    need_group(judged)
    settings = with_replicas_needed(settings_for(judged.target.version))
    return play(judged, plan_for(judged, settings), isolation(settings))


def plan_for(judged: Judged, settings: Settings, *sentinels: str) -> GroupPlan:
    """A group of the target's kind, with sentinels of these spellings, or of the same."""
    spelling = judged.target.spelling
    return group_of((spelling,) * SERVERS, sentinels or (spelling,) * SENTINELS, settings)


@pytest.mark.documented("At most one sentinel is elected as the leader in an epoch", source=SENTINEL)
def test_failover_has_one_leader_in_an_epoch(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "one_leader_in_an_epoch")


@pytest.mark.documented("A sentinel votes at most once in an epoch", source=SENTINEL)
def test_failover_has_one_vote_in_an_epoch(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "one_vote_in_an_epoch")


@pytest.mark.documented(
    "The replica that is promoted is the one with the lowest priority, the greatest offset, and the first run ID",
    source=SOURCE,
)
def test_failover_promotes_the_first_by_the_rule(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "the_rule_names_the_promoted")


@pytest.mark.documented(
    "A configuration epoch has one master: two of one epoch never take writes for good", source=SENTINEL
)
def test_failover_gives_an_epoch_one_master(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "one_master_for_an_epoch")


@pytest.mark.documented(
    "The new master's data is a prefix of the old one's history, up to the offset at which it was promoted",
    source=REPLICATION,
)
def test_failover_keeps_a_prefix(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "the_promoted_keeps_a_prefix")


@pytest.mark.documented("What replicas give to readers is a prefix of their master's history", source=REPLICATION)
def test_failover_reads_from_replicas_are_prefixes(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "reads_from_replicas_are_prefixes")


@pytest.mark.documented(
    "When an old master rejoins, what it took after the split is discarded: all of that, and only that", source=SENTINEL
)
def test_failover_discards_what_was_taken_after_the_split(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "what_was_taken_after_a_split_is_discarded")


@pytest.mark.documented(
    "Once all faults are over, all agree on the master and on the data, within the configured times", source=SENTINEL
)
def test_failover_ends_in_agreement(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "all_agree_after_healing")


@pytest.mark.documented(
    "A master that needs replicas and reaches none takes no more writes after min-replicas-max-lag", source=REPLICATION
)
def test_failover_ends_writes_with_the_lag(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "writes_end_with_the_lag")


@pytest.mark.documented(
    "Each acknowledged write that a failover loses is explained, by design and against no promise", source=SENTINEL
)
def test_failover_explains_every_loss(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "every_loss_is_explained")


@pytest.mark.documented(
    "While a majority of sentinels reach each other and a fit replica, a failover from a master that is away ends",
    source=SENTINEL,
)
def test_failover_ends(judged: Judged, isolated: FailoverRecord) -> None:
    claim(judged, isolated, "a_failover_ends")


@pytest.mark.documented(
    "The same holds whatever fails while the master is lost: killed, paused, slow or cut off, as a sentinel restarts, "
    "is paused or cut off, or a replica lags",
    source=SENTINEL,
)
def test_failover_through_drawn_faults(judged: Judged) -> None:
    need_group(judged)
    if judged.run.profile is QUICK:
        pytest.skip("drawn faults take some seconds a round: --profile thorough or nightly plays some")
    plan = plan_for(judged, settings_for(judged.target.version))
    rounds = int(judged.run.profile.examples * ROUNDS_PER_EXAMPLE)
    hold_to_all(judged, play(judged, plan, draw_schedule(plan, judged.run.seed, rounds)))


@pytest.mark.documented("The same holds where sentinels are of another kind, here {other_spelling}", source=SENTINEL)
def test_failover_by_sentinels_of_another_kind(judged: Judged, other_spelling: str) -> None:
    need_group(judged)
    spelling = judged.target.spelling
    if other_spelling == spelling:
        pytest.skip("all sentinels are of the servers' kind: the other properties judge that")
    few = "bundled" in (spelling, other_spelling) and not is_container(other_spelling)
    if judged.run.profile is QUICK and not few:
        pytest.skip(
            "in the profile quick bundled sentinels are mixed with others, and other processes with bundled ones"
        )
    with parse_target(other_spelling) as other:
        versions = judged.target.version, other.version
        if (reason := why_no_group(other)) is not None:
            pytest.skip(reason)
    if judged.run.profile is QUICK and not all(map(is_quick, versions)):
        pytest.skip("in the profile quick only sentinels from version 7.0 on are mixed")
    plan = plan_for(judged, settings_for(*versions), other_spelling, other_spelling, spelling)
    seed = Random(f"{judged.run.seed} {other_spelling}").randrange(2**32)
    hold_to_all(judged, play(judged, plan, draw_schedule(plan, seed, 1)))


def hold_to_all(judged: Judged, record: FailoverRecord) -> None:
    """Hold a record to all judges that have something to judge in it."""
    for name, judge in JUDGES.items():
        if judge(record):
            claim(judged, record, name)
