"""What a client may take from the server: a place, time, and memory for what it sends and does not read.

Sources: networking.c acceptCommonHandler, checkClientOutputBufferLimits, clientsCronHandleTimeout.
"""

from typing import TYPE_CHECKING

from redproof_server.engine.client import Client
from redproof_server.protocol.replies import error
from redproof_server.replication.replicas import is_replica

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

TOO_MANY_CLIENTS = b"ERR max number of clients reached"

# What one client may be answered before the others have their turn, and the shell sends what there is.
OUTPUT_BYTES_PER_TURN = 1024 * 1024


def refuse_surplus(server: "Server", client: Client) -> bool:
    """Turn away a client that is one too many; whether it was (acceptCommonHandler)."""
    if len(server.clients) <= server.config.integer("maxclients"):
        return False
    server.stats.rejected_connections += 1
    client.output.append(error(TOO_MANY_CLIENTS))
    client.closing = True
    return True


def is_over_input_limit(server: "Server", client: Client) -> bool:
    """Whether a client has sent too much that could not be run yet (processInputBuffer)."""
    waiting_bytes = client.unread_bytes + client.pending_bytes
    return waiting_bytes > server.config.integer("client-query-buffer-limit")


def is_over_output_limit(server: "Server", client: Client, unsent_bytes: int) -> bool:
    """Whether a client that reads too slowly is to be dropped (checkClientOutputBufferLimits)."""
    client_class = "slave" if is_replica(client) else "pubsub" if client.is_subscribed else "normal"
    hard_bytes, soft_bytes, soft_seconds = server.config.output_limit(client_class)
    if hard_bytes and client_class == "slave" and server.version.output_limit_allows_backlog:
        hard_bytes = max(hard_bytes, server.config.integer("repl-backlog-size"))
    if hard_bytes and unsent_bytes >= hard_bytes:
        return True
    if not soft_bytes or unsent_bytes < soft_bytes:
        client.over_limit_since_ms = None
        return False
    if client.over_limit_since_ms is None:
        client.over_limit_since_ms = server.now_ms
        return False
    return server.now_ms - client.over_limit_since_ms > soft_seconds * 1000


def close_idle(server: "Server") -> None:
    """Close the clients that have been silent for too long (clientsCronHandleTimeout)."""
    timeout_ms = server.config.integer("timeout") * 1000
    if not timeout_ms:
        return
    for client in list(server.clients.values()):
        is_exempt = client.wait is not None or client.is_subscribed or client.is_master or is_replica(client)
        if not is_exempt and server.now_ms - client.active_ms > timeout_ms:
            server.abort(client)
