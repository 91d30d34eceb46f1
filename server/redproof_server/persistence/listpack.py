"""Listpacks: compact lists of strings and integers, from 7.0 on (listpack.c).

Header: size in bytes, number of entries. An entry: the encoding with the length, the content, and the size of
both, which is read backwards. The end: a byte of ones.
"""

import struct

from redproof_server.persistence.stream import CorruptPayloadError, Reader
from redproof_server.protocol.numbers import parse_int64

HEADER = struct.Struct("<IH")
END = 0xFF
COUNT_UNKNOWN = 0xFFFF
STRING_32_BITS = 0xF0
# The encodings of longer integers, the shortest first, with their size in bytes.
INTEGERS = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}
EMPTY_BYTES = HEADER.size + 1
_BYTES = [bytes([byte]) for byte in range(256)]


def encode(texts: list[bytes]) -> bytes:
    """A listpack of texts; those that spell integers become integers."""
    body = b"".join(map(_encode_entry, texts))
    return HEADER.pack(EMPTY_BYTES + len(body), min(len(texts), COUNT_UNKNOWN)) + body + bytes([END])


def entry_bytes(text: bytes, previous_bytes: int) -> int:
    """The size of the entry that a text becomes; here the one before does not matter."""
    return len(_encode_entry(text))


def _encode_entry(text: bytes) -> bytes:
    number = parse_int64(text)
    content = _encode_string(text) if number is None else _encode_integer(number)
    return content + _encode_back_length(len(content))


def _encode_string(text: bytes) -> bytes:
    length = len(text)
    if length < 1 << 6:
        return _BYTES[0x80 | length] + text
    if length < 1 << 12:
        return (0xE000 | length).to_bytes(2, "big") + text
    return bytes([STRING_32_BITS]) + length.to_bytes(4, "little") + text


def _encode_integer(number: int) -> bytes:
    if 0 <= number < 1 << 7:
        return bytes([number])
    if -(1 << 12) <= number < 1 << 12:
        return (0xC000 | number & 0x1FFF).to_bytes(2, "big")
    for encoding, size_bytes in INTEGERS.items():
        if -(1 << size_bytes * 8 - 1) <= number < 1 << size_bytes * 8 - 1:
            return bytes([encoding]) + number.to_bytes(size_bytes, "little", signed=True)
    raise ValueError("not a 64-bit integer")


def _encode_back_length(length: int) -> bytes:
    """Groups of seven bits, the highest first; all but the first are marked, for they are read backwards."""
    if length < 1 << 7:
        return _BYTES[length]
    groups = [length & 0x7F]
    while length >= 1 << 7:
        length >>= 7
        groups.append(length & 0x7F)
    return bytes([group | 0x80 for group in groups[:-1]] + groups[-1:])[::-1]


def decode(data: bytes) -> list[bytes]:
    """The texts of a listpack; raises CorruptPayloadError (lpValidateIntegrity with deep checks)."""
    if len(data) < EMPTY_BYTES or data[-1] != END:
        raise CorruptPayloadError("listpack without a header or an end")
    size_bytes, count = HEADER.unpack_from(data)
    reader = Reader(data[HEADER.size : -1])
    texts: list[bytes] = []
    while not reader.is_at_end:
        text, content_bytes = _read_content(reader)
        back_length = _encode_back_length(content_bytes)
        if reader.take(len(back_length)) != back_length:
            raise CorruptPayloadError("listpack entry with a wrong length behind it")
        texts.append(text)
    if size_bytes != len(data) or count not in (len(texts), COUNT_UNKNOWN):
        raise CorruptPayloadError("listpack with a wrong header")
    return texts


def _read_content(reader: Reader) -> tuple[bytes, int]:
    """The text and the size in bytes of an encoding with its content."""
    encoding = reader.byte()
    if encoding < 0x80:
        return b"%d" % encoding, 1
    if encoding < 0xC0:
        length = encoding & 0x3F
        return reader.take(length), 1 + length
    if encoding < 0xE0:
        number = (encoding & 0x1F) << 8 | reader.byte()
        return b"%d" % (number - (1 << 13) if number >= 1 << 12 else number), 2
    if encoding < 0xF0:
        length = (encoding & 0x0F) << 8 | reader.byte()
        return reader.take(length), 2 + length
    if encoding == STRING_32_BITS:
        length = reader.integer(4)
        return reader.take(length), 5 + length
    if encoding in INTEGERS:
        size_bytes = INTEGERS[encoding]
        return b"%d" % reader.integer(size_bytes, signed=True), 1 + size_bytes
    raise CorruptPayloadError("unknown listpack encoding")
