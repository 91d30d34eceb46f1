"""The library `bit` of scripts: operations on 32-bit integers (deps/lua/src/lua_bit.c)."""

from collections.abc import Callable
from functools import reduce

from redproof_server.scripting.api import ScriptApi
from redproof_server.scripting.conversion import lua_number, lua_type_name

_MASK = 0xFFFFFFFF
_SIGN = 0x80000000
_DIGITS_MAX = 8
_FOLDS: dict[str, Callable[[int, int], int]] = {
    "band": lambda left, right: left & right,
    "bor": lambda left, right: left | right,
    "bxor": lambda left, right: left ^ right,
}
_SHIFTS: dict[str, Callable[[int, int], int]] = {
    "lshift": lambda bits, count: bits << count,
    "rshift": lambda bits, count: bits >> count,
    "arshift": lambda bits, count: signed(bits) >> count,
    "rol": lambda bits, count: bits << count | bits >> (32 - count),
    "ror": lambda bits, count: bits << (32 - count) | bits >> count,
}
_UNARY: dict[str, Callable[[int], int]] = {
    "tobit": lambda bits: bits,
    "bnot": lambda bits: ~bits,
    "bswap": lambda bits: int.from_bytes(bits.to_bytes(4, "little"), "big"),
}


def signed(bits: int) -> int:
    """The signed value of the low 32 bits."""
    bits &= _MASK
    return bits - 2**32 if bits & _SIGN else bits


def bit_functions(api: ScriptApi) -> dict[bytes, object]:
    """The functions of the library."""

    def bits_of(arguments: tuple[object, ...], position: int, name: str) -> int:
        is_given = position < len(arguments)
        number = lua_number(arguments[position]) if is_given else None
        if number is None:
            got = lua_type_name(arguments[position]) if is_given else b"no value"
            message = b"bad argument #%d to '%b' (number expected, got %b)"
            raise api.library_error(message % (position + 1, name.encode(), got))
        return round(number) & _MASK if abs(number) < 2.0**51 else 0

    def unary(name: str) -> Callable[..., int]:
        return lambda *arguments: signed(_UNARY[name](bits_of(arguments, 0, name)))

    def shift(name: str) -> Callable[..., int]:
        def apply(*arguments: object) -> int:
            bits = bits_of(arguments, 0, name)
            return signed(_SHIFTS[name](bits, bits_of(arguments, 1, name) & 31))

        return apply

    def fold(name: str) -> Callable[..., int]:
        def apply(*arguments: object) -> int:
            count = max(len(arguments), 1)
            return signed(reduce(_FOLDS[name], [bits_of(arguments, position, name) for position in range(count)]))

        return apply

    def tohex(*arguments: object) -> bytes:
        bits = bits_of(arguments, 0, "tohex")
        digits = signed(bits_of(arguments, 1, "tohex")) if len(arguments) > 1 else _DIGITS_MAX
        text = b"%08X" % bits if digits < 0 else b"%08x" % bits
        return text[max(_DIGITS_MAX - abs(digits), 0) :]

    makers = ((_UNARY, unary), (_SHIFTS, shift), (_FOLDS, fold))
    functions: dict[bytes, object] = {name.encode(): make(name) for names, make in makers for name in names}
    return functions | {b"tohex": tohex}
