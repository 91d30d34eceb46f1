"""What commands with subcommands have in common: the refusal of unknown ones, and HELP."""

from redproof_server.engine.client import Client
from redproof_server.engine.errors import CommandError
from redproof_server.engine.lookup import c_string
from redproof_server.protocol.replies import array, status

HELP_HEADING = b"%b <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
HELP_ENDING = [b"HELP", b"    Prints this help."]


def refuse_subcommand(client: Client, args: list[bytes]) -> bytes:
    """An unknown subcommand, answered when it runs (networking.c addReplySubcommandSyntaxError)."""
    raise CommandError(client.server.subcommand_syntax(args))


def help_reply(args: list[bytes], text: bytes) -> bytes:
    """The lines of a help text, under their heading (networking.c addReplyHelp)."""
    heading = HELP_HEADING % c_string(args[0]).upper()
    return array([status(line) for line in [heading, *text.splitlines(), *HELP_ENDING]])
