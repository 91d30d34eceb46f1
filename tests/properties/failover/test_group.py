"""A group of processes: what happens to one of them or to the link between two, and that nothing is left of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from redproof_model.reply import OK
from redproof_properties.errors import TargetError, TargetSilent, UsageError
from redproof_properties.failover.claims import is_quick, settings_for
from redproof_properties.failover.gates import why_no_gates
from redproof_properties.failover.group import Group
from redproof_properties.failover.members import need_process
from redproof_properties.failover.plan import PATIENT, QUICK, GroupPlan, group_of
from redproof_properties.failover.record import Kind
from redproof_properties.failover.traces.playing import UNHURRIED_MS, steady
from redproof_properties.failover.views import sentinel_view
from redproof_properties.targets import ServerVersion
from redproof_properties.waiting import wait_until

SERVER = "bundled"
LATE_MS = 60_000
Trace: TypeAlias = tuple[Path, int]


@pytest.fixture(scope="module")
def group() -> Iterator[Group]:
    """A master, a replica and two sentinels, all bundled, of which nobody is missed."""
    if (reason := why_no_gates()) is not None:
        pytest.skip(reason)
    with Group(group_of((SERVER, SERVER), (SERVER, SERVER), steady(QUICK, UNHURRIED_MS))) as group:
        yield group


def offsets(group: Group) -> list[int | None]:
    """The offsets of master and replica."""
    return [group.info("m").master_repl_offset, group.info("r1").slave_repl_offset]


def write(group: Group) -> None:
    """Move the master's offset."""
    with group.connect("m") as connection:
        assert connection.call("SET", "key", "value") == OK


def test_nodes_are_known_by_their_gates(group: Group) -> None:
    master, replica, sentinel, _ = group.nodes
    assert (master.kind, replica.priority, sentinel.kind) == (Kind.SERVER, 100, Kind.SENTINEL)
    for node in group.nodes:
        host, _, port = node.address.partition(":")
        assert group.node_at(host, int(port)) == node.name
    told = group.info("r1")
    assert group.node_at(str(told.master_host), told.master_port or 0) == "m"
    with group.connect("s1") as connection:
        assert connection.call("SENTINEL", "MYID") == str(sentinel.run_id).encode()
    assert group.node_at("127.0.0.1", 1) is None


def test_a_held_link_lets_nothing_through_and_others_do(group: Group) -> None:
    group.hold("m", "r1")
    write(group)
    above, below = offsets(group)
    assert (below or 0) < (above or 0)
    with group.connect("s1") as connection:
        assert sentinel_view(connection, group.plan.settings.master_name).flags == "master"
    group.release("m", "r1")
    assert wait_until(lambda: len(set(offsets(group))) == 1)


def test_a_cut_link_is_made_anew(group: Group) -> None:
    group.cut("r1", "m")
    write(group)
    assert wait_until(lambda: len(set(offsets(group))) == 1)


def test_a_delayed_link_is_late(group: Group) -> None:
    group.delay("m", "r1", LATE_MS)
    write(group)
    assert len(set(offsets(group))) == 2
    group.release_links()
    assert wait_until(lambda: len(set(offsets(group))) == 1)


def test_a_sentinel_that_restarts_keeps_what_it_knew(group: Group) -> None:
    group.restart("s2")
    with group.connect("s2") as connection:
        told = sentinel_view(connection, group.plan.settings.master_name)
        assert group.node_at(told.host, told.port) == "m"
        assert told.other_sentinels == 1
        assert connection.call("SENTINEL", "MYID") == group.run_id("s2").encode()


def test_what_is_killed_or_paused_is_healed(group: Group) -> None:
    group.pause("s1")
    assert not group.is_up("s1")
    group.kill("r1")
    with pytest.raises(TargetError):
        group.connect("r1")
    group.heal()
    assert all(map(group.is_up, group.plan.names))
    assert wait_until(lambda: group.info("r1").master_link_status == "up")


class Never(Group):
    """A group that never comes about."""

    seen: tuple[Trace, ...] = ()

    def wait_ready(self) -> None:
        """See what there is, and fail."""
        self.seen = traces(self)
        raise TargetSilent("never")


def traces(group: Group) -> tuple[Trace, ...]:
    """The folder and the process of each node that runs."""
    running = (need_process(target) for name, target in group.targets.items() if name not in group.dead)
    return tuple((process.place.folder, process.pid) for process in running)


def is_left(trace: Trace) -> bool:
    """Whether a node's folder is there, or its process."""
    folder, pid = trace
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return folder.exists()
    return True


def test_nothing_is_left_of_a_group_that_does_not_come_about() -> None:
    group = Never(group_of((SERVER, SERVER), (SERVER,)))
    with pytest.raises(TargetSilent, match="never"), group:
        pass
    assert len(group.seen) == 3
    assert not any(map(is_left, group.seen))


def test_nothing_is_left_of_a_group_that_ends() -> None:
    with Group(group_of((SERVER, SERVER), (SERVER,))) as group:
        seen = traces(group)
        assert all(map(is_left, seen))
        group.pause("m")
        group.kill("r1")
    assert not any(map(is_left, seen))


@pytest.mark.parametrize(
    ("servers", "sentinels", "told"),
    [((SERVER,), (SERVER,), "a replica and a sentinel"), ((SERVER, SERVER), (), "a replica and a sentinel")],
)
def test_a_group_has_a_replica_and_a_sentinel(servers: tuple[str, ...], sentinels: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        group_of(servers, sentinels)


def test_two_nodes_have_two_names() -> None:
    plan = group_of((SERVER, SERVER), (SERVER,))
    with pytest.raises(UsageError, match="the same name"):
        GroupPlan((*plan.servers, plan.servers[0]), plan.sentinels)


def test_what_is_no_process_has_no_gate() -> None:
    with pytest.raises(UsageError, match="a process of ours"), Group(group_of((SERVER, "redis://h:1"), (SERVER,))):
        pass


def test_sentinels_before_redis_7_are_given_time() -> None:
    new, old = ServerVersion("valkey", (8, 1, 1)), ServerVersion("redis", (6, 2, 14))
    assert [is_quick(new), is_quick(old)] == [True, False]
    assert (settings_for(new), settings_for(new, old)) == (QUICK, PATIENT)
