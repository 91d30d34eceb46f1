"""The harness as a replica: it shakes hands, asks with PSYNC, takes the snapshot, and reads the raw stream.

It acknowledges only what it is told to, and when. Sources: `replication.c` (syncWithMaster, readSyncBulkPayload,
syncCommand, replicationSetupReplicaForFullResync) and `rdb.c` (rdbSaveRioWithEOFMark).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from redproof_model.reply import OK, Error

from redproof_properties.closing import Closing
from redproof_properties.encoding import encode_command
from redproof_properties.errors import ProtocolError, TargetError, TargetSilent
from redproof_properties.replication.ends.info import read_info
from redproof_properties.replication.ends.stream import ReplicationStream, StreamCommand
from redproof_properties.targets.connection import Connection
from redproof_properties.targets.greeting import expect_pong, shown
from redproof_properties.waiting import wait_until

CAPABILITIES: Final = ("eof", "psync2")
"""What a replica of Redis 4 or newer says it can do: read a snapshot of unknown length, and take a new id."""

UNKNOWN_REPLID: Final = "?"
"""The id, with offset -1, of a replica that knows no master: the answer is always a full synchronisation."""

EOF_MARK_BYTES: Final = 40
_PORTS: Final = itertools.cycle(range(1, 1 << 16))
_FULL: Final = re.compile(rb"\+FULLRESYNC ([0-9a-zA-Z]{40}) (\d+)")
_CONTINUE: Final = re.compile(rb"\+CONTINUE(?: ([0-9a-zA-Z]{40}))?")
_LENGTH: Final = re.compile(rb"\$(\d+)")
_EOF: Final = re.compile(rb"\$EOF:(.{%d})" % EOF_MARK_BYTES)


@dataclass(frozen=True, slots=True)
class FullResync:
    """`+FULLRESYNC`: a snapshot follows, which is at this offset of this history."""

    replid: str
    offset: int


@dataclass(frozen=True, slots=True)
class Continue:
    """`+CONTINUE`: the stream goes on with the byte asked for; with an id unless the replica cannot take one."""

    replid: str | None


Answer: TypeAlias = FullResync | Continue | Error
"""What PSYNC is answered with; an error such as `-NOMASTERLINK` or `-LOADING` is returned, not raised."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An RDB file as it was sent: after its length, or between two `eof_mark`s of 40 bytes."""

    data: bytes
    eof_mark: bytes | None = None


class _Received:
    """Bytes that came and were not taken yet."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def pending_bytes(self) -> int:
        return len(self._bytes)

    def feed(self, data: bytes | bytearray) -> None:
        self._bytes += data

    def find(self, mark: bytes, start: int = 0) -> int:
        return self._bytes.find(mark, max(0, start))

    def take(self, size_bytes: int) -> bytes:
        taken = bytes(self._bytes[:size_bytes])
        del self._bytes[:size_bytes]
        return taken

    def drop_blank_lines(self) -> None:
        self._bytes = self._bytes.lstrip(b"\n")


class ReplicaLink(Closing):
    """A connection on which the harness is a replica; use it with `with`, and `close` cuts it.

    `connection` is logged in already, as those of `Target.connect` are. Every wait is bounded by its `timeout_ms`:
    `TargetSilent` is raised when the master sends nothing for so long, `TargetClosed` when it ends the link.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.replid = UNKNOWN_REPLID
        """The id of the history that is read."""
        self.listening_port = next(_PORTS)
        """The port that the master is told: no replica listens there, but INFO tells this link from others by it."""
        self._received = _Received()
        self._stream: ReplicationStream | None = None

    def close(self) -> None:
        """Cut the link; a second time does nothing."""
        self.connection.close()

    @property
    def stream(self) -> ReplicationStream:
        """What came after PSYNC was answered; raises `TargetError` before that."""
        if self._stream is None:
            raise TargetError(f"{self.connection.peer}: no stream, PSYNC was not answered with one")
        return self._stream

    @property
    def offset(self) -> int:
        """The offset in bytes after the last whole command that came."""
        return self.stream.offset

    def handshake(self, *, capabilities: Sequence[str] = CAPABILITIES, version: str | None = None) -> None:
        """PING, and the REPLCONFs of a replica; the last two are left out when there is nothing to say.

        `version` is known to masters from Redis 7.2 on. Raises `TargetError` when the master refuses one.
        """
        expect_pong(self.connection)
        self.replconf("listening-port", self.listening_port)
        if capabilities:
            self.replconf(*(word for name in capabilities for word in ("capa", name)))
        if version is not None:
            self.replconf("version", version)

    def replconf(self, *argv: str | int) -> None:
        """Tell the master something and wait until it says OK; raises `TargetError` when it does not."""
        reply = self.connection.call("REPLCONF", *argv)
        if reply != OK:
            words = " ".join(map(str, argv))
            raise TargetError(f"{self.connection.peer}: REPLCONF {words} was answered with {shown(reply)}")

    def psync(self, replid: str = UNKNOWN_REPLID, offset: int = -1) -> Answer:
        """Ask for the stream from byte `offset` of a history on: the first one that is missing.

        A replica at offset n asks for n + 1. Raises `ProtocolError` for an answer that is none.
        """
        self.connection.send(encode_command([b"PSYNC", replid.encode(), b"%d" % offset]))
        line = self._line()
        if line.startswith(b"-"):
            return Error(line[1:])
        if match := _FULL.fullmatch(line):
            self.replid = match[1].decode()
            self._stream = ReplicationStream(int(match[2]))
            return FullResync(self.replid, int(match[2]))
        if match := _CONTINUE.fullmatch(line):
            told = match[1].decode() if match[1] else None
            self.replid = told or replid
            self._stream = ReplicationStream(offset - 1)
            return Continue(told)
        raise ProtocolError(f"{self.connection.peer}: PSYNC was answered with {line[:80]!r}")

    def read_snapshot(self) -> Snapshot:
        """Take the snapshot that follows FULLRESYNC.

        After one that is sent without its length (a diskless synchronisation) the master holds the stream back until
        the first `ack`. Raises `ProtocolError` when something else comes.
        """
        line = self._line()
        if match := _LENGTH.fullmatch(line):
            return Snapshot(self._take(int(match[1])))
        if match := _EOF.fullmatch(line):
            mark: bytes = match[1]
            return Snapshot(self._take_until(mark), mark)
        raise ProtocolError(f"{self.connection.peer}: instead of a snapshot came {line[:80]!r}")

    def synchronise(self, client: Connection) -> Snapshot:
        """Shake hands, ask for everything, and take it; raises `TargetError` when the master refuses."""
        self.handshake()
        answer = self.psync()
        if not isinstance(answer, FullResync):
            raise TargetError(f"{self.connection.peer}: PSYNC ? -1 was answered with {answer!r}")
        return self.take_snapshot(client)

    def take_snapshot(self, client: Connection) -> Snapshot:
        """Take the snapshot that follows FULLRESYNC, and acknowledge it once `client` sees us online.

        An acknowledgement that comes before is ignored, and the stream held back (replconfCommand). Raises
        `TargetSilent` when that does not come about.
        """
        snapshot = self.read_snapshot()
        if not wait_until(lambda: self._is_online(client)):
            raise TargetSilent(f"{self.connection.peer}: its replica is not online, although it took the snapshot")
        self.ack()
        return snapshot

    def ack(self, offset: int | None = None) -> None:
        """Acknowledge the stream up to an offset, or as far as commands have come; no reply follows."""
        acknowledged = self.offset if offset is None else offset
        self.connection.send(encode_command([b"REPLCONF", b"ACK", b"%d" % acknowledged]))

    def read_raw_to(self, offset: int) -> bytes:
        """Read until every byte up to `offset` has come; give all that came since PSYNC, which may begin anywhere."""
        self._hand_over()
        while self.stream.received_offset < offset:
            self.connection.receive_into(self.stream)
        return self.stream.raw

    def read_to(self, offset: int) -> list[StreamCommand]:
        """Read until every byte up to `offset` has come; give the commands that became whole meanwhile."""
        known = len(self.stream.commands)
        self.read_raw_to(offset)
        return self.stream.commands[known:]

    def read_until(self, name: bytes) -> StreamCommand:
        """Read until a command of that name (in upper case) comes that was not read before, and give it."""
        stream, position = self.stream, len(self.stream.commands)
        self._hand_over()
        while True:
            for command in stream.commands[position:]:
                if command.name == name:
                    return command
            position = len(stream.commands)
            self.connection.receive_into(stream)

    def catch_up(self, client: Connection) -> list[StreamCommand]:
        """Read all that the master has sent by now, as `client` learns from its INFO; give the commands that came."""
        return self.read_to(read_info(client).master_repl_offset)

    def _is_online(self, client: Connection) -> bool:
        return any(line.port == self.listening_port and line.state == "online" for line in read_info(client).replicas)

    def _hand_over(self) -> None:
        """Give the stream what came together with the answer to PSYNC or with the end of the snapshot."""
        rest = self._received.take(self._received.pending_bytes)
        if rest:
            self.stream.feed(rest)

    def _line(self) -> bytes:
        """Take the next line, without its CR LF; blank lines before it only keep the link alive."""
        self._received.drop_blank_lines()
        while (end := self._received.find(b"\r\n")) < 0:
            self.connection.receive_into(self._received)
            self._received.drop_blank_lines()
        return self._received.take(end + 2)[:-2]

    def _take(self, size_bytes: int) -> bytes:
        while self._received.pending_bytes < size_bytes:
            self.connection.receive_into(self._received)
        return self._received.take(size_bytes)

    def _take_until(self, mark: bytes) -> bytes:
        searched = 0
        while (end := self._received.find(mark, searched - len(mark))) < 0:
            searched = self._received.pending_bytes
            self.connection.receive_into(self._received)
        return self._received.take(end + len(mark))[:end]
