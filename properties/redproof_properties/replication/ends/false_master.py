"""The harness as a master: real replicas connect to it, and it answers as it is told, also wrongly.

Nothing runs by itself: the caller takes each connection, answers each PSYNC and sends each byte, so a scenario happens
in the same order every time. Who else connects is sent away: replicas of other tests on this machine go on asking at
ports that were their masters'. Snapshots come from real servers, through a `ReplicaLink`. Sources: `replication.c`
(syncWithMaster, replicaTryPartialResynchronization, readSyncBulkPayload, replicationSendAck).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Final, NamedTuple

from redproof_model.reply import OK, Error, Reply, Status

from redproof_properties.closing import Closing
from redproof_properties.encoding import encode, encode_command
from redproof_properties.errors import ProtocolError, TargetClosed, TargetSilent
from redproof_properties.replication.ends.link import Snapshot
from redproof_properties.replication.ends.stream import ReplicationStream
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import setting
from redproof_properties.targets.target import DEFAULT_TIMEOUT_MS

HOST: Final = "127.0.0.1"
_PONG: Final = Status(b"PONG")
_HANDSHAKE: Final[dict[bytes, Reply]] = {b"PING": _PONG, b"AUTH": OK, b"REPLCONF": OK}
"""What a master answers to what a replica says before PSYNC."""


class PsyncRequest(NamedTuple):
    """What a replica asks for: the history, and its first missing byte; `?` and -1 when it knows none."""

    replid: str
    offset: int


class FalseMaster(Closing):
    """Listens at a host for the replica that says it has `replica_port`; use it with `with`.

    Links taken from it are closed with it.
    """

    def __init__(self, replica_port: int, host: str = HOST, timeout_ms: int = DEFAULT_TIMEOUT_MS) -> None:
        self._replica_port = replica_port
        self._timeout_ms = timeout_ms
        self._links: list[MasterLink] = []
        self._listener = socket.create_server((host, 0))
        self._listener.settimeout(timeout_ms / 1000)
        self.address = TcpAddress(host, self._listener.getsockname()[1])
        """Where a replica is to be sent with REPLICAOF."""

    def close(self) -> None:
        """Listen no more, and cut every link; a second time does nothing."""
        self._listener.close()
        for link in self._links:
            link.close()

    def accept(self) -> MasterLink:
        """Take the replica's next connection; raises `TargetSilent` when it does not connect in time."""
        strangers: list[str] = []
        while True:
            link = self._next(strangers)
            try:
                told = link.await_port()
            except (ProtocolError, TargetClosed, TargetSilent) as failure:
                strangers.append(str(failure))
            else:
                if told == self._replica_port:
                    self._links.append(link)
                    return link
                strangers.append(f"a replica of port {told}")
            link.close()

    def _next(self, strangers: Sequence[str]) -> MasterLink:
        try:
            accepted, _ = self._listener.accept()
        except TimeoutError as error:
            others = "".join(f"; sent away: {stranger}" for stranger in strangers)
            raise TargetSilent(
                f"{self.address}: no replica of port {self._replica_port} has connected within {self._timeout_ms} ms"
                + others
            ) from error
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return MasterLink(Connection(accepted, f"the replica of {self.address}", self._timeout_ms))


class MasterLink:
    """The master's end of a link to a replica.

    Every wait is bounded: `TargetSilent` is raised when the replica sends nothing in time, `TargetClosed` when it
    closes the link, `ProtocolError` for what no replica says there.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.requests: list[tuple[bytes, ...]] = []
        """All that the replica has said and was read, the last last."""
        self.stream = ReplicationStream(0)
        """All that was sent as part of the stream, since the last answer to PSYNC."""

    def close(self) -> None:
        """Cut the link; a second time does nothing."""
        self.connection.close()

    @property
    def offset(self) -> int:
        """The offset in bytes after all that was sent of the stream."""
        return self.stream.received_offset

    @property
    def acks(self) -> list[int]:
        """The offsets that the replica has acknowledged, as far as they were read."""
        return [int(argv[2]) for argv in self.requests if _is_ack(argv)]

    def await_port(self) -> int:
        """Answer as a master does, until the replica tells the port that it listens at itself."""
        while not _tells_port(argv := self._request()):
            self._greet(argv)
        self._greet(argv)
        return int(argv[2])

    def await_psync(self) -> PsyncRequest:
        """Answer PING, AUTH and REPLCONF as a master does, until the replica asks with PSYNC."""
        while (argv := self._request())[0].upper() != b"PSYNC":
            self._greet(argv)
        return PsyncRequest(argv[1].decode(), int(argv[2]))

    def _greet(self, argv: tuple[bytes, ...]) -> None:
        answer = _HANDSHAKE.get(argv[0].upper())
        if answer is None:
            raise ProtocolError(f"{self.connection.peer}: said {argv!r} before PSYNC")
        self.reply(answer)

    def reply(self, reply: Reply) -> None:
        """Answer what the replica asked."""
        self.send(encode(reply, 2))

    def full_resync(self, replid: str, offset: int) -> None:
        """Promise a snapshot that is at this offset of this history."""
        self.stream = ReplicationStream(offset)
        self.reply(Status(b"FULLRESYNC %b %d" % (replid.encode(), offset)))

    def go_on(self, replid: str, offset: int) -> None:
        """Say `+CONTINUE`: the stream follows, whose next byte is the one after `offset`."""
        self.stream = ReplicationStream(offset)
        self.reply(Status(b"CONTINUE " + replid.encode()))

    def refuse(self, text: bytes) -> None:
        """Answer with an error, such as `NOMASTERLINK ...` or `LOADING ...`."""
        self.reply(Error(text))

    def send_snapshot(self, snapshot: Snapshot) -> None:
        """Send a snapshot whole, in the form that it came in; after one between marks, wait for the first ACK.

        A replica looks for the mark at the end of what has come, so a master holds the stream back until then.
        """
        self.send(framed(snapshot))
        if snapshot.eof_mark is not None:
            self.next_ack()

    def feed(self, *commands: tuple[bytes | str | int, ...]) -> None:
        """Send commands on the stream."""
        for words in commands:
            argv = [word if isinstance(word, bytes) else str(word).encode() for word in words]
            self.feed_bytes(encode_command(argv))

    def feed_bytes(self, data: bytes) -> None:
        """Send bytes on the stream, such as a part of a command."""
        self.stream.feed(data)
        self.send(data)

    def send(self, data: bytes) -> None:
        """Send bytes that do not count as part of the stream."""
        self.connection.send(data)

    def await_ack(self) -> int:
        """Ask for an acknowledgement, wait for the one that answers, and give its offset: all before is executed.

        The answer counts the stream without the question. Raises `TargetSilent` when only smaller offsets come.
        """
        asked_at = self.offset
        self.feed(("REPLCONF", "GETACK", "*"))
        while (acknowledged := self.next_ack()) < asked_at:
            pass
        return acknowledged

    def next_ack(self) -> int:
        """Wait for the next acknowledgement, of which a replica sends one each second, and give its offset."""
        while not _is_ack(argv := self._request()):
            pass
        return int(argv[2])

    def _request(self) -> tuple[bytes, ...]:
        """Take what the replica says next; while it loads, blank lines keep the link alive."""
        while self.connection.receive_if(b"\n"):
            pass
        argv = self.connection.receive()
        if not isinstance(argv, list) or not argv or not all(isinstance(word, bytes) for word in argv):
            raise ProtocolError(f"{self.connection.peer}: said what is no command: {argv!r}")
        words = tuple(word for word in argv if isinstance(word, bytes))
        self.requests.append(words)
        return words


def framed(snapshot: Snapshot, announced_bytes: int | None = None) -> bytes:
    """The bytes that carry a snapshot: after its length, or the one announced instead, or between its marks."""
    if snapshot.eof_mark is not None:
        return b"$EOF:%b\r\n%b%b" % (snapshot.eof_mark, snapshot.data, snapshot.eof_mark)
    length_bytes = len(snapshot.data) if announced_bytes is None else announced_bytes
    return b"$%d\r\n%b" % (length_bytes, snapshot.data)


def told_port(client: Connection) -> int:
    """The port that a server tells its master (replication.c syncWithMaster)."""
    announced = int(setting(client, "replica-announce-port"))
    return announced or int(setting(client, "port"))


def _tells_port(argv: tuple[bytes, ...]) -> bool:
    return argv[0].upper() == b"REPLCONF" and len(argv) > 2 and argv[1].lower() == b"listening-port"


def _is_ack(argv: tuple[bytes, ...]) -> bool:
    return argv[0].upper() == b"REPLCONF" and argv[1].upper() == b"ACK"
