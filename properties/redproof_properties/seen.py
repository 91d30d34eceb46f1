"""What replies tell for later commands: the arguments of a history that only its servers know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, cast

from redproof_model.reply import Reply

from redproof_properties.encoding import encode_commands
from redproof_properties.grammar import Seen
from redproof_properties.history import Call

_SCANS: Final = frozenset({b"SCAN", b"HSCAN", b"SSCAN", b"ZSCAN"})
TELLING: Final = _SCANS | {b"DUMP", b"XADD", b"CLIENT"}
"""The commands whose replies tell something."""


class SeenReplies:
    """What has been seen so far: `told` has a value for each kind of argument, also where nothing was."""

    def __init__(self) -> None:
        self.told: dict[Seen, bytes] = {Seen.CURSOR: b"0", Seen.DUMP: b"", Seen.ID: b"0-1", Seen.CLIENT: b"0"}

    def resolve(self, calls: Iterable[Call]) -> tuple[list[list[bytes]], bytes]:
        """The commands with what was told in place of what was to be, and their bytes."""
        argvs = cast("list[list[bytes]]", [[*call.argv] for call in calls])
        try:
            return argvs, encode_commands(argvs)
        except TypeError:
            # Rarely is there an argument that is none yet, and looking for one would cost more than all the rest.
            argvs = [[part if isinstance(part, bytes) else self.told[part] for part in argv] for argv in argvs]
            return argvs, encode_commands(argvs)

    def remember(self, argv: Sequence[bytes], reply: Reply | None) -> None:
        """Keep what the reply to a command tells, if it tells anything."""
        name = argv[0]
        if name == b"CLIENT" and isinstance(reply, int) and argv[1].upper() == b"ID":
            self.told[Seen.CLIENT] = b"%d" % reply
        elif name == b"DUMP" and isinstance(reply, bytes):
            self.told[Seen.DUMP] = reply
        elif name == b"XADD" and isinstance(reply, bytes):
            self.told[Seen.ID] = reply
        elif name in _SCANS and isinstance(reply, list) and isinstance(reply[0], bytes):
            self.told[Seen.CURSOR] = reply[0]
