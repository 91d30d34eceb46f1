"""CONFIG GET, SET and RESETSTAT."""

from redproof_server.commands.connection import refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, STALE, command, container
from redproof_server.engine.config import Row
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.glob import matches
from redproof_server.engine.stats import Stats
from redproof_server.protocol.replies import OK, bulk, mapping

FLAGS = ADMIN | NOSCRIPT | LOADING | STALE

container("config", refuse_subcommand, flags=FLAGS)


@command("config|get", arity=-3, flags=FLAGS)
def config_get(client: Client, args: list[bytes]) -> bytes:
    """CONFIG GET parameter [parameter ...] (config.c configGetCommand)."""
    patterns = args[2:]
    if len(patterns) > 1 and not client.server.version.config_set_many:
        raise CommandError(client.server.subcommand_syntax(args))
    items: list[bytes] = []
    for name, value in client.server.config.values.items():
        encoded_name = name.encode()
        if any(matches(pattern, encoded_name, ignore_case=True) for pattern in patterns):
            items += bulk(encoded_name), bulk(value.encode("utf-8", "surrogateescape"))
    return mapping(items, client.resp)


@command("config|set", arity=-4, flags=FLAGS)
def config_set(client: Client, args: list[bytes]) -> bytes:
    """CONFIG SET parameter value [parameter value ...] (config.c configSetCommand)."""
    pairs = args[2:]
    if len(pairs) > 2 and not client.server.version.config_set_many:
        raise CommandError(client.server.subcommand_syntax(args))
    if len(pairs) % 2:
        raise CommandError(SYNTAX)
    changes: dict[str, str] = {}
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        row = find_row(client, name)
        if row.name in changes:
            reason = {b"name": name, b"value": value, b"reason": b" - duplicate parameter"}
            raise CommandError(client.server.version.config_invalid % reason)
        changes[row.name] = parse_value(client, row, name, value)
    for changed, parsed in changes.items():
        client.server.config.apply(client.server, changed, parsed)
    return OK


def find_row(client: Client, name: bytes) -> Row:
    """The parameter that may be set under `name`; raises when there is none."""
    version = client.server.version
    row = client.server.config.rows.get(name.decode("utf-8", "surrogateescape").lower())
    if row is None:
        raise CommandError(version.config_unknown % name)
    if not row.is_mutable:
        raise CommandError(version.config_immutable % name)
    return row


def parse_value(client: Client, row: Row, name: bytes, value: bytes) -> str:
    """The value to keep for a parameter; raises when it is invalid."""
    parsed = client.server.config.parse(row.name, value.decode("utf-8", "surrogateescape"))
    if parsed is None:
        kind, number = row.kind, client.server.version.number
        reason = b" - " + kind.reason.encode() if kind.reason_since <= number else b""
        raise CommandError(client.server.version.config_invalid % {b"name": name, b"value": value, b"reason": reason})
    return parsed


@command("config|resetstat", arity=2, flags=FLAGS)
def config_resetstat(client: Client, args: list[bytes]) -> bytes:
    """CONFIG RESETSTAT (config.c configResetStatCommand)."""
    client.server.stats = Stats()
    return OK
