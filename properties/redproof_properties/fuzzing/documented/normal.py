"""Replies in a form in which equal ones are equal: without what a command's tips say is random, or in no order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from redproof_model.reply import Map, Push, Reply, Set

from redproof_properties.divergence import render, shape
from redproof_properties.fuzzing.documented.docs import ORDERLESS, RANDOM, Documented
from redproof_properties.history import Call

VARIES: Final[Mapping[str, str]] = {
    "ACL|GENPASS": "is random",
    "ACL|LOG": "holds times and ages",
    "ACL|CAT": "lists the commands of the version",
    "COMMAND": "lists the commands of the version",
    "COMMAND|COUNT": "counts the commands of the version",
    "COMMAND|DOCS": "lists the commands of the version",
    "COMMAND|INFO": "lists the commands of the version",
    "COMMAND|LIST": "lists the commands of the version",
    "CONFIG|GET": "holds ports, folders and process ids",
    "DUMP": "has the RDB version",
    "EXPIRETIME": "counts from the clock of the server",
    "FUNCTION|DUMP": "has the RDB version",
    "INFO": "tells of the process",
    "LATENCY|*": "tells of the process",
    "LOLWUT": "shows the version",
    "MEMORY|USAGE": "depends on the allocator",
    "OBJECT|FREQ": "follows chance",
    "OBJECT|IDLETIME": "follows the clock",
    "PEXPIRETIME": "counts from the clock of the server",
    "ROLE": "tells the offset of the replication stream",
    "SLOWLOG|*": "tells of the process",
    "XAUTOCLAIM": "depends on how long ago entries were delivered",
    "XINFO|CONSUMERS": "holds ages",
    "XINFO|STREAM": "holds ages",
    "XPENDING": "holds ages",
}
"""Commands of which the tips do not tell that only the shape of a reply can be compared, with why.

So are the texts of every HELP."""


class Normal:
    """Makes replies comparable by the tips of `commands`, all of which are documented by one server."""

    def __init__(self, commands: Iterable[Documented]) -> None:
        self._tips = {each.name: each.tips for each in commands}

    def __call__(self, call: Call, reply: Reply) -> object:
        """The reply as far as it can be compared."""
        names = _names(call)
        tips = next((self._tips[name] for name in names if name in self._tips), frozenset())
        if RANDOM in tips or _varies(names):
            return shape(reply).split(" of ")[0]
        return _sorted(reply) if ORDERLESS in tips else reply


def _names(call: Call) -> tuple[str, ...]:
    """What the command may be called: with its subcommand, and without."""
    word = call.argv[1].decode("latin-1").upper() if len(call.argv) > 1 and isinstance(call.argv[1], bytes) else ""
    return f"{call.name}|{word}", call.name


def _varies(names: Iterable[str]) -> bool:
    return any(name in VARIES or f"{name.partition('|')[0]}|*" in VARIES or name.endswith("|HELP") for name in names)


def _sorted(reply: Reply) -> object:
    match reply:
        case list():
            return sorted(render(item) for item in reply)
        case Set(items) | Push(items):
            return sorted(map(render, items))
        case Map(pairs):
            return sorted(f"{render(name)}: {render(value)}" for name, value in pairs)
    return reply
