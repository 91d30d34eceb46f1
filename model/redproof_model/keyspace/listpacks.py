"""Lists in one listpack, which from Redis 7.2 on are those that fit into a node of a quicklist (`t_list.c`).

The limit is the default one of `list-max-listpack-size`. How a longer list is divided into nodes is not modelled: one
that has become a quicklist may be a listpack again wherever it would fit into one, until OBJECT ENCODING tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redproof_model.keyspace.values import List
from redproof_model.number import to_integer
from redproof_model.remember import remembered
from redproof_model.versions import Version

LISTPACK: Final = "listpack"
QUICKLIST: Final = "quicklist"

_MAX_BYTES: Final = 8192
_FRAME_BYTES: Final = 7
_MOST_OVERHEAD_BYTES: Final = 7
_NODE_ESTIMATE_BYTES: Final = 32
_INTEGER_BITS: Final = ((7, 1), (13, 2), (16, 3), (24, 4), (32, 5), (64, 9))
_TEXT_BYTES: Final = ((64, 1), (4096, 2))
_LONG_TEXT_BYTES: Final = 5


def list_of(version: Version, items: list[bytes]) -> List:
    """A new list of these elements, which were pushed into an empty one at once (`t_list.c` pushGenericCommand)."""
    value = List([], LISTPACK if version.listpack_lists else QUICKLIST)
    grow(value, items)
    value.items = items
    return value


def list_built(version: Version, items: list[bytes]) -> List:
    """A new list that was built as a quicklist, and then made a listpack if it has one node (`sort.c`)."""
    fits = listpack_bytes(items) <= _MAX_BYTES - _NODE_ESTIMATE_BYTES
    return List(items, LISTPACK if version.listpack_lists and fits else QUICKLIST)


def grow(value: List, elements: Sequence[bytes]) -> None:
    """Convert a listpack that is too large for these further elements (`t_list.c` listTypeTryConversionAppend)."""
    if value.encoding == LISTPACK and listpack_bytes(value.items) + sum(map(len, elements)) > _MAX_BYTES:
        value.encoding = QUICKLIST


def may_be_listpack(version: Version, value: List) -> bool:
    """Whether a list that was a quicklist may have become a listpack since.

    What is added to a listpack counts with its length alone, so that it may grow a little beyond the limit.
    """
    fewest_bytes = listpack_bytes(value.items) - _MOST_OVERHEAD_BYTES * len(value.items)
    return version.listpack_lists and fewest_bytes <= _MAX_BYTES


def listpack_bytes(items: Sequence[bytes]) -> int:
    """The size of a listpack of these elements (`listpack.c`)."""
    return _FRAME_BYTES + sum(map(_entry_bytes, items))


@remembered
def _entry_bytes(element: bytes) -> int:
    """An element with its encoding, and with its length once more behind it (`listpack.c` lpEncodeGetType)."""
    number = to_integer(element)
    if number is None:
        header = next((size for limit, size in _TEXT_BYTES if len(element) < limit), _LONG_TEXT_BYTES)
        size = header + len(element)
    elif number >> _INTEGER_BITS[0][0] == 0:
        size = _INTEGER_BITS[0][1]
    else:
        size = next(size for bits, size in _INTEGER_BITS[1:] if -1 << bits - 1 <= number < 1 << bits - 1)
    return size + _length_bytes(size)


def _length_bytes(size: int) -> int:
    """How many groups of seven bits a length takes (`listpack.c` lpEncodeBacklen)."""
    return max(1, -(-size.bit_length() // 7))
