"""Keys that expire: EXPIRE and its relatives, TTL and its relatives, PERSIST."""

from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import FAST, RANDOM, READONLY, WRITE, command
from redproof_server.engine.errors import CommandError
from redproof_server.engine.events import GENERIC
from redproof_server.protocol.numbers import INT64_MAX, INT64_MIN
from redproof_server.protocol.replies import integer
from redproof_server.replication.expiry import is_past

GT_LT_EXCLUSIVE = b"ERR GT and LT options at the same time are not compatible"
NX_EXCLUSIVE = b"ERR NX and XX, GT or LT options at the same time are not compatible"
CONDITIONS = (b"nx", b"xx", b"gt", b"lt")


@command("expire", arity=3, flags=WRITE | FAST, keys=(1, 1, 1), until="6.2")
@command("expire", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1), since="7.0")
def expire(client: Client, args: list[bytes]) -> bytes:
    """EXPIRE key seconds [NX | XX | GT | LT] (expire.c expireCommand)."""
    return expire_generic(client, args, b"expire", client.server.now_ms, unit_ms=1000)


@command("expireat", arity=3, flags=WRITE | FAST, keys=(1, 1, 1), until="6.2")
@command("expireat", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1), since="7.0")
def expireat(client: Client, args: list[bytes]) -> bytes:
    """EXPIREAT key unix-time-seconds [NX | XX | GT | LT] (expire.c expireatCommand)."""
    return expire_generic(client, args, b"expireat", 0, unit_ms=1000)


@command("pexpire", arity=3, flags=WRITE | FAST, keys=(1, 1, 1), until="6.2")
@command("pexpire", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1), since="7.0")
def pexpire(client: Client, args: list[bytes]) -> bytes:
    """PEXPIRE key milliseconds [NX | XX | GT | LT] (expire.c pexpireCommand)."""
    return expire_generic(client, args, b"pexpire", client.server.now_ms, unit_ms=1)


@command("pexpireat", arity=3, flags=WRITE | FAST, keys=(1, 1, 1), until="6.2")
@command("pexpireat", arity=-3, flags=WRITE | FAST, keys=(1, 1, 1), since="7.0")
def pexpireat(client: Client, args: list[bytes]) -> bytes:
    """PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT] (expire.c pexpireatCommand)."""
    return expire_generic(client, args, b"pexpireat", 0, unit_ms=1)


def expire_generic(client: Client, args: list[bytes], name: bytes, basis_ms: int, unit_ms: int) -> bytes:
    """Make a key expire at `basis_ms` plus the argument (expire.c expireGenericCommand)."""
    conditions = parse_conditions(args[3:])
    when_ms = read_integer(args[2]) * unit_ms
    if not INT64_MIN <= when_ms <= INT64_MAX - basis_ms:
        raise CommandError(client.server.version.invalid_expire % name)
    when_ms += basis_ms
    db, key = client.db, args[1]
    if db.lookup(key) is None or (conditions and not conditions_hold(conditions, db.expiry_ms(key), when_ms)):
        return integer(0)
    propagation = client.server.propagation
    if is_past(client.server, when_ms):
        db.delete(key)
        db.changed(key, GENERIC, b"del")
        propagation.rewrite(*propagation.deletion(key, "lazyfree-lazy-expire"))
    else:
        db.set_expiry(key, when_ms)
        db.changed(key, GENERIC, b"expire")
        if name != b"pexpireat" and client.server.version.expiry_is_propagated_absolute:
            propagation.rewrite(b"PEXPIREAT", key, b"%d" % when_ms, *args[3:])
    return integer(1)


def parse_conditions(options: list[bytes]) -> set[bytes]:
    """The conditions asked for (expire.c parseExtendedExpireArgumentsOrReply)."""
    conditions = set()
    for option in options:
        condition = read_word(option)
        if condition not in CONDITIONS:
            raise CommandError(b"ERR Unsupported option %b" % option.partition(b"\0")[0].rstrip(b"\r\n"))
        conditions.add(condition)
    if b"nx" in conditions and len(conditions) > 1:
        raise CommandError(NX_EXCLUSIVE)
    if {b"gt", b"lt"} <= conditions:
        raise CommandError(GT_LT_EXCLUSIVE)
    return conditions


def conditions_hold(conditions: set[bytes], current_ms: int | None, when_ms: int) -> bool:
    """Whether the conditions let `when_ms` replace the present expiry time; none counts as never."""
    return not (
        (b"nx" in conditions and current_ms is not None)
        or (b"xx" in conditions and current_ms is None)
        or (b"gt" in conditions and (current_ms is None or when_ms <= current_ms))
        or (b"lt" in conditions and current_ms is not None and when_ms >= current_ms)
    )


@command("ttl", arity=2, flags=READONLY | RANDOM | FAST, keys=(1, 1, 1))
def ttl(client: Client, args: list[bytes]) -> bytes:
    """TTL key (expire.c ttlCommand)."""
    return integer(rounded_seconds(time_to_live_ms(client, args[1], client.server.now_ms)))


@command("pttl", arity=2, flags=READONLY | RANDOM | FAST, keys=(1, 1, 1))
def pttl(client: Client, args: list[bytes]) -> bytes:
    """PTTL key (expire.c pttlCommand)."""
    return integer(time_to_live_ms(client, args[1], client.server.now_ms))


@command("expiretime", arity=2, flags=READONLY | FAST, keys=(1, 1, 1), since="7.0")
def expiretime(client: Client, args: list[bytes]) -> bytes:
    """EXPIRETIME key (expire.c expiretimeCommand)."""
    return integer(rounded_seconds(time_to_live_ms(client, args[1], 0)))


@command("pexpiretime", arity=2, flags=READONLY | FAST, keys=(1, 1, 1), since="7.0")
def pexpiretime(client: Client, args: list[bytes]) -> bytes:
    """PEXPIRETIME key (expire.c pexpiretimeCommand)."""
    return integer(time_to_live_ms(client, args[1], 0))


def time_to_live_ms(client: Client, key: bytes, basis_ms: int) -> int:
    """The milliseconds from `basis_ms` on that `key` has; -1 when it does not expire, -2 when it does not exist."""
    if client.db.peek_read(key) is None:
        return -2
    when_ms = client.db.expiry_ms(key)
    return -1 if when_ms is None else max(when_ms - basis_ms, 0)


def rounded_seconds(time_ms: int) -> int:
    """The nearest second; what is negative means something else and stays."""
    return time_ms if time_ms < 0 else (time_ms + 500) // 1000


@command("persist", arity=2, flags=WRITE | FAST, keys=(1, 1, 1))
def persist(client: Client, args: list[bytes]) -> bytes:
    """PERSIST key (expire.c persistCommand)."""
    db, key = client.db, args[1]
    if db.lookup(key) is None or not db.remove_expiry(key):
        return integer(0)
    db.changed(key, GENERIC, b"persist")
    return integer(1)
