"""What an RDB file tells of the data that it holds: the history, and the offset in it.

Source: `rdb.c` (rdbSaveInfoAuxFields, rdbPopulateSaveInfo, rdbLoadLenByRef, rdbLoadIntegerObject).
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

from redproof_properties.errors import TargetError

_MAGIC_BYTES: Final = 9
_AUX: Final = b"\xfa"
_LONG_LENGTHS: Final = {0x80: 4, 0x81: 8}
_INTEGERS: Final = {0xC0: 1, 0xC1: 2, 0xC2: 4}
"""How many bytes follow the first one of a length or integer, by that byte."""


class SavedPoint(NamedTuple):
    """The history `replid` up to `offset_bytes`, both None where the file names none: its server kept no history."""

    replid: str | None
    offset_bytes: int | None


def saved_point(rdb: bytes) -> SavedPoint:
    """Which data an RDB file holds; raises `TargetError` for a file that begins as none does."""
    if not rdb.startswith((b"REDIS", b"VALKEY")):
        raise TargetError(f"not an RDB file: it begins with {rdb[:_MAGIC_BYTES]!r}")
    told = dict(_fields(BytesIO(rdb[_MAGIC_BYTES:])))
    if b"repl-id" not in told or b"repl-offset" not in told:
        return SavedPoint(None, None)
    return SavedPoint(told[b"repl-id"].decode(), int(told[b"repl-offset"]))


def _fields(file: BytesIO) -> Iterator[tuple[bytes, bytes]]:
    """The names and values at the head of the file, before its data."""
    while file.read(1) == _AUX:
        yield _string(file), _string(file)


def _string(file: BytesIO) -> bytes:
    """A string, or the digits of an integer in its place."""
    first = file.read(1)[0]
    if first in _INTEGERS:
        return b"%d" % int.from_bytes(file.read(_INTEGERS[first]), "little", signed=True)
    if first in _LONG_LENGTHS:
        return file.read(int.from_bytes(file.read(_LONG_LENGTHS[first]), "big"))
    match first >> 6:
        case 0:
            return file.read(first)
        case 1:
            return file.read((first & 0x3F) << 8 | file.read(1)[0])
    raise TargetError(f"a field at the head of an RDB file is compressed, or of no kind that is known: {first:#x}")
