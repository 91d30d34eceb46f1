"""Replies in RESP2, as a client reads them: bytes in any pieces in, typed replies out."""

from redproof_server.protocol.numbers import parse_int64

_STATUS, _ERROR, _INTEGER, _BULK, _ARRAY = b"+-:$*"
_NUMBERED = (_INTEGER, _BULK, _ARRAY)


class Status(bytes):
    """A simple string."""

    __slots__ = ()


class ErrorReply(bytes):
    """An error, with its code."""

    __slots__ = ()


Reply = Status | ErrorReply | bytes | int | list["Reply"] | None


class BadReplyError(Exception):
    """What came is no reply in RESP2."""


class _IncompleteError(Exception):
    """The reply goes on behind what has come."""


class ReplyReader:
    """The replies of one connection."""

    __slots__ = ("_data", "_position")

    def __init__(self) -> None:
        self._data = b""
        self._position = 0

    def receive(self, data: bytes) -> list[Reply]:
        """The replies that are complete once `data` has arrived.

        Raises:
            BadReplyError: the other end does not speak RESP2.
        """
        self._data += data
        self._position = read_bytes = 0
        replies: list[Reply] = []
        while read_bytes < len(self._data):
            try:
                replies.append(self._read())
            except _IncompleteError:
                break
            read_bytes = self._position
        self._data = self._data[read_bytes:]
        return replies

    def _read(self) -> Reply:
        data, start = self._data, self._position
        end = data.find(b"\r\n", start)
        if end < 0:
            raise _IncompleteError
        self._position = end + 2
        kind, rest = data[start], data[start + 1 : end]
        if kind == _STATUS:
            return Status(rest)
        if kind == _ERROR:
            return ErrorReply(rest)
        number = parse_int64(rest)
        if number is None or kind not in _NUMBERED:
            raise BadReplyError(repr(data[start:end]))
        if kind == _INTEGER:
            return number
        if number < 0:
            return None
        return self._bulk(number) if kind == _BULK else [self._read() for _ in range(number)]

    def _bulk(self, length: int) -> bytes:
        start, end = self._position, self._position + length
        if len(self._data) < end + 2:
            raise _IncompleteError
        self._position = end + 2
        return self._data[start:end]
