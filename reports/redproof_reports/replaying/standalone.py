"""Commands out, and replies as lines of text that keep their types apart: all that a standalone test needs of RESP.

The text of this module is copied into the tests that are written, so it needs nothing but Python. Each type is shown as
`redproof_properties.divergence.render` shows it.
"""

# copied from here
from __future__ import annotations

import os
import re
import socket
from urllib.parse import unquote, urlsplit

SEEN = {"CURSOR": b"0", "DUMP": b"", "ID": b"0-1", "CLIENT": b"0"}
"""What earlier replies told, for the arguments that only they tell."""

_TELLS = {b"SCAN": "CURSOR", b"HSCAN": "CURSOR", b"SSCAN": "CURSOR", b"ZSCAN": "CURSOR", b"DUMP": "DUMP", b"XADD": "ID"}
_NULLS = {b"$": "(nil)", b"*": "(nil array)"}
_LISTS = {b"*": "", b"~": "(set) ", b">": "(push) "}
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


class Client:
    """A connection to the server at REDIS_URL, which speaks RESP `resp`, 2 or 3."""

    def __init__(self, resp: int = 2, timeout_s: float = 10.0) -> None:
        url = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
        if url.scheme == "unix":
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(url.path)
        else:
            self._socket = socket.create_connection((url.hostname, url.port or 6379))
        self._socket.settimeout(timeout_s)
        self._file = self._socket.makefile("rb")
        self._first: bytes | None = None
        if url.password is not None:
            self.call(b"AUTH", *(unquote(part).encode() for part in (url.username, url.password) if part))
        if resp == 3:
            self.call(b"HELLO", b"3")

    def close(self) -> None:
        """Close the connection."""
        self._file.close()
        self._socket.close()

    def call(self, *argv: bytes | str) -> str | None:
        """Send a command, where a name stands for what was SEEN; its reply, None if none comes."""
        words = [SEEN[word] if isinstance(word, str) else word for word in argv]
        lengths = (b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        self._first = None
        try:
            self._socket.sendall(b"*%d\r\n%s" % (len(words), b"".join(lengths)))
            shown = self._read()
        except OSError:
            return None
        name = words[0].upper()
        told = "CLIENT" if name == b"CLIENT" and words[1].upper() == b"ID" else _TELLS.get(name)
        if told is not None and self._first is not None:
            SEEN[told] = self._first
        return shown

    def _read(self) -> str:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, text = line[:1], line[1:-2].decode("latin-1")
        if kind in _NULLS and text == "-1":
            return _NULLS[kind]
        if kind in _LISTS:
            return f"{_LISTS[kind]}[{', '.join(self._read() for _ in range(int(text)))}]"
        if kind == b"%":
            return "{" + ", ".join(f"{self._read()}: {self._read()}" for _ in range(int(text))) + "}"
        if kind in b"$=":
            content = self._file.read(int(text) + 2)[:-2]
            self._first = content if self._first is None else self._first
            return _quoted(content) if kind == b"$" else f"(verbatim {content[:3].decode()}) {_quoted(content[4:])}"
        if kind == b":" and self._first is None:
            self._first = text.encode()
        return {
            b"+": f"(status) {text}",
            b"-": f"(error) {text}",
            b":": f"(integer) {text}",
            b",": f"(double) {text}",
            b"(": f"(bignumber) {text}",
            b"#": f"(boolean) {'true' if text == 't' else 'false'}",
            b"_": "(null)",
        }[kind]


def _quoted(content: bytes) -> str:
    """Bytes in double quotes, as redis-cli shows them."""
    shown = re.sub(r'[\n\r\t"\\]', lambda match: _ESCAPES[match[0]], content.decode("latin-1"))
    return '"' + re.sub(r"[^ -~]", lambda match: f"\\x{ord(match[0]):02x}", shown) + '"'
