"""LZF, the compression of long strings (lzf_c.c, lzf_d.c).

A compressed text is a row of runs: a byte below 32 announces that many literal bytes and one more; another byte
starts a copy of earlier bytes, three bits for the length and, with the next byte, 13 for the distance. The
search for copies takes Redis's hash and its order, so that what is written is what Redis writes.
"""

from redproof_server.persistence.stream import CorruptPayloadError

HASH_BITS = 16
LITERALS_MAX = 32
DISTANCE_MAX = 1 << 13
COPY_BYTES_MAX = 264
LENGTH_IN_FIRST_BYTE_MAX = 7


def compress(data: bytes, compressed_bytes_max: int) -> bytes | None:
    """The compressed text, or None when it would be longer than `compressed_bytes_max`."""
    places: dict[int, int] = {}
    runs = _Runs(compressed_bytes_max)
    position, last_start = 0, len(data) - 2
    rolling = data[0] << 8 | data[1]
    while position < last_start:
        rolling = _rolled(rolling, data[position + 2])
        slot = _slot(rolling)
        earlier = places.get(slot, 0)
        places[slot] = position
        # Three bytes at least are the same; the first byte of all is never copied.
        is_near = 0 < earlier >= position - DISTANCE_MAX
        if not is_near or data[earlier : earlier + 3] != data[position : position + 3]:
            if not runs.add_literal(data[position]):
                return None
            position += 1
            continue
        length = _copy_length(data, earlier, position)
        if not runs.add_copy(position - earlier - 1, length):
            return None
        position += length
        if position >= last_start:
            break
        rolling = data[position - 2] << 8 | data[position - 1]
        for place in (position - 2, position - 1):
            rolling = _rolled(rolling, data[place + 2])
            places[_slot(rolling)] = place
    return runs.finish(data[position:])


def _rolled(rolling: int, byte: int) -> int:
    return (rolling << 8 | byte) & 0xFFFFFFFF


def _slot(rolling: int) -> int:
    return ((rolling >> 24 - HASH_BITS) - rolling * 5) & (1 << HASH_BITS) - 1


def _copy_length(data: bytes, earlier: int, position: int) -> int:
    """How many bytes are the same, but for the last two and a certain number at most (16 are looked at first)."""
    length, length_max = 2, min(len(data) - position - 2, COPY_BYTES_MAX)
    if length_max > 16:
        for _ in range(16):
            length += 1
            if data[earlier + length] != data[position + length]:
                return length
    length += 1
    while length < length_max and data[earlier + length] == data[position + length]:
        length += 1
    return length


class _Runs:
    """The runs written so far; the last one is of literals and may be empty."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._written = bytearray(1)
        self._literals = 0

    def add_literal(self, byte: int) -> bool:
        """Add a byte; whether there was room."""
        if len(self._written) >= self._bytes_max:
            return False
        self._written.append(byte)
        self._literals += 1
        if self._literals == LITERALS_MAX:
            self._end_literals()
            self._written.append(0)
        return True

    def add_copy(self, distance: int, length: int) -> bool:
        """Add a copy from `distance` bytes and one more before; whether there was room."""
        written = self._written
        if len(written) - (not self._literals) + 4 >= self._bytes_max:
            return False
        self._end_literals()
        length -= 2
        if length < LENGTH_IN_FIRST_BYTE_MAX:
            written.append(distance >> 8 | length << 5)
        else:
            written.append(distance >> 8 | LENGTH_IN_FIRST_BYTE_MAX << 5)
            written.append(length - LENGTH_IN_FIRST_BYTE_MAX)
        written.append(distance & 0xFF)
        written.append(0)
        return True

    def finish(self, rest: bytes) -> bytes | None:
        """Add the bytes that are left; all runs, if there was room."""
        if len(self._written) + 3 > self._bytes_max:
            return None
        for byte in rest:
            self._written.append(byte)
            self._literals += 1
            if self._literals == LITERALS_MAX:
                self._end_literals()
                self._written.append(0)
        self._end_literals()
        return bytes(self._written)

    def _end_literals(self) -> None:
        if self._literals:
            self._written[-self._literals - 1] = self._literals - 1
            self._literals = 0
        else:
            self._written.pop()


def decompress(data: bytes, length: int) -> bytes:
    """The text of `length` bytes; for no bytes nothing is looked at.

    Raises:
        CorruptPayloadError: this is not a compressed text of that length.
    """
    if not length:
        return b""
    text = bytearray()
    position = 0
    while position < len(data) and len(text) <= length:
        control = data[position]
        position += 1
        if control < LITERALS_MAX:
            text += data[position : position + control + 1]
            position += control + 1
            continue
        copied = control >> 5
        if copied == LENGTH_IN_FIRST_BYTE_MAX:
            copied += _byte_at(data, position)
            position += 1
        start = len(text) - ((control & 0x1F) << 8 | _byte_at(data, position)) - 1
        position += 1
        _copy(text, start, copied + 2)
    if len(text) != length or position != len(data):
        raise CorruptPayloadError("invalid compressed string")
    return bytes(text)


def _byte_at(data: bytes, position: int) -> int:
    if position >= len(data):
        raise CorruptPayloadError("compressed string ends in a copy")
    return data[position]


def _copy(text: bytearray, start: int, length: int) -> None:
    """Append `length` bytes from `start`, which may overlap what is being appended."""
    if start < 0:
        raise CorruptPayloadError("copy from before the start")
    distance = len(text) - start
    piece = text[start : start + length]
    text += (piece * (length // distance + 1))[:length]
