"""Receiving a snapshot from the master (replication.c readSyncBulkPayload)."""

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.replication.link import Link

EOF_MARK_BYTES = 40
UNKNOWN_BYTES = -1


class Progress(Enum):
    """What has come of a snapshot so far."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    REFUSED = "refused"


class Transfer:
    """A snapshot on its way: of a length that is told first, or up to a mark that is told first.

    `total_bytes` is -1 until the first line has come, and 0 where only the mark is known.
    """

    __slots__ = ("_mark", "data", "read_bytes", "total_bytes")

    def __init__(self) -> None:
        self.total_bytes = UNKNOWN_BYTES
        self.read_bytes = 0
        self.data = bytearray()
        self._mark = b""

    @property
    def has_mark(self) -> bool:
        """Whether the master makes the snapshot as it sends it."""
        return bool(self._mark)

    def take(self, link: "Link") -> Progress:
        """Read what has come over the link."""
        while self.total_bytes == UNKNOWN_BYTES:
            line = link.read_line()
            if line is None:
                return Progress.INCOMPLETE
            if line and not self._read_head(line):
                return Progress.REFUSED
        return self._read_data(link)

    def _read_head(self, line: bytes) -> bool:
        """Read how the snapshot will end; whether the line says so."""
        if line[:1] != b"$":
            return False
        if line.startswith(b"$EOF:") and len(line) >= len(b"$EOF:") + EOF_MARK_BYTES:
            self._mark = line[len(b"$EOF:") :][:EOF_MARK_BYTES]
            self.total_bytes = 0
            return True
        digits = line[1:]
        if not digits.isdigit():
            return False
        self.total_bytes = int(digits)
        return True

    def _read_data(self, link: "Link") -> Progress:
        """Read as much as belongs to the snapshot. After the mark nothing comes until the snapshot is acknowledged."""
        missing = self.total_bytes - len(self.data)
        part = link.rest if self._mark else link.rest[:missing]
        self.data += part
        self.read_bytes += len(part)
        del link.rest[: len(part)]
        if not self._mark:
            return Progress.COMPLETE if len(self.data) == self.total_bytes else Progress.INCOMPLETE
        if not self.data.endswith(self._mark):
            return Progress.INCOMPLETE
        del self.data[-EOF_MARK_BYTES:]
        return Progress.COMPLETE

    def data_without_mark(self) -> bytes:
        """What has come, without as much of the mark as stands at its end."""
        present = next(length for length in range(EOF_MARK_BYTES, -1, -1) if self.data.endswith(self._mark[:length]))
        return bytes(self.data[: len(self.data) - present])
