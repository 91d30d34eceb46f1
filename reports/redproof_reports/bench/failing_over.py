"""How many failovers of real processes there are a minute: promoted by the harness, and by sentinels."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from statistics import mean, median
from typing import Final, NamedTuple

from redproof_properties.errors import TargetError
from redproof_properties.failover.group import Group
from redproof_properties.failover.nodes import ASKED_EVERY_S
from redproof_properties.failover.plan import QUICK, group_of
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.replication.topologies.topology import fork
from redproof_properties.targets import Connection
from redproof_properties.waiting import wait_until
from rich.table import Table

TARGET: Final = "local:redis-server"
STREAMS: Final = 6
"""How many groups with sentinels run at a time for each core: each waits most of the time."""

_LASTS_S: Final = 20.0
_WRITES: Final = 21
_SWITCHED_WITHIN_MS: Final = 30_000


class Pace(NamedTuple):
    """How many failovers there were a minute of wall time, and what each took of processors: servers, and harness."""

    a_minute: float
    cpu_ms: float


def table(rounds: int) -> Table:
    """Failovers a minute by wall time, of a master with two replicas: medians of `rounds`.

    Raises TargetError when servers do not do as they should.
    """
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    shown = Table(title=f"failovers a minute on {TARGET}, medians of {rounds}; load averages {load}")
    shown.add_column("what")
    for column in ("failovers a minute", "ms CPU a failover"):
        shown.add_column(column, justify="right")
    cores = sorted(os.sched_getaffinity(0))
    ways: dict[str, Callable[[], Pace]] = {
        "fresh processes, kill -9, promotion by the harness, one core": partial(_together, _on_core, cores[:1]),
        f"the same, {len(cores)} cores": partial(_together, _on_core, cores),
        f"kill -9, real sentinels, {STREAMS * len(cores)} groups on {len(cores)} cores": partial(
            _together, _streams, cores
        ),
    }
    for what, measure in ways.items():
        paces = [measure() for _ in range(rounds)]
        rate, cpu_ms = (median(getattr(pace, name) for pace in paces) for name in ("a_minute", "cpu_ms"))
        shown.add_row(what, f"{rate:,.0f}", f"{cpu_ms:,.0f}")
    return shown


def _together(measure: Callable[[int], Pace], cores: list[int]) -> Pace:
    """The pace of as many processes as cores, each of which is given its core."""
    with ProcessPoolExecutor(len(cores)) as pool:
        paces = list(pool.map(measure, cores))
    return Pace(sum(pace.a_minute for pace in paces), mean(pace.cpu_ms for pace in paces))


# ---- by the harness


def _on_core(core: int) -> Pace:
    """The pace of one core that has servers and harness."""
    os.sched_setaffinity(0, {core})
    begun_s = _cpu_s()
    done = _failovers(_promoted_by_us())
    return Pace(done.a_minute, (_cpu_s() - begun_s) * 1000 / done.number)


def _promoted_by_us() -> Iterator[None]:
    """Lose masters until nobody wants more, each with servers of its own."""
    while True:
        _promote()
        yield


def _promote() -> None:
    """A master and two replicas are started, written to, and lose their master; one is promoted, the other follows."""
    with Deployment(fork(TARGET, TARGET)) as deployment:
        _write(deployment, "m")
        deployment.wait_synced()
        deployment.kill("m")
        deployment.promote("r")
        deployment.repoint("s", "r")
        _write(deployment, "r")
        deployment.wait_synced("s")
        digests = {repr(deployment.control(name).call("DEBUG", "DIGEST")) for name in ("r", "s")}
        if len(digests) != 1:
            raise TargetError(f"after a failover the data differ: {digests}")


def _write(deployment: Deployment, node: str) -> None:
    for number in range(_WRITES):
        deployment.control(node).call("RPUSH", "values", f"{node}{number}")


# ---- by sentinels


def _streams(_: int) -> Pace:
    """The pace of the streams of this process, on any core: a process for each, as gates keep one of Python busy."""
    begun_s = _cpu_s()
    with ThreadPoolExecutor(STREAMS) as pool:
        streams = list(pool.map(_stream, range(STREAMS)))
    done = sum(stream.number for stream in streams)
    return Pace(sum(stream.a_minute for stream in streams), (_cpu_s() - begun_s) * 1000 / done)


def _stream(_: int) -> Failovers:
    """The failovers of a group, whose masters are killed one after the other."""
    with Group(group_of((TARGET,) * 3, (TARGET,) * 3, QUICK)) as group:
        return _failovers(_promoted_by_sentinels(group))


def _promoted_by_sentinels(group: Group) -> Iterator[None]:
    """Kill the master until nobody wants more, and let it come back as a replica of the next one."""
    master = group.plan.master
    while True:
        group.kill(master)
        old, master = master, _switched(group, master)
        group.restart(old)
        address = group.gates[master].address
        with group.connect(old) as connection:
            connection.call("REPLICAOF", address.host, address.port)
        group.wait_ready()
        yield


def _switched(group: Group, old: str) -> str:
    """The master that all sentinels have come to name in the place of another."""
    named: set[str | None] = {old}
    with ExitStack() as connected:
        sentinels = [connected.enter_context(group.connect(name)) for name in group.sentinels]

        def all_name_another() -> bool:
            named.clear()
            named.update(_named(group, sentinel) for sentinel in sentinels)
            return len(named) == 1 and old not in named and None not in named

        if not wait_until(all_name_another, _SWITCHED_WITHIN_MS, ASKED_EVERY_S):
            raise TargetError(f"{_SWITCHED_WITHIN_MS} ms after {old} was killed sentinels name {named}")
    return str(named.pop())


def _named(group: Group, sentinel: Connection) -> str | None:
    """Whom a sentinel takes for the master, None for no node."""
    match sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", group.plan.settings.master_name):
        case [bytes(host), bytes(port)]:
            return group.node_at(host.decode(), int(port))
    return None


class Failovers(NamedTuple):
    """How many there were, and how many a minute."""

    number: int
    a_minute: float


def _failovers(failovers: Iterator[None]) -> Failovers:
    """How many there are that are begun within some seconds, by the time that they take."""
    begun_s, count = time.monotonic(), 0
    for _ in failovers:
        count += 1
        if time.monotonic() - begun_s > _LASTS_S:
            break
    return Failovers(count, count / (time.monotonic() - begun_s) * 60)


def _cpu_s() -> float:
    """What this process has taken of processors, with its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
