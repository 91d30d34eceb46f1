"""Strings in a payload: as integers, compressed or as they are (rdb.c rdbSaveRawString)."""

from redproof_server.persistence import lzf
from redproof_server.persistence.stream import INT8, INT16, INT32, LZF, CorruptPayloadError, Reader, encode_length
from redproof_server.protocol.numbers import parse_int64

INTEGER_TEXT_BYTES_MAX = 11
COMPRESSIBLE_BYTES_MIN = 21
SAVED_BYTES_MIN = 4
# Redis compresses at any length; here a longer string would hold up the server for a second.
COMPRESSIBLE_BYTES_MAX = 1 << 18
INTEGER_SIZES_BYTES = {INT8: 1, INT16: 2, INT32: 4}


def encode_string(text: bytes) -> bytes:
    """A string in the shortest way that Redis tries."""
    if len(text) <= INTEGER_TEXT_BYTES_MAX:
        number = parse_int64(text)
        if number is not None and -(2**31) <= number < 2**31:
            return encode_integer(number)
    elif COMPRESSIBLE_BYTES_MIN <= len(text) <= COMPRESSIBLE_BYTES_MAX:
        compressed = lzf.compress(text, len(text) - SAVED_BYTES_MIN)
        if compressed is not None:
            lengths = encode_length(len(compressed)) + encode_length(len(text))
            return bytes([LZF]) + lengths + compressed
    return encode_length(len(text)) + text


def encode_integer(number: int) -> bytes:
    """A 32-bit integer in one, two or four bytes (rdbEncodeInteger)."""
    for first, size_bytes in INTEGER_SIZES_BYTES.items():
        if -(1 << size_bytes * 8 - 1) <= number < 1 << size_bytes * 8 - 1:
            return bytes([first]) + number.to_bytes(size_bytes, "little", signed=True)
    raise ValueError("not a 32-bit integer")


def read_string(reader: Reader) -> bytes:
    """A string however it is encoded; raises CorruptPayloadError (rdbGenericLoadStringObject)."""
    first = reader.byte()
    if first in INTEGER_SIZES_BYTES:
        return b"%d" % reader.integer(INTEGER_SIZES_BYTES[first], signed=True)
    if first == LZF:
        compressed_bytes, length = reader.length(), reader.length()
        return lzf.decompress(reader.take(compressed_bytes), length)
    if first > LZF:
        raise CorruptPayloadError("unknown string encoding")
    return reader.take(reader.length(first))
