"""DUMP and RESTORE: a value as bytes that every Redis of the version or a later one understands."""

from dataclasses import dataclass

from redproof_server.commands.objects import access_ms_for_idle
from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, RANDOM, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import GENERIC
from redproof_server.engine.values.value import Value
from redproof_server.persistence import payload
from redproof_server.persistence.stream import CorruptPayloadError
from redproof_server.protocol.numbers import wrap_int64
from redproof_server.protocol.replies import OK, bulk, null
from redproof_server.replication.expiry import is_past

BUSY_KEY = b"BUSYKEY Target key name already exists."
FREQUENCY_MAX = 255


@dataclass(slots=True)
class RestoreOptions:
    """What follows the payload."""

    replaces: bool = False
    ttl_is_absolute: bool = False
    idle_seconds: int | None = None
    frequency: int | None = None


@command("dump", arity=2, flags=READONLY | RANDOM, keys=(1, 1, 1))
def dump(client: Client, args: list[bytes]) -> bytes:
    """DUMP key (cluster.c dumpCommand)."""
    value = client.db.lookup_read(args[1])
    if value is None:
        return null(client.resp)
    list_fill = client.server.config.integer("list-max-ziplist-size")
    return bulk(payload.dump(value, client.server.version.rdb_version, list_fill))


@command("restore-asking", arity=-4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
@command("restore", arity=-4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def restore(client: Client, args: list[bytes]) -> bytes:
    """RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds | FREQ frequency] (cluster.c restoreCommand)."""
    options = parse_restore_options(args)
    db, key = client.db, args[1]
    if not options.replaces and db.lookup(key) is not None:
        raise CommandError(BUSY_KEY)
    ttl_ms = read_integer(args[2])
    if ttl_ms < 0:
        raise CommandError(b"ERR Invalid TTL value, must be >= 0")
    value = read_payload(client, args[3])
    was_deleted = options.replaces and db.delete(key)
    when_ms = expiry_time_ms(client, ttl_ms, options.ttl_is_absolute)
    if when_ms is not None and is_past(client.server, when_ms):
        if was_deleted:
            db.changed(key, GENERIC, b"del")
            client.server.propagation.rewrite(b"DEL", key)
        return OK
    db.add(key, value)
    if when_ms is not None:
        db.set_expiry(key, when_ms)
        if client.server.version.expiry_is_propagated_absolute and not options.ttl_is_absolute:
            client.server.propagation.rewrite(*args[:2], b"%d" % when_ms, *args[3:], b"ABSTTL")
    restore_access(client, key, options)
    db.changed(key, GENERIC, b"restore")
    return OK


def restore_access(client: Client, key: bytes, options: RestoreOptions) -> None:
    """Let the key look as unused or as often used as it was, whichever is kept (object.c objectSetLRUOrLFU)."""
    db = client.db
    if db.uses is not None:
        if options.frequency is not None:
            db.uses.set(key, options.frequency, client.server.now_ms)
    elif options.idle_seconds is not None:
        db.accessed_ms[key] = access_ms_for_idle(client, options.idle_seconds)


def expiry_time_ms(client: Client, ttl_ms: int, is_absolute: bool) -> int | None:
    """When the restored key expires; None for 0. A time too far away overflows into the past."""
    if not ttl_ms:
        return None
    return ttl_ms if is_absolute else wrap_int64(ttl_ms + client.server.now_ms)


def read_payload(client: Client, data: bytes) -> Value:
    """The value in a payload, refused when it is damaged or of a later version."""
    rdb_version = client.server.version.rdb_version
    if not payload.is_intact(data, rdb_version):
        raise CommandError(b"ERR DUMP payload version or checksum are wrong")
    try:
        return payload.restore(data, rdb_version, client.server.limits)
    except CorruptPayloadError:
        raise CommandError(b"ERR Bad data format") from None


def parse_restore_options(args: list[bytes]) -> RestoreOptions:
    """The options of a RESTORE request; IDLETIME and FREQ exclude each other."""
    options = RestoreOptions()
    position = 4
    while position < len(args):
        option = read_word(args[position])
        has_value = position + 1 < len(args)
        if option == b"replace":
            options.replaces = True
        elif option == b"absttl":
            options.ttl_is_absolute = True
        elif option == b"idletime" and has_value and options.frequency is None:
            position += 1
            options.idle_seconds = read_idle_seconds(args[position])
        elif option == b"freq" and has_value and options.idle_seconds is None:
            position += 1
            options.frequency = read_frequency(args[position])
        else:
            raise CommandError(SYNTAX)
        position += 1
    return options


def read_idle_seconds(text: bytes) -> int:
    """For how long a key is to look unused."""
    seconds = read_integer(text)
    if seconds < 0:
        raise CommandError(b"ERR Invalid IDLETIME value, must be >= 0")
    return seconds


def read_frequency(text: bytes) -> int:
    """How often a key is to look used."""
    frequency = read_integer(text)
    if not 0 <= frequency <= FREQUENCY_MAX:
        raise CommandError(b"ERR Invalid FREQ value, must be >= 0 and <= 255")
    return frequency
