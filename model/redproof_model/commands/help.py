"""HELP of the commands that have subcommands (`networking.c` addReplyHelp)."""

from __future__ import annotations

from redproof_model.choice import Choice, Satisfying
from redproof_model.reply import Reply, Status


def help_text(command: bytes) -> Choice:
    """Lines that begin with the command's name; what they tell people is not modelled."""

    def accept(reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or not all(isinstance(line, Status) for line in reply):
            return False
        return isinstance(reply[0], Status) and reply[0].text.startswith(command + b" <subcommand> ")

    return Satisfying(accept, lambda: [Status(command + b" <subcommand> ...")], f"the help of {command.decode()}")
