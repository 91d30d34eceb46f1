"""BITFIELD: integers of any width at any bit of a string (`bitops.c`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redproof_model.choice import Expected
from redproof_model.commands.strings.bitmaps import bit_offset, read_bits, write, write_bits
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.reply import NULL, Reply
from redproof_model.systems.arithmetic.bitfield import (
    OVERFLOW,
    signed_incrby,
    signed_integer,
    signed_set,
    unsigned_incrby,
    unsigned_set,
)

table = CommandTable()

_OPERANDS: Final = {b"GET": 2, b"SET": 3, b"INCRBY": 3, b"OVERFLOW": 1}
_OVERFLOWS: Final = {name.encode(): mode for mode, name in enumerate(OVERFLOW.members)}
_WIDEST: Final = {b"i": 64, b"u": 63}

_BAD_TYPE: Final = b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
_BAD_OVERFLOW: Final = b"ERR Invalid OVERFLOW type specified"
_READ_ONLY: Final = b"ERR BITFIELD_RO only supports the GET subcommand"


class _Field(NamedTuple):
    """Where an integer lies in the string, and how it is read."""

    signed: bool
    width: int
    offset: int

    def read(self, data: bytes) -> int:
        """The number that is there."""
        bits = read_bits(data, self.offset, self.width)
        return int(signed_integer.compiled(bits, self.width)) if self.signed else bits


class _Operation(NamedTuple):
    """A subcommand; `operand` is SET's number or INCRBY's increment, `overflow` the mode that was set before it."""

    name: bytes
    field: _Field
    operand: int
    overflow: int


@table.command("BITFIELD", arity=-2)
def bitfield(world: World, argv: list[bytes]) -> Expected:
    """BITFIELD key [GET type offset | [OVERFLOW kind] SET|INCRBY type offset value] … (bitops.c bitfieldCommand)."""
    operations = _parse(world, argv[2:])
    if all(operation.name == b"GET" for operation in operations):
        return _read(world, argv[1], operations)
    return _write(world, argv[1], operations)


@table.command("BITFIELD_RO", arity=-2)
def bitfield_ro(world: World, argv: list[bytes]) -> Expected:
    """BITFIELD_RO key [GET type offset] … (bitops.c bitfieldroCommand)."""
    operations = _parse(world, argv[2:])
    if any(operation.name != b"GET" for operation in operations):
        raise ReplyError(_READ_ONLY)
    return _read(world, argv[1], operations)


def _parse(world: World, arguments: list[bytes]) -> list[_Operation]:
    """Read all subcommands before the first is executed (`bitops.c` bitfieldGeneric)."""
    operations: list[_Operation] = []
    mode = _OVERFLOWS[b"WRAP"]
    for name, operands in _subcommands(arguments):
        if name == b"OVERFLOW":
            kind = c_string(operands[0]).upper()
            if kind not in _OVERFLOWS:
                raise ReplyError(_BAD_OVERFLOW)
            mode = _OVERFLOWS[kind]
            continue
        field = _parse_field(operands[0] if world.version.bitfield_types_end else c_string(operands[0]), operands[1])
        operand = 0 if name == b"GET" else integer(operands[2])
        operations.append(_Operation(name, field, operand, mode))
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
    """What a SET or INCRBY leaves in its field, None if that fails."""
    _, field, operand, mode = operation
    if operation.name == b"INCRBY":
        incrby = signed_incrby if field.signed else unsigned_incrby
        fails, new = incrby.compiled(old, operand, field.width, mode)
    else:
        set_ = signed_set if field.signed else unsigned_set
        fails, new = set_.compiled(operand, field.width, mode)
    return None if fails else new
