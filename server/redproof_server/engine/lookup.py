"""Finding the command that a request names, and the errors when there is none (server.c lookupCommand)."""

from typing import TYPE_CHECKING

from redproof_server.engine.command import Command
from redproof_server.engine.errors import WRONG_ARITY, CommandError
from redproof_server.protocol.requests import Request

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

ARGUMENTS_SHOWN_BYTES_MAX = 128
HTTP_WORDS = (b"host:", b"post")


def speaks_http(request: Request) -> bool:
    """Whether a web browser was tricked into talking to the server (server.c securityWarningCommand)."""
    return request[0].lower() in HTTP_WORDS


def find_command(server: "Server", request: Request) -> Command:
    """The command or subcommand that a request names.

    Raises:
        CommandError: there is none.
    """
    command = server.commands.get(request[0]) or server.commands.get(request[0].lower())
    if command is None:
        raise CommandError(unknown_command(server, request))
    if command.is_container and len(request) > 1:
        return find_subcommand(server, command, request)
    return command


def find_subcommand(server: "Server", container: Command, request: Request) -> Command:
    """The subcommand; without one, versions differ in whether that is found out now or when it runs."""
    version = server.version
    found = server.subcommands.get((container.name, request[1].lower()))
    if version.subcommands_have_arity:
        if found is None:
            raise CommandError(version.unknown_subcommand % container_words(request))
        return found
    return found if found is not None and found.accepts(len(request)) else container


def display_name(server: "Server", command: Command) -> bytes:
    """The name in errors: with the subcommand where the version looks subcommands up."""
    return command.name if server.version.subcommands_have_arity else command.name.partition(b"|")[0]


def wrong_arity(server: "Server", command: Command) -> bytes:
    """The error for a request with too few or too many words."""
    return WRONG_ARITY % display_name(server, command)


def unknown_command(server: "Server", request: Request) -> bytes:
    """The error for a command that does not exist: its name and what its arguments begin with."""
    version, shown = server.version, b""
    for argument in request[1:]:
        room = ARGUMENTS_SHOWN_BYTES_MAX - len(shown)
        if room <= 0:
            break
        shown += version.unknown_command_argument % c_string(argument)[:room]
    name = c_string(request[0])[: version.unknown_command_name_bytes_max]
    return version.unknown_command % (name, shown)


def c_string(text: bytes) -> bytes:
    """What C's %s prints of `text`: it ends at the first NUL."""
    return text.partition(b"\0")[0]


def container_words(request: Request) -> tuple[bytes, bytes]:
    """Subcommand and container as errors show them."""
    return c_string(request[1])[:ARGUMENTS_SHOWN_BYTES_MAX], c_string(request[0]).upper()
