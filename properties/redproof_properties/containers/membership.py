"""What a container is in a network of ours: its name, the address that it keeps, and how the engine is told of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from testcontainers.core.network import Network

from redproof_properties.containers.engine import Engine

NAMES_OF_THE_NETWORK: Final[Mapping[str, Any]] = {"dns_opt": ["ndots:1"], "dns_search": ["."]}
"""Lets the engine ask no name server for the name of a container that has been killed: who asks for the address of a
dead server would wait for that one's answer, Sentinel with all that it does."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A container's place in a network of ours: its name and address there, and the engine with which both end."""

    engine: Engine
    network: Network
    name: str
    host: str

    @property
    def settings(self) -> Mapping[str, Any]:
        """What a container in this place is made with, in docker-py's words."""
        name = self.network.name
        endpoint = self.engine.client.api.create_endpoint_config(aliases=[self.name], ipv4_address=self.host)
        return {"network": name, "networking_config": {name: endpoint}, **NAMES_OF_THE_NETWORK}
