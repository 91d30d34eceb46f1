"""Telling a node whom to replicate (sentinelSendSlaveOf)."""

from typing import TYPE_CHECKING

from redproof_server.sentinel.instances import Address, Node

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

NO_ONE = ["NO", "ONE"]


def send(sentinel: "Sentinel", node: Node, address: Address | None) -> bool:
    """Let a node replicate the one at an address, or none; whether there is a connection over which to say so.

    In one transaction it becomes so, writes its configuration and drops its clients, who are to ask anew where the
    master is.
    """
    whom = NO_ONE if address is None else [sentinel.shown(address), str(address.port)]
    commands = [
        ["MULTI"],
        ["SLAVEOF", *whom],
        ["CONFIG", "REWRITE"],
        ["CLIENT", "KILL", "TYPE", "normal"],
        ["CLIENT", "KILL", "TYPE", "pubsub"],
        ["EXEC"],
    ]
    return all(sentinel.links.send(node, command) for command in commands)
