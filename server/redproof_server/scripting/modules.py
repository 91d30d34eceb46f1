"""The libraries that scripts have beside Lua's own: cjson, cmsgpack, struct and bit.

JSON and MessagePack walk over Lua's tables and are written in Lua; here their errors get the place of the call.
"""

import struct
from collections.abc import Callable
from typing import Any

from redproof_server.scripting.api import ScriptApi
from redproof_server.scripting.bits import bit_functions
from redproof_server.scripting.conversion import lua_integer, lua_string, lua_type_name
from redproof_server.scripting.structs import StructLibrary

LUA_BYTES_PER_TEXT_BYTE = 24
SINGLE, DOUBLE = b"\xca", b"\xcb"


def script_libraries(api: ScriptApi) -> dict[bytes, Any]:
    """All of them, as tables of Lua."""
    make = api.interpreter.functions
    return {
        b"bit": make(bit_functions(api)),
        b"cjson": make(cjson_functions(api)),
        b"cmsgpack": make(cmsgpack_functions(api)),
        b"struct": make(StructLibrary(api).functions()),
    }


def calling(api: ScriptApi, function: Any) -> Callable[..., object]:
    """A function in Lua that returns nothing and a message to refuse, as one that raises it."""

    def call(*arguments: object) -> object:
        result = function(*arguments)
        if isinstance(result, tuple) and result[0] is None and isinstance(result[1], bytes):
            raise api.library_error(result[1])
        return result

    return call


def cjson_functions(api: ScriptApi) -> dict[bytes, object]:
    """The library cjson."""
    execute, null = api.interpreter.execute, api.interpreter.new_userdata()
    instance = execute("cjson", null, execute("cjson_encode", null), execute("cjson_decode", null))
    functions: dict[bytes, object] = {}
    for name in instance:
        value = instance[name]
        functions[name] = calling(api, value) if name not in (b"null", b"_NAME", b"_VERSION") else value
    encode, decode = calling(api, instance[b"encode"]), calling(api, instance[b"decode"])

    def checked_encode(*arguments: object) -> object:
        if len(arguments) != 1:
            raise api.library_error(b"bad argument #1 to 'encode' (expected 1 argument)")
        return encode(*arguments)

    def checked_decode(*arguments: object) -> object:
        if len(arguments) != 1:
            raise api.library_error(b"bad argument #1 to 'decode' (expected 1 argument)")
        text = lua_string(arguments[0])
        if text is None:
            got = lua_type_name(arguments[0])
            raise api.library_error(b"bad argument #1 to 'decode' (string expected, got %b)" % got)
        api.interpreter.reserve(len(text) * LUA_BYTES_PER_TEXT_BYTE)
        return decode(text)

    return functions | {b"encode": checked_encode, b"decode": checked_decode}


def cmsgpack_functions(api: ScriptApi) -> dict[bytes, object]:
    """The library cmsgpack."""
    floats = {b"pack": pack_float, b"unpack_single": unpack_single, b"unpack_double": unpack_double}
    codec = api.interpreter.execute("cmsgpack", api.interpreter.functions(floats))
    encode, decode = codec[b"pack"], codec[b"unpack"]

    def results(outcome: Any) -> tuple[object, ...]:
        ok, *values = outcome if isinstance(outcome, tuple) else (outcome,)
        if ok is None:
            raise api.library_error(values[0])
        return tuple(values)

    def unpacked(name: bytes, text: object, limit: int, offset: int) -> tuple[object, ...]:
        data = lua_string(text)
        if data is None:
            message = b"bad argument #1 to '%b' (string expected, got %b)"
            raise api.library_error(message % (name, lua_type_name(text)))
        api.interpreter.reserve(len(data) * LUA_BYTES_PER_TEXT_BYTE)
        return results(decode(data, limit, offset))

    def pack(*arguments: object) -> object:
        if not arguments:
            raise api.library_error(b"bad argument #0 to 'pack' (MessagePack pack needs input.)")
        return results(encode(*arguments))[0]

    def unpack(text: object = None, *arguments: object) -> tuple[object, ...]:
        return unpacked(b"unpack", text, 0, 0)

    def unpack_one(text: object = None, offset: object = 0, *arguments: object) -> tuple[object, ...]:
        return unpacked(b"unpack_one", text, 1, lua_integer(offset))

    def unpack_limit(
        text: object = None, limit: object = 0, offset: object = 0, *arguments: object
    ) -> tuple[object, ...]:
        return unpacked(b"unpack_limit", text, lua_integer(limit), lua_integer(offset))

    return {
        b"pack": pack,
        b"unpack": unpack,
        b"unpack_one": unpack_one,
        b"unpack_limit": unpack_limit,
        b"_NAME": b"cmsgpack",
        b"_VERSION": b"lua-cmsgpack 0.4.0",
    }


def pack_float(number: float) -> bytes:
    """A number as a 32-bit float where that is exact, else as a 64-bit one (mp_encode_double)."""
    try:
        single = struct.pack(">f", number)
    except OverflowError:
        return DOUBLE + struct.pack(">d", number)
    is_exact = struct.unpack(">f", single)[0] == number
    return SINGLE + single if is_exact else DOUBLE + struct.pack(">d", number)


def unpack_single(data: bytes) -> float:
    """The number that four bytes are."""
    number: float = struct.unpack(">f", data)[0]
    return number


def unpack_double(data: bytes) -> float:
    """The number that eight bytes are."""
    number: float = struct.unpack(">d", data)[0]
    return number
