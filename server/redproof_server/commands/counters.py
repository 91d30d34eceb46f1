"""INCR and its relatives, and INCRBYFLOAT."""

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, WRITE, command
from redproof_server.engine.errors import NOT_A_FLOAT, OVERFLOW, CommandError
from redproof_server.engine.events import STRING
from redproof_server.engine.values.strings import PlainString
from redproof_server.protocol.long_double import LongDouble, add, format_long_double, parse_long_double
from redproof_server.protocol.numbers import INT64_MAX, INT64_MIN
from redproof_server.protocol.replies import bulk, integer


@command("incr", arity=2, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def incr(client: Client, args: list[bytes]) -> bytes:
    """INCR key (t_string.c incrCommand)."""
    return increment(client, args[1], 1)


@command("decr", arity=2, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def decr(client: Client, args: list[bytes]) -> bytes:
    """DECR key (t_string.c decrCommand)."""
    return increment(client, args[1], -1)


@command("incrby", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def incrby(client: Client, args: list[bytes]) -> bytes:
    """INCRBY key increment (t_string.c incrbyCommand)."""
    return increment(client, args[1], read_integer(args[2]))


@command("decrby", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def decrby(client: Client, args: list[bytes]) -> bytes:
    """DECRBY key decrement (t_string.c decrbyCommand)."""
    return increment(client, args[1], negated(client, read_integer(args[2])))


def negated(client: Client, amount: int) -> int:
    """The increment for a decrement: the least integer has no opposite, and stays what it is where not refused."""
    if amount != INT64_MIN:
        return -amount
    if client.server.version.decrby_refuses_minimum:
        raise CommandError(b"ERR decrement would overflow")
    return amount


def increment(client: Client, key: bytes, amount: int) -> bytes:
    """Add to the integer at `key`, absent meaning 0, and answer the sum (t_string.c incrDecrCommand)."""
    text = client.db.write(key, bytes)
    number = amount if text is None else read_integer(text) + amount
    if not INT64_MIN <= number <= INT64_MAX:
        raise CommandError(OVERFLOW)
    store_number(client, key, b"%d" % number, text is None, b"incrby")
    return integer(number)


def store_number(client: Client, key: bytes, text: bytes, is_new: bool, event: bytes) -> None:
    """Keep a number at a key, whose expiry time stays."""
    if is_new:
        client.db.add(key, text)
    else:
        client.db.overwrite(key, text)
    client.db.changed(key, STRING, event)


@command("incrbyfloat", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def incrbyfloat(client: Client, args: list[bytes]) -> bytes:
    """INCRBYFLOAT key increment (t_string.c incrbyfloatCommand)."""
    text = client.db.write(args[1], bytes)
    value = read_long_double(b"0" if text is None else text)
    total = add(value, read_long_double(args[2]))
    if not total.is_finite:
        raise CommandError(b"ERR increment would produce NaN or Infinity")
    result = PlainString(format_long_double(total))
    store_number(client, args[1], result, text is None, b"incrbyfloat")
    client.server.propagation.rewrite(b"SET", args[1], result, b"KEEPTTL")
    return bulk(result)


def read_long_double(text: bytes, message: bytes = NOT_A_FLOAT) -> LongDouble:
    """A long double, or else the error (object.c getLongDoubleFromObjectOrReply)."""
    number = parse_long_double(text)
    if number is None:
        raise CommandError(message)
    return number
