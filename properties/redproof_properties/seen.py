"""What replies tell for later commands: the arguments of a history that only its servers know."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, cast

from redproof_model.reply import Reply

from redproof_properties.encoding import encode_command
from redproof_properties.grammar import Seen
from redproof_properties.history import Call

_SCANS: Final = frozenset({b"SCAN", b"HSCAN", b"SSCAN", b"ZSCAN"})
TELLING: Final = _SCANS | {b"DUMP", b"XADD", b"CLIENT"}
"""The commands whose replies tell something."""


class SeenReplies:
    """What has been seen so far: `told` has a value for each kind of argument, also where nothing was."""

    def __init__(self) -> None:
        self.told: dict[Seen, bytes] = {Seen.CURSOR: b"0", Seen.DUMP: b"", Seen.ID: b"0-1", Seen.CLIENT: b"0"}

    def resolve(self, calls: Sequence[Call]) -> tuple[list[list[bytes]], bytes]:
        """The commands with what was told in place of what was to be, and their bytes."""
        argvs = cast("list[list[bytes]]", [[*call.argv] for call in calls])
        requests = [call.request or _encoded(call) for call in calls]
        if not all(requests):
            for place, call in enumerate(calls):
                if not requests[place]:
                    argvs[place] = [part if isinstance(part, bytes) else self.told[part] for part in call.argv]
                    requests[place] = encode_command(argvs[place])
        return argvs, b"".join(requests)

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


def _encoded(call: Call) -> bytes:
    """The bytes of a command from now on; none where an argument is to be told."""
    with suppress(TypeError):
        call.request = encode_command(cast("tuple[bytes, ...]", call.argv))
    return call.request
