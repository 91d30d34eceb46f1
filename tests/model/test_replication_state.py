"""INFO, ROLE and WAIT as functions of a state."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redproof_model.replication.state import (
    NO_REPLID,
    Backlog,
    Link,
    LinkState,
    ReplicationState,
    Upstream,
    UpstreamState,
)
from redproof_model.replication.told import NOT_ALWAYS_TOLD, good_replicas, told_by_info, told_by_role
from redproof_model.replication.waiting import WaitTargets, answers_at_once, reached
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, VALKEY_8_0, VERSIONS, Version

ONLINE = Link(7001, LinkState.ONLINE, 10, (0, 1))
LATE = Link(7002, LinkState.ONLINE, 5, (12, 14))
LOADING = Link(7003, LinkState.SEND_BULK, 0, (0, 0))


def master(version: Version = REDIS_7_0) -> ReplicationState:
    """A master whose history began at offset 0."""
    alone = ReplicationState(facts=version.replication, replid="a" * 40)
    return alone.streamed(100).attached(ONLINE, "b" * 40).streamed(50)


def test_the_first_replica_begins_a_history() -> None:
    state = master()
    assert (state.replid, state.offset, state.backlog) == ("b" * 40, 50, Backlog(1, 50))
    assert state.attached(LATE, "c" * 40).replid == "b" * 40


def test_a_full_backlog_is_not_told_of() -> None:
    with pytest.raises(ValueError, match="more than the backlog of 60 holds"):
        replace(master(), backlog_size=60).streamed(11)


def test_an_acknowledgement_is_not_taken_back() -> None:
    state = master().acknowledged(7001, 30, (0, 0)).acknowledged(7001, 20, (0, 0))
    assert [link.offset for link in state.links] == [30]
    assert state.acknowledged(1, 50, (0, 0)) == state


def test_a_promotion_remembers_the_former_history() -> None:
    followed = master().follows("h", 1).reached(UpstreamState.SYNC).loaded("f" * 40, 1000).received(40, 30)
    assert followed.upstream == Upstream("h", 1, UpstreamState.CONNECTED, 1030, 1040)
    assert (followed.offset, followed.backlog, followed.links) == (1030, Backlog(1001, 30), ())
    promoted = followed.promoted("c" * 40)
    assert (promoted.replid2, promoted.second_offset, promoted.upstream) == ("f" * 40, 1031, None)


@pytest.mark.parametrize(("version", "keeps"), [(REDIS_6_2, False), (REDIS_7_0, True)])
def test_what_a_new_replica_keeps(version: Version, keeps: bool) -> None:
    asked = master(version).follows("h", 1)
    assert bool(asked.links) is keeps
    synchronising = asked.reached(UpstreamState.SYNC)
    assert (synchronising.backlog is not None) is keeps
    assert told_by_role(synchronising) == ("slave", "h", 1, "sync", -1)


def test_role_tells_of_replicas_that_are_online() -> None:
    state = replace(master(), links=(LOADING, ONLINE))
    assert told_by_role(state) == ("master", 50, ((7001, 10),))
    assert told_by_info(state)["slave0.state"] == "send_bulk"
    assert told_by_info(state)["connected_slaves"] == 2


@pytest.mark.parametrize(
    ("links", "good"),
    [((), (0, 0)), ((ONLINE, LATE, LOADING), (1, 1)), ((replace(ONLINE, lag_s=(9, 11)),), (0, 1))],
)
def test_good_replicas(links: tuple[Link, ...], good: tuple[int, int]) -> None:
    assert good_replicas(replace(master(), links=links)) == good


@pytest.mark.parametrize(
    ("version", "told"),
    [
        (REDIS_6_0, set()),
        (REDIS_6_2, {"slave_read_repl_offset", "replica_announced", "master_failover_state"}),
        (
            VALKEY_8_0,
            {"slave_read_repl_offset", "replica_announced", "master_failover_state", "replicas_waiting_psync"},
        ),
    ],
)
def test_fields_that_versions_add(version: Version, told: set[str]) -> None:
    state = master(version).follows("h", 1)
    always = {"master_host", "master_link_status", "slave_repl_offset", "slave_read_only"}
    links = {"slave0.port", "slave0.type"}
    assert told_by_info(state).keys() & NOT_ALWAYS_TOLD - always - links == told


def test_a_master_without_a_backlog_tells_nothing_of_it() -> None:
    fields = told_by_info(ReplicationState(facts=REDIS_7_0.replication, replid="a" * 40))
    assert (fields["repl_backlog_active"], fields["master_replid2"]) == (0, NO_REPLID)
    assert "repl_backlog_histlen" not in fields


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_what_a_client_waits_for(version: Version) -> None:
    targets = WaitTargets(version.replication)
    assert targets.target("A") == 0
    targets.executed("A", 0, 30)
    targets.executed("A", 50, 50)
    assert targets.target("A") == (50 if version.replication.reads_are_waited_for else 30)
    assert targets.target("B") == 0


def test_reads_were_waited_for_up_to_7_0() -> None:
    assert REDIS_7_0.replication.reads_are_waited_for
    assert not REDIS_7_2.replication.reads_are_waited_for


def test_wait_counts_what_was_acknowledged() -> None:
    assert reached(10, [9, 10, 11]) == 2
    assert answers_at_once(10, [9, 10, 11], 2) == 2
    assert answers_at_once(10, [9, 10, 11], 3) is None
    assert answers_at_once(0, [], 0) == 0
