"""From documented arguments to the house's grammar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from redproof_properties.fuzzing.documented.docs import Argument, Documented
from redproof_properties.grammar import (
    ANY_KEY,
    FLOAT,
    MEMBER,
    PATTERN,
    VALUE,
    Command,
    Part,
    counted,
    integer,
    many,
    maybe,
    one_of,
    pool,
    seq,
    weighted,
)

_OPTIONAL: Final = 0.3
_MANY: Final = 3
_TEXT: Final = weighted((3, MEMBER), (1, VALUE))
_KINDS: Final[dict[str, Part]] = {
    "string": _TEXT,
    "integer": integer(-3, 10),
    "double": FLOAT,
    "key": ANY_KEY,
    "pattern": PATTERN,
    "unix-time": pool(b"4102444800", b"4102444800000", b"1", b"0"),
}
"""What is drawn for each type; times lie in the past or in 2100, so that no key expires meanwhile."""

_NAMED: Final[dict[str, Part]] = {
    "timeout": pool(b"0.01"),
    "block": pool(b"1"),
    "id": weighted((3, pool(b"1-1", b"2-0", b"5", b"0", b"$", b"-", b"+")), (1, _TEXT)),
    "start": weighted((2, integer(-3, 5)), (1, pool(b"-", b"+", b"(1", b"[a"))),
    "stop": weighted((2, integer(-3, 5)), (1, pool(b"-", b"+", b"(1", b"[a"))),
    "end": weighted((2, integer(-3, 5)), (1, pool(b"-", b"+", b"(1", b"[a"))),
    "group": pool(b"g1", b"g2"),
    "consumer": pool(b"c1", b"c2"),
    "seconds": pool(b"1000", b"100000", b"-1", b"0"),
    "milliseconds": pool(b"1000000", b"100000000", b"-1", b"0"),
    "script": pool(b"return 1", b"return redis.call('GET', KEYS[1])", b"return ARGV"),
    "index": integer(-2, 3),
}
"""What is drawn for an argument of this name or with this word before it. Nobody waits longer than 10 ms."""


def row_of(command: Documented) -> Command:
    """A row of a vocabulary for a documented command, whose subcommand stands as its first argument."""
    name, *subcommand = command.name.split("|")
    return Command(name, *subcommand, *_parts(command.arguments))


def _parts(arguments: Sequence[Argument]) -> list[Part]:
    """The arguments, where a number of those that follow is told rightly, most of the time."""
    parts: list[Part] = []
    waiting = False
    for argument, following in zip_longest(arguments, arguments[1:]):
        if waiting:
            parts.append(counted(_plain(argument), 1, _MANY))
            waiting = False
        elif argument.name.startswith("num") and following is not None and "multiple" in following.flags:
            waiting = True
        else:
            parts.append(_part(argument))
    return parts


def _part(argument: Argument) -> Part:
    value = _plain(argument)
    if "multiple_token" in argument.flags:
        part = many(seq(argument.token, value), 1, _MANY)
    else:
        several = many(value, 1, _MANY) if "multiple" in argument.flags else value
        words = [argument.token] if argument.token and argument.kind != "pure-token" else []
        part = seq(*words, several)
    return maybe(part, _OPTIONAL) if "optional" in argument.flags else part


def _plain(argument: Argument) -> Part:
    """One of the argument, without the word before it."""
    if argument.kind == "pure-token":
        return seq(argument.token or argument.name.upper())
    if argument.kind == "oneof":
        return one_of(*map(_part, argument.parts))
    if argument.kind == "block":
        return seq(*_parts(argument.parts))
    if argument.name == "timeout" and argument.kind == "integer":
        return _NAMED["block"]
    named = _NAMED.get(argument.token.lower()) or _NAMED.get(argument.name)
    return named or _KINDS.get(argument.kind, _TEXT)
