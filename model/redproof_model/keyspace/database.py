"""One numbered database: its values, when they expire, and the keys that may still be counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from redproof_model.keyspace.values import Value


@dataclass(slots=True)
class Database:
    """Keys with their values; `expires` holds the interval, in ms of the server's clock, in which the expiry lies.

    A key is alive at time t while t <= its expiry (`db.c` keyIsExpired). `ghosts` are keys that have
    expired and that the server may or may not have deleted yet, which only DBSIZE can tell.
    """

    values: dict[bytes, Value] = field(default_factory=dict)
    expires: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    ghosts: set[bytes] = field(default_factory=set)

    def copy(self) -> Database:
        """A database of the same contents that shares no mutable part."""
        values = {key: value.copy() for key, value in self.values.items()}
        return Database(values, self.expires.copy(), self.ghosts.copy())

    def discard(self, key: bytes) -> bool:
        """Remove a key with its expiry; False if it is not there."""
        if self.values.pop(key, None) is None:
            return False
        self.expires.pop(key, None)
        return True

    def clear(self) -> int:
        """Remove all keys and return how many there were."""
        count = len(self.values)
        self.values.clear()
        self.expires.clear()
        self.ghosts.clear()
        return count
