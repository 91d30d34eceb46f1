"""Faults by which a server ends, hangs or is wrong once: what a campaign must survive and still tell."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Final

from planted.fault import wrap
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.protocol.replies import integer

FOREVER_S: Final = 3600


def _linsert(when_absent: Callable[[], None]) -> Callable[[], None]:
    """Plants that something happens in LINSERT when the pivot is absent."""

    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        if reply == integer(-1):
            when_absent()
        return reply

    return lambda: wrap("linsert", faulty)


def _dies_later() -> None:
    """LINSERT with an absent pivot ends the server, but at the next FLUSHALL."""
    doomed = False

    def doom() -> None:
        nonlocal doomed
        doomed = True

    def flushall(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        if doomed:
            os._exit(1)
        return honest(client, args)

    _linsert(doom)()
    wrap("flushall", flushall)


def _wrong_once() -> None:
    """LLEN is wrong the first time that it is asked for."""
    asked = False

    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        nonlocal asked
        first, asked = not asked, True
        return integer(9) if first else honest(client, args)

    wrap("llen", faulty)


ENDINGS: Final[Mapping[str, Callable[[], None]]] = {
    "linsert-ends-the-server": _linsert(lambda: os._exit(1)),
    "linsert-hangs": _linsert(lambda: time.sleep(FOREVER_S)),
    "linsert-ends-the-server-later": _dies_later,
    "llen-is-wrong-once": _wrong_once,
}
"""What plants each fault, by its name."""
