"""Commands with subcommands: what HELP answers, and how those look at it that are one command (`networking.c`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redproof_model.choice import Choice, Expected, Satisfying
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.reply import Reply, Status
from redproof_model.versions import commands_absent


def call_subcommand(
    world: World, table: CommandTable, argv: list[bytes], open_ended: Mapping[bytes, int] | None = None
) -> Expected:
    """Let the subcommand that is named answer; `open_ended` are those with this many arguments or any more."""
    name = c_string(argv[1]).upper()
    spec = table.specs.get(b"%b|%b".__mod__((argv[0].upper(), name)).decode("latin-1"))
    if spec is None or spec.name in commands_absent(world.version):
        raise subcommand_syntax(world, argv)
    fewest = (open_ended or {}).get(name)
    fits = spec.fewest <= len(argv) <= spec.most if fewest is None else fewest <= len(argv)
    if not fits:
        raise subcommand_syntax(world, argv)
    return spec.handler(world, argv)


def help_reply(world: World, name: bytes, lines: Iterable[bytes]) -> Reply:
    """The lines of the other subcommands, between those that all containers have (addReplyHelp)."""
    version = world.version
    return [*map(Status, (version.help_header % name, *lines, *version.help_of_help))]


def help_text(command: bytes) -> Choice:
    """The lines of HELP, which begin with the command's name; what they tell people is not modelled."""

    def accept(reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or not all(isinstance(line, Status) for line in reply):
            return False
        return isinstance(reply[0], Status) and reply[0].text.startswith(command + b" <subcommand> ")

    return Satisfying(accept, lambda: [Status(command + b" <subcommand> ...")], f"the help of {command.decode()}")


def subcommand_syntax(world: World, argv: list[bytes]) -> ReplyError:
    """The error of `networking.c` addReplySubcommandSyntaxError."""
    command = c_string(argv[0]).upper()
    text = world.version.subcommand_syntax % (c_string(argv[1])[:128], command)
    if command == b"CLIENT" and not world.version.connections.client_syntax_has_dot:
        text = text.removesuffix(b".")
    return ReplyError(one_line(text))
