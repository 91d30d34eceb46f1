"""CONFIG: the parameters of the server."""

from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, STALE, command, container
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.glob import matches
from redproof_server.engine.parameters import InvalidValueError, Row
from redproof_server.engine.stats import Stats
from redproof_server.protocol.replies import OK, bulk, mapping

FLAGS = ADMIN | NOSCRIPT | LOADING | STALE
NO_FILE = b"ERR The server is running without a config file"

container("config", refuse_subcommand, flags=FLAGS)


@command("config|get", arity=-3, flags=FLAGS)
def config_get(client: Client, args: list[bytes]) -> bytes:
    """CONFIG GET parameter [parameter ...] (config.c configGetCommand)."""
    patterns = args[2:]
    if len(patterns) > 1 and not client.server.version.config_set_many:
        raise CommandError(client.server.subcommand_syntax(args))
    items: list[bytes] = []
    for name, value in client.server.config.values.items():
        if any(is_shown(client.server.config.rows[name], pattern) for pattern in patterns):
            items += bulk(name.encode()), bulk(value.encode("utf-8", "surrogateescape"))
    return mapping(items, client.resp)


def is_shown(row: Row, pattern: bytes) -> bool:
    """Whether CONFIG GET shows a parameter for a pattern: a hidden one only for its full name."""
    name = row.name.encode()
    if row.is_hidden:
        return pattern.lower() == name
    return matches(pattern, name, ignore_case=True)


@command("config|set", arity=-4, flags=FLAGS)
def config_set(client: Client, args: list[bytes]) -> bytes:
    """CONFIG SET parameter value [parameter value ...] (config.c configSetCommand)."""
    pairs = args[2:]
    if len(pairs) > 2 and not client.server.version.config_set_many:
        raise CommandError(client.server.subcommand_syntax(args))
    if len(pairs) % 2:
        raise CommandError(SYNTAX)
    given = list(zip(pairs[::2], pairs[1::2], strict=True))
    rows = find_rows(client, [name for name, _ in given])
    changes = {row.name: read_value(client, row, *pair) for row, pair in zip(rows, given, strict=True)}
    for name, value in changes.items():
        client.server.config.apply(client.server, name, value)
    return OK


def find_rows(client: Client, names: list[bytes]) -> list[Row]:
    """The parameters that may be set under `names`: an unknown one is refused before any other fault."""
    version, rows = client.server.version, client.server.config.rows
    spelled = [name.decode("utf-8", "surrogateescape").lower() for name in names]
    for name, spelling in zip(names, spelled, strict=True):
        if spelling not in rows:
            raise CommandError(version.config_unknown % name)
    for position, (name, spelling) in enumerate(zip(names, spelled, strict=True)):
        if not rows[spelling].is_mutable:
            raise CommandError(version.config_immutable % name)
        if rows[spelling].is_protected and client.server.config.values["enable-protected-configs"] == "no":
            reason = {b"name": name, b"value": b"", b"reason": b" - can't set protected config"}
            raise CommandError(version.config_invalid % reason)
        if spelling in spelled[:position]:
            reason = {b"name": name, b"value": b"", b"reason": b" - duplicate parameter"}
            raise CommandError(version.config_invalid % reason)
    return [rows[spelling] for spelling in spelled]


def read_value(client: Client, row: Row, name: bytes, value: bytes) -> str:
    """The value to keep for a parameter; raises when it is invalid."""
    version = client.server.version
    try:
        return client.server.config.parse(row.name, value.decode("utf-8", "surrogateescape"))
    except InvalidValueError as invalid:
        shows_reason = invalid.reason and invalid.since <= version.number
        reason = b" - " + invalid.reason.encode() if shows_reason else b""
        shown = row.name.encode() if version.config_set_many else name
        message = version.config_invalid % {b"name": shown, b"value": value, b"reason": reason}
        raise CommandError(message) from None


@command("config|resetstat", arity=2, flags=FLAGS)
def config_resetstat(client: Client, args: list[bytes]) -> bytes:
    """CONFIG RESETSTAT (config.c configResetStatCommand)."""
    client.server.stats = Stats()
    return OK


@command("config|rewrite", arity=2, flags=FLAGS)
def config_rewrite(client: Client, args: list[bytes]) -> bytes:
    """CONFIG REWRITE (config.c configRewriteCommand): there is no file."""
    raise CommandError(NO_FILE)


HELP = b"""\
GET <pattern>
    Parameters that match the pattern, and their values.
SET <directive> <value>
    Give a parameter a value.
RESETSTAT
    Start counting anew what INFO counts.
REWRITE
    Refused: there is no configuration file."""


@command("config|help", arity=2, flags=LOADING | STALE)
def config_help(client: Client, args: list[bytes]) -> bytes:
    """CONFIG HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
