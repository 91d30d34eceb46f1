"""The request parser: bytes in any pieces in, requests out, or one protocol error.

`RequestParser` reads the protocol alone. Given a `BatchReader` it lets hiredis read whole batches of
well-formed requests, and reads itself what that gives up on.
Source: networking.c processInputBuffer, processMultibulkBuffer, processInlineBuffer.
"""

from redproof_server.protocol.fast import SINGLE_BYTES_MAX, BatchReader, read_single
from redproof_server.protocol.inline import split_words
from redproof_server.protocol.numbers import parse_int64

Request = list[bytes]

INLINE_BYTES_MAX = 64 * 1024
UNAUTHENTICATED_ARGUMENTS_MAX = 10
UNAUTHENTICATED_BULK_BYTES_MAX = 16384


class ProtocolError(Exception):
    """The client broke the protocol: the message is answered, and the connection is closed."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self.message = message


class RequestLimits:
    """Lengths above which a request is refused, shared by all parsers of a server."""

    __slots__ = ("arguments_max", "bulk_bytes_max")

    def __init__(self, arguments_max: int, bulk_bytes_max: int) -> None:
        self.arguments_max = arguments_max
        self.bulk_bytes_max = bulk_bytes_max


class RequestParser:
    """Requests of one connection.

    `receive` takes bytes and returns the requests that are complete; `rest` is what is left to be read, and `error`
    is set when it breaks the protocol. Without `batches` everything is read here, with the same results.
    """

    __slots__ = (
        "_arguments",
        "_batches",
        "_bulk_bytes",
        "_limits",
        "_missing",
        "_position",
        "error",
        "rest",
    )

    def __init__(self, limits: RequestLimits, batches: BatchReader | None = None) -> None:
        self.error: ProtocolError | None = None
        self._limits = limits
        self._batches = batches
        self.rest = bytearray()
        self._position = 0
        self._arguments: Request = []
        self._missing = 0
        self._bulk_bytes = -1

    def receive(self, data: bytes, authenticated: bool = True) -> list[Request]:
        """The requests that are complete once `data` has arrived.

        Lengths are limited more tightly until the client is authenticated, so that one request at a time is
        returned to a client that is not: call again with no data for the next.
        """
        if not authenticated or self._batches is None:
            self.rest += data
            return self._read(authenticated, None if authenticated else 1)
        within_request = bool(self.rest or self._missing)
        if len(data) < SINGLE_BYTES_MAX and not within_request:
            request = read_single(data)
            if request is not None:
                return [request]
        requests: list[Request] = []
        if within_request:
            self.rest += data
            requests = self._read(authenticated, 1)
            if not requests:
                return requests
            data = bytes(self.rest)
            self.rest.clear()
        batch, consumed_bytes = self._batches.read(data)
        if requests:
            batch = requests + batch
        if consumed_bytes == len(data):
            return batch
        self.rest += data[consumed_bytes:] if consumed_bytes else data
        return batch + self._read(authenticated, None)

    def next_request(self) -> Request | None:
        """The next request in `rest`, of an authenticated client, or None: `rest` then begins behind it, or within
        one that is not complete."""
        requests = self._read(True, 1)
        return requests[0] if requests else None

    def _read(self, authenticated: bool, requests_max: int | None) -> list[Request]:
        requests: list[Request] = []
        while self.error is None and self._position < len(self.rest) and len(requests) != requests_max:
            try:
                request = self._next_request(authenticated)
            except ProtocolError as error:
                self.error = error
                break
            if request is None:
                break
            if request:
                requests.append(request)
        del self.rest[: self._position]
        self._position = 0
        return requests

    def _next_request(self, authenticated: bool) -> Request | None:
        if not self._missing:
            if self.rest[self._position] != ord("*"):
                return self._inline_request()
            count = self._array_length(authenticated)
            if count is None:
                return None
            if count <= 0:
                return []
            self._missing = count
            self._arguments = []
        return self._bulk_arguments(authenticated)

    def _inline_request(self) -> Request | None:
        end = self._find(b"\n", b"too big inline request")
        if end is None:
            return None
        line = bytes(self.rest[self._position : end]).removesuffix(b"\r")
        words = split_words(line)
        if words is None:
            raise ProtocolError(b"unbalanced quotes in request")
        self._position = end + 1
        return words

    def _array_length(self, authenticated: bool) -> int | None:
        line = self._header_line(b"too big mbulk count string")
        if line is None:
            return None
        count = parse_int64(line[1:])
        if count is None or count > self._limits.arguments_max:
            raise ProtocolError(b"invalid multibulk length")
        if count > UNAUTHENTICATED_ARGUMENTS_MAX and not authenticated:
            raise ProtocolError(b"unauthenticated multibulk length")
        self._position += len(line) + 2
        return count

    def _bulk_arguments(self, authenticated: bool) -> Request | None:
        while self._missing:
            if self._bulk_bytes < 0 and not self._bulk_length(authenticated):
                return None
            start, end = self._position, self._position + self._bulk_bytes
            if len(self.rest) < end + 2:
                return None
            self._arguments.append(bytes(self.rest[start:end]))
            self._position = end + 2
            self._bulk_bytes = -1
            self._missing -= 1
        return self._arguments

    def _bulk_length(self, authenticated: bool) -> bool:
        line = self._header_line(b"too big bulk count string")
        if line is None:
            return False
        if line[:1] != b"$":
            got = self.rest[self._position]
            raise ProtocolError(b"expected '$', got '%c'" % got)
        length = parse_int64(line[1:])
        if length is None or not 0 <= length <= self._limits.bulk_bytes_max:
            raise ProtocolError(b"invalid bulk length")
        if length > UNAUTHENTICATED_BULK_BYTES_MAX and not authenticated:
            raise ProtocolError(b"unauthenticated bulk length")
        self._position += len(line) + 2
        self._bulk_bytes = length
        return True

    def _header_line(self, too_long: bytes) -> bytes | None:
        """The line at the position without its two line-break bytes; only the first is looked at, as in Redis."""
        end = self._find(b"\r", too_long)
        if end is None or end + 2 > len(self.rest):
            return None
        return bytes(self.rest[self._position : end])

    def _find(self, line_break: bytes, too_long: bytes) -> int | None:
        """Where the line ends. A NUL hides a line break behind it: Redis looks with strchr."""
        end = self.rest.find(line_break, self._position)
        if end < 0 or self.rest.find(b"\0", self._position, end) >= 0:
            if len(self.rest) - self._position > INLINE_BYTES_MAX:
                raise ProtocolError(too_long)
            return None
        return end
