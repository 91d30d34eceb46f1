"""Clients that have turned replies off: commands are executed, and what they answer is not sent.

Only `CLIENT REPLY` and `RESET` end it. Source: `networking.c` prepareClientToWrite and resetClient.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from redproof_model.choice import SILENT, Expected
from redproof_model.keyspace.messages import Opening, Shuffled
from redproof_model.reply import Push

if TYPE_CHECKING:
    from redproof_model.keyspace.world import World


class Silence(Enum):
    """Which replies a client is not sent: any, that to the next command, or that to the one being executed."""

    OFF = "all"
    NEXT = "the next"
    NOW = "this one"


def heard(world: World, client: str, expected: Expected) -> Expected:
    """What is sent of what a silent client would be: nothing, or the messages among it, which are delivered."""
    session = world.sessions[client]
    if session.silence is None:
        return expected
    if session.silence is Silence.NOW:
        session.silence = None
    first = expected.replies if isinstance(expected, Opening) else expected
    outputs = [(client, first), *world.deliveries]
    world.deliveries = [(name, output) for name, output in outputs if name != client or _is_message(world, output)]
    return SILENT


def _is_message(world: World, output: Expected) -> bool:
    return world.version.connections.messages_despite_silence and isinstance(output, Push | Shuffled)
