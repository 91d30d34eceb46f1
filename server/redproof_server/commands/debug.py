"""DEBUG SLEEP and SET-ACTIVE-EXPIRE."""

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, PROTECTED, STALE, command
from redproof_server.engine.errors import CommandError
from redproof_server.protocol.numbers import parse_float
from redproof_server.protocol.replies import OK


@command("debug", arity=-2, flags=ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED)
def debug(client: Client, args: list[bytes]) -> bytes:
    """DEBUG subcommand [argument ...] (debug.c debugCommand)."""
    handler = SUBCOMMANDS.get((args[1].lower(), len(args)))
    if handler is None:
        raise CommandError(client.server.subcommand_syntax(args))
    return handler(client, args)


def sleep(client: Client, args: list[bytes]) -> bytes:
    """DEBUG SLEEP seconds: the shell lets the whole server stand still."""
    client.server.sleep_ms += max(int((parse_float(args[2]) or 0.0) * 1000), 0)
    return OK


def set_active_expire(client: Client, args: list[bytes]) -> bytes:
    """DEBUG SET-ACTIVE-EXPIRE 0|1."""
    client.server.active_expire = read_integer(args[2]) != 0
    return OK


# By name and number of words: debugCommand is not a table of subcommands in any version.
SUBCOMMANDS = {(b"sleep", 3): sleep, (b"set-active-expire", 3): set_active_expire}
