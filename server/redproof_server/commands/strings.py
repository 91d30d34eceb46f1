"""SET, GET and what they have become together: whole strings with conditions and expiry times."""

from dataclasses import dataclass

from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import GENERIC, STRING
from redproof_server.protocol.numbers import INT64_MAX
from redproof_server.protocol.replies import OK, array, bulk, bulk_or_null, integer, null
from redproof_server.replication.expiry import is_past

# The unit of each option that takes a time, in milliseconds, and whether the time is absolute.
EXPIRY_OPTIONS = {b"ex": (1000, False), b"px": (1, False), b"exat": (1000, True), b"pxat": (1, True)}


@dataclass(slots=True)
class StringOptions:
    """The options of SET and GETEX; `expiry` is the option's lower-case name and its argument."""

    condition: bytes = b""
    wants_old: bool = False
    keeps_expiry: bool = False
    removes_expiry: bool = False
    expiry: tuple[bytes, bytes] | None = None


@command("get", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def get(client: Client, args: list[bytes]) -> bytes:
    """GET key (t_string.c getCommand)."""
    return bulk_or_null(client.db.read(args[1], bytes), client.resp)


@command("set", arity=-3, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def set_(client: Client, args: list[bytes]) -> bytes:
    """SET key value [NX | XX] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL] (t_string.c setGenericCommand)."""
    key = args[1]
    if len(args) == 3:
        set_value(client, key, args[2])
        return OK
    options = parse_set_options(client, args)
    when_ms = None
    if options.expiry is not None:
        when_ms = expiry_time_ms(client, b"set", *options.expiry)
    reply = old_value_reply(client, key) if options.wants_old and client.server.version.set_get_with_nx else OK
    exists = client.db.lookup(key) is not None if options.condition else None
    if exists is (options.condition == b"nx"):
        return reply if reply is not OK else null(client.resp)
    if options.wants_old and reply is OK:
        reply = old_value_reply(client, key)
    set_value(client, key, args[2], when_ms, options.keeps_expiry, exists)
    if when_ms is not None and options.expiry is not None:
        propagate_set(client, key, args[2], when_ms, EXPIRY_OPTIONS[options.expiry[0]][1])
    elif options.wants_old:
        client.server.propagation.rewrite(*args[:3], *(word for word in args[3:] if read_word(word) != b"get"))
    return reply


def set_value(
    client: Client,
    key: bytes,
    value: bytes,
    when_ms: int | None = None,
    keeps_expiry: bool = False,
    exists: bool | None = None,
) -> None:
    """Put a string at `key`, with its events; versions differ in whether it counts that `exists` is known."""
    db = client.db
    if exists is not None and not client.server.version.set_looks_up_once:
        exists = None
    db.put(key, value, keeps_expiry, exists)
    db.changed(key, STRING, b"set")
    if when_ms is not None:
        db.set_expiry(key, when_ms)
        db.changed(key, GENERIC, b"expire", count=0)


def parse_set_options(client: Client, args: list[bytes]) -> StringOptions:
    """The options of a SET request (t_string.c parseExtendedStringArgumentsOrReply)."""
    options = StringOptions()
    position = 3
    while position < len(args):
        option = read_word(args[position])
        if option in (b"nx", b"xx") and options.condition in (b"", option):
            options.condition = option
        elif option == b"get":
            options.wants_old = True
        elif option == b"keepttl" and options.expiry is None:
            options.keeps_expiry = True
        else:
            position = parse_expiry_option(args, position, options)
        position += 1
    if options.wants_old and options.condition == b"nx" and not client.server.version.set_get_with_nx:
        raise CommandError(SYNTAX)
    return options


def parse_getex_options(args: list[bytes]) -> StringOptions:
    """The options of a GETEX request."""
    options = StringOptions()
    position = 2
    while position < len(args):
        if read_word(args[position]) == b"persist" and options.expiry is None:
            options.removes_expiry = True
        else:
            position = parse_expiry_option(args, position, options)
        position += 1
    return options


def parse_expiry_option(args: list[bytes], position: int, options: StringOptions) -> int:
    """Read an option with its time; the position of the time. The same option may be repeated, another not."""
    option = read_word(args[position])
    is_free = not options.keeps_expiry and not options.removes_expiry
    if option not in EXPIRY_OPTIONS or not is_free or position + 1 == len(args):
        raise CommandError(SYNTAX)
    if options.expiry is not None and options.expiry[0] != option:
        raise CommandError(SYNTAX)
    options.expiry = option, args[position + 1]
    return position + 1


def expiry_time_ms(client: Client, command_name: bytes, option: bytes, text: bytes) -> int:
    """The unix time that EX, PX, EXAT or PXAT asks for (t_string.c getExpireMillisecondsOrReply)."""
    unit_ms, is_absolute = EXPIRY_OPTIONS[option]
    when_ms = read_integer(text) * unit_ms
    basis_ms = 0 if is_absolute else client.server.now_ms
    if not 0 < when_ms <= INT64_MAX - basis_ms:
        raise CommandError(client.server.version.invalid_expire % command_name)
    return when_ms + basis_ms


def propagated_time(client: Client, when_ms: int, is_absolute: bool) -> tuple[bool, bytes]:
    """A unix time as it is propagated: whether absolute, for versions differ in whether EX and PX are then, and in
    milliseconds (t_string.c setGenericCommand)."""
    if is_absolute or client.server.version.expiry_is_propagated_absolute:
        return True, b"%d" % when_ms
    return False, b"%d" % (when_ms - client.server.now_ms)


def propagate_set(client: Client, key: bytes, value: bytes, when_ms: int, is_absolute: bool = False) -> None:
    """Propagate the running command as SET with a time."""
    is_absolute, time_ms = propagated_time(client, when_ms, is_absolute)
    client.server.propagation.rewrite(b"SET", key, value, b"PXAT" if is_absolute else b"PX", time_ms)


def old_value_reply(client: Client, key: bytes) -> bytes:
    """What SET with GET answers; raises WRONGTYPE (t_string.c getGenericCommand)."""
    return bulk_or_null(client.db.read(key, bytes), client.resp)


@command("setnx", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def setnx(client: Client, args: list[bytes]) -> bytes:
    """SETNX key value (t_string.c setnxCommand)."""
    if client.db.lookup(args[1]) is not None:
        return integer(0)
    set_value(client, args[1], args[2], exists=False)
    return integer(1)


@command("setex", arity=4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def setex(client: Client, args: list[bytes]) -> bytes:
    """SETEX key seconds value (t_string.c setexCommand)."""
    return set_with_time(client, args, b"setex", b"ex")


@command("psetex", arity=4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def psetex(client: Client, args: list[bytes]) -> bytes:
    """PSETEX key milliseconds value (t_string.c psetexCommand)."""
    return set_with_time(client, args, b"psetex", b"px")


def set_with_time(client: Client, args: list[bytes], name: bytes, option: bytes) -> bytes:
    """Set a string that expires."""
    when_ms = expiry_time_ms(client, name, option, args[2])
    set_value(client, args[1], args[3], when_ms)
    propagate_set(client, args[1], args[3], when_ms)
    return OK


@command("getset", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def getset(client: Client, args: list[bytes]) -> bytes:
    """GETSET key value (t_string.c getsetCommand)."""
    reply = old_value_reply(client, args[1])
    set_value(client, args[1], args[2])
    client.server.propagation.rewrite(b"SET", *args[1:])
    return reply


@command("getdel", arity=2, flags=WRITE | FAST, keys=(1, 1, 1))
def getdel(client: Client, args: list[bytes]) -> bytes:
    """GETDEL key (t_string.c getdelCommand)."""
    reply = old_value_reply(client, args[1])
    if client.db.delete(args[1]):
        propagation = client.server.propagation
        propagation.rewrite(*propagation.deletion(args[1], "lazyfree-lazy-user-del"))
        client.db.changed(args[1], GENERIC, b"del")
    return reply


@command("getex", arity=-2, flags=WRITE | FAST, keys=(1, 1, 1))
def getex(client: Client, args: list[bytes]) -> bytes:
    """GETEX key [EX | PX | EXAT | PXAT time | PERSIST] (t_string.c getexCommand)."""
    options = parse_getex_options(args)
    db, key = client.db, args[1]
    value = db.read(key, bytes)
    if value is not None and options.expiry is not None:
        when_ms = expiry_time_ms(client, b"getex", *options.expiry)
        expire_or_delete(client, key, when_ms, EXPIRY_OPTIONS[options.expiry[0]][1])
    elif value is not None and options.removes_expiry and db.remove_expiry(key):
        db.changed(key, GENERIC, b"persist")
        client.server.propagation.rewrite(b"PERSIST", key)
    return bulk_or_null(value, client.resp)


def expire_or_delete(client: Client, key: bytes, when_ms: int, is_absolute: bool) -> None:
    """Let a key expire, or delete it when an absolute time has passed already."""
    propagation = client.server.propagation
    if is_absolute and is_past(client.server, when_ms):
        client.db.delete(key)
        client.db.changed(key, GENERIC, b"del")
        propagation.rewrite(*propagation.deletion(key, "lazyfree-lazy-expire"))
    else:
        client.db.set_expiry(key, when_ms)
        client.db.changed(key, GENERIC, b"expire")
        is_absolute, time_ms = propagated_time(client, when_ms, is_absolute)
        propagation.rewrite(b"PEXPIREAT" if is_absolute else b"PEXPIRE", key, time_ms)


@command("mget", arity=-2, flags=READONLY | FAST, keys=(1, -1, 1))
def mget(client: Client, args: list[bytes]) -> bytes:
    """MGET key [key ...] (t_string.c mgetCommand)."""
    values = [client.db.lookup_read(key) for key in args[1:]]
    return array([bulk(value) if isinstance(value, bytes) else null(client.resp) for value in values])


@command("mset", arity=-3, flags=WRITE | DENYOOM, keys=(1, -1, 2))
def mset(client: Client, args: list[bytes]) -> bytes:
    """MSET key value [key value ...] (t_string.c msetCommand)."""
    set_pairs(client, read_pairs(client, b"mset", args))
    return OK


@command("msetnx", arity=-3, flags=WRITE | DENYOOM, keys=(1, -1, 2))
def msetnx(client: Client, args: list[bytes]) -> bytes:
    """MSETNX key value [key value ...] (t_string.c msetnxCommand)."""
    pairs = read_pairs(client, b"msetnx", args)
    if any(client.db.lookup(key) is not None for key, _ in pairs):
        return integer(0)
    set_pairs(client, pairs)
    return integer(1)


def read_pairs(client: Client, name: bytes, args: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Keys and their values, refused when the last value is missing (t_string.c msetGenericCommand)."""
    if len(args) % 2 == 0:
        raise CommandError(client.server.version.mset_arity % {b"name": name})
    return list(zip(args[1::2], args[2::2], strict=True))


def set_pairs(client: Client, pairs: list[tuple[bytes, bytes]]) -> None:
    """Set all keys, in their order."""
    for key, value in pairs:
        set_value(client, key, value)
