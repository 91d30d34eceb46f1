"""Containers of a real engine: the conformance kit, what is left when a run ends, and the faults of a network."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Final

import pytest
from container_tools import WITHIN_S, engine_with, eventually, left
from redproof_properties.conformance import TargetConformance
from redproof_properties.containers.engine import LABEL, Engine
from redproof_properties.containers.network import ContainerNetwork, replica_of
from redproof_properties.containers.target import ContainerTarget
from redproof_properties.errors import TargetDied, TargetError, TargetSilent, TargetUnavailable, UsageError
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.entries import Entry, entry_of_image

IMAGE: Final = "redproof/redis:7.0"
QUICKLY: Final = {"repl-timeout": "2", "repl-ping-replica-period": "1", "repl-diskless-sync-delay": "0"}

RUN: Final = """
import sys, time
from redproof_properties.containers.network import ContainerNetwork
from redproof_properties.targets.entries import entry_of_image
with ContainerNetwork() as network:
    server = network.add("server", entry_of_image("{image}"))
    print(next(value for name, value in server.container.labels.items() if name == "{label}"), flush=True)
    {then}
"""


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[Engine]:
    """The engine, where there is one that has the image."""
    with engine_with(IMAGE) as engine:
        yield engine


def entry(image: str = IMAGE, **settings: str) -> Entry:
    """The entry of the image, with further settings."""
    found = entry_of_image(image)
    return replace(found, settings={**found.settings, **settings})


class TestContainer(TargetConformance):
    def make_target(self) -> Target:
        return parse_target(f"docker:{IMAGE}")


@pytest.mark.parametrize(
    ("then", "end"),
    [
        ("time.sleep(60)", signal.SIGKILL),
        ("time.sleep(60)", signal.SIGTERM),
        ("time.sleep(60)", signal.SIGINT),
        ("raise SystemExit(1)", None),
        ("server.pause(); time.sleep(60)", signal.SIGKILL),
        ("server.container.remove(force=True)", None),
    ],
)
def test_nothing_outlives_the_run(engine: Engine, then: str, end: signal.Signals | None) -> None:
    program = RUN.format(image=IMAGE, label=LABEL, then=then)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        assert run
        if end is not None:
            assert left(engine, run) == 2
            process.send_signal(end)
        process.wait(WITHIN_S)
    assert eventually(lambda: left(engine, run) == 0)


def test_a_server_that_refuses_its_settings_is_told_with_its_log_and_removed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Engine] = []

    def recorded(spelling: str) -> Engine:
        engines.append(Engine(spelling))
        return engines[-1]

    monkeypatch.setattr("redproof_properties.containers.target.Engine", recorded)
    target = ContainerTarget("docker:bad", entry(**{"no-such-setting": "1"}))
    with pytest.raises(TargetDied, match=r"(?s)ended with exit code 1.*no-such-setting"):
        target.start()
    assert [left(engine, each.run) for each in engines] == [0]
    with pytest.raises(UsageError, match="not started"):
        _ = target.container


def test_a_server_that_never_gets_healthy_is_told_with_what_it_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    # It must have come so far that it refuses: an engine that is busy takes its time for that.
    monkeypatch.setattr("redproof_properties.containers.target.READY_WITHIN_MS", 5_000)
    target = ContainerTarget("docker:closed", entry(**{"protected-mode": "yes"}))
    with pytest.raises(TargetSilent, match=r"(?s)not ready .*PING was answered with DENIED .*Ready to accept"):
        target.start()


def test_what_the_engine_cannot_run_is_told_in_its_words() -> None:
    target = ContainerTarget("docker:bad", replace(entry(), command=("no-such-program",)))
    with pytest.raises(TargetError, match=r"docker:bad: the container engine failed: .*no-such-program"):
        target.start()


def test_an_image_that_is_not_there_and_cannot_be_pulled_makes_the_target_unavailable() -> None:
    with pytest.raises(TargetUnavailable, match=r"docker:redproof.invalid/none:1: the image .* cannot be pulled"):
        parse_target("docker:redproof.invalid/none:1").start()


def test_a_crash_is_told_with_the_end_of_the_log() -> None:
    with parse_target(f"docker:{IMAGE}") as target, target.connect() as connection:
        connection.call("CONFIG", "SET", "crash-memcheck-enabled", "no")
        with pytest.raises(TargetDied, match=r"(?s)signal SIGSEGV.*REDIS BUG REPORT END"):
            connection.call("DEBUG", "SEGFAULT")
        with pytest.raises(TargetDied):
            target.connect()
        target.restart()
        target.connect().close()


def test_settings_win_and_debug_stays_closed_where_they_say_so() -> None:
    closed = entry(**{"enable-debug-command": "no", "databases": "4"})
    with ContainerTarget("docker:closed", closed) as target:
        assert target.databases == (0, 1, 2, 3)
        assert not target.capabilities.can_debug


def test_without_a_route_to_containers_the_published_port_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redproof_properties.containers.target.sys", SimpleNamespace(platform="darwin"))
    with parse_target(f"docker:{IMAGE}") as target:
        for _ in range(2):
            assert isinstance(target.address, TcpAddress)
            assert target.address.host == "127.0.0.1"
            assert target.address.port != 6379
            target.connect().close()
            target.restart()


def link(target: Target) -> str:
    """What a replica says of the link to its master."""
    with target.connect() as connection:
        told = connection.call("INFO", "replication")
    assert isinstance(told, bytes)
    fields = dict(line.split(":", 1) for line in told.decode().splitlines() if ":" in line)
    return fields["master_link_status"]


class TestNetwork:
    """A replica follows its master by name; each fault breaks the link, and its end heals it."""

    @pytest.fixture
    def network(self) -> Iterator[ContainerNetwork]:
        """A master and a replica that are linked."""
        with ContainerNetwork() as network:
            network.add("master", entry(**QUICKLY))
            network.add("replica", replica_of("master", "replica", entry(**QUICKLY)))
            assert self.linked(network, "up")
            yield network

    @staticmethod
    def linked(network: ContainerNetwork, status: str) -> bool:
        return eventually(lambda: link(network.members["replica"]) == status)

    def test_writes_reach_the_replica_which_is_known_by_its_name(self, network: ContainerNetwork) -> None:
        with network.members["master"].connect() as master, network.members["replica"].connect() as replica:
            master.call("SET", "key", "value")
            assert master.call("WAIT", 1, 5_000) == 1
            assert replica.call("GET", "key") == b"value"
            told = master.call("INFO", "replication")
        assert isinstance(told, bytes)
        assert b"slave0:ip=replica,port=6379,state=online" in told

    def test_disconnect_cuts_the_link_and_connect_heals_it(self, network: ContainerNetwork) -> None:
        network.disconnect("replica")
        assert self.linked(network, "down")
        network.connect("replica")
        assert self.linked(network, "up")

    def test_a_killed_master_is_followed_again_when_it_restarts(self, network: ContainerNetwork) -> None:
        network.members["master"].kill()
        assert self.linked(network, "down")
        network.members["master"].restart()
        assert self.linked(network, "up")

    def test_a_paused_master_is_silent_until_it_goes_on(self, network: ContainerNetwork) -> None:
        network.members["master"].pause()
        assert self.linked(network, "down")
        network.members["master"].resume()
        assert self.linked(network, "up")

    def test_a_name_is_given_once(self, network: ContainerNetwork) -> None:
        with pytest.raises(UsageError, match="master: the network has a container of this name"):
            network.add("master", entry())
