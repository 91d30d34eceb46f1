"""Hosts into addresses, and which of the two is shown (sentinel.c createSentinelAddr)."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address

from redproof_server.sentinel.instances import Address

PORT_MAX = 65535
# From a host to its IP address, or None where nobody knows it.
Resolve = Callable[[str], str | None]


class InstanceError(Exception):
    """An instance cannot be entered; the text is what Redis answers (sentinelCheckCreateInstanceErrors)."""


@lru_cache
def literal(host: str) -> str | None:
    """The IP address that a host is spelled as, or None."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


class Addresses:
    """How addresses are resolved and shown. Names of hosts are looked up by the shell, only if that is wanted."""

    def __init__(self, look_up: Resolve) -> None:
        self._look_up = look_up
        self.resolve_hostnames = False
        self.announce_hostnames = False

    def resolve(self, host: str) -> str | None:
        """The IP address of a host, or None (anetResolve)."""
        found = literal(host)
        return self._look_up(host) if found is None and self.resolve_hostnames else found

    def make(self, host: str, port: int, accepts_unresolved: bool = False) -> Address:
        """The address of an instance.

        Raises:
            InstanceError: the port is none, or the host is unknown.
        """
        if not 0 <= port <= PORT_MAX:
            raise InstanceError("Invalid port number.")
        ip = self.resolve(host)
        if ip is None and not (self.resolve_hostnames and accepts_unresolved):
            raise InstanceError("Can't resolve instance hostname.")
        return Address(host, ip or "", port)

    def is_at(self, address: Address, host: str) -> bool:
        """Whether a host is that of an address (sentinelAddrEqualsHostname)."""
        ip = self.resolve(host)
        if ip is None:
            own = address.host if self.resolve_hostnames else address.ip
            return own.lower() == host.lower()
        return address.ip.lower() == ip.lower()

    def shown(self, address: Address) -> str:
        """The host as others are told (announceSentinelAddr)."""
        return address.host if self.announce_hostnames else address.ip

    def shown_with_port(self, address: Address) -> str:
        """Host and port, as replicas are named (announceSentinelAddrAndPort)."""
        host = self.shown(address)
        return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
