"""SET, GET and INCR."""

from dataclasses import dataclass

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import OVERFLOW, SYNTAX, CommandError
from redproof_server.engine.events import GENERIC, STRING
from redproof_server.protocol.numbers import INT64_MAX, INT64_MIN
from redproof_server.protocol.replies import OK, bulk_or_null, integer, null

# The unit of each option that takes a time, in milliseconds, and whether the time is absolute.
EXPIRY_OPTIONS = {b"ex": (1000, False), b"px": (1, False), b"exat": (1000, True), b"pxat": (1, True)}


@dataclass(slots=True)
class SetOptions:
    """The options of SET; `expiry` is the option's lower-case name and its argument."""

    condition: bytes = b""
    wants_old: bool = False
    keeps_expiry: bool = False
    expiry: tuple[bytes, bytes] | None = None


@command("get", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def get(client: Client, args: list[bytes]) -> bytes:
    """GET key (t_string.c getCommand)."""
    return bulk_or_null(client.db.read(args[1], bytes), client.resp)


@command("set", arity=-3, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def set_(client: Client, args: list[bytes]) -> bytes:
    """SET key value [NX | XX] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL] (t_string.c setGenericCommand)."""
    db, key = client.db, args[1]
    if len(args) == 3:
        db.put(key, args[2])
        db.changed(key, STRING, b"set")
        return OK
    options = parse_set_options(client, args)
    when_ms = None
    if options.expiry is not None:
        when_ms = expiry_time_ms(client, b"set", *options.expiry)
    reply = old_value_reply(client, key) if options.wants_old and client.server.version.set_get_with_nx else OK
    if not condition_holds(client, key, options.condition):
        return reply if reply is not OK else null(client.resp)
    if options.wants_old and reply is OK:
        reply = old_value_reply(client, key)
    db.put(key, args[2], keep_expiry=options.keeps_expiry)
    db.changed(key, STRING, b"set")
    if when_ms is not None:
        db.set_expiry(key, when_ms)
        db.changed(key, GENERIC, b"expire", count=0)
    return reply


def parse_set_options(client: Client, args: list[bytes]) -> SetOptions:
    """The options of a SET request (t_string.c parseExtendedStringArgumentsOrReply)."""
    options = SetOptions()
    position = 3
    while position < len(args):
        option = args[position].lower()
        if option in (b"nx", b"xx") and options.condition in (b"", option):
            options.condition = option
        elif option == b"get":
            options.wants_old = True
        elif option == b"keepttl" and options.expiry is None:
            options.keeps_expiry = True
        elif is_expiry_option(option, options) and position + 1 < len(args):
            options.expiry = option, args[position + 1]
            position += 1
        else:
            raise CommandError(SYNTAX)
        position += 1
    if options.wants_old and options.condition == b"nx" and not client.server.version.set_get_with_nx:
        raise CommandError(SYNTAX)
    return options


def is_expiry_option(option: bytes, options: SetOptions) -> bool:
    """Whether `option` takes a time and no other kind of expiry was asked for; the same one may be repeated."""
    if option not in EXPIRY_OPTIONS or options.keeps_expiry:
        return False
    return options.expiry is None or options.expiry[0] == option


def expiry_time_ms(client: Client, command_name: bytes, option: bytes, text: bytes) -> int:
    """The unix time that EX, PX, EXAT or PXAT asks for (t_string.c getExpireMillisecondsOrReply)."""
    unit_ms, is_absolute = EXPIRY_OPTIONS[option]
    when_ms = read_integer(text) * unit_ms
    basis_ms = 0 if is_absolute else client.server.now_ms
    if not 0 < when_ms <= INT64_MAX - basis_ms:
        raise CommandError(client.server.version.invalid_expire % command_name)
    return when_ms + basis_ms


def condition_holds(client: Client, key: bytes, condition: bytes) -> bool:
    """Whether NX or XX lets SET go on."""
    return not condition or (client.db.lookup(key) is not None) == (condition == b"xx")


def old_value_reply(client: Client, key: bytes) -> bytes:
    """What SET with GET answers; raises WRONGTYPE (t_string.c getGenericCommand)."""
    return bulk_or_null(client.db.read(key, bytes), client.resp)


@command("incr", arity=2, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def incr(client: Client, args: list[bytes]) -> bytes:
    """INCR key (t_string.c incrCommand)."""
    return increment(client, args[1], 1)


def increment(client: Client, key: bytes, amount: int) -> bytes:
    """Add to the integer at `key`, absent meaning 0, and answer the sum (t_string.c incrDecrCommand)."""
    db = client.db
    text = db.write(key, bytes)
    number = amount if text is None else read_integer(text) + amount
    if not INT64_MIN <= number <= INT64_MAX:
        raise CommandError(OVERFLOW)
    new_text = b"%d" % number
    if text is None:
        db.add(key, new_text)
    else:
        db.overwrite(key, new_text)
    db.changed(key, STRING, b"incrby")
    return integer(number)
