"""Commands that scripts run (script.c scriptCall)."""

from dataclasses import dataclass

from redproof_server.engine.client import Client
from redproof_server.engine.command import MAY_REPLICATE, NOSCRIPT, STALE, WRITE, Command
from redproof_server.engine.errors import CommandError
from redproof_server.protocol.requests import Request
from redproof_server.replication import guards
from redproof_server.scripting.dialect import Dialect

STALE_REPLICA = b"Can not execute the command on a stale replica"
REPL_NONE, REPL_AOF, REPL_REPLICA = 0, 1, 2
REPL_ALL = REPL_AOF | REPL_REPLICA


@dataclass(slots=True)
class Run:
    """The script that is running: who called it, the client that its commands run as, what it may do.

    `repl` is where its commands are propagated to, as it may choose; `has_written` once it has called one that may
    write, `has_opened` once MULTI was propagated for it.
    """

    caller: Client
    client: Client
    read_only: bool
    repl: int = REPL_ALL
    has_written: bool = False
    has_opened: bool = False


class RefusedError(Exception):
    """A command was not run; `message` has no code."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message)
        self.message = message


def start_run(caller: Client, script_client: Client, read_only: bool) -> Run:
    """Prepare the client of a script: it works in its caller's database and speaks RESP2 (scriptPrepareForRun).

    What the script does is propagated, not the command that runs it.
    """
    script_client.db = caller.db
    script_client.resp = 2
    caller.server.propagation.prevent()
    return Run(caller, script_client, read_only)


def end_run(run: Run) -> None:
    """The script is over: propagate the end of what belongs together (scriptResetRun, evalGenericCommand)."""
    propagation = run.caller.server.propagation
    propagation.is_muted = False
    if run.has_opened:
        propagation.close_script(run.caller.db.index)


def set_repl(run: Run, repl: int) -> None:
    """Choose where the commands that follow are propagated to (scriptSetRepl)."""
    run.repl = repl
    run.client.server.propagation.is_muted = not repl & REPL_REPLICA


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
    if server.is_guarded:
        check_role(run, command, dialect)
    run.has_written = run.has_written or bool(command.flags & WRITE)
    if run.has_written and not run.has_opened and run.repl != REPL_NONE:
        run.has_opened = server.propagation.open_script(run.caller.db.index)
    return server.execute(run.client, command, request)


def check_role(run: Run, command: Command, dialect: Dialect) -> None:
    """Refuse a command that the role of the server forbids, to those who come from a client
    (scriptVerifyWriteCommandAllow, scriptVerifyAllowStale)."""
    try:
        if not run.has_written:
            guards.check_saved(run.caller, bool(command.flags & WRITE))
            guards.check_write(run.caller, command.flags)
    except CommandError as refusal:
        raise RefusedError(dialect.role_refused % refusal.message) from None
    if guards.serves_no_stale_data(run.caller) and not command.flags & STALE:
        raise RefusedError(STALE_REPLICA)


def find_command(run: Run, request: Request) -> Command | None:
    """The command that a script names, or None."""
    try:
        return run.client.server.find_command(request)
    except CommandError:
        return None
