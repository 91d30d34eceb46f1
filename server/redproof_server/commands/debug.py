"""DEBUG: looking into the server, and changing how it behaves."""

import re
import struct
from collections import Counter

from redproof_server.commands.saving import NOT_SAVED, answer, wait_for_file
from redproof_server.commands.subcommands import help_reply
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, PROTECTED, STALE, command
from redproof_server.engine.dict import Dict
from redproof_server.engine.errors import NO_SUCH_KEY, CommandError
from redproof_server.engine.server import Server
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import Value, encoding_name
from redproof_server.persistence.payload import CHECKSUM_BYTES, VERSION_BYTES, dump
from redproof_server.persistence.rdb import load, merge
from redproof_server.persistence.rdb_reading import CorruptRdbError
from redproof_server.protocol.numbers import parse_float
from redproof_server.protocol.replies import NO_REPLY, OK, error, status, verbatim

TABLE_NAMES = (b"main hash table", b"rehashing target")
NO_HASH_TABLE = b"ERR The value stored at the specified key is not represented using an hash table"
NO_RELOAD_IN_EXEC = b"ERR DEBUG RELOAD is not supported by this server in a transaction"
RELOAD_OPTIONS = {b"merge", b"noflush", b"nosave"}
RELOAD_SYNTAX = b"ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
NOT_LOADED = b"ERR Error trying to load the RDB dump"
CHAIN_LENGTH_SHOWN_MAX = 48


@command("debug", arity=-2, flags=ADMIN | NOSCRIPT | LOADING | STALE | PROTECTED)
def debug(client: Client, args: list[bytes]) -> bytes:
    """DEBUG subcommand [argument ...] (debug.c debugCommand)."""
    handler = SUBCOMMANDS.get((args[1].lower(), len(args)))
    if args[1].lower() == b"replicate" and len(args) > 2 and client.server.version.debug_replicates:
        handler = replicate
    if handler is None:
        raise CommandError(client.server.subcommand_syntax(args))
    return handler(client, args)


def leading_integer(text: bytes) -> int:
    """What C's atoi makes of a text."""
    found = re.match(rb"\s*([+-]?[0-9]+)", text)
    return int(found[1]) if found else 0


def sleep(client: Client, args: list[bytes]) -> bytes:
    """DEBUG SLEEP seconds: the shell lets the whole server stand still."""
    client.server.sleep_ms += max(int((parse_float(args[2]) or 0.0) * 1000), 0)
    return OK


def set_active_expire(client: Client, args: list[bytes]) -> bytes:
    """DEBUG SET-ACTIVE-EXPIRE 0|1."""
    client.server.databases_cron.may_expire = leading_integer(args[2]) != 0
    return OK


def pause_cron(client: Client, args: list[bytes]) -> bytes:
    """DEBUG PAUSE-CRON 0|1."""
    client.server.databases_cron.is_paused = leading_integer(args[2]) != 0
    return OK


def object_(client: Client, args: list[bytes]) -> bytes:
    """DEBUG OBJECT key: values have no address here, and no idle time is measured for it."""
    value = client.db.keys.get(args[2])
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    shape = b"Value at:0x0 refcount:1 encoding:%b serializedlength:%d lru:0 lru_seconds_idle:0"
    return status(shape % (encoding_name(value), serialized_bytes(client, value)))


def serialized_bytes(client: Client, value: Value) -> int:
    """How long a value is in a payload, without its type (rdbSavedObjectLen)."""
    list_fill = client.server.config.integer("list-max-ziplist-size")
    payload = dump(value, client.server.version.rdb_version, list_fill)
    return len(payload) - VERSION_BYTES - CHECKSUM_BYTES - 1


def htstats(client: Client, args: list[bytes]) -> bytes:
    """DEBUG HTSTATS database."""
    index = read_integer(args[2])
    if not 0 <= index < len(client.server.databases):
        raise CommandError(b"ERR Out of range database")
    db = client.server.databases[index]
    text = b"[Dictionary HT]\n" + dict_text(db.keys) + b"[Expires HT]\n" + dict_text(db.expires)
    return verbatim(text, b"txt", client.resp)


def htstats_key(client: Client, args: list[bytes]) -> bytes:
    """DEBUG HTSTATS-KEY key."""
    value = client.db.peek_read(args[2])
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    table = table_of(value)
    if table is None:
        raise CommandError(NO_HASH_TABLE)
    return verbatim(dict_text(table), b"txt", client.resp)


def table_of(value: Value) -> Dict[bytes] | Dict[None] | Dict[float] | None:
    """The hash table of a value, if it has one."""
    table: Dict[bytes] | Dict[None] | Dict[float] | None = None
    if isinstance(value, Hash):
        table = value.fields
    elif isinstance(value, Set):
        table = value.members
    elif isinstance(value, SortedSet):
        table = value.scores
    return table if table is not None and table.indexed else None


def dict_text(table: Dict[Value] | Dict[int] | Dict[bytes] | Dict[None] | Dict[float]) -> bytes:
    """The statistics of a hash table, and of the one it is moved to (dictGetStats)."""
    text = table_text(table.tables[0], 0)
    return text + table_text(table.tables[1], 1) if table.rehash_index >= 0 else text


def table_text(buckets: list[list[bytes] | None], number: int) -> bytes:
    """The statistics of one of the two tables (_dictGetStatsHt)."""
    heading = b"Hash table %d stats (%b):\n" % (number, TABLE_NAMES[number])
    counts = Counter(len(bucket or ()) for bucket in buckets)
    used, slots = sum(length * count for length, count in counts.items()), len(buckets) - counts[0]
    if not used:
        return heading + b"No stats available for empty dictionaries\n"
    lines = [
        b" table size: %d" % len(buckets),
        b" number of elements: %d" % used,
        b" different slots: %d" % slots,
        b" max chain length: %d" % max(counts),
        b" avg chain length (counted): %.2f" % single(used / slots),
        b" avg chain length (computed): %.2f" % single(used / slots),
        b" Chain length distribution:",
    ]
    lines += [
        b"   %d: %d (%.2f%%)" % (length, count, single(single(count / len(buckets)) * 100))
        for length, count in sorted(counts.items())
        if length <= CHAIN_LENGTH_SHOWN_MAX
    ]
    return heading + b"\n".join(lines) + b"\n"


def single(number: float) -> float:
    """The nearest float of 32 bits, in which Redis computes averages and shares."""
    (nearest,) = struct.unpack("<f", struct.pack("<f", number))
    return float(nearest)


def reload(client: Client, args: list[bytes]) -> bytes:
    """DEBUG RELOAD [MERGE] [NOFLUSH] [NOSAVE]: what Redis ends on, a damaged file, leaves everything as it was."""
    options = {option.lower() for option in args[2:]}
    if not options <= RELOAD_OPTIONS:
        raise CommandError(RELOAD_SYNTAX)
    if client.transaction is not None:
        raise CommandError(NO_RELOAD_IN_EXEC)
    saving = client.server.saving

    def was_read(data: bytes | None) -> None:
        answer(client, OK if data is not None and has_loaded(client.server, data, options) else error(NOT_LOADED))

    def was_saved(problem: str | None) -> None:
        if problem is None:
            saving.read(was_read)
        else:
            answer(client, error(NOT_SAVED))

    wait_for_file(client)
    if b"nosave" in options:
        saving.read(was_read)
    else:
        saving.save(was_saved)
    return NO_REPLY


def has_loaded(server: Server, data: bytes, options: set[bytes]) -> bool:
    """Whether a file could be loaded, in the way that the options of RELOAD ask for."""
    try:
        if b"noflush" in options:
            merge(server, data, b"merge" in options, keeps_expired=not server.replication.is_master)
        else:
            load(server, data, keeps_expired=not server.replication.is_master)
    except CorruptRdbError:
        return False
    return True


def change_repl_id(client: Client, args: list[bytes]) -> bytes:
    """DEBUG CHANGE-REPL-ID: replicas will need everything."""
    client.server.replication.change_replid()
    return OK


def replicate(client: Client, args: list[bytes]) -> bytes:
    """DEBUG REPLICATE command [argument ...]: for replicas alone."""
    replication = client.server.replication
    replication.propagate(replication.selected_db, args[2:])
    return OK


def help_(client: Client, args: list[bytes]) -> bytes:
    """DEBUG HELP."""
    return help_reply(args, HELP)


HELP = b"""\
CHANGE-REPL-ID
    Begin a history that no replica shares.
HTSTATS <dbid> | HTSTATS-KEY <key>
    Statistics of hash tables.
OBJECT <key>
    How a value is kept.
REPLICATE <command> [<argument> ...]
    Send replicas a command that is not run here.
PAUSE-CRON (0|1)
    Whether the periodic work is left out.
RELOAD [MERGE] [NOFLUSH] [NOSAVE]
    Save to the RDB file, then load it.
SET-ACTIVE-EXPIRE (0|1)
    Whether keys expire that nobody asks for.
SLEEP <seconds>
    Let everything stand still."""


# By name and number of words: debugCommand is not a table of subcommands in any version.
SUBCOMMANDS = {
    (b"sleep", 3): sleep,
    (b"set-active-expire", 3): set_active_expire,
    (b"pause-cron", 3): pause_cron,
    (b"object", 3): object_,
    (b"htstats", 3): htstats,
    (b"htstats-key", 3): htstats_key,
    (b"change-repl-id", 2): change_repl_id,
    (b"help", 2): help_,
    **{(b"reload", words): reload for words in range(2, 6)},
}
