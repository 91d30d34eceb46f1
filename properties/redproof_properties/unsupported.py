"""Commands that a server does not have although servers of its version do: they are left out, and that is said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from redproof_model.versions import Version, commands_absent

from redproof_properties.targets import Target
from redproof_properties.vocabulary import GROUPS

_UNLISTED: Final = frozenset({"QUIT"})
"""What Redis 6 serves although it is not in its table of commands (`server.c` processCommand)."""


def unsupported_commands(target: Target, version: Version, groups: Iterable[str] = GROUPS) -> tuple[str, ...]:
    """The commands of some groups that `version` has and COMMAND INFO of the target does not know, by name.

    None are from a server that does not tell. What the version lacks too is not left out: that it is refused is
    judged. Raises TargetError when the server cannot be asked.
    """
    names = sorted(
        {command.name for group in groups for command in GROUPS[group]} - commands_absent(version) - _UNLISTED
    )
    with target.connect() as connection:
        # In lower case, as Redis documents them: not every server finds them in the other.
        reply = connection.call("COMMAND", "INFO", *map(str.lower, names))
    if not isinstance(reply, list) or len(reply) != len(names):
        return ()
    return tuple(name for name, told in zip(names, reply, strict=True) if not isinstance(told, list))


def has_commands(groups: Iterable[str], without: Collection[str]) -> bool:
    """Whether the groups have a command that is not one of those `without`."""
    return any(command.needs.isdisjoint(without) for group in groups for command in GROUPS[group])
