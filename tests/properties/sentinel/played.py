"""Servers and sentinels that a test plays for a real sentinel: they answer as they should, and keep what is told."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Final, NamedTuple

from redproof_model.reply import OK, Reply, Status
from redproof_properties.encoding import encode
from redproof_properties.errors import TargetSilent, TargetUnreachable
from redproof_properties.resp import Decoder
from redproof_properties.targets import Connection
from redproof_properties.targets.address import TcpAddress, open_socket
from redproof_properties.waiting import wait_until
from sentinel_processes import free_port

HOST: Final = "127.0.0.1"
NAME: Final = "watched"
DOWN_AFTER_MS: Final = 1_000
"""Longer than who is played, in a thread of the tests, takes to answer on a busy machine."""

_DEADLINE_S: Final = 30
_QUICK: Final = ("info-period", "100", "publish-period", "50", "ask-period", "20", "ping-period", "220")

Answer = Callable[[list[bytes]], Reply]


class Hello(NamedTuple):
    """A hello message: who sends it, the epoch it is in, and the master with its configuration epoch."""

    port: int
    run_id: str
    current_epoch: int
    master_port: int
    config_epoch: int

    @classmethod
    def parse(cls, text: bytes) -> Hello:
        """Read what a sentinel publishes."""
        _, port, run_id, epoch, _, _, master_port, config_epoch = text.decode().split(",")
        return cls(int(port), run_id, int(epoch), int(master_port), int(config_epoch))

    @property
    def text(self) -> str:
        """As a sentinel publishes it."""
        master = f"{NAME},{HOST},{self.master_port},{self.config_epoch}"
        return f"{HOST},{self.port},{self.run_id},{self.current_epoch},{master}"


class Played(ThreadingTCPServer):
    """Someone with a port of its own who answers commands as `answer` says; while it is not `up` it says nothing."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__((HOST, 0), _Speaks)
        self.port: int = self.server_address[1]
        self.answer = answer
        self.up = True
        self.hellos: list[Hello] = []

    def reply(self, command: list[bytes]) -> Reply:
        """The answer to a command; hello messages are kept."""
        match command:
            case [b"PING"]:
                return Status(b"PONG")
            case [b"PUBLISH", _, text]:
                self.hellos.append(Hello.parse(text))
                return 1
            case [b"SUBSCRIBE", channel]:
                return [b"subscribe", channel, 1]
            case _:
                return self.answer(command)


class _Speaks(BaseRequestHandler):
    """One connection to someone who is played."""

    server: Played

    def handle(self) -> None:
        decoder = Decoder()
        # The sentinel closes connections as it likes.
        with suppress(ConnectionError):
            while data := self.request.recv(65_536):
                decoder.feed(data)
                while (command := decoder.next_reply()) is not None:
                    assert isinstance(command, list)
                    words = [each for each in command if isinstance(each, bytes)]
                    if self.server.up:
                        self.request.sendall(encode(self.server.reply(words), 2))


class PlayedServer(Played):
    """A master with replicas, or a replica. `orders` are the SLAVEOF commands that it was given."""

    def __init__(self, run_id: str, master: PlayedServer | None = None) -> None:
        super().__init__(self._obey)
        self.run_id = run_id
        self.master = master
        self.replicas: list[PlayedServer] = []
        self.orders: list[list[bytes]] = []
        if master is not None:
            master.replicas.append(self)

    def _obey(self, command: list[bytes]) -> Reply:
        match [command[0].upper(), *command[1:]]:
            case [b"INFO"]:
                return "\r\n".join(self._info()).encode()
            case [b"SLAVEOF", *order]:
                self.orders.append(order)
                return Status(b"QUEUED")
            case _:
                return OK

    def _info(self) -> Iterator[str]:
        yield f"run_id:{self.run_id}"
        yield f"role:{'master' if self.master is None else 'slave'}"
        if self.master is not None:
            yield from (f"master_host:{HOST}", f"master_port:{self.master.port}", "master_link_status:up")
            yield from ("slave_priority:100", "slave_repl_offset:10")
        for number, replica in enumerate(self.replicas):
            yield f"slave{number}:ip={HOST},port={replica.port},state=online,offset=10,lag=0"


class RealSentinel:
    """A sentinel of a real server that watches one master, with a quorum of two; use `running`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hear(self, hello: Hello) -> None:
        """Let a hello message of another sentinel arrive."""
        assert self._connection.call("PUBLISH", "__sentinel__:hello", hello.text) == 1

    def fields(self) -> dict[str, str]:
        """What SENTINEL MASTER says."""
        answer = self._connection.call("SENTINEL", "MASTER", NAME)
        assert isinstance(answer, list)
        texts = [each.decode() for each in answer if isinstance(each, bytes)]
        return dict(zip(texts[::2], texts[1::2], strict=True))


@contextmanager
def running(command: Sequence[str], master_port: int, folder: Path) -> Iterator[RealSentinel]:
    """Start a sentinel, and end it afterwards."""
    port = free_port()
    configuration = folder / "sentinel.conf"
    configuration.write_text(
        f"port {port}\ndir {folder}\nlogfile {folder / 'log'}\nsentinel monitor {NAME} {HOST} {master_port} 2\n"
        f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MS}\nsentinel failover-timeout {NAME} 60000\n"
    )
    process = subprocess.Popen([*command, str(configuration), "--sentinel"], stdout=subprocess.DEVNULL)
    try:
        with Connection(_opened(port), f"the sentinel on port {port}", _DEADLINE_S * 1000) as connection:
            # Redis 6 has no such command, and takes longer.
            connection.call("SENTINEL", "DEBUG", *_QUICK)
            yield RealSentinel(connection)
    finally:
        process.kill()
        process.wait()


def _opened(port: int) -> socket.socket:
    """A socket to a sentinel, as soon as it listens."""
    opened: list[socket.socket] = []

    def opens() -> bool:
        with suppress(TargetUnreachable):
            opened.append(open_socket(TcpAddress(HOST, port), _DEADLINE_S * 1000))
        return bool(opened)

    eventually("the sentinel listens", opens)
    return opened[0]


@contextmanager
def listening(*played: Played) -> Iterator[None]:
    """Let those that are played answer, and close their ports afterwards."""
    for each in played:
        threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        for each in played:
            each.shutdown()
            each.server_close()


def eventually(what: str, is_so: Callable[[], bool]) -> None:
    """Wait until something is so; raises `TargetSilent` if it does not come."""
    if not wait_until(is_so, _DEADLINE_S * 1000, poll_s=0.02):
        raise TargetSilent(f"within {_DEADLINE_S} s it did not come that {what}")
