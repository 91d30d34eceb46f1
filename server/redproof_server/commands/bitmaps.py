"""Strings as arrays of bits, the most significant bit of a byte first: SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP."""

from functools import reduce
from operator import and_, or_, xor

from redproof_server.commands.substrings import byte_range, store_edited
from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import GENERIC, STRING
from redproof_server.engine.values.strings import RawString
from redproof_server.protocol.numbers import parse_int64
from redproof_server.protocol.replies import integer

NOT_A_BIT_OFFSET = b"ERR bit offset is not an integer or out of range"
NOT_A_BIT = b"ERR bit is not an integer or out of range"
NOT_ONE_SOURCE = b"ERR BITOP NOT must be called with a single source key."
OPERATIONS = {b"and": and_, b"or": or_, b"xor": xor}
NOT = b"not"


@command("setbit", arity=4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def setbit(client: Client, args: list[bytes]) -> bytes:
    """SETBIT key offset value (bitops.c setbitCommand)."""
    offset = read_bit_offset(client, args[2])
    bit = read_integer(args[3], NOT_A_BIT)
    if bit not in (0, 1):
        raise CommandError(NOT_A_BIT)
    db, key = client.db, args[1]
    value = db.write(key, bytes)
    buffer = extended(value, offset)
    has_grown = value is None or len(buffer) > len(value)
    old_bit = buffer[offset >> 3] >> (7 - (offset & 7)) & 1
    buffer[offset >> 3] ^= (old_bit ^ bit) << (7 - (offset & 7))
    store_edited(client, key, bytes(buffer), value is None)
    if has_grown or old_bit != bit or client.server.version.equal_bits_are_changes:
        db.changed(key, STRING, b"setbit")
    return integer(old_bit)


def read_bit_offset(client: Client, text: bytes) -> int:
    """The number of a bit that a string may have (bitops.c getBitOffsetFromArgument)."""
    offset = parse_int64(text)
    if offset is None:
        raise CommandError(NOT_A_BIT_OFFSET)
    return checked_bit_offset(client, offset)


def checked_bit_offset(client: Client, offset: int) -> int:
    """`offset`, refused when it lies beyond the longest string."""
    if offset < 0 or offset >> 3 >= client.server.request_limits.bulk_bytes_max:
        raise CommandError(NOT_A_BIT_OFFSET)
    return offset


def extended(value: bytes | None, last_bit: int) -> bytearray:
    """A copy of `value`, padded with zeros so that it has the bit `last_bit` (bitops.c lookupStringForBitCommand)."""
    return bytearray((value or b"").ljust((last_bit >> 3) + 1, b"\0"))


@command("getbit", arity=3, flags=READONLY | FAST, keys=(1, 1, 1))
def getbit(client: Client, args: list[bytes]) -> bytes:
    """GETBIT key offset (bitops.c getbitCommand)."""
    offset = read_bit_offset(client, args[2])
    value = client.db.read(args[1], bytes) or b""
    if offset >> 3 >= len(value):
        return integer(0)
    return integer(value[offset >> 3] >> (7 - (offset & 7)) & 1)


@command("bitcount", arity=-2, flags=READONLY, keys=(1, 1, 1))
def bitcount(client: Client, args: list[bytes]) -> bytes:
    """BITCOUNT key [start end [BYTE | BIT]] (bitops.c bitcountCommand)."""
    value = client.db.read(args[1], bytes)
    if value is None:
        return integer(0)
    if len(args) == 2:
        return integer(int.from_bytes(value, "big").bit_count())
    if len(args) not in (4, 5) or (len(args) == 5 and not client.server.version.bit_ranges_have_units):
        raise CommandError(SYNTAX)
    start, end = read_integer(args[2]), read_integer(args[3])
    if start < 0 and end < 0 and start > end:
        return integer(0)
    first, last = bit_range(start, end, len(value), read_is_bits(args[4:]))
    return integer(bits_between(value, first, last).bit_count())


def read_is_bits(units: list[bytes]) -> bool:
    """Whether a range counts bits and not bytes."""
    unit = read_word(units[0]) if units else b"byte"
    if unit not in (b"bit", b"byte"):
        raise CommandError(SYNTAX)
    return unit == b"bit"


def bit_range(start: int, end: int, length_bytes: int, is_bits: bool) -> tuple[int, int]:
    """The inclusive numbers of bits for a range of bits or bytes; the second is less for an empty range."""
    if is_bits:
        return clamped_range(start, end, length_bytes * 8)
    first, last = clamped_range(start, end, length_bytes)
    return first * 8, last * 8 + 7


def clamped_range(start: int, end: int, length: int) -> tuple[int, int]:
    """As `byte_range`, but positions before the start mean the first also when they are in the wrong order."""
    return byte_range(max(start, -length), max(end, -length), length)


def bits_between(value: bytes, first: int, last: int) -> int:
    """The bits from `first` to `last` as a number of that width."""
    if first > last:
        return 0
    number = int.from_bytes(value[first >> 3 : (last >> 3) + 1], "big") >> (7 - (last & 7))
    return number & ((1 << last - first + 1) - 1)


@command("bitpos", arity=-3, flags=READONLY, keys=(1, 1, 1))
def bitpos(client: Client, args: list[bytes]) -> bytes:
    """BITPOS key bit [start [end [BYTE | BIT]]] (bitops.c bitposCommand)."""
    bit = read_integer(args[2])
    if bit not in (0, 1):
        raise CommandError(b"ERR The bit argument must be 1 or 0.")
    value = client.db.read(args[1], bytes)
    if value is None:
        return integer(-1 if bit else 0)
    if len(args) > (6 if client.server.version.bit_ranges_have_units else 5):
        raise CommandError(SYNTAX)
    start = read_integer(args[3]) if len(args) > 3 else 0
    is_bits = read_is_bits(args[5:])
    end = read_integer(args[4]) if len(args) > 4 else len(value) - 1
    first, last = bit_range(start, end, len(value), is_bits)
    position = find_bit(value, bit, first, last)
    if position is None and not bit and first <= last and len(args) < 5:
        position = last + 1
    return integer(-1 if position is None else position)


def find_bit(value: bytes, bit: int, first: int, last: int) -> int | None:
    """The first place from `first` to `last` that holds `bit`."""
    number = bits_between(value, first, last)
    width = max(last - first + 1, 0)
    if not bit:
        number ^= (1 << width) - 1
    return first + width - number.bit_length() if number else None


@command("bitop", arity=-4, flags=WRITE | DENYOOM, keys=(2, -1, 1))
def bitop(client: Client, args: list[bytes]) -> bytes:
    """BITOP AND | OR | XOR | NOT destkey key [key ...] (bitops.c bitopCommand)."""
    operation, destination = read_word(args[1]), args[2]
    if operation not in OPERATIONS and operation != NOT:
        raise CommandError(SYNTAX)
    if operation == NOT and len(args) != 4:
        raise CommandError(NOT_ONE_SOURCE)
    result = combined(operation, [client.db.read(key, bytes) or b"" for key in args[3:]])
    if result:
        client.db.put(destination, RawString(result))
        client.db.changed(destination, STRING, b"set")
    elif client.db.delete(destination):
        client.db.changed(destination, GENERIC, b"del")
    return integer(len(result))


def combined(operation: bytes, sources: list[bytes]) -> bytes:
    """The operation on all bits; short sources are padded with zeros."""
    length = max(map(len, sources))
    numbers = [int.from_bytes(source.ljust(length, b"\0"), "big") for source in sources]
    if operation == NOT:
        return ((1 << length * 8) - 1 ^ numbers[0]).to_bytes(length, "big")
    return reduce(OPERATIONS[operation], numbers).to_bytes(length, "big")
