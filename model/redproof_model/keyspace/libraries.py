"""A few libraries of functions and what these do; the model knows them by their text, as it does scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from redproof_model.keyspace.scripts import Body, redis_call, redis_pcall


@dataclass(frozen=True, slots=True)
class Library:
    """A library with its one function; `read_only` if that has the flag `no-writes`."""

    name: bytes
    function: bytes
    body: Body
    read_only: bool = False


_CALL: Final = b"function(keys, args) return redis.call(unpack(args)) end"
_PCALL: Final = b"function(keys, args) return redis.pcall(unpack(args)) end"


def _call(name: bytes, function: bytes) -> tuple[bytes, Library]:
    text = b"#!lua name=%b\nredis.register_function('%b', %b)" % (name, function, _CALL)
    return text, Library(name, function, lambda world, keys, argv, read_only: redis_call(world, argv, read_only))


def _pcall(name: bytes, function: bytes) -> tuple[bytes, Library]:
    text = b"#!lua name=%b\nredis.register_function('%b', %b)" % (name, function, _PCALL)
    return text, Library(name, function, lambda world, keys, argv, read_only: redis_pcall(world, argv, read_only))


def _read(name: bytes, function: bytes) -> tuple[bytes, Library]:
    text = b"#!lua name=%b\nredis.register_function{function_name='%b', callback=%b, flags={'no-writes'}}" % (
        name,
        function,
        _CALL,
    )
    return text, Library(name, function, lambda world, keys, argv, read_only: redis_call(world, argv, True), True)


LIBRARIES: Final = dict(
    [
        _call(b"one", b"f"),
        _pcall(b"one", b"g"),
        _call(b"two", b"g"),
        _read(b"two", b"r"),
        _read(b"three", b"f"),
    ]
)
"""By their texts; some take the place of others, and some have a function that another has."""


def library_with(texts: Iterable[bytes], function: bytes) -> Library | None:
    """Which of these libraries has a function of this name, in any case."""
    libraries = (LIBRARIES[text] for text in texts)
    return next((library for library in libraries if library.function == function.lower()), None)


BROKEN_LIBRARIES: Final = {
    b"x": b"ERR Missing library metadata",
    b"#!lua\n": b"ERR Library name was not given",
    b"#!lua name=x\n": b"ERR No functions registered",
    b"#!js name=x\n": b"ERR Engine 'js' not found",
    b"#!lua name=b-d\nreturn 1": (
        b"ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
        b"long"
    ),
    b"#!lua name=x\nreturn (": b"ERR Error compiling function: user_function:2: unexpected symbol near '<eof>'",
}
"""What is said of texts that cannot be loaded."""
