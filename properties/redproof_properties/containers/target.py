"""Targets that are containers of ours: `docker:…`, and entries of target files that name an image."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any, Final, Self

from docker.errors import NotFound
from docker.models.containers import Container
from redproof_model.reply import OK, Error, Reply, Status
from testcontainers.core.container import DockerContainer

from redproof_properties.containers.command import command_line, listening_port
from redproof_properties.containers.engine import Engine, engine_calls
from redproof_properties.containers.membership import Membership
from redproof_properties.errors import TargetDied, TargetError, TargetSilent, TargetUnreachable, UsageError
from redproof_properties.targets.address import Address, TcpAddress, open_socket
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.entries import Entry
from redproof_properties.targets.inquiry import Inquiry
from redproof_properties.targets.process import COLLATION
from redproof_properties.targets.target import Capabilities, Target
from redproof_properties.waiting import READY_WITHIN_MS

LOOPBACK: Final = "127.0.0.1"
ANYWHERE: Final = "0.0.0.0"
CONTROL_NETWORK: Final = "bridge"
"""Over this network of the engine's own we reach a container, also one that is cut off from a network of ours."""

OPEN_DEBUG: Final = "enable-debug-command"
REPLICA_ROLES: Final = ("slave", "replica")
SENTINEL_MODE: Final = "sentinel"
PROBE_WITHIN_MS: Final = 1_000
LOG_TAIL_LINES: Final = 30
_POLL_S: Final = 0.02
_DYING_S: Final = 2.0
_SIGNALLED: Final = 128
"""An exit code above this is the number of a signal plus this."""


class ContainerTarget(Target):
    """A server in a container of its own, started as its entry says."""

    def __init__(self, spelling: str, entry: Entry, membership: Membership | None = None) -> None:
        super().__init__(spelling)
        self.terms = entry.terms
        self._entry = entry
        self._membership = membership
        self._cleanup = ExitStack()
        self._docker: DockerContainer | None = None
        self._port = 0
        self._local = True
        self._host = LOOPBACK
        self._answer = ""
        self._gone: TargetError | None = None
        """Why there is nothing to connect to; where it was, another container of this machine may be by now."""

    def start(self) -> None:
        """Start the container and wait until it is healthy.

        Raises `TargetUnavailable` when there is no engine or no such image. DEBUG is opened where a setting closes it,
        which only the server knows that has it (Redis since 7.0); so it is asked first, and then started anew.
        """
        if self._docker is not None:
            raise UsageError(f"{self.spelling}: already started")
        with ExitStack() as undo:
            engine = self._membership.engine if self._membership else undo.enter_context(Engine(self.spelling))
            undo.callback(self._remove)
            self._launch(engine, self._entry.settings)
            if OPEN_DEBUG not in self._entry.settings and self._told(OPEN_DEBUG) == b"no":
                self._remove()
                self._launch(engine, {**self._entry.settings, OPEN_DEBUG: "yes"})
            self._learn()
            self._cleanup = undo.pop_all()

    def twin(self) -> Self:
        """Another container of the same kind, in no network of ours."""
        return type(self)(self.spelling, self._entry)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Settings for the next `start`; a container that is started again has those that it was made with."""
        self._entry = replace(self._entry, settings={**self._entry.settings, **settings})

    @property
    def harness_host(self) -> str:
        """The gateway of the network over which we reach it."""
        gateway: str = self.container.attrs["NetworkSettings"]["Networks"][CONTROL_NETWORK]["Gateway"]
        return gateway

    def stop(self) -> None:
        """Remove the container with all that it stored."""
        self._cleanup.close()

    def connect(self, resp: int = 2) -> Connection:
        """Open a connection; raises `TargetUnreachable` for a killed container, `TargetDied` for one that ended."""
        if self._gone is not None:
            raise self._gone
        try:
            return super().connect(resp)
        except TargetUnreachable:
            if (died := self.diagnose()) is not None:
                raise died from None
            raise

    def kill(self) -> None:
        """End every process of the container as `kill -9` does; what it stored is kept for `restart`."""
        with engine_calls(self.spelling):
            if self._state()["Running"]:
                self.container.kill()
                self.container.wait()
        self._gone = TargetUnreachable(f"{self.peer}: was killed")

    def restart(self) -> None:
        """Start the container again, killing it first when it runs; its address may be another one then."""
        self.kill()
        with engine_calls(self.spelling):
            self.container.start()
        self._wait_until_healthy()

    def pause(self) -> None:
        """Freeze every process of the container."""
        with engine_calls(self.spelling):
            if not self._state()["Running"]:
                raise self._died()
            self.container.pause()

    def resume(self) -> None:
        """Let a paused container go on."""
        with engine_calls(self.spelling):
            self.container.unpause()

    def diagnose(self) -> TargetError | None:
        """A `TargetDied` with the end of the log when the container ended or is about to."""
        deadline = time.monotonic() + _DYING_S
        while self._docker is not None and time.monotonic() < deadline:
            with engine_calls(self.spelling):
                if not self._state()["Running"]:
                    return self._died()
            if self._is_healthy(self.address):
                return None
            time.sleep(_POLL_S)
        return None

    @property
    def entry(self) -> Entry:
        """What it is told to run."""
        return self._entry

    @property
    def container(self) -> Container:
        """The container in the engine."""
        if self._docker is None:
            raise UsageError(f"{self.spelling}: not started")
        return self._docker.get_wrapped_container()

    def _launch(self, engine: Engine, settings: Mapping[str, str]) -> None:
        entry = replace(self._entry, settings=settings)
        config = engine.find_image(self.spelling, entry.image).attrs["Config"]
        self._port, self._local, self._host = listening_port(config, entry), engine.is_local, engine.host
        name = self._membership.name if self._membership else "server"
        container = DockerContainer(entry.image)
        member = self._membership.settings if self._membership else {}
        container.with_name(f"redproof-{engine.run}-{name}").with_kwargs(labels=engine.labels, **member)
        for path, text in entry.files.items():
            container.with_copy_into_container(text.encode(), path)
        container.with_command(command_line(config, entry)).with_envs(**{**COLLATION, **entry.environment})
        # The engine takes the address to publish a port at; testcontainers' annotation knows of the number alone.
        published = (LOOPBACK if engine.is_local else ANYWHERE, None)
        container.ports = {f"{self._port}/tcp": published}  # type: ignore[dict-item]
        self._docker = container
        with engine_calls(self.spelling):
            container.start()
            if self._membership is not None:
                engine.client.networks.get(CONTROL_NETWORK).connect(self.container)
        self._wait_until_healthy()

    def _remove(self) -> None:
        container, self._docker = self._docker, None
        self._version = None
        self._gone = None
        if container is not None:
            with engine_calls(self.spelling), suppress(NotFound):
                container.stop()

    def _learn(self) -> None:
        """Ask the server who it is, and try what it can do."""
        inquiry = Inquiry(self.spelling, self.connect)
        identity = inquiry.identify()
        self._version = identity.version
        told = self._entry.databases
        self.databases = inquiry.databases() if told is None else tuple(range(told))
        self.capabilities = Capabilities(
            owns_process=True,
            can_restart=True,
            can_pause=True,
            can_flush=identity.mode != SENTINEL_MODE,
            can_debug=self._accepts("DEBUG", "SET-ACTIVE-EXPIRE", 1),
            can_replicate=identity.role in REPLICA_ROLES or self._accepts("REPLICAOF", "NO", "ONE"),
            keeps_data_on_restart=self._entry.keeps_data,
        )

    def _accepts(self, *argv: str | int) -> bool:
        with self.connect() as connection:
            return connection.call(*argv) == OK

    def _told(self, setting: str) -> Reply:
        """The value of a setting, or the server's whole answer when it has no such setting."""
        with self.connect() as connection:
            match connection.call("CONFIG", "GET", setting):
                case [_, value]:
                    return value
                case other:
                    return other

    def _wait_until_healthy(self) -> None:
        self._gone = None
        deadline = time.monotonic() + READY_WITHIN_MS / 1000
        while time.monotonic() < deadline:
            with engine_calls(self.spelling):
                if not self._state()["Running"]:
                    raise self._died()
            for address in self._addresses():
                if self._is_healthy(address):
                    self.address = address
                    return
            time.sleep(_POLL_S)
        asked = " ".join(self._entry.health.command)
        raise TargetSilent(
            f"{self.spelling}: not ready after {READY_WITHIN_MS} ms, when {asked} was answered with "
            f"{self._answer or 'nothing'}; the end of its log:\n{self._log_tail()}"
        )

    def _addresses(self) -> Iterator[TcpAddress]:
        """The container's own address, which a local engine gives Linux a route to, then the published port."""
        networks = self.container.attrs["NetworkSettings"]["Networks"]
        ours = self._membership.network.name if self._membership else ""
        if self._local and sys.platform == "linux":
            for name, network in networks.items():
                if name != ours and network["IPAddress"]:
                    yield TcpAddress(network["IPAddress"], self._port)
        ports = self.container.attrs["NetworkSettings"]["Ports"]
        for binding in ports.get(f"{self._port}/tcp") or ():
            yield TcpAddress(self._host, int(binding["HostPort"]))

    def _is_healthy(self, address: Address) -> bool:
        health = self._entry.health
        try:
            with Connection(open_socket(address, PROBE_WITHIN_MS), self.spelling, PROBE_WITHIN_MS) as probe:
                self._answer = _text(probe.call(*health.command))
        except TargetError:
            self._answer = ""
        return self._answer == health.reply

    def _state(self) -> dict[str, Any]:
        container = self.container
        container.reload()
        state: dict[str, Any] = container.attrs["State"]
        return state

    def _died(self) -> TargetDied:
        state = self.container.attrs["State"]
        code = state["ExitCode"]
        how = f"signal {signal.Signals(code - _SIGNALLED).name}" if code > _SIGNALLED else f"exit code {code}"
        memory = ", out of memory" if state["OOMKilled"] else ""
        died = TargetDied(
            f"{self.spelling}: the container ended with {how}{memory}; the end of its log:\n{self._log_tail()}"
        )
        self._gone = self._gone or died
        return died

    def _log_tail(self) -> str:
        return self.container.logs(tail=LOG_TAIL_LINES).decode(errors="replace").rstrip()


def _text(reply: Reply) -> str:
    match reply:
        case Status(text) | Error(text) | bytes(text):
            return text.decode(errors="replace")
        case _:
            return str(reply)
