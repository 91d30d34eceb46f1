"""Strings whose encoding tells how they came about; any other is plain `bytes` (object.c)."""

from redproof_server.protocol.numbers import parse_int64

EMBEDDED_STRING_BYTES_MAX = 44
SHARED_INTEGER_MAX = 9999


class RawString(bytes):
    """A string that APPEND, SETRANGE or SETBIT has edited: encoded `raw` whatever its length and content."""

    __slots__ = ()


class PlainString(bytes):
    """A string that INCRBYFLOAT has made: not encoded `int` even if it spells an integer."""

    __slots__ = ()


class OwnInteger(bytes):
    """An integer that COPY has made: not one of the small integers that all keys share."""

    __slots__ = ()


def string_encoding(value: bytes) -> bytes:
    """The name that OBJECT ENCODING answers for a string (object.c tryObjectEncoding)."""
    if isinstance(value, RawString):
        return b"raw"
    if not isinstance(value, PlainString) and parse_int64(value) is not None:
        return b"int"
    return b"embstr" if len(value) <= EMBEDDED_STRING_BYTES_MAX else b"raw"


def is_shared_integer(value: object) -> bool:
    """Whether Redis keeps one object for this value in all keys (object.c OBJ_SHARED_INTEGERS)."""
    if type(value) is not bytes or len(value) > len(b"%d" % SHARED_INTEGER_MAX):
        return False
    number = parse_int64(value)
    return number is not None and 0 <= number <= SHARED_INTEGER_MAX
