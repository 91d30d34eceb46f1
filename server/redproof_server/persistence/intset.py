"""Intsets: sorted integers of one size (intset.c)."""

import struct
from itertools import pairwise

from redproof_server.persistence.stream import CorruptPayloadError

HEADER = struct.Struct("<II")
# The size of the integers in bytes, which is also what the header says, and their format.
SIZES_BYTES = {2: "h", 4: "i", 8: "q"}


def encode(numbers: list[int]) -> bytes:
    """An intset of sorted numbers, in the smallest size that holds all."""
    for size_bytes, letter in SIZES_BYTES.items():
        limit = 1 << size_bytes * 8 - 1
        if all(-limit <= number < limit for number in numbers):
            return HEADER.pack(size_bytes, len(numbers)) + struct.pack(f"<{len(numbers)}{letter}", *numbers)
    raise ValueError("not 64-bit integers")


def decode(data: bytes) -> list[int]:
    """The numbers of an intset; raises CorruptPayloadError (intsetValidateIntegrity with deep checks)."""
    if len(data) < HEADER.size:
        raise CorruptPayloadError("intset without a header")
    size_bytes, count = HEADER.unpack_from(data)
    if size_bytes not in SIZES_BYTES or not count or HEADER.size + count * size_bytes != len(data):
        raise CorruptPayloadError("intset with a wrong header")
    numbers = list(struct.unpack_from(f"<{count}{SIZES_BYTES[size_bytes]}", data, HEADER.size))
    if any(number >= following for number, following in pairwise(numbers)):
        raise CorruptPayloadError("intset out of order")
    return numbers
