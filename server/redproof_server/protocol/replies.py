"""Encoders of replies: each returns the bytes that Redis would append to the client's output.

Where RESP2 and RESP3 differ the encoder takes `resp`, the protocol version of the client (2 or 3).
Sources: networking.c addReply*, server.c createSharedObjects.
"""

from collections.abc import Iterable

from redproof_server.protocol.numbers import format_double

OK = b"+OK\r\n"
QUEUED = b"+QUEUED\r\n"
PONG = b"+PONG\r\n"
EMPTY_BULK = b"$0\r\n\r\n"
EMPTY_ARRAY = b"*0\r\n"
NO_REPLY = b""

_NULL = {2: b"$-1\r\n", 3: b"_\r\n"}
_NULL_ARRAY = {2: b"*-1\r\n", 3: b"_\r\n"}
_SMALL_INTEGERS = [b":%d\r\n" % number for number in range(1024)]
_BULK_HEADERS = [b"$%d\r\n" % length for length in range(1024)]
_LINE_BREAKS_TO_BLANKS = bytes.maketrans(b"\r\n", b"  ")


def status(text: bytes) -> bytes:
    """A simple string."""
    return b"+" + text + b"\r\n"


def error(message: bytes) -> bytes:
    """An error; `message` starts with its code, and line breaks from arguments become blanks."""
    return b"-" + message.translate(_LINE_BREAKS_TO_BLANKS) + b"\r\n"


def integer(number: int) -> bytes:
    """A 64-bit integer."""
    return _SMALL_INTEGERS[number] if 0 <= number < 1024 else b":%d\r\n" % number


def bulk(text: bytes) -> bytes:
    """A bulk string."""
    length = len(text)
    return _BULK_HEADERS[length] + text + b"\r\n" if length < 1024 else b"$%d\r\n%b\r\n" % (length, text)


def bulk_or_null(text: bytes | None, resp: int) -> bytes:
    """A bulk string, or the null that stands for its absence."""
    return _NULL[resp] if text is None else bulk(text)


def bulk_integer(number: int) -> bytes:
    """An integer spelled in a bulk string (addReplyBulkLongLong)."""
    return bulk(b"%d" % number)


def null(resp: int) -> bytes:
    """The absence of a single value (addReplyNull)."""
    return _NULL[resp]


def null_array(resp: int) -> bytes:
    """The absence of an aggregate, as of an aborted EXEC or a BLPOP that timed out (addReplyNullArray)."""
    return _NULL_ARRAY[resp]


def array(items: list[bytes]) -> bytes:
    """An array of replies that are encoded already."""
    return b"*%d\r\n%b" % (len(items), b"".join(items))


def bulks(texts: Iterable[bytes]) -> bytes:
    """An array of bulk strings."""
    return array([_BULK_HEADERS[len(text)] + text + b"\r\n" if len(text) < 1024 else bulk(text) for text in texts])


def bulk_set(texts: Iterable[bytes], resp: int) -> bytes:
    """A set of bulk strings: an array in RESP2 (addReplySetLen)."""
    items = [bulk(text) for text in texts]
    return b"%c%d\r\n%b" % (b"~" if resp == 3 else b"*", len(items), b"".join(items))


def mapping(items: list[bytes], resp: int) -> bytes:
    """A map from encoded keys and values in turn: a flat array in RESP2 (addReplyMapLen)."""
    if resp == 3:
        return b"%%%d\r\n%b" % (len(items) // 2, b"".join(items))
    return array(items)


def push(items: list[bytes], resp: int) -> bytes:
    """An out-of-band message: an array in RESP2 (addReplyPushLen)."""
    return b"%c%d\r\n%b" % (b">" if resp == 3 else b"*", len(items), b"".join(items))


def double(number: float, resp: int) -> bytes:
    """A double: a bulk string in RESP2 (addReplyDouble)."""
    text = format_double(number)
    return b"," + text + b"\r\n" if resp == 3 else bulk(text)


def boolean(truth: bool, resp: int) -> bytes:
    """A boolean: an integer in RESP2 (addReplyBool)."""
    if resp == 3:
        return b"#t\r\n" if truth else b"#f\r\n"
    return integer(int(truth))


def verbatim(text: bytes, extension: bytes, resp: int) -> bytes:
    """Text with a three-letter format: a bulk string in RESP2 (addReplyVerbatim)."""
    if resp == 3:
        return b"=%d\r\n%b:%b\r\n" % (len(text) + 4, extension, text)
    return bulk(text)
