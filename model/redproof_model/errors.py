"""The error replies that several commands share, and the exception that carries one out of a handler."""

from __future__ import annotations

from typing import Final

from redproof_model.remember import remembered
from redproof_model.reply import Error

_error = remembered(Error)


class ReplyError(Exception):
    """A command ends with an error reply; the state is as it was when the handler raised."""

    def __init__(self, text: bytes) -> None:
        self.reply = _error(text)


WRONG_TYPE: Final = b"WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX: Final = b"ERR syntax error"
NOT_INTEGER: Final = b"ERR value is not an integer or out of range"
NOT_FLOAT: Final = b"ERR value is not a valid float"
OUT_OF_RANGE: Final = b"ERR index out of range"
NOT_POSITIVE: Final = b"ERR value is out of range, must be positive"
NO_SUCH_KEY: Final = b"ERR no such key"
OVERFLOW: Final = b"ERR increment or decrement would overflow"
SAME_OBJECT: Final = b"ERR source and destination objects are the same"
DB_OUT_OF_RANGE: Final = b"ERR DB index is out of range"


def wrong_arity(name: str) -> ReplyError:
    """The error for a wrong number of arguments (`server.c` processCommand)."""
    return ReplyError(b"ERR wrong number of arguments for '%s' command" % name.lower().encode())


def one_line(text: bytes) -> bytes:
    """Make a text fit for an error line: CR and LF at its end go, others become spaces.

    (`networking.c` addReplyErrorFormatInternal, from 7.0 on; before, no such text ends in an argument.)
    """
    return without_breaks(text.rstrip(b"\r\n"))


def without_breaks(text: bytes) -> bytes:
    """Let CR and LF become spaces, as they do in an error that is not formatted (`networking.c` afterErrorReply)."""
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


@remembered
def c_string(text: bytes) -> bytes:
    """What `%s` prints of an argument: up to the first NUL."""
    return text.partition(b"\0")[0]
