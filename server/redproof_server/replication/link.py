"""The connection that a replica opens to its master, as the shell is to make it."""

from redproof_server.protocol.fast import encode_request


class Link:
    """A connection to `host` and `port`. The shell opens it, writes `output`, and closes it once `is_closed`.

    `rest` is what has come and was not read yet.
    """

    __slots__ = ("host", "is_closed", "local_address", "output", "port", "rest")

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.output: list[bytes] = []
        self.rest = bytearray()
        self.is_closed = False
        self.local_address = b""

    def send(self, *words: bytes) -> None:
        """Send a command (sendCommand)."""
        self.output.append(encode_request(list(words)))

    def take_output(self) -> bytes:
        """The bytes to write now."""
        output = self.output[0] if len(self.output) == 1 else b"".join(self.output)
        self.output.clear()
        return output

    def read_line(self) -> bytes | None:
        """A line that has come, without its end, or None (connSyncReadLine)."""
        line, found, rest = self.rest.partition(b"\n")
        if not found:
            return None
        self.rest = rest
        return bytes(line.removesuffix(b"\r"))
