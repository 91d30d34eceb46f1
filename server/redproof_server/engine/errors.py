"""Errors that commands answer with. The text starts with the error's code, as on the wire."""


class CommandError(Exception):
    """A command refuses: `message` becomes the error reply."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self.message = message


WRONG_TYPE = b"WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = b"ERR syntax error"
NOT_AN_INTEGER = b"ERR value is not an integer or out of range"
NOT_A_FLOAT = b"ERR value is not a valid float"
OUT_OF_RANGE = b"ERR value is out of range"
INDEX_OUT_OF_RANGE = b"ERR index out of range"
WRONG_ARITY = b"ERR wrong number of arguments for '%b' command"
NO_SUCH_KEY = b"ERR no such key"
OVERFLOW = b"ERR increment or decrement would overflow"
AUTH_REQUIRED = b"NOAUTH Authentication required."
EXEC_ABORT = b"EXECABORT Transaction discarded because of previous errors."
EXEC_ABORT_REASON = b"EXECABORT Transaction discarded because of: %b"
