"""EVAL, EVALSHA, their read-only forms, and SCRIPT."""

from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ALLOW_BUSY,
    LOADING,
    MAY_REPLICATE,
    MOVABLE_KEYS,
    NO_MANDATORY_KEYS,
    NOSCRIPT,
    READONLY,
    SKIP_MONITOR,
    STALE,
    command,
    container,
)
from redproof_server.engine.errors import CommandError
from redproof_server.engine.server import Server
from redproof_server.protocol.replies import OK, array, bulk, integer
from redproof_server.scripting.scripts import Scripts

NO_SCRIPT = b"NOSCRIPT No matching script. Please use EVAL."
NOT_BUSY = b"NOTBUSY No scripts in execution right now."
SHA_BYTES = 40
EVAL_FLAGS_62 = NOSCRIPT | SKIP_MONITOR | MAY_REPLICATE | NO_MANDATORY_KEYS | MOVABLE_KEYS
EVAL_FLAGS = EVAL_FLAGS_62 | STALE
EVAL_RO_FLAGS = NOSCRIPT | READONLY | SKIP_MONITOR | NO_MANDATORY_KEYS | STALE | MOVABLE_KEYS


def scripts_of(server: Server) -> Scripts:
    """The server's scripts; their interpreter starts with the first."""
    if server.scripts is None:
        server.scripts = Scripts(server)
    return server.scripts


def split_keys(args: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Keys and arguments after their number."""
    count = read_integer(args[2])
    if count > len(args) - 3:
        raise CommandError(b"ERR Number of keys can't be greater than number of args")
    if count < 0:
        raise CommandError(b"ERR Number of keys can't be negative")
    return args[3 : 3 + count], args[3 + count :]


def run_script(client: Client, args: list[bytes], by_sha: bool, read_only: bool) -> bytes:
    """Run a script given by its text or its SHA1 (evalGenericCommand)."""
    if by_sha and len(args[1]) != SHA_BYTES:
        raise CommandError(NO_SCRIPT)
    keys, arguments = split_keys(args)
    scripts = scripts_of(client.server)
    if not by_sha:
        sha = scripts.load(args[1])
    elif args[1] in scripts:
        sha = args[1].lower()
    else:
        raise CommandError(NO_SCRIPT)
    return scripts.run(client, sha, keys, arguments, read_only)


@command("eval", arity=-3, flags=EVAL_FLAGS, since="7.0")
@command("eval", arity=-3, flags=EVAL_FLAGS_62, until="6.2")
def eval_(client: Client, args: list[bytes]) -> bytes:
    """EVAL script numkeys [key ...] [arg ...] (eval.c evalCommand)."""
    return run_script(client, args, by_sha=False, read_only=False)


@command("evalsha", arity=-3, flags=EVAL_FLAGS, since="7.0")
@command("evalsha", arity=-3, flags=EVAL_FLAGS_62, until="6.2")
def evalsha(client: Client, args: list[bytes]) -> bytes:
    """EVALSHA sha1 numkeys [key ...] [arg ...] (eval.c evalShaCommand)."""
    return run_script(client, args, by_sha=True, read_only=False)


@command("eval_ro", arity=-3, flags=EVAL_RO_FLAGS, since="7.0")
def eval_ro(client: Client, args: list[bytes]) -> bytes:
    """EVAL_RO script numkeys [key ...] [arg ...] (eval.c evalRoCommand)."""
    return run_script(client, args, by_sha=False, read_only=True)


@command("evalsha_ro", arity=-3, flags=EVAL_RO_FLAGS, since="7.0")
def evalsha_ro(client: Client, args: list[bytes]) -> bytes:
    """EVALSHA_RO sha1 numkeys [key ...] [arg ...] (eval.c evalShaRoCommand)."""
    return run_script(client, args, by_sha=True, read_only=True)


container("script", refuse_subcommand, flags=NOSCRIPT | MAY_REPLICATE)


@command("script|load", arity=3, flags=NOSCRIPT | STALE)
def script_load(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT LOAD script (eval.c scriptCommand)."""
    sha = scripts_of(client.server).load(args[2])
    if client.server.version.script_cache_is_propagated:
        client.server.propagation.force()
    return bulk(sha)


@command("script|exists", arity=-2, flags=NOSCRIPT, until="6.2")
@command("script|exists", arity=-3, flags=NOSCRIPT, since="7.0")
def script_exists(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT EXISTS sha1 [sha1 ...] (eval.c scriptCommand)."""
    scripts = client.server.scripts
    return array([integer(int(scripts is not None and sha in scripts)) for sha in args[2:]])


@command("script|flush", arity=-2, flags=NOSCRIPT)
def script_flush(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT FLUSH [ASYNC|SYNC] (eval.c scriptCommand)."""
    if len(args) > 3 or (len(args) == 3 and args[2].lower() not in (b"sync", b"async")):
        raise CommandError(b"ERR SCRIPT FLUSH only support SYNC|ASYNC option")
    if client.server.scripts is not None:
        client.server.scripts.flush()
    client.server.dirty += client.server.version.script_cache_is_propagated
    return OK


@command("script|kill", arity=2, flags=NOSCRIPT | ALLOW_BUSY)
def script_kill(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT KILL (script.c scriptKill): no script can be running while a command is."""
    raise CommandError(NOT_BUSY)


@command("script|debug", arity=3, flags=NOSCRIPT)
def script_debug(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT DEBUG YES|SYNC|NO (eval.c scriptCommand): there is no debugger."""
    if args[2].lower() == b"no":
        return OK
    if args[2].lower() in (b"yes", b"sync"):
        raise CommandError(b"ERR this server has no script debugger")
    raise CommandError(b"ERR Use SCRIPT DEBUG YES/SYNC/NO")


HELP = b"""\
DEBUG (YES|SYNC|NO)
    Refused but for NO: there is no debugger.
EXISTS <sha1> [<sha1> ...]
    Tell which scripts are in the cache.
FLUSH [ASYNC|SYNC]
    Empty the cache.
KILL
    Stop the script that runs: never possible here, where nothing is served while a script runs.
LOAD <script>
    Put a script into the cache; returns its SHA1."""


@command("script|help", arity=2, flags=LOADING | STALE)
def script_help(client: Client, args: list[bytes]) -> bytes:
    """SCRIPT HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
