"""Where a server listens, and how a socket to it is opened."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TypeAlias

from redproof_properties.errors import TargetUnreachable


@dataclass(frozen=True, slots=True)
class UnixAddress:
    """A unix socket."""

    path: str

    def __str__(self) -> str:
        return f"unix://{self.path}"


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """A host and port, with or without TLS."""

    host: str
    port: int
    tls: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'rediss' if self.tls else 'redis'}://{host}:{self.port}"


Address: TypeAlias = UnixAddress | TcpAddress


def open_socket(address: Address, timeout_ms: int) -> socket.socket:
    """Connect to a server, with the TLS handshake where the address asks for it.

    Certificates are judged by the system's trust, or what `SSL_CERT_FILE` names.
    Raises `TargetUnreachable` when nobody answers there.
    """
    try:
        return _connect(address, timeout_ms / 1000)
    except ssl.SSLError as error:
        raise TargetUnreachable(f"{address}: the TLS handshake failed: {error.reason or error}") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetUnreachable(f"{address}: {reason}. Is a server running there, and is the address right?") from error


def _connect(address: Address, timeout_s: float) -> socket.socket:
    if isinstance(address, TcpAddress):
        connected = socket.create_connection((address.host, address.port), timeout_s)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _wrap_tls(connected, address.host) if address.tls else connected
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(timeout_s)
    try:
        connected.connect(address.path)
    except OSError:
        connected.close()
        raise
    return connected


def _wrap_tls(plain: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise
