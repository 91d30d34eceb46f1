"""BITFIELD: integers of any width at any bit of a string (`bitops.c`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redproof_model.choice import Expected
from redproof_model.commands.bitmaps import bit_offset, read_bits, write, write_bits
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, to_integer
from redproof_model.reply import NULL, Reply

table = CommandTable()

_OPERANDS: Final = {b"GET": 2, b"SET": 3, b"INCRBY": 3, b"OVERFLOW": 1}
_OVERFLOWS: Final = frozenset([b"WRAP", b"SAT", b"FAIL"])
_WIDEST: Final = {b"i": 64, b"u": 63}
_UINT64_COUNT: Final = 2**64

_BAD_TYPE: Final = b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
_BAD_OVERFLOW: Final = b"ERR Invalid OVERFLOW type specified"
_READ_ONLY: Final = b"ERR BITFIELD_RO only supports the GET subcommand"


class _Field(NamedTuple):
    """Where an integer lies in the string, and what it can hold."""

    signed: bool
    width: int
    offset: int

    @property
    def low(self) -> int:
        """The least number that fits."""
        return -(1 << self.width - 1) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest number that fits."""
        return (1 << self.width - self.signed) - 1

    def read(self, data: bytes) -> int:
        """The number that is there."""
        return self.wrap(read_bits(data, self.offset, self.width))

    def wrap(self, number: int) -> int:
        """The number that fits and has the same low bits."""
        return (number - self.low) % (1 << self.width) + self.low


class _Operation(NamedTuple):
    """A subcommand; `operand` is SET's number or INCRBY's increment, `overflow` what was said before it."""

    name: bytes
    field: _Field
    operand: int
    overflow: bytes


@table.command("BITFIELD", arity=-2)
def bitfield(world: World, argv: list[bytes]) -> Expected:
    """BITFIELD key [GET type offset | [OVERFLOW kind] SET|INCRBY type offset value] … (bitops.c bitfieldCommand)."""
    operations = _parse(argv[2:])
    if all(operation.name == b"GET" for operation in operations):
        return _read(world, argv[1], operations)
    return _write(world, argv[1], operations)


@table.command("BITFIELD_RO", arity=-2)
def bitfield_ro(world: World, argv: list[bytes]) -> Expected:
    """BITFIELD_RO key [GET type offset] … (bitops.c bitfieldroCommand)."""
    operations = _parse(argv[2:])
    if any(operation.name != b"GET" for operation in operations):
        raise ReplyError(_READ_ONLY)
    return _read(world, argv[1], operations)


def _parse(arguments: list[bytes]) -> list[_Operation]:
    """Read all subcommands before the first is executed (`bitops.c` bitfieldGeneric)."""
    operations: list[_Operation] = []
    overflow = b"WRAP"
    for name, operands in _subcommands(arguments):
        if name == b"OVERFLOW":
            overflow = c_string(operands[0]).upper()
            if overflow not in _OVERFLOWS:
                raise ReplyError(_BAD_OVERFLOW)
            continue
        field = _parse_field(operands[0], operands[1])
        operand = 0 if name == b"GET" else integer(operands[2])
        operations.append(_Operation(name, field, operand, overflow))
    return operations


def _subcommands(arguments: list[bytes]) -> Iterator[tuple[bytes, list[bytes]]]:
    """The subcommands one by one, since what is wrong with one comes before the syntax of the next."""
    position = 0
    while position < len(arguments):
        name = c_string(arguments[position]).upper()
        count = _OPERANDS.get(name)
        operands = arguments[position + 1 : position + 1 + (count or 0)]
        if len(operands) != count:
            raise ReplyError(SYNTAX)
        yield name, operands
        position += 1 + count


def _parse_field(kind: bytes, offset: bytes) -> _Field:
    """Read a type such as `i16` and an offset (`bitops.c` getBitfieldTypeFromArgument)."""
    kind = c_string(kind)
    widest = _WIDEST.get(kind[:1], 0)
    width = to_integer(kind[1:])
    if width is None or not 1 <= width <= widest:
        raise ReplyError(_BAD_TYPE)
    return _Field(kind[:1] == b"i", width, bit_offset(offset, width))


def _read(world: World, key: bytes, operations: list[_Operation]) -> Expected:
    value = world.string(key)
    data = b"" if value is None else value.data
    return [operation.field.read(data) for operation in operations]


def _write(world: World, key: bytes, operations: list[_Operation]) -> Expected:
    """Make room for all writes, then execute; a write that fails leaves the room made for it."""
    value = world.string(key)
    old_length = 0 if value is None else len(value.data)
    end = max(op.field.offset + op.field.width for op in operations if op.name != b"GET")
    data = (b"" if value is None else value.data).ljust((end + 7) >> 3, b"\0")
    grown = len(data) != old_length
    changed = world.version.unchanged_bits_signal
    replies: list[Reply] = []
    for operation in operations:
        field = operation.field
        old = field.read(data)
        if operation.name == b"GET":
            replies.append(old)
            continue
        new = _result(operation, old)
        if new is None:
            replies.append(NULL)
            continue
        replies.append(old if operation.name == b"SET" else new)
        data = write_bits(data, field.offset, field.width, new)
        changed = changed or grown or old != new
    write(world, key, value, data, changed)
    return replies


def _result(operation: _Operation, old: int) -> int | None:
    """What a SET or INCRBY leaves in its field, None if that fails.

    Source: `bitops.c` checkSignedBitfieldOverflow and checkUnsignedBitfieldOverflow.
    """
    field = operation.field
    if operation.name == b"INCRBY":
        number = old + operation.operand
    else:
        # An unsigned field takes a negative number for the large one that has the same 64 bits.
        number = operation.operand if field.signed else operation.operand % _UINT64_COUNT
    if field.low <= number <= field.high:
        return number
    if operation.overflow == b"FAIL":
        return None
    if operation.overflow == b"SAT":
        return _saturate(operation, number)
    return field.wrap(number)


def _saturate(operation: _Operation, number: int) -> int:
    """The end of the field's range that OVERFLOW SAT takes for a number that does not fit.

    For a SET, Redis asks first whether 0 can be added before the number gets too great; that question wraps around in
    int64 for the most negative numbers, which are so taken for numbers that are too great.
    """
    low, high = operation.field.low, operation.field.high
    wraps = operation.name == b"SET" and high - number > INT64_MAX
    return high if number > high or wraps else low
