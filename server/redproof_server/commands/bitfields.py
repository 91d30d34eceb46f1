"""BITFIELD and BITFIELD_RO: strings as arrays of integers of any width, at any bit."""

from dataclasses import dataclass

from redproof_server.commands.bitmaps import NOT_A_BIT_OFFSET, checked_bit_offset, extended
from redproof_server.commands.substrings import store_edited
from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import STRING
from redproof_server.protocol.numbers import parse_int64, wrap_int64
from redproof_server.protocol.replies import array, integer, null

NOT_A_TYPE = b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
BITS_MAX = {b"i": 64, b"u": 63}
WRAP, SAT, FAIL = b"wrap", b"sat", b"fail"
# The words of each operation after its name.
OPERANDS = {b"get": 2, b"set": 3, b"incrby": 3}


@dataclass(frozen=True, slots=True)
class Field:
    """An integer of `bits` bits that starts at bit `offset`."""

    is_signed: bool
    bits: int
    offset: int

    @property
    def minimum(self) -> int:
        """The least number that it can hold."""
        return -(1 << self.bits - 1) if self.is_signed else 0

    @property
    def maximum(self) -> int:
        """The greatest number that it can hold."""
        return (1 << self.bits - self.is_signed) - 1

    def wrap(self, number: int) -> int:
        """What the lowest bits of a number mean in this field."""
        number &= (1 << self.bits) - 1
        return number - (1 << self.bits) if number > self.maximum else number


@dataclass(frozen=True, slots=True)
class Operation:
    """GET, SET or INCRBY, with the value or the increment, and what is done on overflow."""

    name: bytes
    field: Field
    amount: int
    overflow: bytes


@command("bitfield", arity=-2, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def bitfield(client: Client, args: list[bytes]) -> bytes:
    """BITFIELD key [GET type offset] [[OVERFLOW WRAP | SAT | FAIL] SET | INCRBY type offset value] ...
    (bitops.c bitfieldCommand)."""
    operations = parse_operations(client, args)
    if all(operation.name == b"get" for operation in operations):
        return read_fields(client, args[1], operations)
    return write_fields(client, args[1], operations)


@command("bitfield_ro", arity=-2, flags=READONLY | FAST, keys=(1, 1, 1))
def bitfield_ro(client: Client, args: list[bytes]) -> bytes:
    """BITFIELD_RO key [GET type offset] ... (bitops.c bitfieldroCommand)."""
    operations = parse_operations(client, args)
    if any(operation.name != b"get" for operation in operations):
        raise CommandError(b"ERR BITFIELD_RO only supports the GET subcommand")
    return read_fields(client, args[1], operations)


def parse_operations(client: Client, args: list[bytes]) -> list[Operation]:
    """All operations of a request; OVERFLOW is about those that follow it (bitops.c bitfieldGeneric)."""
    operations: list[Operation] = []
    overflow = WRAP
    position = 2
    while position < len(args):
        name = read_word(args[position])
        remaining = len(args) - position - 1
        if name == b"overflow" and remaining:
            overflow = read_overflow(args[position + 1])
            position += 2
        elif name in OPERANDS and remaining >= OPERANDS[name]:
            field = read_field(client, args[position + 1], args[position + 2])
            amount = 0 if name == b"get" else read_integer(args[position + 3])
            operations.append(Operation(name, field, amount, overflow))
            position += OPERANDS[name] + 1
        else:
            raise CommandError(SYNTAX)
    return operations


def read_overflow(text: bytes) -> bytes:
    """What is to be done on overflow."""
    overflow = read_word(text)
    if overflow not in (WRAP, SAT, FAIL):
        raise CommandError(b"ERR Invalid OVERFLOW type specified")
    return overflow


def read_field(client: Client, type_text: bytes, offset_text: bytes) -> Field:
    """A field from its type, such as u8, and its offset, in fields after `#` (bitops.c getBitfieldTypeFromArgument)."""
    type_text = type_text.partition(b"\0")[0]
    sign = type_text[:1]
    bits = parse_int64(type_text[1:])
    if sign not in BITS_MAX or bits is None or not 1 <= bits <= BITS_MAX[sign]:
        raise CommandError(NOT_A_TYPE)
    counts_fields = offset_text[:1] == b"#"
    offset = parse_int64(offset_text[counts_fields:])
    if offset is None:
        raise CommandError(NOT_A_BIT_OFFSET)
    if counts_fields:
        offset = wrap_int64(offset * bits)
    return Field(sign == b"i", bits, checked_bit_offset(client, offset))


def read_fields(client: Client, key: bytes, operations: list[Operation]) -> bytes:
    """Answer GET operations only."""
    value = client.db.read(key, bytes) or b""
    return array([integer(get_field(value, operation.field)) for operation in operations])


def get_field(text: bytes | bytearray, field: Field) -> int:
    """The integer in a field; bits behind the end are zeros (bitops.c getSignedBitfield)."""
    first_byte, stop_byte = field.offset >> 3, (field.offset + field.bits + 7) >> 3
    window = bytes(text[first_byte:stop_byte]).ljust(stop_byte - first_byte, b"\0")
    return field.wrap(int.from_bytes(window, "big") >> stop_byte * 8 - field.offset - field.bits)


def set_field(buffer: bytearray, field: Field, number: int) -> None:
    """Write an integer into a field that lies within the buffer (bitops.c setSignedBitfield)."""
    first_byte, stop_byte = field.offset >> 3, (field.offset + field.bits + 7) >> 3
    shift = stop_byte * 8 - field.offset - field.bits
    mask = (1 << field.bits) - 1
    window = int.from_bytes(buffer[first_byte:stop_byte], "big")
    window = window & ~(mask << shift) | (number & mask) << shift
    buffer[first_byte:stop_byte] = window.to_bytes(stop_byte - first_byte, "big")


def write_fields(client: Client, key: bytes, operations: list[Operation]) -> bytes:
    """Run operations some of which write; the string grows first, whatever becomes of them."""
    value = client.db.write(key, bytes)
    writes = [operation.field for operation in operations if operation.name != b"get"]
    buffer = extended(value, max(field.offset + field.bits - 1 for field in writes))
    has_grown = value is None or len(buffer) > len(value)
    replies, changes = [], 0
    for operation in operations:
        old = get_field(buffer, operation.field)
        if operation.name == b"get":
            replies.append(integer(old))
            continue
        new = new_number(operation, old)
        changes += is_change(client, old, new, has_grown)
        if new is None:
            replies.append(null(client.resp))
        else:
            set_field(buffer, operation.field, new)
            replies.append(integer(new if operation.name == b"incrby" else old))
    store_edited(client, key, bytes(buffer), value is None)
    if changes:
        client.db.changed(key, STRING, b"setbit", changes)
    return array(replies)


def is_change(client: Client, old: int, new: int | None, has_grown: bool) -> bool:
    """Whether writing `new`, or not writing for overflow, counts as a change of the dataset."""
    if client.server.version.equal_bits_are_changes:
        return True
    return new is not None and (has_grown or new != old)


def new_number(operation: Operation, old: int) -> int | None:
    """What a write leaves in the field, or None when it fails for overflow."""
    start, amount = (old, operation.amount) if operation.name == b"incrby" else (operation.amount, 0)
    direction = overflow_direction(operation.field, start, amount)
    if not direction:
        return start + amount
    if operation.overflow == FAIL:
        return None
    if operation.overflow == WRAP:
        return operation.field.wrap(start + amount)
    return operation.field.maximum if direction > 0 else operation.field.minimum


def overflow_direction(field: Field, start: int, amount: int) -> int:
    """1 above the field's range, -1 below it, 0 within (bitops.c checkSignedBitfieldOverflow and its unsigned twin).

    A value that is to be set far below a signed range counts as above it: the room that Redis calculates up to
    the maximum has wrapped around.
    """
    if not field.is_signed and start < 0:
        return 1
    room_above = field.maximum - start
    if field.bits < 64:
        room_above = wrap_int64(room_above)
    if start > field.maximum or amount > room_above:
        return 1
    return -1 if start + amount < field.minimum else 0
