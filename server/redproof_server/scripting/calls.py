"""Commands that scripts run (script.c scriptCall)."""

from dataclasses import dataclass

from redproof_server.engine.client import Client
from redproof_server.engine.command import MAY_REPLICATE, NOSCRIPT, WRITE, Command
from redproof_server.engine.errors import CommandError
from redproof_server.protocol.requests import Request
from redproof_server.scripting.dialect import Dialect


@dataclass(slots=True)
class Run:
    """The script that is running: who called it, the client that its commands run as, what it may do."""

    caller: Client
    client: Client
    read_only: bool


class RefusedError(Exception):
    """A command was not run; `message` has no code."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self.message = message


def start_run(caller: Client, script_client: Client, read_only: bool) -> Run:
    """Prepare the client of a script: it works in its caller's database and speaks RESP2 (scriptPrepareForRun)."""
    script_client.db = caller.db
    script_client.resp = 2
    return Run(caller, script_client, read_only)


def run_command(run: Run, request: Request, dialect: Dialect) -> bytes:
    """Run a command for a script; the encoded reply.

    Raises:
        RefusedError: the command does not exist, is not allowed in scripts or not in this one.
    """
    server = run.client.server
    command = find_command(run, request)
    if command is None:
        raise RefusedError(dialect.unknown_command)
    if not command.accepts(len(request)):
        raise RefusedError(dialect.wrong_arity)
    if command.flags & NOSCRIPT:
        raise RefusedError(dialect.not_allowed)
    if run.read_only and command.flags & (WRITE | MAY_REPLICATE):
        raise RefusedError(dialect.read_only)
    return server.execute(run.client, command, request)


def find_command(run: Run, request: Request) -> Command | None:
    """The command that a script names, or None."""
    try:
        return run.client.server.find_command(request)
    except CommandError:
        return None
