"""One numbered database: its values, when they expire, and the keys that have expired and may be there still."""

from __future__ import annotations

from dataclasses import dataclass, field

from redproof_model.keyspace.values import Hash, Interval, Value


@dataclass(slots=True)
class Database:
    """Keys with their values; `expires` holds the interval, in ms of the server's clock, in which the expiry lies.

    A key is alive at time t while t <= its expiry (`db.c` keyIsExpired). `ghosts` are keys that have
    expired and that the server may or may not have deleted yet, which only DBSIZE can tell. A replica deletes none: its
    keys that have expired are `hidden` with value and expiry, or `revealed`, with expiry, to a command that sees them.
    """

    values: dict[bytes, Value] = field(default_factory=dict)
    expires: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    ghosts: set[bytes] = field(default_factory=set)
    hidden: dict[bytes, tuple[Value, Interval]] = field(default_factory=dict)
    revealed: dict[bytes, Interval] = field(default_factory=dict)

    def copy(self) -> Database:
        """A database of the same contents that shares no mutable part."""
        values = {key: value.copy() for key, value in self.values.items()}
        hidden = {key: (value.copy(), expiry) for key, (value, expiry) in self.hidden.items()}
        return Database(values, self.expires.copy(), self.ghosts.copy(), hidden, self.revealed.copy())

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
        self.hidden.clear()
        self.revealed.clear()
        return count

    def hide(self, key: bytes) -> None:
        """Let a key have expired on a replica."""
        self.hidden[key] = self.values.pop(key), self.expires.pop(key)

    def reveal(self) -> None:
        """Let keys and fields be seen that have expired."""
        for key, (value, expiry) in self.hidden.items():
            self.values[key], self.expires[key], self.revealed[key] = value, expiry, expiry
        self.hidden.clear()
        for value in self.values.values():
            if type(value) is Hash and value.ghosts:
                value.reveal()

    def conceal(self) -> None:
        """Hide the keys again that were revealed, and expire when they did."""
        for key, expiry in self.revealed.items():
            if self.expires.get(key) == expiry:
                self.hide(key)
        self.revealed.clear()
