"""One database: keys, their values and expiry times, and who watches or waits for them (db.c, expire.c)."""

from typing import TYPE_CHECKING, TypeVar

from redproof_server.engine.dict import Dict
from redproof_server.engine.errors import WRONG_TYPE, CommandError
from redproof_server.engine.events import EXPIRED, KEY_MISS, NEW, Event
from redproof_server.engine.uses import Uses
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.strings import RawString
from redproof_server.engine.values.value import List, Value
from redproof_server.replication import expiry as replicas_expiry

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.server import Server
    from redproof_server.engine.transactions import Watch

T = TypeVar("T", bound=Value)


class Database:
    """A numbered database of a server.

    All writes to the keyspace go through `add`, `overwrite`, `put`, `delete`, `set_expiry` and
    `remove_expiry`; a command then says what it did with `changed`.
    """

    __slots__ = ("accessed_ms", "blocked", "expires", "expires_cursor", "index", "keys", "server", "uses", "watches")

    def __init__(self, server: "Server", index: int) -> None:
        self.server = server
        self.index = index
        self.keys: Dict[Value] = Dict(server.limits.hashing)
        self.expires: Dict[int] = Dict(server.limits.hashing)
        self.expires_cursor = 0
        self.accessed_ms: dict[bytes, int] = {}
        self.uses: Uses | None = None
        self.count_uses(server.config.counts_uses)
        self.watches: dict[bytes, list[Watch]] = {}
        self.blocked: dict[bytes, dict[Client, None]] = {}

    def count_uses(self, wanted: bool) -> None:
        """Begin to count how often keys are used, or give it up."""
        self.uses = Uses(self.server.random) if wanted else None

    def lookup(self, key: bytes, for_writing: bool = True) -> Value | None:
        """The value at `key`, unless it has expired: then the key is deleted (lookupKeyWrite)."""
        value = self.peek(key, for_writing)
        if value is not None:
            self.accessed_ms[key] = self.server.now_ms
            if self.uses is not None:
                self.uses.add(key, self.server.now_ms)
        return value

    def peek(self, key: bytes, for_writing: bool = False) -> Value | None:
        """As `lookup`, but the key does not count as accessed (LOOKUP_NOTOUCH)."""
        keys = self.keys
        if (
            self.expires.entries
            and (key in keys.entries or self.server.version.absent_keys_may_expire)
            and self.expire_if_needed(key, for_writing)
        ):
            return None
        return keys.entries.get(key) if keys.rehash_index < 0 else keys.get(key)

    def lookup_source(self, key: bytes) -> Value | None:
        """The value that a command reads to store what it makes of it; versions differ in whether it counts."""
        return self.lookup_read(key) if self.server.version.sources_are_read else self.lookup(key)

    def lookup_read(self, key: bytes) -> Value | None:
        """As `lookup`, counting hits and misses (lookupKeyRead)."""
        return self._counted(key, self.lookup(key, False))

    def peek_read(self, key: bytes) -> Value | None:
        """As `peek`, counting hits and misses."""
        return self._counted(key, self.peek(key))

    def _counted(self, key: bytes, value: Value | None) -> Value | None:
        if value is None:
            self.server.stats.keyspace_misses += 1
            if self.server.notify_events:
                self.server.notify(KEY_MISS, b"keymiss", key, self.index)
        else:
            self.server.stats.keyspace_hits += 1
        return value

    def read(self, key: bytes, kind: type[T]) -> T | None:
        """The value of type `kind` that a reading command finds at `key`, or None.

        Raises:
            CommandError: WRONGTYPE, when the value is of another type.
        """
        return checked(self.lookup_read(key), kind)

    def write(self, key: bytes, kind: type[T]) -> T | None:
        """As `read`, for a command that may change the value."""
        value = self.lookup(key)
        if value is None or isinstance(value, kind):
            return value
        raise CommandError(WRONG_TYPE)

    def add(self, key: bytes, value: Value) -> None:
        """Put a value at a key that holds none; clients blocked on the key may be served (dbAdd)."""
        self.keys.add(key, value)
        self.accessed_ms[key] = self.server.now_ms
        if key in self.blocked and isinstance(value, List | SortedSet):
            self.server.blocking.signal_ready(self, key)
        if self.server.notify_events:
            self.server.notify(NEW, b"new", key, self.index)

    def overwrite(self, key: bytes, value: Value) -> None:
        """Replace the value of a key that exists, keeping its expiry time (dbOverwrite)."""
        keys = self.keys
        if keys.rehash_index >= 0:
            keys.step()
        keys.entries[key] = value
        self.accessed_ms[key] = self.server.now_ms

    def edit(self, key: bytes, value: RawString) -> None:
        """Replace a string by what was made of it, in place when it has been edited before (dbUnshareStringValue)."""
        if isinstance(self.keys.entries[key], RawString):
            self.keys.entries[key] = value
        else:
            self.overwrite(key, value)

    def put(self, key: bytes, value: Value, keep_expiry: bool = False, exists: bool | None = None) -> None:
        """Put a value at `key` and forget its expiry time unless told; whether the key exists is looked up unless it
        is known (setKey)."""
        if exists is None:
            exists = self.peek(key, True) is not None
        if exists:
            self.overwrite(key, value)
        else:
            self.add(key, value)
        if not keep_expiry and (self.expires.entries or self.keys.rehash_index >= 0):
            self.remove_expiry(key)

    def delete(self, key: bytes) -> bool:
        """Delete the key and its expiry time; whether it was there (dbDelete)."""
        if self.expires.entries:
            self.expires.delete(key)
        self.accessed_ms.pop(key, None)
        if self.uses is not None:
            self.uses.forget(key)
        return self.keys.delete(key)

    def empty(self) -> int:
        """Delete all keys; how many there were (emptyDb)."""
        removed = len(self.keys)
        self.keys.clear()
        self.expires.clear()
        self.accessed_ms.clear()
        if self.uses is not None:
            self.uses.clear()
        return removed

    def changed(self, key: bytes, event_class: Event, event: bytes, count: int = 1) -> None:
        """Tell watchers and subscribers of `event` at `key`, and count `count` changes of the dataset."""
        if self.watches:
            self.touch(key)
        server = self.server
        if server.notify_events:
            server.notify(event_class, event, key, self.index)
        server.dirty += count

    def touch(self, key: bytes) -> None:
        """Make transactions that watch `key` fail (signalModifiedKey)."""
        for watch in self.watches.get(key, ()):
            watch.key_changed()

    def expiry_ms(self, key: bytes) -> int | None:
        """The unix time at which `key` expires, or None (getExpire)."""
        when_ms = self.expires.get(key)
        if when_ms is not None and self.keys.rehash_index >= 0:
            self.keys.step()
        return when_ms

    def set_expiry(self, key: bytes, when_ms: int) -> None:
        """Make an existing key expire at a unix time (setExpire)."""
        if self.keys.rehash_index >= 0:
            self.keys.step()
        self.expires.set(key, when_ms)
        if self.server.is_guarded:
            replicas_expiry.remember(self, key)

    def remove_expiry(self, key: bytes) -> bool:
        """Make the key last; whether it had an expiry time (removeExpire)."""
        if self.keys.rehash_index >= 0:
            self.keys.step()
        return self.expires.delete(key)

    def is_expired(self, key: bytes) -> bool:
        """Whether the expiry time of `key` lies in the past (keyIsExpired)."""
        when_ms = self.expiry_ms(key)
        return when_ms is not None and self.server.now_ms > when_ms

    def expire_if_needed(self, key: bytes, for_writing: bool = False) -> bool:
        """Delete `key` if it has expired; whether it is not to be seen (expireIfNeeded)."""
        if not self.is_expired(key):
            return False
        if self.server.is_guarded:
            return replicas_expiry.is_hidden(self, key, for_writing)
        self.delete_expired(key)
        return True

    def delete_expired(self, key: bytes) -> None:
        """Delete a key because its time has come (deleteExpiredKeyAndPropagate)."""
        self.delete(key)
        self.server.propagation.add_expired(self.index, key)
        self.server.notify(EXPIRED, b"expired", key, self.index)
        self.touch(key)
        self.server.stats.expired_keys += 1


def checked(value: Value | None, kind: type[T]) -> T | None:
    """`value` if it is of type `kind` or absent (checkType).

    Raises:
        CommandError: WRONGTYPE, when it is of another type.
    """
    if value is None or isinstance(value, kind):
        return value
    raise CommandError(WRONG_TYPE)
