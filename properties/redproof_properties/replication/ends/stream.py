"""A replication stream: the bytes that a master sends after a synchronisation, and the commands in them.

Offsets are those of `master_repl_offset`: a command that begins at offset 10 and ends at offset 24 is the 11th to the
24th byte of its history. Sources: `replication.c` (replicationFeedReplicas), and `networking.c` (commandProcessed),
which counts them at the replica.
"""

from __future__ import annotations

from typing import NamedTuple

from redproof_properties.errors import ProtocolError
from redproof_properties.resp import Decoder


class StreamCommand(NamedTuple):
    """A command of the stream, with the offsets in bytes before its first byte and after its last."""

    argv: tuple[bytes, ...]
    start_offset: int
    end_offset: int

    @property
    def name(self) -> bytes:
        """The command's name in upper case."""
        return self.argv[0].upper()

    @property
    def asks_for_ack(self) -> bool:
        """Whether it is REPLCONF GETACK, which a replica answers with its offset without these bytes."""
        return self.name == b"REPLCONF" and self.argv[1:2] != () and self.argv[1].upper() == b"GETACK"


class ReplicationStream:
    """The stream from an offset on: `feed` takes its bytes in pieces of any size, `commands` has those that are whole.

    A stream that begins in the middle of a command has bytes alone: `commands` and `offset` raise `ProtocolError` for
    what is no array of bulk strings.
    """

    def __init__(self, start_offset: int) -> None:
        self.start_offset = start_offset
        self._commands: list[StreamCommand] = []
        self._raw = bytearray()
        self._decoder = Decoder()

    @property
    def commands(self) -> list[StreamCommand]:
        """The commands that came whole."""
        before = self._split_offset
        while (command := self._decoder.next_reply()) is not None:
            self._commands.append(StreamCommand(_argv(command), before, self._split_offset))
            before = self._split_offset
        return self._commands

    @property
    def raw(self) -> bytes:
        """Every byte that came."""
        return bytes(self._raw)

    @property
    def received_offset(self) -> int:
        """The offset after the last byte that came."""
        return self.start_offset + len(self._raw)

    @property
    def offset(self) -> int:
        """The offset after the last whole command, which is what a replica acknowledges."""
        return self.commands[-1].end_offset if self.commands else self.start_offset

    @property
    def pending_bytes(self) -> int:
        """How many bytes came that are in none of the commands that were asked for."""
        return self._decoder.pending_bytes

    @property
    def _split_offset(self) -> int:
        return self.start_offset + self._decoder.position_bytes

    def feed(self, data: bytes | bytearray) -> None:
        """Add bytes received."""
        self._raw += data
        self._decoder.feed(data)

    def between(self, start_offset: int, end_offset: int) -> bytes:
        """The bytes after one offset up to another; raises ValueError where they did not come."""
        if not self.start_offset <= start_offset <= end_offset <= self.received_offset:
            known = f"{self.start_offset} to {self.received_offset}"
            raise ValueError(f"the bytes {start_offset} to {end_offset} are not all in the stream, which has {known}")
        return bytes(self._raw[start_offset - self.start_offset : end_offset - self.start_offset])


def _argv(command: object) -> tuple[bytes, ...]:
    if isinstance(command, list) and command:
        words = tuple(word for word in command if isinstance(word, bytes))
        if len(words) == len(command):
            return words
    raise ProtocolError(f"not a command of a replication stream: {command!r}")
