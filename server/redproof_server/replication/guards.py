"""What a role refuses to clients (server.c processCommand)."""

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from redproof_server.engine.command import MAY_REPLICATE, READONLY, STALE, WRITE, Command, Flag, has_any
from redproof_server.engine.errors import CommandError
from redproof_server.protocol.requests import Request
from redproof_server.replication.replicas import is_replica
from redproof_server.scripting.dialect import dialect_of
from redproof_server.scripting.shebang import ALLOW_STALE, NO_WRITES, read_shebang

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server

NO_REPLICAS = b"NOREPLICAS Not enough good replicas to write."
READ_ONLY = b"READONLY You can't write against a read only replica."
ABOUT_KEYS = WRITE | READONLY | MAY_REPLICATE
FUNCTION_CALLS = frozenset([b"fcall", b"fcall_ro"])
SCRIPT_CALLS = {b"eval": False, b"eval_ro": False, b"evalsha": True, b"evalsha_ro": True}
"""By name, and whether the script is told by its SHA1."""
MASTER_DOWN = b"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."


def flags_of(client: "Client", command: Command, request: Request) -> Flag:
    """The flags of a command with what it calls; of EXEC all that the queued ones have, but STALE only if all have it
    (getCommandFlags)."""
    flags = _called_flags(client.server, command, request)
    if command.name == b"exec" and client.transaction is not None:
        called = [_called_flags(client.server, queued, words) for queued, words in client.transaction.queue]
        flags = reduce(or_, called, flags)
        if not all(each & STALE for each in called):
            flags &= ~STALE
    return flags


def _called_flags(server: "Server", command: Command, request: Request) -> Flag:
    """The flags of a command, of which a function or a script that declares some has its own."""
    if not server.version.subcommands_have_arity:
        command = server.commands[command.name.partition(b"|")[0]]
    if command.name in FUNCTION_CALLS:
        function = server.libraries.functions.get(request[1].lower()) if server.libraries is not None else None
        declared = None if function is None else function.flags
    elif command.name in SCRIPT_CALLS:
        declared = _declared_by_script(server, request[1], SCRIPT_CALLS[command.name])
    else:
        return command.flags
    if declared is None:
        return command.flags
    writes = Flag.NONE if NO_WRITES in declared else WRITE
    stale = STALE if ALLOW_STALE in declared else Flag.NONE
    return command.flags & ~(STALE | WRITE | MAY_REPLICATE) | writes | stale


def _declared_by_script(server: "Server", text: bytes, by_sha: bool) -> frozenset[bytes] | None:
    """The flags in the first line of a script that is known or told; None without a right one (evalGetCommandFlags)."""
    if not dialect_of(server.version).has_shebang:
        return None
    if by_sha:
        return None if server.scripts is None else server.scripts.flags_of(text)
    try:
        return read_shebang(text)[0]
    except CommandError:
        return None


def check_saved(client: "Client", is_refused: bool) -> None:
    """Refuse a write, or a PING, while no snapshot can be saved (writeCommandsDeniedByDiskError).

    Raises:
        CommandError: MISCONF.
    """
    server = client.server
    minds = server.replication.is_master or server.version.replicas_mind_unsaved
    if is_refused and minds and server.saving.denies_writes and not client.is_master:
        raise CommandError(server.version.unsaved)


def check_write(client: "Client", flags: Flag) -> None:
    """Refuse a write that too few replicas would get, or that only the master may send.

    Raises:
        CommandError: NOREPLICAS or READONLY.
    """
    if not has_any(flags, WRITE):
        return
    server = client.server
    replication, config = server.replication, server.config
    if replication.is_master:
        wanted = config.integer("min-replicas-to-write")
        if replication.wants_good_replicas and replication.good_replicas < wanted:
            raise CommandError(NO_REPLICAS)
    elif config.is_yes("replica-read-only") and not client.is_master:
        raise CommandError(READ_ONLY)


def serves_no_stale_data(client: "Client") -> bool:
    """Whether the data may be old, and is not to be shown then."""
    server = client.server
    is_current = server.replication.is_master or server.replication.upstream.is_connected
    return not is_current and not server.config.is_yes("replica-serve-stale-data")


def check_freshness(client: "Client", flags: Flag) -> None:
    """Refuse to answer from data that may be old.

    Raises:
        CommandError: MASTERDOWN.
    """
    if not has_any(flags, STALE) and serves_no_stale_data(client):
        raise CommandError(MASTER_DOWN)


def check_script(caller: "Client", writes: bool, allows_stale: bool) -> None:
    """Refuse a script for what it may do (scriptPrepareForRun).

    Raises:
        CommandError: MISCONF, MASTERDOWN, NOREPLICAS or READONLY.
    """
    if writes:
        check_saved(caller, is_refused=True)
        check_write(caller, WRITE)
    if not allows_stale and serves_no_stale_data(caller):
        raise CommandError(MASTER_DOWN)


def drop_if_answered(client: "Client") -> None:
    """Close a replica's connection if versions do that where it is answered (_addReplyToBufferOrList)."""
    if is_replica(client) and client.server.version.answered_replicas_are_dropped:
        client.server.abort(client)


def check_replica(client: "Client", flags: Flag) -> None:
    """Refuse commands about keys to a connection over which a replica is served.

    Raises:
        CommandError: it asks for one.
    """
    if is_replica(client) and has_any(flags, ABOUT_KEYS):
        raise CommandError(client.server.version.replica_interacts)
