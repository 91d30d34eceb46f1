"""Ziplists: compact lists of strings and integers, up to 6.2 (ziplist.c).

Header: size in bytes, offset of the last entry, number of entries. An entry: the size of the one before, the
encoding with the length, the content. The end: a byte of ones.
"""

import struct

from redproof_server.persistence.stream import CorruptPayloadError, Reader
from redproof_server.protocol.numbers import parse_int64

HEADER = struct.Struct("<IIH")
END = 0xFF
BIG_PREVIOUS = 0xFE
COUNT_UNKNOWN = 0xFFFF
INTEGER_TEXT_BYTES_MAX = 31
# The encodings of integers, the shortest first, with their size in bytes.
INTEGERS = {0xFE: 1, 0xC0: 2, 0xF0: 3, 0xD0: 4, 0xE0: 8}
IMMEDIATE_FIRST, IMMEDIATE_LAST = 0xF1, 0xFD
EMPTY_BYTES = HEADER.size + 1


def encode(texts: list[bytes]) -> bytes:
    """A ziplist of texts; those that spell integers become integers."""
    entries: list[bytes] = []
    previous_bytes = 0
    for text in texts:
        entry = _encode_size(previous_bytes) + _encode_content(text)
        entries.append(entry)
        previous_bytes = len(entry)
    body = b"".join(entries)
    size_bytes = EMPTY_BYTES + len(body)
    tail = HEADER.size + len(body) - previous_bytes
    return HEADER.pack(size_bytes, tail, min(len(texts), COUNT_UNKNOWN)) + body + bytes([END])


def entry_bytes(text: bytes, previous_bytes: int) -> int:
    """The size of the entry that a text becomes behind one of `previous_bytes`."""
    return len(_encode_size(previous_bytes)) + len(_encode_content(text))


def _encode_size(previous_bytes: int) -> bytes:
    if previous_bytes < BIG_PREVIOUS:
        return bytes([previous_bytes])
    return bytes([BIG_PREVIOUS]) + previous_bytes.to_bytes(4, "little")


def _encode_content(text: bytes) -> bytes:
    number = parse_int64(text) if len(text) <= INTEGER_TEXT_BYTES_MAX else None
    if number is not None:
        return _encode_integer(number)
    length = len(text)
    if length < 1 << 6:
        return bytes([length]) + text
    if length < 1 << 14:
        return (1 << 14 | length).to_bytes(2, "big") + text
    return b"\x80" + length.to_bytes(4, "big") + text


def _encode_integer(number: int) -> bytes:
    if 0 <= number <= IMMEDIATE_LAST - IMMEDIATE_FIRST:
        return bytes([IMMEDIATE_FIRST + number])
    for encoding, size_bytes in INTEGERS.items():
        if -(1 << size_bytes * 8 - 1) <= number < 1 << size_bytes * 8 - 1:
            return bytes([encoding]) + number.to_bytes(size_bytes, "little", signed=True)
    raise ValueError("not a 64-bit integer")


def decode(data: bytes) -> list[bytes]:
    """The texts of a ziplist; raises CorruptPayloadError (ziplistValidateIntegrity with deep checks)."""
    if len(data) < EMPTY_BYTES or data[-1] != END:
        raise CorruptPayloadError("ziplist without a header or an end")
    size_bytes, tail, count = HEADER.unpack_from(data)
    reader = Reader(data[HEADER.size : -1])
    texts: list[bytes] = []
    previous_bytes, position = 0, HEADER.size
    start = position
    while not reader.is_at_end:
        start = position
        stated = reader.byte()
        header_bytes = 1
        if stated == BIG_PREVIOUS:
            stated, header_bytes = reader.integer(4), 5
        if stated != previous_bytes:
            raise CorruptPayloadError("ziplist entry with a wrong size of the one before")
        text, content_bytes = _read_content(reader)
        texts.append(text)
        previous_bytes = header_bytes + content_bytes
        position += previous_bytes
    if size_bytes != len(data) or (texts and tail != start) or count not in (len(texts), COUNT_UNKNOWN):
        raise CorruptPayloadError("ziplist with a wrong header")
    return texts


def _read_content(reader: Reader) -> tuple[bytes, int]:
    """The text and the size in bytes of an encoding with its content."""
    encoding = reader.byte()
    if encoding in INTEGERS:
        size_bytes = INTEGERS[encoding]
        return b"%d" % reader.integer(size_bytes, signed=True), 1 + size_bytes
    if IMMEDIATE_FIRST <= encoding <= IMMEDIATE_LAST:
        return b"%d" % (encoding - IMMEDIATE_FIRST), 1
    if encoding < 0x40:
        return reader.take(encoding), 1 + encoding
    if encoding < 0x80:
        length = (encoding & 0x3F) << 8 | reader.byte()
        return reader.take(length), 2 + length
    if encoding == 0x80:
        length = int.from_bytes(reader.take(4), "big")
        return reader.take(length), 5 + length
    raise CorruptPayloadError("unknown ziplist encoding")
