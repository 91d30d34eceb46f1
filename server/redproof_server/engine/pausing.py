"""CLIENT PAUSE: requests that are put off until the pause ends (networking.c pauseClients, blockPostponeClient)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.engine.blocking import Wait
from redproof_server.engine.client import Client
from redproof_server.engine.command import MAY_REPLICATE, WRITE, Command
from redproof_server.protocol.replies import NO_REPLY
from redproof_server.protocol.requests import Request
from redproof_server.replication.replicas import is_replica

if TYPE_CHECKING:
    from redproof_server.engine.server import Server


BY_COMMAND, FAILOVER = "CLIENT PAUSE", "FAILOVER"


@dataclass(slots=True)
class Pause:
    """Until when clients wait, and whether only for what may change data."""

    end_ms: int
    writes_only: bool

    def extended(self, other: "Pause") -> "Pause":
        """A pause that lasts as long as either and is as strict as either."""
        return Pause(max(self.end_ms, other.end_ms), self.writes_only and other.writes_only)


def pause(server: "Server", end_ms: int, writes_only: bool, purpose: str = BY_COMMAND) -> None:
    """Start a pause, or make the one that lasts longer and stricter; versions differ in whether there is one for each
    purpose (pauseClients)."""
    pauses, wanted = server.blocking.pauses, Pause(end_ms, writes_only)
    if not server.version.pauses_have_purposes:
        purpose = BY_COMMAND
    pauses[purpose] = wanted if purpose not in pauses else pauses[purpose].extended(wanted)
    server.refresh_guards()


def unpause(server: "Server", purpose: str = BY_COMMAND) -> None:
    """End the pause for a purpose: what was put off and is not for another runs (unpauseClients)."""
    server.blocking.pauses.pop(purpose if server.version.pauses_have_purposes else BY_COMMAND, None)
    server.refresh_guards()
    for client in list(server.blocking.clients):
        if client.postponed is not None:
            server.blocking.unblock(client)


def end_if_over(server: "Server") -> bool:
    """End the pauses whose time is over; whether there is none now (checkClientPauseTimeoutAndReturnIfPaused)."""
    pauses = server.blocking.pauses
    for purpose in [purpose for purpose, one in pauses.items() if one.end_ms <= server.now_ms]:
        unpause(server, purpose)
    return not pauses


def must_wait(server: "Server", client: Client, command: Command) -> bool:
    """Whether a request is put off now."""
    if end_if_over(server) or is_replica(client):
        return False
    return any(not one.writes_only for one in server.blocking.pauses.values()) or may_write(client, command)


def may_write(client: Client, command: Command) -> bool:
    """Whether a command, or what EXEC would run, may change data or reach replicas."""
    commands = [command]
    if command.name == b"exec" and client.transaction is not None:
        commands = [queued for queued, _ in client.transaction.queue]
    return any(one.flags & (WRITE | MAY_REPLICATE) for one in commands)


def postpone(server: "Server", client: Client, request: Request) -> None:
    """Suspend the client: its request runs again once the pause is over."""
    client.postponed = request
    end_ms = max(one.end_ms for one in server.blocking.pauses.values())
    wait = Wait(client.db, [], bytes, end_ms, lambda key: None, NO_REPLY)
    server.blocking.block(client, wait)
