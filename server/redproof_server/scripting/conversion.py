"""Values between Lua and replies: what redis.call returns, and the arguments it takes (script_lua.c)."""

import math
from collections.abc import Callable
from typing import Any

MakeTable = Callable[[dict[object, object] | list[object]], object]


def command_argument(value: object) -> bytes | None:
    """A Lua string or number as an argument of a command, None for other types (luaArgsToRedisArgv)."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return number_text(float(value), b"%.17g")


def number_text(number: float, how: bytes) -> bytes:
    """A number as C's printf writes it; Python knows no negative NaN."""
    if math.isnan(number) and math.copysign(1.0, number) < 0:
        return b"-nan"
    return how % number


def lua_string(value: object) -> bytes | None:
    """What lua_tostring makes of a value: None for what is neither a string nor a number."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return number_text(float(value), b"%.14g")


def lua_number(value: object) -> float | None:
    """What lua_tonumber makes of a value, None when it is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, bytes):
        try:
            return float(value) if b"_" not in value else None
        except ValueError:
            return None
    return None


def lua_integer(value: object) -> int:
    """What C makes of a Lua number that is cast to an int; 0 for no number."""
    number = lua_number(value)
    if number is None or number != number or abs(number) >= 2.0**63:
        return 0
    wrapped = int(number) & 0xFFFFFFFF
    return wrapped - 2**32 if wrapped >= 2**31 else wrapped


def lua_type_name(value: object) -> bytes:
    """The name of a Lua type in messages."""
    if value is None:
        return b"nil"
    if isinstance(value, bool):
        return b"boolean"
    if isinstance(value, bytes):
        return b"string"
    return b"table"


class ReplyConverter:
    """Turns encoded replies into Lua values (redisProtocolToLuaType)."""

    def __init__(self, make_table: MakeTable) -> None:
        self._make_table = make_table

    def convert(self, reply: bytes) -> object:
        """The Lua value of one reply that is no error."""
        kind = reply[:1]
        if kind == b"$" and reply[1:2] != b"-":
            return reply[reply.index(b"\r\n") + 2 : -2]
        return self._read(reply, 0)[0]

    def _read(self, reply: bytes, start: int) -> tuple[object, int]:
        end = reply.index(b"\r\n", start)
        kind, text, end = reply[start : start + 1], reply[start + 1 : end], end + 2
        if kind == b":":
            return int(text), end
        if kind in b"$=":
            return self._read_bulk(reply, kind, int(text), end)
        if kind in b"*~%>":
            return self._read_aggregate(reply, kind, int(text), end)
        return self._simple(kind, text), end

    def _simple(self, kind: bytes, text: bytes) -> object:
        if kind == b"_":
            return None
        if kind == b"#":
            return text == b"t"
        if kind == b",":
            return self._make_table({b"double": float(text)})
        field = {b"+": b"ok", b"-": b"err", b"(": b"big_number"}[kind]
        return self._make_table({field: text})

    def _read_bulk(self, reply: bytes, kind: bytes, length: int, start: int) -> tuple[object, int]:
        if length < 0:
            return False, start
        text, end = reply[start : start + length], start + length + 2
        if kind == b"$":
            return text, end
        parts = self._make_table({b"format": text[:3], b"string": text[4:]})
        return self._make_table({b"verbatim_string": parts}), end

    def _read_aggregate(self, reply: bytes, kind: bytes, length: int, position: int) -> tuple[object, int]:
        if length < 0:
            return False, position
        items: list[Any] = []
        for _ in range(length * 2 if kind == b"%" else length):
            item, position = self._read(reply, position)
            items.append(item)
        if kind == b"%":
            pairs = dict(zip(items[::2], items[1::2], strict=True))
            return self._make_table({b"map": self._make_table(pairs)}), position
        if kind == b"~":
            return self._make_table({b"set": self._make_table(dict.fromkeys(items, True))}), position
        return self._make_table(items), position
