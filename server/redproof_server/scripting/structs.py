"""The library `struct` of scripts: binary layouts (deps/lua/src/lua_struct.c)."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from redproof_server.scripting.api import ScriptApi
from redproof_server.scripting.conversion import lua_integer, lua_number, lua_string, lua_type_name

INTEGER_BYTES_MAX = 32
ALIGNMENT_MAX = 8
INT32_MAX = 2**31 - 1
_SIZES = {"b": 1, "h": 2, "l": 8, "t": 8}
_FLOATS = {"f": 4, "d": 8}


@dataclass(slots=True)
class Item:
    """One option of a format: its letter, its size, and the bytes of padding before it."""

    option: str
    size: int
    padding: int
    order: str


class StructLibrary:
    """struct.pack, struct.unpack and struct.size."""

    def __init__(self, api: ScriptApi) -> None:
        self._api = api

    def functions(self) -> dict[bytes, object]:
        """The functions of the library."""
        return {b"pack": self.pack, b"unpack": self.unpack, b"size": self.size}

    # Formats.

    def _items(self, text: bytes, position: list[int], name: str) -> Iterator[Item]:
        """The options of a format; `position` is where the data is, and moved on by the caller."""
        letters = text.partition(b"\0")[0].decode("latin-1")
        order, alignment, at = "little", 1, 0
        while at < len(letters):
            option, at = letters[at], at + 1
            if option in "iIc!":
                default = {"c": 1, "!": ALIGNMENT_MAX}.get(option, 4)
                number, at = self._number(letters, at, default)
            if option == "!":
                if number & (number - 1) or number <= 0:
                    raise self._api.library_error(b"alignment %d is not a power of 2" % number)
                alignment = number
            elif option in "<>":
                order = "big" if option == ">" else "little"
            elif option == "c":
                yield Item(option, number, 0, order)
            elif option in "iI":
                if number > INTEGER_BYTES_MAX:
                    message = b"integral size %d is larger than limit of %d"
                    raise self._api.library_error(message % (number, INTEGER_BYTES_MAX))
                yield Item(option, number, padding(position[0], number, alignment), order)
            elif option == "s":
                yield Item(option, 0, 0, order)
            elif option == "x" or option.lower() in _SIZES or option in _FLOATS:
                size = 1 if option == "x" else _SIZES.get(option.lower()) or _FLOATS[option]
                yield Item(option, size, padding(position[0], size, alignment), order)
            elif option != " ":
                raise self._argument_error(1, name, b"invalid format option '%b'" % option.encode("latin-1"))

    def _number(self, letters: str, at: int, default: int) -> tuple[int, int]:
        end = at
        while end < len(letters) and letters[end] in "0123456789":
            end += 1
        number = int(letters[at:end]) if end > at else default
        if number > INT32_MAX:
            raise self._api.library_error(b"integral size overflow")
        return number, end

    # Functions.

    def pack(self, *arguments: object) -> bytes:
        """struct.pack(format, value, …) (b_pack)."""
        text = self._string(arguments, 0, "pack")
        out, position, index = bytearray(), [0], 1
        for item in self._items(text, position, "pack"):
            out += b"\0" * item.padding
            if item.option == "x":
                out += b"\0"
            elif item.option in "cs":
                out += self._packed_string(item, arguments, index)
                index += 1
            else:
                out += packed_number(item, self._number_argument(arguments, index))
                index += 1
            position[0] = len(out)
        return bytes(out)

    def _packed_string(self, item: Item, arguments: tuple[object, ...], index: int) -> bytes:
        text = self._string(arguments, index, "pack")
        size = item.size or len(text)
        if len(text) < size:
            raise self._argument_error(index + 2, "pack", b"string too short")
        return text[:size] + b"\0" if item.option == "s" else text[:size]

    def unpack(self, *arguments: object) -> tuple[object, ...]:
        """struct.unpack(format, data [, position]) (b_unpack)."""
        text, data = self._string(arguments, 0, "unpack"), self._string(arguments, 1, "unpack")
        start = lua_integer(arguments[2]) if len(arguments) > 2 and arguments[2] is not None else 1
        if start == 0:
            raise self._argument_error(3, "unpack", b"offset must be 1 or greater")
        position, values = [start - 1], list[object]()
        for item in self._items(text, position, "unpack"):
            position[0] += item.padding
            self._check_length(item.size, data, position[0])
            size = item.size
            if item.option == "c" and not size:
                size = self._size_before(values)
                self._check_length(size, data, position[0])
            taken = data[position[0] : position[0] + size]
            if item.option == "s":
                taken, found, _ = data[position[0] :].partition(b"\0")
                if not found:
                    raise self._api.library_error(b"unfinished string in data")
                size = len(taken) + 1
            if item.option != "x":
                values.append(taken if item.option in "cs" else unpacked_number(item, taken))
            position[0] += size
        return (*values, position[0] + 1)

    def _size_before(self, values: list[object]) -> int:
        """The length of a string that the number before it tells, which is taken away."""
        number = lua_number(values[-1]) if values else None
        if number is None:
            raise self._api.library_error(b"format 'c0' needs a previous size")
        values.pop()
        return int(number)

    def _check_length(self, size: int, data: bytes, position: int) -> None:
        if not 0 <= size <= len(data) or not 0 <= position <= len(data) - size:
            raise self._argument_error(2, "unpack", b"data string too short")

    def size(self, *arguments: object) -> int:
        """struct.size(format) (b_size)."""
        position = [0]
        for item in self._items(self._string(arguments, 0, "size"), position, "size"):
            if item.option == "s":
                raise self._argument_error(1, "size", b"option 's' has no fixed size")
            if item.option == "c" and not item.size:
                raise self._argument_error(1, "size", b"option 'c0' has no fixed size")
            position[0] += item.padding + item.size
        return position[0]

    # Arguments.

    def _string(self, arguments: tuple[object, ...], index: int, name: str) -> bytes:
        is_given = index < len(arguments)
        text = lua_string(arguments[index]) if is_given else None
        if text is None:
            # struct.pack leaves a nil behind its arguments.
            got = lua_type_name(arguments[index] if is_given else None)
            got = b"no value" if not is_given and (name != "pack" or not index) else got
            raise self._argument_error(index + 1, name, b"string expected, got %b" % got)
        return text

    def _number_argument(self, arguments: tuple[object, ...], index: int) -> float:
        value = arguments[index] if index < len(arguments) else None
        number = lua_number(value)
        if number is None:
            raise self._argument_error(index + 1, "pack", b"number expected, got %b" % lua_type_name(value))
        return number

    def _argument_error(self, position: int, name: str, reason: bytes) -> Exception:
        return self._api.library_error(b"bad argument #%d to '%b' (%b)" % (position, name.encode(), reason))


def padding(position: int, size: int, alignment: int) -> int:
    """How many bytes to skip so that an item of `size` is aligned (gettoalign)."""
    size = min(size, alignment)
    return (size - (position & (size - 1))) & (size - 1) if size else 0


def packed_number(item: Item, number: float) -> bytes:
    """The bytes of a number."""
    if item.option in _FLOATS:
        spelled = (">" if item.order == "big" else "<") + item.option
        try:
            return struct.pack(spelled, number)
        except OverflowError:
            return struct.pack(spelled, math.copysign(math.inf, number))
    value = int(number) if abs(number) < 2.0**64 else 0
    value &= 2**64 - 1
    data: bytes = (value & ((1 << 8 * item.size) - 1)).to_bytes(item.size, "big" if item.order == "big" else "little")
    return data


def unpacked_number(item: Item, data: bytes) -> float | int:
    """The number that bytes are; more than eight bytes count as their lowest eight."""
    order = "big" if item.order == "big" else "little"
    if item.option in _FLOATS:
        number: float = struct.unpack((">" if order == "big" else "<") + item.option, data)[0]
        return number
    value = int.from_bytes(data, "big" if order == "big" else "little") & (2**64 - 1)
    if item.option.islower():
        bits = min(item.size * 8, 64)
        value -= 2**bits if bits and value & 1 << (bits - 1) else 0
    return float(value)
