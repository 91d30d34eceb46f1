"""Reading a batch of requests through hiredis, exactly where that reading is Redis's own.

hiredis reads replies, and a request looks like one: an array of bulk strings. But hiredis also takes what a
request must not hold (simple strings, nulls, nested arrays, …). What it returns is believed only if every
argument is bytes and the canonical length of all requests is the number of bytes consumed: other types that
come out as bytes are shorter in their own spelling than as bulk strings, and those that are longer start with
`=` or `|`, so a batch with either byte is left to the parser in `requests`. So are the other aggregates, and
long counts, for which hiredis would allocate memory before an element has come.
"""

import re
from collections.abc import Callable
from typing import Protocol

Batch = tuple[list[list[bytes]], int]
NOTHING: Batch = ([], 0)

_has_long_count = re.compile(rb"\*[0-9]{6}").search
_EQUALS, _BAR, _GREATER, _TILDE, _PERCENT = b"=|>~%"


class ReplyReader(Protocol):
    """The part of hiredis.Reader that is used here."""

    def feed(self, data: bytes) -> None:
        """Add bytes."""

    def gets(self) -> object:
        """The next complete value, or False."""


def _find_hiredis() -> tuple[Callable[[], ReplyReader] | None, type[Exception]]:
    try:
        import hiredis
    except ImportError:
        return None, ValueError
    return hiredis.Reader, hiredis.ProtocolError


_new_reader, _ReaderError = _find_hiredis()


class BatchReader:
    """One hiredis reader for all connections: it is empty, or replaced, after every batch."""

    def __init__(self) -> None:
        self._reader = _new_reader() if _new_reader else None

    def read(self, data: bytes) -> Batch:
        """The complete requests at the start of `data` and their length in bytes; nothing when in doubt."""
        reader = self._reader
        if reader is None or data[:1] != b"*" or _is_doubtful(data):
            return NOTHING
        requests: list[list[bytes]] = []
        consumed_bytes = 0
        try:
            reader.feed(data)
            while (request := reader.gets()) is not False:
                if type(request) is not list or (length := _canonical_bytes(request)) < 0:
                    self._replace_reader()
                    return NOTHING
                consumed_bytes += length
                requests.append(request)
        except _ReaderError:
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


def _canonical_bytes(request: list[bytes]) -> int:
    """The length of `encode_request(request)`, or -1 when an argument is not bytes or there is none."""
    count = len(request)
    if not count:
        return -1
    total = 4 if count < 10 else 3 + len(str(count))
    for argument in request:
        if type(argument) is not bytes:
            return -1
        length = len(argument)
        total += length + (6 if length < 10 else 7 if length < 100 else 5 + len(str(length)))
    return total
