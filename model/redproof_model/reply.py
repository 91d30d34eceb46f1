"""Replies with their RESP types kept apart, and what each becomes on a RESP2 or RESP3 connection.

A reply is an ordinary Python value where one says it all: `int` is an integer, `bytes` a bulk
string, `list` an array. The other types have a class each, so that a status and a bulk string, or
a double and its text, are never equal. Source: the RESP3 specification, and `networking.c`
(`addReplyNull`, `addReplyMapLen`, `addReplyDouble` and their kin) for what RESP2 makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias


@dataclass(slots=True, unsafe_hash=True)
class Status:
    """A simple string, `+OK`."""

    text: bytes


@dataclass(slots=True, unsafe_hash=True)
class Error:
    """An error reply, `-ERR …`: the whole line without the dash."""

    text: bytes


@dataclass(slots=True, unsafe_hash=True)
class Double:
    """A floating point number as its exact text: `,1.5` in RESP3, a bulk string in RESP2."""

    text: bytes


@dataclass(slots=True, unsafe_hash=True)
class Boolean:
    """`#t` or `#f` in RESP3, the integers 1 and 0 in RESP2."""

    value: bool


@dataclass(slots=True, unsafe_hash=True)
class BigNumber:
    """An integer of any size as its text: `(123` in RESP3, a bulk string in RESP2."""

    text: bytes


@dataclass(slots=True, unsafe_hash=True)
class Verbatim:
    """A text with a three letter format: `=15\\r\\ntxt:…` in RESP3, a bulk string in RESP2."""

    format: bytes
    text: bytes


@dataclass(slots=True)
class Map:
    """Pairs in the order in which they were sent: `%n` in RESP3, a flat array in RESP2."""

    pairs: list[tuple[Reply, Reply]]


@dataclass(slots=True)
class Set:
    """A set in the order in which it was sent: `~n` in RESP3, an array in RESP2."""

    items: list[Reply]


@dataclass(slots=True)
class Push:
    """An out-of-band message: `>n` in RESP3, an array in RESP2."""

    items: list[Reply]


@dataclass(slots=True)
class Attribute:
    """Auxiliary pairs in front of a reply, `|n`; RESP3 only."""

    pairs: list[tuple[Reply, Reply]]
    reply: Reply


class Null(Enum):
    """The three nulls of the wire; a RESP3 connection only ever carries the last."""

    BULK = "$-1"
    ARRAY = "*-1"
    RESP3 = "_"


Reply: TypeAlias = (
    "int | bytes | list[Reply] | Status | Error | Double | Boolean | BigNumber | Verbatim"
    " | Map | Set | Push | Attribute | Null"
)

OK: Final = Status(b"OK")
QUEUED: Final = Status(b"QUEUED")
NULL: Final = Null.BULK
NULL_ARRAY: Final = Null.ARRAY

_SAME_IN_BOTH: Final = frozenset({int, bytes, Status, Error})


def project(reply: Reply, resp: int) -> Reply:
    """Give the reply as a connection of protocol `resp` (2 or 3) carries it.

    In RESP3 every null becomes the one RESP3 null. In RESP2 maps are flattened, sets and pushes
    become arrays, attributes vanish, and doubles, big numbers and verbatim texts become bulk strings.
    Source: `networking.c`, the `addReply…` functions, which ask `c->resp`.
    """
    if type(reply) in _SAME_IN_BOTH:
        return reply
    if isinstance(reply, list):
        return [project(item, resp) for item in reply]
    if isinstance(reply, Null):
        return reply if resp == 2 else Null.RESP3
    return _project_2(reply) if resp == 2 else _project_3(reply)


def _project_2(reply: Reply) -> Reply:
    match reply:
        case Double(text) | BigNumber(text) | Verbatim(_, text):
            return text
        case Boolean(value):
            return int(value)
        case Map(pairs):
            return [project(part, 2) for pair in pairs for part in pair]
        case Set(items) | Push(items):
            return [project(item, 2) for item in items]
        case Attribute(_, inner):
            return project(inner, 2)
    raise TypeError(f"not a reply: {reply!r}")


def _project_3(reply: Reply) -> Reply:
    match reply:
        case Map(pairs):
            return Map([(project(key, 3), project(value, 3)) for key, value in pairs])
        case Set(items):
            return Set([project(item, 3) for item in items])
        case Push(items):
            return Push([project(item, 3) for item in items])
        case Attribute(pairs, inner):
            return Attribute([(project(k, 3), project(v, 3)) for k, v in pairs], project(inner, 3))
        case Double() | Boolean() | BigNumber() | Verbatim():
            return reply
    raise TypeError(f"not a reply: {reply!r}")
