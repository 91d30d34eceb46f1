"""One possible state of the server, and the primitives by which commands read and change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from redproof_model.choice import Expected
from redproof_model.errors import WRONG_TYPE, ReplyError
from redproof_model.keyspace.database import Database
from redproof_model.keyspace.embedding import embed
from redproof_model.keyspace.propagating import Propagating
from redproof_model.keyspace.roles import NO_REFUSALS, Refusals, Role
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.users import User
from redproof_model.keyspace.values import Hash, List, SetValue, SortedSet, String, Value
from redproof_model.versions import Version

if TYPE_CHECKING:
    from redproof_model.keyspace.command import Dispatcher
    from redproof_model.propagation.recorder import Recorder

V = TypeVar("V", bound=Value)

NEVER = 1 << 63


class World(Propagating):
    """A state of the server that agrees with every reply seen so far.

    While a command is executed, `session` and `db` are the client's, and the server's clock stood
    somewhere in `now_low_ms..now_high_ms`. Whether a key has expired is settled before the command
    starts, so handlers may take every key they find as alive. In `dispatcher` scripts find their commands. `waiting` is
    how many clients are blocked, and `queues` those of them that wait for a key. `recorder` is told what is propagated,
    None where nobody asks. `refusals` are the commands that clients may not send.
    """

    def __init__(self, version: Version, databases: int = 16) -> None:
        super().__init__()
        self.version = version
        self.databases = [Database() for _ in range(databases)]
        self.sessions: dict[str, Session] = {}
        self.session = Session("nobody")
        self.db = self.databases[0]
        self.now_low_ms = 0
        self.now_high_ms = 0
        self.deliveries: list[tuple[str, Expected]] = []
        self.written: list[Expected] = []
        self.postponed: list[Expected] = []
        self.ready: dict[tuple[int, bytes], None] = {}
        self.queues: dict[tuple[int, bytes], list[str]] = {}
        self.waiting = 0
        self.watchers = 0
        self.in_exec = False
        self.next_expiry_ms = NEVER
        self.scans: dict[tuple[object, ...], frozenset[bytes]] = {}
        self.dumps: dict[bytes, Value] = {}
        self.scripts: dict[bytes, bytes] = {}
        self.libraries: dict[bytes, bytes] = {}
        self.users: dict[bytes, User] = {}
        self.dispatcher: Dispatcher | None = None
        self.heirs: list[World] = []
        self.role = Role.MASTER
        self.refusals = NO_REFUSALS
        self.replicates = False

    # -- reading ---------------------------------------------------------------------------------

    def get(self, key: bytes) -> Value | None:
        """The value at `key` in the selected database, of any type."""
        value = self.db.values.get(key)
        if value is None and self.recorder is not None:
            self.meet(key)
        return value

    def holds(self, key: bytes) -> bool:
        """Whether there is a value at `key`."""
        return self.get(key) is not None

    def meet(self, key: bytes, index: int | None = None) -> None:
        """Look at a key that may have expired, which deletes it if it is still kept (`db.c` expireIfNeeded)."""
        db = self.db if index is None else self.databases[index]
        if self.recorder is not None and key in db.ghosts:
            db.ghosts.discard(key)
            where = self.session.database if index is None else index
            self.recorder.delete_expired(where, [(self.version.propagation.deletion, key)], all_of_them=True)

    def meet_some(self, matches: Callable[[bytes], object], all_of_them: bool) -> None:
        """Look at keys whatever they are called: at all that match, or at those that the server happens on."""
        if self.recorder is not None and self.db.ghosts:
            found = [key for key in self.db.ghosts if matches(key)]
            if all_of_them:
                self.db.ghosts.difference_update(found)
            deletions = [(self.version.propagation.deletion, key) for key in found]
            self.recorder.delete_expired(self.session.database, deletions, all_of_them)

    def typed(self, key: bytes, kind: type[V]) -> V | None:
        """The value at `key`, None without one; ends the command with WRONGTYPE if it is of another type."""
        value = self.db.values.get(key)
        if type(value) is kind:
            return value
        if value is None:
            if self.recorder is not None:
                self.meet(key)
            return None
        raise ReplyError(WRONG_TYPE)

    def string(self, key: bytes) -> String | None:
        """The string at `key`, as `typed`."""
        value = self.db.values.get(key)
        if type(value) is String:
            return value
        if value is None:
            if self.recorder is not None:
                self.meet(key)
            return None
        raise ReplyError(WRONG_TYPE)

    def list_at(self, key: bytes) -> List | None:
        """The list at `key`, as `typed`."""
        return self.typed(key, List)

    def hash_at(self, key: bytes) -> Hash | None:
        """The hash at `key`, as `typed`."""
        return self.typed(key, Hash)

    def set_at(self, key: bytes) -> SetValue | None:
        """The set at `key`, as `typed`."""
        return self.typed(key, SetValue)

    def sorted_set(self, key: bytes) -> SortedSet | None:
        """The sorted set at `key`, as `typed`."""
        return self.typed(key, SortedSet)

    # -- changing --------------------------------------------------------------------------------

    def put(self, key: bytes, value: Value, keep_ttl: bool = False) -> None:
        """Let `key` hold `value`, whatever it held before, and forget its expiry (`db.c` setKey)."""
        db = self.db
        if self.version.embedding is not None:
            embed(self.version, key, value, expires=key in db.expires)
        if not keep_ttl and db.expires:
            db.expires.pop(key, None)
        if db.ghosts:
            self.meet(key)
            db.ghosts.discard(key)
        if self.queues:
            if key in db.values:
                self.gone(self.session.database, key)
            else:
                self.created(self.session.database, key, value)
        db.values[key] = value
        self.modified(key)

    def created(self, database: int, key: bytes, value: Value) -> None:
        """Tell that `key`, which was not there, holds `value`: clients that wait for it get ready (`db.c` dbAdd).

        Only for keys that come to be without `put`. Source: `blocked.c` signalKeyAsReady.
        """
        if (database, key) in self.queues:
            waits = [session.wait for session in self.sessions.values()]
            if any(wait is not None and wait.kind is type(value) for wait in waits):
                self.ready.setdefault((database, key))

    def gone(self, database: int, key: bytes) -> None:
        """Tell that `key` is about to lose its value: those who wait for a group mind (`db.c` dbGenericDelete)."""
        if not self.version.streams.xreadgroup_minds_deletion or (database, key) not in self.queues:
            return
        if isinstance(self.databases[database].values.get(key), Stream):
            self.ready.setdefault((database, key))

    def replace(self, key: bytes, value: Value) -> None:
        """As `put`, for a result that is stored: some versions do not look whether the old value has expired."""
        if self.version.propagation.stores_without_a_look:
            self.db.ghosts.discard(key)
        self.put(key, value)

    def remove(self, key: bytes) -> bool:
        """Delete `key`; False if it is not there."""
        if self.queues:
            self.gone(self.session.database, key)
        if not self.db.discard(key):
            if self.recorder is not None and key in self.db.ghosts:
                # Deleted without a look at its expiry.
                self.db.ghosts.discard(key)
                self.recorder.dirty()
            return False
        self.modified(key)
        return True

    def modified(self, key: bytes, database: int | None = None) -> None:
        """Tell that `key` has changed: clients that watch it notice (`db.c` signalModifiedKey)."""
        if self.watchers:
            self.touch(self.session.database if database is None else database, key)
        if self.recorder is not None:
            self.recorder.dirty()

    def touch(self, index: int, key: bytes) -> None:
        """Fail the transaction of every client that watches `key` in database `index` (`multi.c` touchWatchedKey).

        Where a key that had expired before is not minded, its deletion is no change.
        """
        place = (index, key)
        for session in self.sessions.values():
            if place not in session.watched:
                continue
            if session.watched[place] and not self.version.watch_minds_expired_keys:
                session.watched[place] = key in self.databases[index].values
            else:
                session.dirty_cas = True

    def unwatch(self, session: Session) -> None:
        """Let the session watch nothing (`multi.c` unwatchAllKeys)."""
        if session.watched:
            session.watched.clear()
            self.watchers -= 1

    def end_transaction(self, session: Session) -> None:
        """Let the session leave its transaction and forget what it watched (`multi.c` discardTransaction)."""
        session.queue = None
        session.dirty_exec = session.dirty_cas = False
        self.unwatch(session)

    def changed(self, key: bytes, value: Value) -> None:
        """Tell that the collection at `key` has changed, and delete it if that left it empty."""
        if not value:
            self.db.discard(key)
        self.modified(key)

    def expire(self, key: bytes, low_ms: int, high_ms: int) -> None:
        """Let `key` expire at an instant of the server's clock between the two, both in ms (`db.c` setExpire)."""
        self.db.expires[key] = (low_ms, high_ms)
        if self.version.embedding is not None:
            embed(self.version, key, self.db.values[key], expires=True)
        self.next_expiry_ms = min(self.next_expiry_ms, low_ms - self.version.cycle_is_early)

    def expire_some_time(self, key: bytes) -> None:
        """Let `key` have an expiry that is negative, since it overflowed.

        Who reads the key takes that for none (`db.c` keyIsExpired), but the cycle that deletes what has expired finds
        it some time (`expire.c` activeExpireCycleTryExpire).
        """
        self.expire(key, self.now_low_ms, NEVER)

    # -- replication ---------------------------------------------------------------------------

    def replicate(self, role: Role, recorder: Recorder | None, refusals: Refusals) -> None:
        """Take a part in replication: `replicates` tells commands in one look whether there is any."""
        self.role, self.recorder, self.refusals = role, recorder, refusals
        self.replicates = role is not Role.MASTER or recorder is not None or refusals != NO_REFUSALS

    # -- the whole -------------------------------------------------------------------------------

    def select(self, session: Session) -> None:
        """Make `session` the one on whose behalf commands are executed."""
        self.session = session
        self.db = self.databases[session.database]

    def successors(self) -> list[World]:
        """The worlds that this one has become with the last reply: itself, unless a decision split it."""
        return self.heirs or [self]

    def copy(self) -> World:
        """A world of the same state that shares no mutable part."""
        other = World(self.version, 1)
        other.databases = [db.copy() for db in self.databases]
        other.sessions = {name: session.copy() for name, session in self.sessions.items()}
        other.select(other.sessions.get(self.session.name, self.session))
        other.now_low_ms, other.now_high_ms = self.now_low_ms, self.now_high_ms
        other.deliveries = self.deliveries.copy()
        other.written, other.postponed = self.written.copy(), self.postponed.copy()
        other.ready = self.ready.copy()
        other.queues = {place: queue.copy() for place, queue in self.queues.items()}
        other.waiting, other.watchers = self.waiting, self.watchers
        other.in_exec = self.in_exec
        other.next_expiry_ms = self.next_expiry_ms
        other.scans = self.scans.copy()
        other.dumps = self.dumps.copy()
        other.scripts = self.scripts
        other.libraries = self.libraries
        other.users = self.users
        other.dispatcher = self.dispatcher
        other.replicate(self.role, None if self.recorder is None else self.recorder.copy(), self.refusals)
        return other

    def agrees_with(self, other: World) -> bool:
        """Whether no command can tell the two worlds apart."""
        return (
            self.databases == other.databases
            and self.sessions == other.sessions
            and self.deliveries == other.deliveries
            and self.queues == other.queues
            and self.scans == other.scans
            and self.dumps == other.dumps
            and self.scripts == other.scripts
            and self.libraries == other.libraries
            and self.users == other.users
            and self.recorder == other.recorder
        )
