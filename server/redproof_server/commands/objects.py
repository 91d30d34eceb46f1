"""OBJECT: how a value is kept, and how long ago it was last used."""

from redproof_server.commands.subcommands import refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import LOADING, RANDOM, READONLY, STALE, command, container
from redproof_server.engine.errors import CommandError
from redproof_server.engine.values.strings import is_shared_integer
from redproof_server.engine.values.value import Value, encoding_name
from redproof_server.protocol.numbers import wrap_int64
from redproof_server.protocol.replies import array, bulk, integer, null, status

# Redis keeps the time of the last access in seconds, in 24 bits.
CLOCK_BITS = 24
CLOCK_MAX = (1 << CLOCK_BITS) - 1
SHARED_REFERENCES = 2**31 - 1
FREQUENCY_NOT_TRACKED = (
    b"ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
    b"between policies at runtime LRU and LFU data will take some time to adjust."
)
IDLE_TIME_NOT_TRACKED = (
    b"ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between "
    b"policies at runtime LRU and LFU data will take some time to adjust."
)
HELP = (
    b"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    b"ENCODING <key>",
    b"    Return the kind of internal representation used in order to store the value",
    b"    associated with a <key>.",
    b"FREQ <key>",
    b"    Return the access frequency index of the <key>. The returned integer is",
    b"    proportional to the logarithm of the recent access frequency of the key.",
    b"IDLETIME <key>",
    b"    Return the idle time of the <key>, that is the approximated number of",
    b"    seconds elapsed since the last access to the key.",
    b"REFCOUNT <key>",
    b"    Return the number of references of the value associated with the specified",
    b"    <key>.",
    b"HELP",
    b"    Prints this help.",
)

command("object", arity=-2, flags=READONLY | RANDOM, keys=(2, 2, 1), until="6.2", is_container=True)(refuse_subcommand)
container("object", refuse_subcommand, since="7.0")


@command("object|help", arity=2, flags=LOADING | STALE)
def object_help(client: Client, args: list[bytes]) -> bytes:
    """OBJECT HELP (object.c objectCommand)."""
    return array([status(line) for line in HELP])


@command("object|encoding", arity=3, flags=READONLY | RANDOM, keys=(2, 2, 1))
def object_encoding(client: Client, args: list[bytes]) -> bytes:
    """OBJECT ENCODING key (object.c objectCommand)."""
    value = look_at(client, args[2])
    return null(client.resp) if value is None else bulk(encoding_name(value))


@command("object|refcount", arity=3, flags=READONLY | RANDOM, keys=(2, 2, 1))
def object_refcount(client: Client, args: list[bytes]) -> bytes:
    """OBJECT REFCOUNT key (object.c objectCommand)."""
    value = look_at(client, args[2])
    if value is None:
        return null(client.resp)
    return integer(SHARED_REFERENCES if is_shared_integer(value) else 1)


@command("object|idletime", arity=3, flags=READONLY | RANDOM, keys=(2, 2, 1))
def object_idletime(client: Client, args: list[bytes]) -> bytes:
    """OBJECT IDLETIME key (object.c estimateObjectIdleTime)."""
    if look_at(client, args[2]) is None:
        return null(client.resp)
    if client.db.uses is not None:
        raise CommandError(IDLE_TIME_NOT_TRACKED)
    now, accessed = access_clock(client.server.now_ms), access_clock(client.db.accessed_ms[args[2]])
    return integer(now - accessed if now >= accessed else now + CLOCK_MAX - accessed)


@command("object|freq", arity=3, flags=READONLY | RANDOM, keys=(2, 2, 1))
def object_freq(client: Client, args: list[bytes]) -> bytes:
    """OBJECT FREQ key (object.c objectCommand)."""
    if look_at(client, args[2]) is None:
        return null(client.resp)
    if client.db.uses is None:
        raise CommandError(FREQUENCY_NOT_TRACKED)
    return integer(client.db.uses.count(args[2], client.server.now_ms))


def look_at(client: Client, key: bytes) -> Value | None:
    """The value at a key, without an access and without the event of a miss (object.c objectCommandLookup)."""
    value = client.db.peek(key)
    client.server.stats.keyspace_hits += value is not None
    client.server.stats.keyspace_misses += value is None
    return value


def access_clock(time_ms: int) -> int:
    """A time in the unit and the width in which Redis keeps it (evict.c getLRUClock)."""
    return time_ms // 1000 & CLOCK_MAX


def access_ms_for_idle(client: Client, idle_seconds: int) -> int:
    """When a key was used that is to look unused for so long; before the clock began versions differ
    (object.c objectSetLRUOrLFU)."""
    now = access_clock(client.server.now_ms)
    thousandths = wrap_int64(idle_seconds * 1000)
    accessed = now - (thousandths // 1000 if thousandths >= 0 else -(-thousandths // 1000))
    if accessed < 0 and client.server.version.early_access_is_half_way:
        accessed = (now + CLOCK_MAX // 2) % CLOCK_MAX
    elif accessed < 0:
        accessed += CLOCK_MAX
    return (accessed & CLOCK_MAX) * 1000
