"""Reading a batch of requests through hiredis, exactly where that reading is Redis's own.

hiredis reads replies, and a request looks like one: an array of bulk strings. But hiredis also takes what a
request must not hold (simple strings, nulls, nested arrays, …). What it returns is believed only if every
argument is bytes and the canonical length of all requests is the number of bytes consumed: other types that
come out as bytes are shorter in their own spelling than as bulk strings, and those that are longer start with
`=` or `|`, so a batch with either byte is left to the parser in `requests`. So are the other aggregates, and
long counts, for which hiredis would allocate memory before an element has come.
"""

import re
from collections.abc import Callable, Sequence, Sized
from itertools import chain
from typing import Any, Protocol

Batch = tuple[list[list[bytes]], int]
NOTHING: Batch = ([], 0)

_has_long_count = re.compile(rb"\*[0-9]{6}").search
# Below this length a request is read without hiredis, and lengths and counts are looked up.
SINGLE_BYTES_MAX = 256
_LINE_END = b"\r\n"
_COUNTS = {b"*%d" % count: count for count in range(1, SINGLE_BYTES_MAX)}
_LENGTHS = [b"$%d" % length for length in range(SINGLE_BYTES_MAX)]
# What a bulk string and a request cost beside the digits of its length and its bytes: `$`, `*` and line ends.
BULK_FRAME_BYTES, COUNT_FRAME_BYTES = 5, 3
_count_digits = [len(str(length)) for length in range(1024)].__getitem__
_EQUALS, _BAR, _GREATER, _TILDE, _PERCENT = b"=|>~%"


class ReplyReader(Protocol):
    """The part of hiredis.Reader that is used here."""

    def feed(self, data: bytes) -> None:
        """Add bytes."""

    def gets(self) -> Any:
        """The next complete value, or False."""


def _find_hiredis() -> tuple[Callable[[], ReplyReader] | None, type[Exception]]:
    try:
        import hiredis
    except ImportError:
        return None, ValueError
    return hiredis.Reader, hiredis.ProtocolError


_new_reader, _ReaderError = _find_hiredis()


def read_single(data: bytes) -> list[bytes] | None:
    """The request that short `data` is, where that can be seen by cutting it at its line ends; None when in doubt.

    Quicker than hiredis for one short request: canonical lengths that agree with what lies between the line ends
    leave no other reading.
    """
    parts = data.split(_LINE_END)
    request = parts[2::2]
    if _COUNTS.get(parts[0]) != len(request) or parts[-1]:
        return None
    headers = [_LENGTHS[len(argument)] for argument in request]
    return request if headers == parts[1:-1:2] else None


class BatchReader:
    """One hiredis reader for all connections: it is empty, or replaced, after every batch."""

    def __init__(self) -> None:
        self._reader = _new_reader() if _new_reader else None

    def read(self, data: bytes) -> Batch:
        """The complete requests at the start of `data` and their length in bytes; nothing when in doubt."""
        reader = self._reader
        if reader is None or data[:1] != b"*" or _is_doubtful(data):
            return NOTHING
        try:
            reader.feed(data)
            requests = list(iter(reader.gets, False))
            consumed_bytes = _canonical_bytes(requests)
        except (_ReaderError, TypeError):
            self._replace_reader()
            return NOTHING
        if consumed_bytes != len(data):
            return self._believe_prefix(data, requests, consumed_bytes)
        return requests, consumed_bytes

    def _believe_prefix(self, data: bytes, requests: list[list[bytes]], consumed_bytes: int) -> Batch:
        """The batch ends within a request, or was spelled uncanonically: believe it if it encodes to `data`."""
        self._replace_reader()
        encoded = b"".join(map(encode_request, requests))
        return (requests, consumed_bytes) if data.startswith(encoded) else NOTHING

    def _replace_reader(self) -> None:
        self._reader = _new_reader() if _new_reader else None


def _is_doubtful(data: bytes) -> bool:
    """Whether hiredis might read something else here than arrays of a bearable length and of bulk strings."""
    return (
        _EQUALS in data
        or _BAR in data
        or _GREATER in data
        or _TILDE in data
        or _PERCENT in data
        or _has_long_count(data) is not None
    )


def encode_request(request: list[bytes]) -> bytes:
    """The canonical bytes of a request."""
    arguments = [b"$%d\r\n%b\r\n" % (len(argument), argument) for argument in request]
    return b"*%d\r\n%b" % (len(request), b"".join(arguments))


def _canonical_bytes(requests: list[list[bytes]]) -> int:
    """The length of all requests encoded. All that is done for each argument is done by C functions.

    Raises:
        TypeError: a request is no array of bytes, or it is empty.
    """
    if not all(requests):
        raise TypeError("an empty request")
    arguments = list(chain.from_iterable(requests))
    digits = _digits_of(arguments) + _digits_of(requests)
    frames = BULK_FRAME_BYTES * len(arguments) + COUNT_FRAME_BYTES * len(requests)
    return len(b"".join(arguments)) + digits + frames


def _digits_of(items: Sequence[Sized]) -> int:
    """How many digits the lengths of all items have."""
    try:
        return sum(map(_count_digits, map(len, items)))
    except IndexError:
        return sum(len(str(len(item))) for item in items)
