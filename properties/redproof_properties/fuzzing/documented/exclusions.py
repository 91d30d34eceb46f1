"""Commands that are not drawn by their documentation, each with the reason: a table that people are shown."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

ENDS: Final = "ends the server, or lets it hang"
TAKES_OVER: Final = "turns the connection into a stream of other things than replies"
PERSONAL: Final = "changes what the connection may send, or ends it"
REPLICATES: Final = "makes the server a replica, or a node of a cluster"
OUTSIDE: Final = "reads or writes files and servers outside the run"
LOCKS_OUT: Final = "may lock the harness out"
SETTINGS: Final = "changes settings that later histories would have"
SAVES: Final = "forks or writes the whole data: what is compared with does so at its own time"
SLOW: Final = "takes many seconds, in which nobody is answered"
CODE: Final = "loads code, of which nearly all that is drawn is refused"

EXCLUDED: Final[Mapping[str, str]] = {
    "SHUTDOWN": ENDS,
    "DEBUG*": ENDS,
    "FAILOVER": REPLICATES,
    "REPLICAOF": REPLICATES,
    "SLAVEOF": REPLICATES,
    "CLUSTER*": REPLICATES,
    "ASKING": REPLICATES,
    "SENTINEL*": REPLICATES,
    "MONITOR": TAKES_OVER,
    "SYNC": TAKES_OVER,
    "PSYNC": TAKES_OVER,
    "REPLCONF": TAKES_OVER,
    "*SUBSCRIBE": TAKES_OVER,
    "QUIT": PERSONAL,
    "RESET": PERSONAL,
    "HELLO": PERSONAL,
    "AUTH": PERSONAL,
    "CLIENT|*": PERSONAL,
    "ACL|SETUSER": LOCKS_OUT,
    "ACL|DELUSER": LOCKS_OUT,
    "ACL|LOAD": OUTSIDE,
    "ACL|SAVE": OUTSIDE,
    "CONFIG|SET": SETTINGS,
    "CONFIG|REWRITE": OUTSIDE,
    "MODULE|*": OUTSIDE,
    "MIGRATE": OUTSIDE,
    "SAVE": SAVES,
    "BGSAVE": SAVES,
    "BGREWRITEAOF": SAVES,
    "FUNCTION|LOAD": CODE,
    "FUNCTION|RESTORE": CODE,
    "PFSELFTEST": SLOW,
    "SCRIPT|DEBUG": TAKES_OVER,
    "RESTORE-ASKING": REPLICATES,
}
"""Patterns of names, as of files, with why what matches is left out.

Tamed and not left out: who blocks waits for 10 ms at most, and scripts are of three harmless texts.
"""

CHANCE: Final[Mapping[str, str]] = {
    "SPOP": "takes what chance wills: two servers hold other data after it",
    "XADD": "draws IDs from the clock now and then: two servers hold other data after it",
}
"""What is left out besides where two servers are compared."""


def reason_for(name: str, also: Mapping[str, str] = {}) -> str | None:
    """Why a command is left out, None if it is not."""
    table = {**EXCLUDED, **also}
    return next((reason for pattern, reason in table.items() if fnmatchcase(name, pattern)), None)
