"""Masters whose replication stream the tests read: the bundled engine with a sink, and servers with a replica."""

import re
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from redproof_model.reply import Reply
from redproof_properties.encoding import encode_command
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import ask
from redproof_properties.targets.inquiry import fields
from redproof_properties.waiting import wait_until
from redproof_server import commands
from redproof_server.engine.client import Client
from redproof_server.engine.server import Server
from redproof_server.engine.versions import VERSIONS
from redproof_server.protocol.fast import encode_request

TARGETS = {"redis": "6.2", "local:redis-server": "7.0", "bundled:6.2": "6.2", "bundled": "7.0"}
"""The servers with a socket that are read, with their versions."""

START_MS = 1_700_000_000_000
OTHER = re.compile(r"other(?: (\d+))?> (.*)")
DUMPS = ("DUMP ", "FUNCTION DUMP")
Sent = tuple[int, list[bytes]]
assert commands.__all__, "importing the commands fills the table"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was propagated, each with its database, and the unix times in ms between which that was."""

    stream: list[Sent]
    started_ms: int
    ended_ms: int


def read_words(line: str, now_ms: int, dump: bytes = b"") -> list[bytes]:
    """The words of a line, with times and the last payload put in."""
    return [dump if word == "$dump" else read_time(word, now_ms).encode() for word in shlex.split(line)]


def read_time(word: str, now_ms: int) -> str:
    """`@+N` as a unix time in ms, `@s+N` as one in seconds, `@m+N` as the same in ms; another word as it is."""
    mark, plus, number = word.partition("+")
    if not plus or mark not in ("@", "@s", "@m"):
        return word
    if mark == "@":
        return str(now_ms + int(number))
    return str(now_ms // 1000 + int(number)) + ("000" if mark == "@m" else "")


class Engine:
    """The bundled engine; its clock moves with `sleep` alone."""

    def __init__(self, version: str, now_ms: int = START_MS) -> None:
        self.server = Server(VERSIONS[version], Random(1), now_ms)
        self.server.databases_cron.may_expire = False
        self.stream: list[Sent] = []
        self.server.propagation.sink = lambda db_index, argv: self.stream.append((db_index, list(argv)))
        self._client = self._connect()
        self._dump = b""

    def _connect(self) -> Client:
        return self.server.connect(b"127.0.0.1:1", self.server.now_ms)

    def hear(self, lines: Sequence[str]) -> Heard:
        """Run the lines."""
        started_ms = self.server.now_ms
        for line in lines:
            self._run(line, started_ms)
        return Heard(self.stream, started_ms, self.server.now_ms)

    def _run(self, line: str, started_ms: int) -> None:
        if line == "cron":
            self.server.databases_cron.may_expire = True
            self.server.cron(self.server.now_ms)
        elif line.startswith("sleep "):
            self.server.now_ms += int(line.removeprefix("sleep "))
        elif other := OTHER.fullmatch(line):
            client = self._connect()
            self._send(client, [b"SELECT", (other[1] or "0").encode()])
            self._send(client, read_words(other[2], started_ms))
        else:
            reply = self.send(read_words(line, started_ms, self._dump))
            if line.startswith(DUMPS):
                self._dump = reply.partition(b"\r\n")[2][:-2]

    def send(self, words: list[bytes]) -> bytes:
        """Send a request, and give the reply."""
        return self._send(self._client, words)

    def _send(self, client: Client, words: list[bytes]) -> bytes:
        self.server.receive(client, encode_request(words), self.server.now_ms)
        return client.take_output() if client.output else b""


class Master:
    """A server to which the tests are a replica."""

    def __init__(self, target: Target, version: str) -> None:
        self.version = version
        self._target = target
        self.client = target.connect()
        ask(self.client, "DEBUG", "SET-ACTIVE-EXPIRE", "0")
        if version != "6.2":
            ask(self.client, "CONFIG", "SET", "repl-diskless-sync-delay", "0")
        self.link = ReplicaLink(target.connect())
        self.link.synchronise(self.client)
        self._others: list[Connection] = []
        self._db_index = -1

    def close(self) -> None:
        """Cut all connections."""
        self.link.close()
        for connection in (*self._others, self.client):
            connection.close()

    def hear(self, lines: Sequence[str]) -> Heard:
        """Run the lines on an empty server."""
        self._empty()
        self.heard()
        started_ms, dump = time.time_ns() // 1_000_000, b""
        for line in lines:
            if line == "cron":
                self._expire()
            elif line.startswith("sleep "):
                time.sleep(int(line.removeprefix("sleep ")) / 1000)
            elif other := OTHER.fullmatch(line):
                self._block_another(int(other[1] or 0), read_words(other[2], started_ms))
            else:
                reply = self.client.call(*read_words(line, started_ms, dump))
                dump = reply if line.startswith(DUMPS) and isinstance(reply, bytes) else dump
        return Heard(self.heard(), started_ms, -(-time.time_ns() // 1_000_000))

    def _empty(self) -> None:
        while self._others:
            self._others.pop().close()
        assert wait_until(lambda: self._blocked() == 0)
        self.client.close()
        self.client = self._target.connect()
        settings = {"lazyfree-lazy-expire": "no", "lazyfree-lazy-user-del": "no", "notify-keyspace-events": ""}
        for name, value in settings.items():
            ask(self.client, "CONFIG", "SET", name, value)
        for words in ("FLUSHALL", "SCRIPT FLUSH", *(["FUNCTION FLUSH"] if self.version != "6.2" else [])):
            ask(self.client, *words.split())

    def _blocked(self) -> int:
        with self._target.connect() as connection:
            return int(fields(ask(connection, "INFO", "clients"))["blocked_clients"])

    def _expire(self) -> None:
        with self._target.connect() as connection:
            ask(connection, "DEBUG", "SET-ACTIVE-EXPIRE", "1")
            assert wait_until(lambda: not fields(ask(connection, "INFO", "keyspace")))
            ask(connection, "DEBUG", "SET-ACTIVE-EXPIRE", "0")

    def _block_another(self, db_index: int, words: list[bytes]) -> None:
        connection = self._target.connect()
        self._others.append(connection)
        connection.call("SELECT", db_index)
        count = self._blocked()
        connection.send(encode_command(words))
        assert wait_until(lambda: self._blocked() == count + 1)

    def heard(self) -> list[Sent]:
        """What came since the last time, SELECT turned into the database of what follows."""
        stream: list[Sent] = []
        for command in self.link.catch_up(self.client):
            if command.name == b"SELECT":
                self._db_index = int(command.argv[1])
            elif command.name not in (b"PING", b"REPLCONF"):
                stream.append((self._db_index, list(command.argv)))
        return stream

    def pipeline(self, requests: Sequence[list[bytes]]) -> tuple[list[Reply], Heard]:
        """Send requests in one go to an empty server; their replies, and what was propagated."""
        self._empty()
        self.heard()
        started_ms = time.time_ns() // 1_000_000
        self.client.send(b"".join(map(encode_command, requests)))
        replies = [self.client.receive() for _ in requests]
        return replies, Heard(self.heard(), started_ms, -(-time.time_ns() // 1_000_000))


@contextmanager
def started_master(spelling: str) -> Iterator[Master]:
    """A target, started and with a replica.

    Raises:
        UsageError: it is not installed.
    """
    with parse_target(spelling) as target:
        master = Master(target, TARGETS[spelling])
        try:
            yield master
        finally:
            master.close()


def show(stream: Sequence[Sent]) -> list[str]:
    """A stream for people."""
    return [f"{db_index}| {b' '.join(argv).decode('utf-8', 'backslashreplace')}" for db_index, argv in stream]
