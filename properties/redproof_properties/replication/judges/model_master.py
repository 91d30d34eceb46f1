"""The model as the master of a replica: it executes commands, and what it propagates is fed to the replica.

Where the server has a choice the model makes one, so a stream is as good as that of any master.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from redproof_model.choice import Choice, observe
from redproof_model.keyspace.known import knows
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import WRITES
from redproof_model.propagation.arguments import Command, Number
from redproof_model.reply import project
from redproof_model.versions import Version

from redproof_properties.grammar import Argument, Seen
from redproof_properties.sending import BLOCKING, is_led_by_levels

_CLIENT: Final = "its client"
_ALSO_PROPAGATED: Final = frozenset(
    ["MULTI", "EXEC", "DISCARD", "SELECT", "PUBLISH", "SPUBLISH", "EVAL", "EVALSHA", "FCALL", "SCRIPT", "FUNCTION"]
)
_LEFT_OUT: Final = frozenset(["SWAPDB", "RESTORE"])
"""SWAPDB brings expired keys to those who watch them; payloads of RESTORE are those of one server."""


def may_execute(argv: tuple[Argument, ...]) -> bool:
    """Whether the model as a master can execute a command alone, and may propagate something of it."""
    name = argv[0]
    if (
        not isinstance(name, bytes)
        or name in BLOCKING
        or any(isinstance(part, Seen) for part in argv)
        or is_led_by_levels(argv)
        or not knows(argv)
    ):
        return False
    upper = name.decode("latin-1").upper()
    return upper not in _LEFT_OUT and (upper in _ALSO_PROPAGATED or upper in WRITES)


class ModelMaster:
    """A master without keys, which has one client; times are in ms of the replica's clock."""

    def __init__(self, version: Version) -> None:
        self._model = Model(version, propagates=True)
        self._model.connect(_CLIENT)

    def execute(self, argv: Iterable[bytes], now_ms: int) -> list[list[bytes]]:
        """Execute a command that it `may_execute`, and give what it puts on the stream."""
        expected = self._model.step(_CLIENT, [*argv], now_ms, now_ms)
        if isinstance(expected, Choice):
            observe(expected, project(expected.example(), 2), 2)
        stream = self._model.propagated()
        commands = [_spelled(command) for command in stream.example()]
        if not stream.observe(commands):
            raise AssertionError(f"the model does not accept its own stream {commands!r}")
        return commands


def _spelled(command: Command) -> list[bytes]:
    return [b"%d" % part.low if isinstance(part, Number) else part for part in command]
