"""Clients of a group: they find the master by asking sentinels, write values of their own, and read from all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Final

from redproof_model.loss.record import Outcome
from redproof_model.reply import Error, Reply

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError
from redproof_properties.failover.clock import RunClock
from redproof_properties.failover.nodes import Nodes
from redproof_properties.failover.record import Read, Write
from redproof_properties.failover.threads import Repeating
from redproof_properties.replication.ends.info import ReplicationInfo, parse_info
from redproof_properties.targets import Connection
from redproof_properties.targets.greeting import shown

VALUES: Final = "values"
"""The list to which each write appends a value of its own."""

WRITES_EVERY_S: Final = 0.01
READS_EVERY_S: Final = 0.1
ANSWERED_WITHIN_MS: Final = 300
STAYS_FOR_MS: Final = 2_000
"""How long a client waits for an answer, and one that stays: that is not to leave a server which is only slow."""

CONFIRMED_EVERY: Final = 8
"""A client waits for its replicas after so many writes."""

CONFIRMED_WITHIN_MS: Final = 50

NO_REPLICAS: Final = "NOREPLICAS"
"""How the error begins of a master that has too few replicas to write; it may have them again."""

_INFO: Final = encode_command([b"INFO", b"replication"])


class Client(Repeating):
    """A client of a group, which draws what it does from a seed; `name` begins each value that it writes."""

    patience_ms = ANSWERED_WITHIN_MS
    """For how long it waits for a server's answer."""

    def __init__(self, group: Nodes, clock: RunClock, name: str, seed: str) -> None:
        super().__init__(f"client-{name}")
        self.name = name
        self._group = group
        self._clock = clock
        self._random = Random(seed)
        self._connection: Connection | None = None
        self._node = ""

    def hang_up(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self, node: str) -> Connection:
        if self._connection is None or self._node != node:
            self.hang_up()
            self._connection = self._group.connect(node)
            self._connection.timeout_ms = self.patience_ms
            self._node = node
        return self._connection

    def _call_with_info(self, connection: Connection, argv: Sequence[bytes]) -> tuple[Reply, ReplicationInfo]:
        """Send a command with INFO behind it: a server takes both before it turns to another client.

        So INFO tells the history and the offset right after the command.
        """
        connection.send(encode_command(argv) + _INFO)
        reply = connection.receive()
        return reply, parse_info(connection.receive(), connection.peer)

    def _ask_for_master(self) -> str | None:
        """The node that one of the sentinels tells as the master."""
        sentinels = [name for name in self._group.sentinels if self._group.is_up(name)]
        if not sentinels:
            return None
        with self._group.connect(self._random.choice(sentinels)) as connection:
            connection.timeout_ms = ANSWERED_WITHIN_MS
            told = connection.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._group.plan.settings.master_name)
        match told:
            case [bytes(host), bytes(port)]:
                return self._group.node_at(host.decode(), int(port))
        return None


class Writer(Client):
    """Writes to the master; one that `stays` asks for it only when its connection has failed, or led to no master."""

    def __init__(self, group: Nodes, clock: RunClock, name: str, seed: str, *, stays: bool) -> None:
        super().__init__(group, clock, name, seed)
        self.writes: list[Write] = []
        self._stays = stays
        if stays:
            self.patience_ms = STAYS_FOR_MS
        self._unconfirmed: list[int] = []

    def hang_up(self) -> None:
        """Close the connection: WAIT speaks of what its own connection has written."""
        self._unconfirmed.clear()
        super().hang_up()

    def turn(self) -> float:
        """Write a value."""
        try:
            node = self._node if self._stays and self._connection is not None else self._ask_for_master()
            if node is not None:
                self._write(node, self._connect(node))
        except TargetError:
            self.hang_up()
        return WRITES_EVERY_S

    def _write(self, node: str, connection: Connection) -> None:
        value = f"{self.name}-{len(self.writes)}"
        begun = Write(
            value=value,
            client=self.name,
            node=node,
            sent_at_ms=self._clock.now_ms(),
            returned_at_ms=None,
            outcome=Outcome.UNKNOWN,
        )
        self.writes.append(begun)
        reply, told = self._call_with_info(connection, [b"RPUSH", VALUES.encode(), value.encode()])
        at_ms = self._clock.now_ms()
        if isinstance(reply, Error):
            error = reply.text.decode(errors="replace")
            self.writes[-1] = replace(begun, returned_at_ms=at_ms, outcome=Outcome.FAILED, error=error)
            if not (self._stays and error.startswith(NO_REPLICAS)):
                self.hang_up()
            return
        self.writes[-1] = replace(
            begun,
            returned_at_ms=at_ms,
            outcome=Outcome.OK,
            replid=told.master_replid,
            offset_bytes=counted_bytes(told),
        )
        self._unconfirmed.append(len(self.writes) - 1)
        if self._group.plan.waited_for and len(self._unconfirmed) == CONFIRMED_EVERY:
            self._confirm(connection)

    def _confirm(self, connection: Connection) -> None:
        """Wait for replicas: the answer speaks of all that this connection has written."""
        reply = connection.call("WAIT", self._group.plan.waited_for, CONFIRMED_WITHIN_MS)
        if isinstance(reply, int):
            for place in self._unconfirmed:
                self.writes[place] = replace(self.writes[place], confirmed_replicas=reply)
        self._unconfirmed.clear()


class Reader(Client):
    """Reads the whole list from one server after the other."""

    def __init__(self, group: Nodes, clock: RunClock, name: str, seed: str) -> None:
        super().__init__(group, clock, name, seed)
        self.reads: list[Read] = []

    def turn(self) -> float:
        """Read from a server that chance names."""
        servers = [name for name in self._group.servers if self._group.is_up(name)]
        if servers:
            # What a server that loads, or has just been paused, does not answer, is no read.
            with suppress(TargetError):
                self.read(self._random.choice(servers))
            if self._connection is not None:
                self.hang_up()
        return READS_EVERY_S

    def read(self, node: str) -> None:
        """Read from a server; raises `TargetError` when it does not answer with the list."""
        sent_at_ms = self._clock.now_ms()
        reply, told = self._call_with_info(self._connect(node), [b"LRANGE", VALUES.encode(), b"0", b"-1"])
        self.reads.append(
            Read(
                client=self.name,
                node=node,
                sent_at_ms=sent_at_ms,
                returned_at_ms=self._clock.now_ms(),
                values=tuple(_texts(reply)),
                replid=told.master_replid,
                offset_bytes=counted_bytes(told),
            )
        )


def counted_bytes(told: ReplicationInfo) -> int | None:
    """The offset; None for a master without a backlog, which counts no writes (`replication.c`, replicationFeedSlaves).

    A replica gives its backlog up when it is to be synchronised in full, and still has what it had
    (`replication.c`, syncWithMaster and, since Redis 7.0, replicationAttachToNewMaster).
    """
    is_counted = told.repl_backlog_active or told.role == "slave"
    return told.master_repl_offset if is_counted else None


def _texts(reply: Reply) -> Iterator[str]:
    if not isinstance(reply, list):
        raise TargetError(f"LRANGE was answered with {shown(reply)}")
    for each in reply:
        if not isinstance(each, bytes):
            raise TargetError(f"a value of a list is {shown(each)}")
        yield each.decode()
