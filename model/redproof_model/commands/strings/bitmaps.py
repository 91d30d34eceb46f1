"""Strings as arrays of bits, the most significant bit of the first byte being bit 0 (`bitops.c`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import and_, or_, xor
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.strings.strings import LONGEST_STRING, change
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import String
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.systems.arithmetic.bitfield import numbered_offset

table = CommandTable()

_BIT_OFFSET: Final = b"ERR bit offset is not an integer or out of range"
_BIT_VALUE: Final = b"ERR bit is not an integer or out of range"
_BIT_ARGUMENT: Final = b"ERR The bit argument must be 1 or 0."
_OF_SEVERAL: Final = b"ERR BITOP %b must be called with at least two source keys."
_NOT_OF_ONE: Final = b"ERR BITOP NOT must be called with a single source key."

_UNITS: Final = {b"BYTE": 8, b"BIT": 1}
_OPERATIONS: Final = {b"AND": and_, b"OR": or_, b"XOR": xor}
_UNLIKE: Final[Mapping[bytes, Callable[[int, int], int]]] = {
    b"DIFF": lambda first, others: first & ~others,
    b"DIFF1": lambda first, others: others & ~first,
    b"ANDOR": and_,
}
"""Operations on the first operand, and on the bits that are set in any other."""
_OF_ALL_VERSIONS: Final = _OPERATIONS.keys() | {b"NOT"}
_OF_ANY_VERSION: Final = _OF_ALL_VERSIONS | _UNLIKE.keys() | {b"ONE"}


@table.command("SETBIT", arity=4)
def setbit(world: World, argv: list[bytes]) -> Expected:
    """SETBIT key offset value (bitops.c setbitCommand)."""
    offset = bit_offset(argv[2])
    bit = integer(argv[3], _BIT_VALUE)
    if bit not in (0, 1):
        raise ReplyError(_BIT_VALUE)
    value = world.string(argv[1])
    data = b"" if value is None else value.data
    old = read_bits(data, offset, 1)
    changed = old != bit or offset >> 3 >= len(data)
    write(world, argv[1], value, write_bits(data, offset, 1, bit), changed or world.version.unchanged_bits_signal)
    return old


@table.command("GETBIT", arity=3)
def getbit(world: World, argv: list[bytes]) -> Expected:
    """GETBIT key offset (bitops.c getbitCommand)."""
    offset = bit_offset(argv[2])
    value = world.string(argv[1])
    return 0 if value is None else read_bits(value.data, offset, 1)


@table.command("BITCOUNT", arity=-2)
def bitcount(world: World, argv: list[bytes]) -> Expected:
    """BITCOUNT key [start [end [BYTE|BIT]]] (bitops.c bitcountCommand)."""
    if world.version.bit_range_before_key:
        _count_ends(world, argv)
        _unit(argv[4:])
    value = world.string(argv[1])
    if value is None:
        return 0
    start, end = _count_ends(world, argv)
    if end < start < 0:
        return 0
    first, last = _bit_range(start, end, _unit(argv[4:]), len(value.data))
    return read_bits(value.data, first, last - first + 1).bit_count() if first <= last else 0


def _count_ends(world: World, argv: list[bytes]) -> tuple[int, int]:
    """The first and the last position of BITCOUNT's range."""
    if len(argv) == 2:
        return 0, -1
    if len(argv) == 3 and world.version.bitcount_end_optional:
        return integer(argv[2]), -1
    if len(argv) not in _arguments_of_range(world, 4):
        raise ReplyError(SYNTAX)
    start = integer(argv[2])
    if world.version.bitcount_end_optional:
        _unit(argv[4:])
    return start, integer(argv[3])


@table.command("BITPOS", arity=-3)
def bitpos(world: World, argv: list[bytes]) -> Expected:
    """BITPOS key bit [start [end [BYTE|BIT]]] (bitops.c bitposCommand)."""
    bit = integer(argv[2])
    if bit not in (0, 1):
        raise ReplyError(_BIT_ARGUMENT)
    if world.version.bit_range_before_key:
        _position_range(world, argv)
    value = world.string(argv[1])
    if value is None:
        return -1 if bit else 0
    start, end, unit = _position_range(world, argv)
    first, last = _bit_range(start, end, unit, len(value.data))
    if first > last:
        return -1
    found = _find_bit(value.data, bit, first, last)
    if found is None:
        # Without an end the string is taken to go on with zeros.
        return len(value.data) * 8 if bit == 0 and len(argv) < 5 else -1
    return found


def _position_range(world: World, argv: list[bytes]) -> tuple[int, int, int]:
    """The first and the last position of BITPOS's range, and how many bits they count in."""
    if len(argv) > 4 and len(argv) not in _arguments_of_range(world, 5):
        raise ReplyError(SYNTAX)
    start = integer(argv[3]) if len(argv) > 3 else 0
    unit = _unit(argv[5:])
    return start, integer(argv[4]) if len(argv) > 4 else -1, unit


@table.command("BITOP", arity=-4)
def bitop(world: World, argv: list[bytes]) -> Expected:
    """BITOP AND|OR|XOR|NOT|DIFF|DIFF1|ANDOR|ONE destination key [key …] (bitops.c bitopCommand)."""
    name, destination, keys = c_string(argv[1]).upper(), argv[2], argv[3:]
    if name not in (_OF_ANY_VERSION if world.version.bitop_more else _OF_ALL_VERSIONS):
        raise ReplyError(SYNTAX)
    if name == b"NOT" and len(keys) != 1:
        raise ReplyError(_NOT_OF_ONE)
    if name in _UNLIKE and len(keys) < 2:
        raise ReplyError(_OF_SEVERAL % name)
    values = [world.string(key) or String(b"") for key in keys]
    length = max(len(value.data) for value in values)
    if length == 0:
        world.remove(destination)
        return 0
    operands = [int.from_bytes(value.data.ljust(length, b"\0")) for value in values]
    world.put(destination, String(_combined(name, operands, length).to_bytes(length), "raw"))
    return length


def _combined(name: bytes, operands: Sequence[int], length: int) -> int:
    """What an operation makes of numbers of `length` bytes."""
    if name == b"NOT":
        return (1 << length * 8) - 1 - operands[0]
    if name == b"ONE":
        once, often = 0, 0
        for operand in operands:
            once, often = once ^ operand, often | (once & operand)
        return once & ~often
    if name in _UNLIKE:
        return _UNLIKE[name](operands[0], reduce(or_, operands[1:]))
    return reduce(_OPERATIONS[name], operands)


def bit_offset(argument: bytes, width: int = 0) -> int:
    """Read the offset of a bit; `#n` is n times `width`, where that is given (`bitops.c` getBitOffsetFromArgument)."""
    is_numbered = width > 0 and argument.startswith(b"#")
    offset = to_integer(argument[1:] if is_numbered else argument)
    if offset is None:
        raise ReplyError(_BIT_OFFSET)
    accepted = 0 <= offset >> 3 < LONGEST_STRING
    if is_numbered:
        accepted, offset = numbered_offset.compiled(offset, width, LONGEST_STRING)
    if not accepted:
        raise ReplyError(_BIT_OFFSET)
    return offset


def read_bits(data: bytes, offset: int, width: int) -> int:
    """The natural number in `width` bits from `offset` on; beyond the end of the string all bits are 0."""
    first, past = offset >> 3, (offset + width + 7) >> 3
    window = int.from_bytes(data[first:past].ljust(past - first, b"\0"))
    return window >> (past * 8 - offset - width) & (1 << width) - 1


def write_bits(data: bytes, offset: int, width: int, number: int) -> bytes:
    """The string with the low `width` bits of `number` put in from `offset` on, longer if need be."""
    first, past = offset >> 3, (offset + width + 7) >> 3
    shift = past * 8 - offset - width
    mask = (1 << width) - 1
    window = int.from_bytes(data[first:past].ljust(past - first, b"\0"))
    window = window & ~(mask << shift) | (number & mask) << shift
    return data[:first].ljust(first, b"\0") + window.to_bytes(past - first) + data[past:]


def write(world: World, key: bytes, value: String | None, data: bytes, signal: bool) -> None:
    """Let the string at `key`, which is `value`, become `data`; `signal` tells those who watch the key."""
    if signal:
        change(world, key, value, data)
    elif value is None:
        world.db.ghosts.discard(key)
        world.db.values[key] = String(data, "raw")
    else:
        value.data = data
        value.encoding = "raw"


def _arguments_of_range(world: World, plain: int) -> tuple[int, ...]:
    """How many arguments a command with a range may have, `plain` without a unit."""
    return (plain, plain + 1) if world.version.bit_units else (plain,)


def _unit(arguments: list[bytes]) -> int:
    """How many bits the indexes of a range count in (BYTE or BIT may follow it)."""
    if not arguments:
        return 8
    unit = _UNITS.get(c_string(arguments[0]).upper())
    if unit is None:
        raise ReplyError(SYNTAX)
    return unit


def _bit_range(start: int, end: int, unit: int, length_bytes: int) -> tuple[int, int]:
    """The first and the last bit of a range of bytes or bits, negative indexes counting from the end."""
    total = length_bytes * 8 // unit
    start = max(start + total, 0) if start < 0 else start
    end = max(end + total, 0) if end < 0 else end
    return start * unit, (min(end, total - 1) + 1) * unit - 1


def _find_bit(data: bytes, bit: int, first: int, last: int) -> int | None:
    width = last - first + 1
    bits = read_bits(data, first, width)
    if bit == 0:
        bits ^= (1 << width) - 1
    return last + 1 - bits.bit_length() if bits else None
