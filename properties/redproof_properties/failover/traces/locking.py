"""Clients of a lock, and what the lock guards: `SET lock TOKEN NX PX ttl`, a script that releases it, and a storage.

Source: https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from redproof_model.reply import OK, Reply

from redproof_properties.errors import TargetError

LOCK: Final = "lock"
RELEASE: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

Call: TypeAlias = Callable[..., Reply]
"""Sends a command to the server that is the master now, as a client does that asks sentinels."""


@dataclass(slots=True)
class Storage:
    """What a lock guards: it takes no write with a token below one that it has taken, if it `checks` tokens."""

    checks: bool = True
    written: list[int] = field(default_factory=list)
    """The tokens of the writes that were taken."""

    def write(self, token: int) -> None:
        """Take a write, or not."""
        if not self.checks or token >= max(self.written, default=0):
            self.written.append(token)

    @property
    def took_stale(self) -> bool:
        """Whether a write was taken after one with a greater token."""
        return sorted(self.written) != self.written


@dataclass(slots=True)
class LockClient:
    """A client that is at work as long as it believes to have the lock; it counts from before it asked.

    `next_token` gives its fencing token, which is greater than all before where it is counted as it should be.
    """

    name: str
    next_token: Callable[[], int]
    token: int = 0
    _until_s: float = 0.0
    _working: bool = False
    _paused: bool = False

    def acquire(self, call: Call, ttl_ms: int) -> bool:
        """Ask for the lock once, and say whether it was given."""
        asked_at_s = time.monotonic()
        given = call("SET", LOCK, self.name, "NX", "PX", ttl_ms) == OK
        if given:
            self.token = self.next_token()
            self._until_s, self._working = asked_at_s + ttl_ms / 1000, True
        return given

    def release(self, call: Call) -> None:
        """Be done, and delete the key if the token in it is its own; raises `TargetError` where the script fails."""
        self._working = self._paused = False
        reply = call("EVAL", RELEASE, 1, LOCK, self.name)
        if reply not in (0, 1):
            raise TargetError(f"{self.name}: the script that releases the lock was answered with {reply!r}")

    def pause(self) -> None:
        """Stand still after a look at the clock: what was begun goes on, however late it is."""
        self._paused = self.works

    def go_on(self) -> None:
        """Look at the clock again."""
        self._paused = False

    @property
    def works(self) -> bool:
        """Whether it does what the lock guards."""
        if not self._paused:
            self._working = self._working and time.monotonic() < self._until_s
        return self._working
