"""MULTI, EXEC and WATCH without the commands' own replies (multi.c)."""

from typing import TYPE_CHECKING

from redproof_server.engine.client import Client

if TYPE_CHECKING:
    from redproof_server.engine.database import Database


class Watch:
    """One client's interest in one key.

    `was_expired` tells, where the version cares, that the key had expired already when WATCH was called, so
    that its deletion changes nothing.
    """

    __slots__ = ("client", "db", "key", "was_expired")

    def __init__(self, client: Client, db: "Database", key: bytes) -> None:
        self.client = client
        self.db = db
        self.key = key
        self.was_expired = client.server.version.watch_ignores_expired and db.is_expired(key)

    def key_changed(self) -> None:
        """The key was written or deleted (touchWatchedKey)."""
        if not self.was_expired:
            self.client.is_dirty = True
        elif self.key not in self.db.keys:
            self.was_expired = False


def watch_key(client: Client, key: bytes) -> None:
    """Make the client's next EXEC depend on `key` (watchForKey)."""
    if any(watch.db is client.db and watch.key == key for watch in client.watches):
        return
    watch = Watch(client, client.db, key)
    client.watches.append(watch)
    client.db.watches.setdefault(key, []).append(watch)


def unwatch_all(client: Client) -> None:
    """Forget all watched keys; the dirty mark is the caller's (unwatchAllKeys)."""
    for watch in client.watches:
        others = watch.db.watches[watch.key]
        others.remove(watch)
        if not others:
            del watch.db.watches[watch.key]
    client.watches.clear()


def watched_key_expired(client: Client) -> bool:
    """Whether a watched key expired since WATCH (isWatchedKeyExpired)."""
    return any(not watch.was_expired and watch.db.is_expired(watch.key) for watch in client.watches)


def discard(client: Client) -> None:
    """Leave the transaction (discardTransaction)."""
    client.transaction = None
    client.is_dirty = False
    unwatch_all(client)


def touch_all_watched(emptied: "Database", replacement: "Database | None" = None) -> None:
    """Mark watchers of keys in a database that is emptied or swapped with another (touchAllWatchedKeysInDb)."""
    for key, watches in emptied.watches.items():
        existed = key in emptied.keys
        exists = replacement is not None and key in replacement.keys
        if existed or exists:
            stays_expired = replacement is not None and replacement.is_expired(key)
            for watch in watches:
                _touch_replaced(watch, existed, exists, stays_expired)


def _touch_replaced(watch: Watch, existed: bool, exists: bool, stays_expired: bool) -> None:
    if watch.was_expired:
        if not exists:
            watch.was_expired = False
            return
        if stays_expired:
            return
    elif not existed and stays_expired and watch.client.server.version.watch_ignores_expired:
        watch.was_expired = True
        return
    watch.client.is_dirty = True
