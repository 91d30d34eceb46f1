"""The command table, and how to write a command.

A command is a function in a module of `commands`, entered into the table by a decorator:

    @command("lpush", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
    def lpush(client: Client, args: list[bytes]) -> bytes:
        \"\"\"LPUSH key element [element ...] (t_list.c lpushCommand).\"\"\"

`args[0]` is the name as sent, so indices are those of argv in Redis. Arity, NOAUTH, subscribed mode and MULTI
have been dealt with. A subcommand is a row of its own, "client|id", after `container("client")`. `since="7.0"`
and `until="6.2"` (the last version that has it) say where a row holds; a command whose arity changed has two.

Reply: return encoded bytes (`protocol.replies`): `bulk(x)`, `integer(n)`, `status(x)`, `OK`, `array([…])` of encoded
items, `bulks(texts)`; and with `client.resp` where RESP3 differs: `null(resp)`, `null_array(resp)`,
`bulk_or_null(x, resp)`, `mapping([k, v, …], resp)`, `bulk_set(texts, resp)`, `double(x, resp)`. Refuse with
`raise CommandError(errors.SYNTAX)` (the text with its code, without "-"), before anything is changed.

Arguments (`engine.arguments`): `read_integer(args[2])`, `read_int32(…)`, `read_float(…)`, `read_deadline_ms(client, …)`
raise the exact Redis errors; options are compared as `read_word(args[i]) == b"nx"`, up to a NUL.

Keys: `client.db.read(key, Hash)` for reading commands, `client.db.write(key, Hash)` for writing ones: the value, or
None; WRONGTYPE is raised, and a key that has expired is deleted on the way. Types are `bytes` (strings), `List`
(a deque), `Hash`, `Set` and `SortedSet` of `engine.values`; `db.lookup(key)` takes any. `db.add(key, value)` for a
key that holds nothing, `db.overwrite` keeps the expiry time, `db.put` is SET. A new collection is
`Hash(client.server.limits)`; it is changed in place, and thresholds of encodings are its own affair. When it has
become empty: `delete_if_empty(client.db, key, value)`. Expiry: `db.expiry_ms`, `db.set_expiry`, `db.remove_expiry`; the
clock is `client.server.now_ms`, randomness `client.server.random`.

After a change say so: `client.db.changed(key, LIST, b"lpush", count)` marks watching transactions, publishes
the keyspace event and adds `count` to `server.dirty`. Do it in Redis's order of events.

A command that has changed something is propagated to replicas as it was sent. Where Redis propagates other words, say
`client.server.propagation.rewrite(b"DEL", key)`; see `engine.propagation`.

To block: `return block(client, keys, List, deadline, serve, timeout_reply)` from `engine.waiting`. `serve(key)` runs
when a key holds a `List`: it does the work and returns the reply, or None to wait on. In MULTI the client is answered
`timeout_reply` at once. Waking needs nothing: `db.add` signals the key, and the dispatcher serves it.

Versions: differences are fields of `engine.versions.Version`, read as `client.server.version.…`; add one rather
than ask for the number. Tests plant faults by replacing `handler` in the table or a function of a module, so
keep each rule in a small named function.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from redproof_server.engine.client import Client
from redproof_server.engine.versions import Version

Handler = Callable[[Client, list[bytes]], bytes]
Keys = tuple[int, int, int]


class Flag(IntFlag):
    """Properties of commands that the dispatcher and COMMAND INFO use (server.h CMD_*)."""

    NONE = 0
    WRITE = 1
    READONLY = 2
    DENYOOM = 4
    FAST = 8
    BLOCKING = 16
    NOSCRIPT = 32
    NO_AUTH = 64
    LOADING = 128
    STALE = 256
    ADMIN = 512
    PUBSUB = 1024
    RANDOM = 2048
    SORT_FOR_SCRIPT = 4096
    MOVABLE_KEYS = 8192
    NO_MULTI = 16384
    SKIP_QUEUE = 32768
    IN_SUBSCRIBED = 65536
    PROTECTED = 131072
    MAY_REPLICATE = 262144
    SKIP_MONITOR = 524288
    NO_MANDATORY_KEYS = 1048576
    SKIP_SLOWLOG = 2097152
    NO_ASYNC_LOADING = 4194304
    ALLOW_BUSY = 8388608
    TOUCHES_ARBITRARY_KEYS = 16777216


def has_any(flags: Flag, wanted: Flag) -> bool:
    """Whether one of some flags is there. It is asked so often that the numbers are compared, not the flags."""
    return bool(flags._value_ & wanted._value_)


WRITE, READONLY, DENYOOM, FAST, BLOCKING = Flag.WRITE, Flag.READONLY, Flag.DENYOOM, Flag.FAST, Flag.BLOCKING
NOSCRIPT, NO_AUTH, LOADING, STALE, ADMIN = Flag.NOSCRIPT, Flag.NO_AUTH, Flag.LOADING, Flag.STALE, Flag.ADMIN
PUBSUB, RANDOM, SKIP_QUEUE, IN_SUBSCRIBED = Flag.PUBSUB, Flag.RANDOM, Flag.SKIP_QUEUE, Flag.IN_SUBSCRIBED
PROTECTED, MOVABLE_KEYS = Flag.PROTECTED, Flag.MOVABLE_KEYS
SORT_FOR_SCRIPT, MAY_REPLICATE, SKIP_MONITOR = Flag.SORT_FOR_SCRIPT, Flag.MAY_REPLICATE, Flag.SKIP_MONITOR
NO_MANDATORY_KEYS, SKIP_SLOWLOG = Flag.NO_MANDATORY_KEYS, Flag.SKIP_SLOWLOG
NO_ASYNC_LOADING, ALLOW_BUSY, NO_MULTI = Flag.NO_ASYNC_LOADING, Flag.ALLOW_BUSY, Flag.NO_MULTI
TOUCHES_ARBITRARY_KEYS = Flag.TOUCHES_ARBITRARY_KEYS
NO_KEYS: Keys = (0, 0, 0)


@dataclass(slots=True, eq=False)
class Command:
    """A row of the table. `keys` are the first and last argument that is a key, and the step between keys.

    `handler` may be replaced by tests that plant faults.
    """

    name: bytes
    arity: int
    handler: Handler
    flags: Flag
    keys: Keys
    since: tuple[int, int]
    until: tuple[int, int]
    is_container: bool
    skips_queue: bool = field(init=False)
    is_protected: bool = field(init=False)
    touches_arbitrary_keys: bool = field(init=False)

    def __post_init__(self) -> None:
        self.skips_queue = bool(self.flags & SKIP_QUEUE)
        self.is_protected = bool(self.flags & PROTECTED)
        self.touches_arbitrary_keys = bool(self.flags & TOUCHES_ARBITRARY_KEYS)

    def accepts(self, count: int) -> bool:
        """Whether a request of `count` words, the name included, has the right arity."""
        return count == self.arity if self.arity > 0 else count >= -self.arity

    def exists_in(self, version: Version) -> bool:
        """Whether the version has the command."""
        return self.since <= version.number <= self.until


TABLE: list[Command] = []
_ALWAYS = "99.0"


def command(
    name: str,
    arity: int,
    flags: Flag = Flag.NONE,
    keys: Keys = NO_KEYS,
    since: str = "1.0",
    until: str = _ALWAYS,
    is_container: bool = False,
) -> Callable[[Handler], Handler]:
    """Enter the decorated handler into the table; "container|sub" enters a subcommand."""

    def enter(handler: Handler) -> Handler:
        lifetime = _version_number(since), _version_number(until)
        TABLE.append(Command(name.encode(), arity, handler, flags, keys, *lifetime, is_container))
        return handler

    return enter


def container(name: str, refuse: Handler, arity: int = -2, flags: Flag = Flag.NONE, since: str = "1.0") -> None:
    """Enter a command that only has subcommands; `refuse` answers those that do not exist, up to 6.2."""
    command(name, arity, flags, since=since, is_container=True)(refuse)


def commands_of(version: Version) -> dict[bytes, Command]:
    """The top-level commands of a version by name, in lower and in upper case."""
    number = version.number
    present = {row.name: row for row in TABLE if row.since <= number <= row.until and b"|" not in row.name}
    return present | {name.upper(): row for name, row in present.items()}


def subcommands_of(version: Version) -> dict[tuple[bytes, bytes], Command]:
    """The subcommands of a version by the names of container and subcommand, in lower case."""
    found: dict[tuple[bytes, bytes], Command] = {}
    for row in TABLE:
        container_name, _, name = row.name.partition(b"|")
        if name and row.exists_in(version):
            found[container_name, name] = row
    return found


def _version_number(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)
