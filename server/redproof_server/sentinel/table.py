"""The commands of Sentinel mode: some of the server's, and Sentinel's own (commands with CMD_SENTINEL).

A command of Sentinel's own is a function of the Sentinel, the client and the words. What it has learned is on the
disk before it is answered.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from redproof_server.commands.saving import answer, wait_for_file
from redproof_server.commands.subcommands import refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import NO_KEYS, Command, Flag
from redproof_server.engine.errors import CommandError
from redproof_server.engine.lookup import c_string
from redproof_server.engine.server import Server
from redproof_server.protocol.replies import NO_REPLY, error

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

SentinelHandler = Callable[["Sentinel", Client, list[bytes]], bytes]
SHARED = {b"ping", b"auth", b"subscribe", b"unsubscribe", b"psubscribe", b"punsubscribe", b"client", b"command"}
SHARED_62 = {b"quit"}
ALWAYS = (99, 0)
NOT_SAVED = error(b"ERR Failed to save config file. Check server logs.")


@dataclass(frozen=True, slots=True)
class SentinelCommand:
    """A command of Sentinel's own; one that `confirms_saving` is answered with an error where that failed."""

    name: bytes
    arity: int
    handler: SentinelHandler
    flags: Flag
    since: tuple[int, int]
    until: tuple[int, int]
    confirms_saving: bool


TABLE: list[SentinelCommand] = []


def sentinel_command(
    name: str,
    arity: int,
    flags: Flag = Flag.ADMIN,
    since: tuple[int, int] = (1, 0),
    until: tuple[int, int] = ALWAYS,
    confirms_saving: bool = False,
) -> Callable[[SentinelHandler], SentinelHandler]:
    """Enter the decorated handler into the table; "sentinel|sub" enters a subcommand."""

    def enter(handler: SentinelHandler) -> SentinelHandler:
        TABLE.append(SentinelCommand(name.encode(), arity, handler, flags, since, until, confirms_saving))
        return handler

    return enter


def equip(sentinel: "Sentinel", server: Server) -> None:
    """Let a server answer as a Sentinel."""
    version = server.version
    shared = SHARED if version.subcommands_have_arity else SHARED | SHARED_62
    kept = {row.name: row for row in server.commands.values() if row.name in shared}
    if version.sentinel_ping_takes_no_text:
        kept[b"ping"] = replace(kept[b"ping"], arity=1)
    subcommands = {names: row for names, row in server.subcommands.items() if names[0] in shared}
    own = [row for row in TABLE if row.since <= version.number <= row.until]
    for row in own:
        container, _, name = row.name.partition(b"|")
        if name:
            subcommands[container, name] = bound(sentinel, row)
        else:
            kept[row.name] = bound(sentinel, row)
    kept[b"sentinel"] = Command(
        b"sentinel", -2, refuse, Flag.ADMIN, NO_KEYS, since=(1, 0), until=ALWAYS, is_container=True
    )
    server.commands = kept | {name.upper(): row for name, row in kept.items()}
    server.subcommands = subcommands


def bound(sentinel: "Sentinel", row: SentinelCommand) -> Command:
    """The row of a command table for a command of a Sentinel."""
    handler = partial(run, sentinel, row)
    return Command(row.name, row.arity, handler, row.flags, NO_KEYS, row.since, row.until, is_container=False)


def run(sentinel: "Sentinel", row: SentinelCommand, client: Client, args: list[bytes]) -> bytes:
    """Run a command, and answer once what it has learned is on the disk."""
    reply = row.handler(sentinel, client, args)
    if not sentinel.file.is_pending:
        return reply
    tells_failure = row.confirms_saving and client.server.version.sentinel_confirms_saving
    wait_for_file(client)

    def written(problem: str | None) -> None:
        answer(client, reply if problem is None or not tells_failure else NOT_SAVED)

    sentinel.file.when_written(written)
    return NO_REPLY


def refuse(client: Client, args: list[bytes]) -> bytes:
    """A subcommand that does not exist, or up to 6.2 one with too few or too many words (sentinelCommand)."""
    name = args[1].lower()
    if (b"sentinel", name) in client.server.subcommands and name not in SHORT_OF_WORDS_IS_UNKNOWN:
        raise CommandError(b"ERR Wrong number of arguments for 'sentinel %b'" % c_string(args[1]))
    return refuse_subcommand(client, args)


# Up to 6.2 these are not recognised with too many words.
SHORT_OF_WORDS_IS_UNKNOWN = {b"myid", b"help"}
