"""A group of containers and processes: the link between any two of them is held, cut and delayed, and judged alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from container_tools import engine_with, left
from redproof_model.reply import OK
from redproof_properties.containers.engine import LABEL, Engine
from redproof_properties.containers.target import ContainerTarget
from redproof_properties.failover.containers import ContainerGroup
from redproof_properties.failover.gates import why_no_gates
from redproof_properties.failover.group import Group, group_for
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.plan import group_of
from redproof_properties.failover.run import run_failover
from redproof_properties.failover.schedule import MASTER, FaultSchedule, Step
from redproof_properties.failover.views import sentinel_view
from redproof_properties.history import Fault
from redproof_properties.targets import parse_target
from redproof_properties.waiting import wait_until

IMAGE: Final = "redproof/redis:7.0"
CONTAINER: Final = f"docker:{IMAGE}"
PROCESS: Final = "bundled"
SEED: Final = 1
WITHIN_MS: Final = 30_000
WAIT_MS: Final = 200
LATE_MS: Final = 1_000


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine, where there is one that has the image."""
    if (reason := why_no_gates()) is not None:
        pytest.skip(reason)
    with engine_with(IMAGE) as engine:
        yield engine


@pytest.fixture(scope="module")
def group(engine: Engine) -> Iterator[Group]:
    """A master and its sentinel in containers, and a replica and a sentinel of each kind; nothing is left of them."""
    with group_for(group_of((CONTAINER, CONTAINER, PROCESS), (CONTAINER, PROCESS))) as group:
        run = run_of(group)
        assert left(engine, run) == 4
        yield group
    assert left(engine, run) == 0


def run_of(group: Group) -> str:
    """The label of all that a group has in the engine."""
    master = group.targets["m"]
    assert isinstance(master, ContainerTarget)
    return str(master.container.labels[LABEL])


def is_linked(group: Group, replica: str) -> bool:
    """Whether a replica tells that its link is up."""
    return group.info(replica).master_link_status == "up"


def acknowledged(group: Group) -> int:
    """How many replicas acknowledge a write soon."""
    with group.connect("m") as connection:
        assert connection.call("SET", "key", "value") == OK
        told = connection.call("WAIT", 2, WAIT_MS)
    assert isinstance(told, int)
    return told


def flags(group: Group, sentinel: str) -> dict[str | None, str]:
    """What a sentinel says of each replica."""
    with group.connect(sentinel) as connection:
        told = sentinel_view(connection, group.plan.settings.master_name)
    return {group.node_at(each.host, each.port): each.flags for each in told.replicas}


@pytest.mark.parametrize(("replica", "other"), [("r1", "r2"), ("r2", "r1")])
def test_a_link_that_is_cut_and_held_is_down_until_it_is_released(group: Group, replica: str, other: str) -> None:
    assert wait_until(lambda: acknowledged(group) == 2, WITHIN_MS)
    group.hold(replica, "m")
    assert wait_until(lambda: acknowledged(group) == 1, WITHIN_MS)
    assert is_linked(group, replica)
    group.cut("m", replica)
    assert wait_until(lambda: not is_linked(group, replica), WITHIN_MS)
    assert is_linked(group, other)
    assert wait_until(lambda: acknowledged(group) == 1, WITHIN_MS)
    group.release(replica, "m")
    assert wait_until(lambda: is_linked(group, replica), WITHIN_MS)
    assert wait_until(lambda: acknowledged(group) == 2, WITHIN_MS)


def test_a_delayed_link_is_late(group: Group) -> None:
    group.delay("r1", "m", LATE_MS)
    assert wait_until(lambda: acknowledged(group) == 1, WITHIN_MS)
    group.release_links()
    assert wait_until(lambda: acknowledged(group) == 2, WITHIN_MS)


def test_a_sentinel_misses_whom_it_does_not_reach_and_another_does_not(group: Group) -> None:
    group.hold("s1", "r1")
    assert wait_until(lambda: "s_down" in flags(group, "s1")["r1"], WITHIN_MS)
    # Who is not held may be missed as well, for a moment, where the machine is busy.
    assert wait_until(lambda: flags(group, "s1")["r2"] == flags(group, "s2")["r1"] == "slave", WITHIN_MS)
    group.release("s1", "r1")
    assert wait_until(lambda: flags(group, "s1")["r1"] == "slave", WITHIN_MS)


def test_a_run_with_each_fault_of_links_is_judged_as_one_of_processes(group: Group) -> None:
    faults = (
        (0, Fault("delay", MASTER, 20)),
        (200, Fault("cut", MASTER, "r1")),
        (200, Fault("hold", MASTER, "r2")),
        (200, Fault("isolate", MASTER)),
        (0, Fault("await failover", MASTER)),
        (0, Fault("settle", MASTER)),
    )
    schedule = FaultSchedule(tuple(Step(after_ms, fault) for after_ms, fault in faults))
    record = run_failover(group, schedule, SEED, CONTAINER)
    assert [span.kind for span in record.faults] == ["delay", "cut", "hold", "isolate"]
    assert record.promotions
    verdicts = {name: conclusion(findings) for name, judge in JUDGES.items() if (findings := judge(record))}
    assert set(verdicts.values()) == {Verdict.HOLDS}, verdicts


def test_a_container_comes_back_in_the_role_that_it_had_with_what_it_saved(group: Group) -> None:
    for sentinel in group.sentinels:
        group.pause(sentinel)
    for name in ("m", "r1"):
        before = group.info(name)
        group.save(name)
        group.kill(name)
        saved = group.saved(name)
        group.restart(name)
        after = group.info(name)
        assert (after.role, after.master_host, after.master_port) == (
            before.role,
            before.master_host,
            before.master_port,
        )
        assert saved is not None
        assert saved.replid == before.master_replid
        assert after.master_repl_offset >= (saved.offset_bytes or 0) > 0
    group.heal()


class Interrupted(ContainerGroup):
    """A group during whose start Ctrl-C is pressed."""

    run = ""

    def wait_ready(self) -> None:
        """See what there is, and end."""
        self.run = run_of(self)
        raise KeyboardInterrupt


def test_nothing_is_left_of_a_group_that_is_interrupted(engine: Engine) -> None:
    group = Interrupted(group_of((CONTAINER, PROCESS), (PROCESS,)), parse_target)
    with pytest.raises(KeyboardInterrupt), group:
        pass
    assert group.run
    assert left(engine, group.run) == 0
