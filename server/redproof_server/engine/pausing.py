"""CLIENT PAUSE: requests that are put off until the pause ends (networking.c pauseClients, blockPostponeClient)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.engine.blocking import Wait
from redproof_server.engine.client import Client
from redproof_server.engine.command import MAY_REPLICATE, WRITE, Command
from redproof_server.protocol.replies import NO_REPLY
from redproof_server.protocol.requests import Request

if TYPE_CHECKING:
    from redproof_server.engine.server import Server


@dataclass(slots=True)
class Pause:
    """Until when clients wait, and whether only for what may change data."""

    end_ms: int
    writes_only: bool


def pause(server: "Server", end_ms: int, writes_only: bool) -> None:
    """Start a pause, or make the one that lasts longer and stricter."""
    current = server.pause
    if current is not None:
        end_ms, writes_only = max(current.end_ms, end_ms), current.writes_only and writes_only
    server.pause = Pause(end_ms, writes_only)


def unpause(server: "Server") -> None:
    """End the pause: what was put off runs."""
    server.pause = None
    for client in list(server.blocking.clients):
        if client.postponed is not None:
            server.blocking.unblock(client)


def end_if_over(server: "Server") -> bool:
    """End a pause whose time is over; whether there is none now."""
    if server.pause is not None and server.pause.end_ms <= server.now_ms:
        unpause(server)
    return server.pause is None


def must_wait(server: "Server", client: Client, command: Command) -> bool:
    """Whether a request is put off now."""
    if end_if_over(server) or server.pause is None:
        return False
    return not server.pause.writes_only or may_write(client, command)


def may_write(client: Client, command: Command) -> bool:
    """Whether a command, or what EXEC would run, may change data or reach replicas."""
    commands = [command]
    if command.name == b"exec" and client.transaction is not None:
        commands = [queued for queued, _ in client.transaction.queue]
    return any(one.flags & (WRITE | MAY_REPLICATE) for one in commands)


def postpone(server: "Server", client: Client, request: Request) -> None:
    """Suspend the client: its request runs again once the pause is over."""
    assert server.pause is not None
    client.postponed = request
    wait = Wait(client.db, [], bytes, server.pause.end_ms, lambda key: None, NO_REPLY)
    server.blocking.block(client, wait)
