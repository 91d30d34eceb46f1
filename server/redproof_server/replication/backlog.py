"""The replication backlog: the last bytes of the stream, for replicas that come back (replication.c).

Offsets are those of the stream: its first byte has offset 1.
"""

from collections import deque
from collections.abc import Callable

# A block of the list holds at least this much, and its allocator rounds up what is asked for.
BLOCK_BYTES_MIN = 16 * 1024
BLOCK_HEADER_BYTES = 40
BLOCKS_PER_BACKLOG = 16
_CLASSES_PER_DOUBLING_BITS = 2


class Backlog:
    """A ring of exactly `size_bytes`, as up to 6.2: it holds the bytes from `first_offset` on, `histlen` of them."""

    def __init__(self, size_bytes: int, next_offset: int) -> None:
        self.size_bytes = size_bytes
        self.first_offset = next_offset
        self._held = bytearray()

    @property
    def histlen(self) -> int:
        """How many bytes are held."""
        return len(self._held)

    @property
    def next_offset(self) -> int:
        """The offset of the next byte of the stream."""
        return self.first_offset + len(self._held)

    def feed(self, data: bytes) -> None:
        """Append bytes of the stream, at the cost of the oldest (feedReplicationBacklog)."""
        self._held += data
        self._drop(len(self._held) - self.size_bytes)

    def covers(self, offset: int) -> bool:
        """Whether the stream can be continued from `offset`."""
        return self.first_offset <= offset <= self.next_offset

    def read(self, offset: int) -> bytes:
        """The bytes from a covered `offset` on (addReplyReplicationBacklog)."""
        return bytes(self._held[offset - self.first_offset :])

    def resize(self, size_bytes: int) -> None:
        """Take another size; all that was held is forgotten (resizeReplicationBacklog)."""
        if size_bytes != self.size_bytes:
            self.size_bytes = size_bytes
            self._drop(len(self._held))

    def trim(self) -> None:
        """Drop what is too much; a ring has dropped it already."""

    def _drop(self, count: int) -> None:
        if count > 0:
            del self._held[:count]
            self.first_offset += count


class BlockBacklog(Backlog):
    """A list of blocks, as from 7.0 on: what is too old goes a whole block at a time, and not while it is being sent.

    `first_unsent` gives the offset of the first byte that waits for some replica, or None.
    """

    def __init__(self, size_bytes: int, next_offset: int, first_unsent: Callable[[], int | None]) -> None:
        super().__init__(size_bytes, next_offset)
        self._first_unsent = first_unsent
        self._block_sizes: deque[int] = deque()
        self._room_bytes = 0

    def feed(self, data: bytes) -> None:
        """Append bytes that Redis would append at once (feedReplicationBuffer), and drop what is too much: that is
        done at the end of each turn (beforeSleep)."""
        self._held += data
        missing = len(data) - self._room_bytes
        self._room_bytes -= len(data)
        while missing > 0:
            wanted = min(max(missing, BLOCK_BYTES_MIN), max(self.size_bytes // BLOCKS_PER_BACKLOG, BLOCK_BYTES_MIN))
            block_bytes = allocated_bytes(wanted + BLOCK_HEADER_BYTES) - BLOCK_HEADER_BYTES
            self._block_sizes.append(block_bytes)
            missing -= block_bytes
            self._room_bytes = -missing
        self.trim()

    def resize(self, size_bytes: int) -> None:
        """Take another size, and drop the blocks that are too much (resizeReplicationBacklog)."""
        self.size_bytes = size_bytes
        self.trim()

    def trim(self) -> None:
        """Drop old blocks, but keep more than the size (incrementalTrimReplicationBacklog)."""
        while len(self._block_sizes) > 1 and len(self._held) - self._block_sizes[0] > self.size_bytes:
            unsent = self._first_unsent()
            if unsent is not None and unsent < self.first_offset + self._block_sizes[0]:
                return
            self._drop(self._block_sizes.popleft())


def allocated_bytes(wanted: int) -> int:
    """What jemalloc gives for a large request: four sizes between one power of two and the next (sz_s2u_compute)."""
    step = 1 << max((wanted - 1).bit_length() - 1 - _CLASSES_PER_DOUBLING_BITS, 0)
    return -(-wanted // step) * step
