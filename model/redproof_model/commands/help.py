"""What the subcommand HELP of a container command answers (`networking.c` addReplyHelp)."""

from __future__ import annotations

from collections.abc import Iterable

from redproof_model.keyspace.world import World
from redproof_model.reply import Reply, Status


def help_reply(world: World, name: bytes, lines: Iterable[bytes]) -> Reply:
    """The lines of the other subcommands, between those that all containers have."""
    version = world.version
    return [*map(Status, (version.help_header % name, *lines, *version.help_of_help))]
