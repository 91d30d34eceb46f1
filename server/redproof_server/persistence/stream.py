"""Numbers and strings within a payload (rdb.c rdbSaveLen, rdbLoadLenByRef, rdbSaveRawString and their kin)."""

import struct

SIX_BITS, FOURTEEN_BITS, ENCODED = 0, 1, 3
LENGTH_32_BITS, LENGTH_64_BITS = 0x80, 0x81
# The first byte of an encoded string.
INT8, INT16, INT32, LZF = 0xC0, 0xC1, 0xC2, 0xC3


class CorruptPayloadError(Exception):
    """The bytes are not what they should be."""


class UnsupportedValueError(Exception):
    """The bytes are right, and hold what this server cannot; the message says what."""


class Reader:
    """Reads a payload from its start.

    All methods raise CorruptPayloadError when the bytes end too early or make no sense.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def is_at_end(self) -> bool:
        """Whether all bytes have been read."""
        return self._position == len(self._data)

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._position

    @property
    def left_bytes(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._position

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        start, stop = self._position, self._position + count
        if stop > len(self._data):
            raise CorruptPayloadError("unexpected end")
        self._position = stop
        return self._data[start:stop]

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def integer(self, size_bytes: int, signed: bool = False) -> int:
        """A little-endian integer."""
        return int.from_bytes(self.take(size_bytes), "little", signed=signed)

    def double(self) -> float:
        """A binary double."""
        (number,) = struct.unpack("<d", self.take(8))
        return float(number)

    def length(self, first: int | None = None) -> int:
        """A length, whose first byte may have been read already. What would be an encoding passes for six bits."""
        first = self.byte() if first is None else first
        if first >> 6 in (SIX_BITS, ENCODED):
            return first & 0x3F
        if first >> 6 == FOURTEEN_BITS:
            return (first & 0x3F) << 8 | self.byte()
        if first == LENGTH_32_BITS:
            return int.from_bytes(self.take(4), "big")
        if first == LENGTH_64_BITS:
            return int.from_bytes(self.take(8), "big")
        raise CorruptPayloadError("unknown length encoding")

    def count(self) -> int:
        """A length in elements, each of which takes a byte at least: no more than there can be."""
        count = self.length()
        if count > self.left_bytes:
            raise CorruptPayloadError("more elements than bytes")
        return count


def encode_length(length: int) -> bytes:
    """A length in as few bytes as it takes."""
    if length < 1 << 6:
        return bytes([length])
    if length < 1 << 14:
        return (FOURTEEN_BITS << 14 | length).to_bytes(2, "big")
    if length < 1 << 32:
        return bytes([LENGTH_32_BITS]) + length.to_bytes(4, "big")
    return bytes([LENGTH_64_BITS]) + length.to_bytes(8, "big")
