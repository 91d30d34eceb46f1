"""How far a server's clock is from ours, as an interval that is certain."""

from __future__ import annotations

import math
import time
from typing import Final

from redproof_properties.errors import TargetError
from redproof_properties.targets.connection import Connection

SAMPLES: Final = 16


def measure_offset_ms(connection: Connection) -> tuple[int, int]:
    """What must at least, and at most, be added to our clock in ms to get the server's.

    The server reads its clock for TIME between our sending and receiving; each sample bounds the
    difference, and what all samples allow is kept. Source: `server.c` timeCommand.
    """
    lowest, highest = -math.inf, math.inf
    for _ in range(SAMPLES):
        before_ms = time.time() * 1000
        server_ms = read_time_ms(connection)
        after_ms = time.time() * 1000
        lowest = max(lowest, server_ms - after_ms)
        highest = min(highest, server_ms - before_ms)
    if lowest > highest:
        raise TargetError(f"{connection.peer}: its clock or ours was set while they were compared: try again")
    return math.floor(lowest), math.ceil(highest)


def read_time_ms(connection: Connection) -> float:
    """The server's clock in ms since 1970, as TIME tells it; raises `TargetError` for another answer."""
    reply = connection.call("TIME")
    match reply:
        case [bytes(seconds), bytes(micros)]:
            return int(seconds) * 1000 + int(micros) / 1000
    raise TargetError(f"{connection.peer}: TIME was answered with {reply!r}")
