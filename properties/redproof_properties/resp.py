"""RESP2 and RESP3 on the judging side: typed replies out of bytes, without I/O.

Only the form that servers write is accepted (`:01` or `:+1` are errors), so each reply has one form on
the wire: two replies are equal when their bytes are, and `encoding.encode` gives back what `Decoder` took. The
exceptions are the blob error `!`, which no server of the family sends and which reads as an `Error`,
and RESP2's two null forms, which stay apart. Streamed strings and aggregates (`$?`, `*?`) are refused.
Source: the RESP3 specification and `networking.c` (the `addReply…` functions).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from redproof_model.remember import remembered
from redproof_model.reply import (
    Attribute,
    BigNumber,
    Boolean,
    Double,
    Error,
    Map,
    Null,
    Push,
    Reply,
    Set,
    Status,
    Verbatim,
)

from redproof_properties.errors import ProtocolError

MAX_DEPTH: Final = 128
"""How deeply replies may nest; Lua scripts of the properties stay far below."""

_CRLF: Final = b"\r\n"
_MAX_NUMBER_BYTES: Final = 32
_INTEGER: Final = re.compile(rb"0|-?[1-9][0-9]{0,18}")
_COUNT: Final = re.compile(rb"0|[1-9][0-9]{0,18}")
_BIG_NUMBER: Final = re.compile(rb"0|-?[1-9][0-9]*")
_DOUBLE: Final = re.compile(rb"-?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|inf|nan)")
_INT64: Final = range(-(2**63), 2**63)
_WINDOW_BYTES: Final = 1 << 12
_SHORT: Final = {b"$%d\r\n" % size_bytes: size_bytes for size_bytes in range(10)}
_SHORT_HEAD_BYTES: Final = 4
_MANY: Final = 8
"""From so many items on it pays to look for strings first."""


class _Frame:
    """An aggregate whose items are still coming."""

    __slots__ = ("count", "finish", "items")

    def __init__(self, count: int, finish: Callable[[list[Reply]], Reply]) -> None:
        self.count = count
        self.finish = finish
        self.items: list[Reply] = []


class Decoder:
    """Typed replies out of bytes that come in pieces of any size.

    `feed` takes bytes; `next_reply` gives one reply at a time; `take_if` skips a reply whose bytes are
    known beforehand, without decoding it. Both see the same position: the end of the last whole reply.
    After a `ProtocolError` the decoder stays at the reply it could not read, and raises again.
    """

    __slots__ = ("_buffer", "_cursor", "_dropped", "_open", "_start")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = 0
        self._cursor = 0
        self._dropped = 0
        self._open: list[_Frame] = []

    @property
    def position_bytes(self) -> int:
        """How many bytes of all that were fed belong to replies already taken."""
        return self._dropped + self._start

    @property
    def pending_bytes(self) -> int:
        """How many bytes were fed and belong to no reply taken so far."""
        return len(self._buffer) - self._start

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes received."""
        if self._start:
            del self._buffer[: self._start]
            self._dropped += self._start
            self._cursor -= self._start
            self._start = 0
        self._buffer += data

    def take_if(self, expected: bytes) -> bool | None:
        """Skip `expected` if these are the next bytes.

        True: they were, and are taken. False: they are not, nothing is taken. None: as far as bytes
        have come they agree, and more are needed to tell.
        """
        if self._buffer.startswith(expected, self._start):
            self._start += len(expected)
            self._cursor = self._start
            self._open.clear()
            return True
        if self.pending_bytes < len(expected) and expected.startswith(self._buffer[self._start :]):
            return None
        return False

    def next_reply(self) -> Reply | None:
        """Take the next reply, or give None when it has not come whole; a null is a `Null`, never None.

        Raises `ProtocolError` when the bytes can be no reply.
        """
        while True:
            if self._open and self._open[-1].count >= _MANY:
                self._take_strings(self._open[-1])
            element = self._next_element()
            if element is None:
                return None
            if isinstance(element, _Frame):
                if len(self._open) == MAX_DEPTH:
                    self._cursor = self._start
                    self._open.clear()
                    raise ProtocolError(f"a reply nests deeper than {MAX_DEPTH} levels")
                self._open.append(element)
                continue
            value = self._fold(element)
            if value is not None:
                self._start = self._cursor
                return value

    def _take_strings(self, frame: _Frame) -> None:
        """Take the strings that come next, up to the last item, which completes the aggregate.

        Most items of a large one are short strings: to take one here costs a quarter of what `_next_element` does.
        """
        append, left = frame.items.append, frame.count - len(frame.items) - 1
        at = 1
        while left > 0 and at:
            window = bytes(memoryview(self._buffer)[self._cursor : self._cursor + _WINDOW_BYTES])
            at = 0
            while left:
                start = at + _SHORT_HEAD_BYTES
                size_bytes = _SHORT.get(window[at:start])
                if size_bytes is None:
                    start = window.find(_CRLF, at) + 2
                    size_bytes = _to_size(window[at : start - 2]) if start > 1 else None
                    if size_bytes is None:
                        break
                end = start + size_bytes
                if window[end : end + 2] != _CRLF:
                    break
                append(window[start:end])
                at = end + 2
                left -= 1
            self._cursor += at

    def _fold(self, value: Reply) -> Reply | None:
        """Put a value into the aggregates it completes; give what is whole at the top, if anything is."""
        while self._open:
            frame = self._open[-1]
            frame.items.append(value)
            if len(frame.items) < frame.count:
                return None
            self._open.pop()
            value = frame.finish(frame.items)
        return value

    def _next_element(self) -> Reply | _Frame | None:
        """Take a scalar, an empty aggregate, or the head of an aggregate; None when it has not come whole."""
        buffer, cursor = self._buffer, self._cursor
        if cursor == len(buffer):
            return None
        marker = buffer[cursor]
        end = buffer.find(_CRLF, cursor)
        if end < 0:
            _refuse_hopeless(buffer, cursor)
            return None
        line = bytes(buffer[cursor + 1 : end])
        if marker in _BLOBS:
            return self._take_blob(marker, line, end + 2)
        read_line = _LINES.get(marker)
        if read_line is None:
            raise _no_reply(buffer, cursor)
        value = read_line(line)
        self._cursor = end + 2
        return value

    def _take_blob(self, marker: int, header: bytes, start: int) -> Reply | None:
        if header == b"-1" and marker == _BULK:
            self._cursor = start
            return Null.BULK
        size_bytes = _read_count(header, marker)
        end = start + size_bytes
        if not self._buffer.startswith(_CRLF, end):
            if _CRLF.startswith(self._buffer[end : end + 2]):
                return None
            raise ProtocolError(f"a string of {size_bytes} bytes is not followed by CR LF")
        value = _BLOBS[marker](bytes(self._buffer[start:end]))
        self._cursor = end + 2
        return value


def _no_reply(buffer: bytearray, cursor: int) -> ProtocolError:
    return ProtocolError(f"no RESP reply begins with {bytes(buffer[cursor : cursor + 40])!r}")


def _refuse_hopeless(buffer: bytearray, cursor: int) -> None:
    """Raise `ProtocolError` when no line end to come could make this a reply."""
    marker = buffer[cursor]
    if marker not in _LINES and marker not in _BLOBS:
        raise _no_reply(buffer, cursor)
    if marker in _NUMBERED and len(buffer) - cursor > _MAX_NUMBER_BYTES:
        raise _no_reply(buffer, cursor)


def _matched(pattern: re.Pattern[bytes], text: bytes, what: str) -> bytes:
    if pattern.fullmatch(text) is None:
        raise ProtocolError(f"not {what}: {text[:40]!r}")
    return text


def _read_count(text: bytes, marker: int) -> int:
    count = _to_count(text)
    if count is None:
        raise ProtocolError(f"not a length after {chr(marker)!r}: {text[:40]!r}")
    return count


@remembered
def _to_count(text: bytes) -> int | None:
    return int(text) if _COUNT.fullmatch(text) else None


@remembered
def _to_size(head: bytes) -> int | None:
    """The length that the first line of a string tells, None for any other line."""
    return _to_count(head[1:]) if head[:1] == b"$" else None


def _read_integer(line: bytes) -> int:
    value = int(_matched(_INTEGER, line, "an integer"))
    if value not in _INT64:
        raise ProtocolError(f"an integer beyond 64 bits: {value}")
    return value


def _read_text(line: bytes) -> bytes:
    if b"\r" in line or b"\n" in line:
        raise ProtocolError(f"a CR or LF inside the line {line[:40]!r}")
    return line


def _read_boolean(line: bytes) -> Boolean:
    if line not in (b"t", b"f"):
        raise ProtocolError(f"neither #t nor #f: {line[:40]!r}")
    return Boolean(line == b"t")


def _read_null(line: bytes) -> Null:
    if line:
        raise ProtocolError(f"a null with a text: {line[:40]!r}")
    return Null.RESP3


def _read_verbatim(text: bytes) -> Verbatim:
    if text[3:4] != b":":
        raise ProtocolError(f"a verbatim string without its format: {text[:40]!r}")
    return Verbatim(text[:3], text[4:])


def _pairs(items: list[Reply]) -> list[tuple[Reply, Reply]]:
    return list(zip(items[::2], items[1::2], strict=True))


def _finish_attribute(items: list[Reply]) -> Attribute:
    return Attribute(_pairs(items[:-1]), items[-1])


def _head(line: bytes, marker: int, per_count: int, finish: Callable[[list[Reply]], Reply]) -> Reply | _Frame:
    count = _read_count(line, marker) * per_count
    return _Frame(count, finish) if count else finish([])


def _head_array(line: bytes) -> Reply | _Frame:
    if line == b"-1":
        return Null.ARRAY
    return _head(line, ord("*"), 1, lambda items: items)


def _head_attribute(line: bytes) -> _Frame:
    return _Frame(2 * _read_count(line, ord("|")) + 1, _finish_attribute)


_Line: TypeAlias = Callable[[bytes], "Reply | _Frame"]

_BULK: Final = ord("$")
_BLOBS: Final[dict[int, Callable[[bytes], Reply]]] = {
    _BULK: lambda text: text,
    ord("!"): Error,
    ord("="): _read_verbatim,
}
_LINES: Final[dict[int, _Line]] = {
    ord("+"): lambda line: Status(_read_text(line)),
    ord("-"): lambda line: Error(_read_text(line)),
    ord(":"): _read_integer,
    ord(","): lambda line: Double(_matched(_DOUBLE, line, "a double")),
    ord("#"): _read_boolean,
    ord("("): lambda line: BigNumber(_matched(_BIG_NUMBER, line, "a big number")),
    ord("_"): _read_null,
    ord("*"): _head_array,
    ord("%"): lambda line: _head(line, ord("%"), 2, lambda items: Map(_pairs(items))),
    ord("~"): lambda line: _head(line, ord("~"), 1, Set),
    ord(">"): lambda line: _head(line, ord(">"), 1, Push),
    ord("|"): _head_attribute,
}
_NUMBERED: Final = frozenset(b"$!=:#_*%~>|")
