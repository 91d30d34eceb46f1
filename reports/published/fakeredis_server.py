"""fakeredis's own TcpFakeServer, with statuses and errors as the protocol has them: python fakeredis_server.py PORT.

As shipped (2.41.0) it sends a bulk string as a status, so that every history ends at its first GET and nothing behind
that is seen. fakeredis itself knows which is which, but unwraps statuses before they are written. Here the
wrapping stays on until then. An error with newlines, such as the trace of Lua, is written in one line, as after it no
reply could be read any more. Every other byte of a reply is as shipped.
"""

from __future__ import annotations

import sys
from typing import Any

from fakeredis import TcpFakeServer
from fakeredis._clients import _tcp_server
from fakeredis._helpers import SimpleString
from fakeredis._socket._base import BaseFakeSocket

_decode_as_shipped = BaseFakeSocket._decode_result
_encode_as_shipped = _tcp_server.encode_reply


class Status(bytes):
    """The text of a status, on its way to where replies are written."""


def _decode(self: BaseFakeSocket, result: Any) -> Any:
    if isinstance(result, list):
        return [_decode(self, item) for item in result]
    return Status(result.value) if isinstance(result, SimpleString) else _decode_as_shipped(self, result)


def _encode(value: Any, protocol: int, nested: bool = False) -> bytes:
    if isinstance(value, Status):
        return b"+" + value + b"\r\n"
    told = _encode_as_shipped(value, protocol, nested or isinstance(value, bytes | str))
    return b" ".join(told.split()) + b"\r\n" if isinstance(value, Exception) else told


def main() -> None:
    """Serve on a port of the loopback address until the process is ended."""
    BaseFakeSocket._decode_result = _decode  # type: ignore[method-assign]
    _tcp_server.encode_reply = _encode
    TcpFakeServer(("127.0.0.1", int(sys.argv[1]))).serve_forever()


if __name__ == "__main__":
    main()
