"""A value of any type, with the names of its type and encoding (object.c).

A string is plain `bytes`, or one of the classes in `strings`. The other types are classes that share the server's
`Limits`, so that CONFIG SET moves the thresholds of values that exist already.
"""

from collections import deque

from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.strings import OwnInteger, PlainString, RawString, is_shared_integer, string_encoding


class List(deque[bytes]):
    """A list: quick at both ends."""

    __slots__ = ()


Value = bytes | List | Hash | Set | SortedSet

_TYPE_NAMES: dict[type, bytes] = {
    bytes: b"string",
    RawString: b"string",
    PlainString: b"string",
    OwnInteger: b"string",
    List: b"list",
    Hash: b"hash",
    Set: b"set",
    SortedSet: b"zset",
}


def type_name(value: Value) -> bytes:
    """The name that TYPE answers (object.c getObjectTypeName)."""
    return _TYPE_NAMES[type(value)]


def encoding_name(value: Value) -> bytes:
    """The name that OBJECT ENCODING answers (object.c strEncoding)."""
    if isinstance(value, bytes):
        return string_encoding(value)
    if isinstance(value, List):
        return b"quicklist"
    return value.encoding


def duplicate(value: Value) -> Value:
    """A value that equals `value` and shares nothing with it, for COPY."""
    if isinstance(value, bytes):
        return OwnInteger(value) if is_shared_integer(value) else value
    return value.copy()
