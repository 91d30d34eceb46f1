"""What a client that is another user than the default one is refused (`acl.c` ACLCheckAllPerm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redproof_model.errors import ReplyError
from redproof_model.keyspace.users import ACCESS, User

if TYPE_CHECKING:
    from redproof_model.keyspace.world import World


def denial(user: User, command: str, argv: list[bytes]) -> tuple[bytes, bytes] | None:
    """What the user may not use, a command, key or channel, and its name; None for nothing."""
    if not user.may_call(command):
        return b"command", command.lower().encode()
    access, places = ACCESS[command]
    for name in argv[places]:
        if access == "channel" and not user.may_use_channel(name):
            return b"channel", name
        if access in ("R", "W") and not user.may_use_key(access, name):
            return b"key", name
    return None


def check(world: World, name: bytes, command: str, argv: list[bytes]) -> None:
    """End the command if the user of this name may not send it.

    Commands whose permissions are not modelled are those that every client may send to find out or change who it is.
    """
    if command not in ACCESS:
        return
    denied = denial(world.users[name], command, argv)
    if denied is not None:
        facts = world.version.connections
        text = {b"command": facts.denied_command, b"key": facts.denied_key, b"channel": facts.denied_channel}
        raise ReplyError(text[denied[0]] % {b"user": name, b"command": denied[1]})
