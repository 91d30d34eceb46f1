"""RESP2 and RESP3 on the judging side: commands and replies to bytes.

Sources: the RESP3 specification and `networking.c` (the `addReply…` functions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from redproof_model.remember import remembered
from redproof_model.reply import (
    NULL,
    OK,
    Attribute,
    BigNumber,
    Boolean,
    Double,
    Error,
    Map,
    Null,
    Push,
    Reply,
    Set,
    Status,
    Verbatim,
)

_Form: TypeAlias = Callable[[Any], bytes]


def encode_command(argv: Sequence[bytes]) -> bytes:
    """Give a command's bytes: an array of bulk strings."""
    return encode_commands([argv])


def encode(reply: Reply, resp: int) -> bytes:
    """Give the bytes by which a connection of protocol `resp` (2 or 3) carries a reply.

    The reply may be projected already or not: what RESP2 has no form for is projected on the way.
    Raises TypeError for what is no reply.
    """
    return FORMS[resp][type(reply)](reply)


def encode_commands(argvs: Iterable[Sequence[bytes]]) -> bytes:
    """Give the bytes of several commands. Raises TypeError for an argument that is none."""
    parts: list[bytes] = []
    for argv in argvs:
        parts.append(_head(len(argv)))
        parts += map(_bulk, argv)
    return b"".join(parts)


@cache
def _head(count: int) -> bytes:
    return b"*%d\r\n" % count


@remembered
def _bulk(text: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(text), text)


def _items(items: Sequence[Reply], resp: int, marker: bytes = b"*") -> bytes:
    return b"%b%d\r\n%b" % (marker, len(items), _join(items, resp))


def _pairs(pairs: Sequence[tuple[Reply, Reply]], marker: bytes = b"%") -> bytes:
    return b"%b%d\r\n%b" % (marker, len(pairs), _join((part for pair in pairs for part in pair), 3))


def _join(items: Iterable[Reply], resp: int) -> bytes:
    forms = FORMS[resp]
    return b"".join([forms[type(item)](item) for item in items])


def _verbatim(reply: Verbatim) -> bytes:
    return b"=%d\r\n%b:%b\r\n" % (len(reply.text) + 4, reply.format, reply.text)


class _Forms(dict[type, _Form]):
    """How a protocol carries each type of reply."""

    def __missing__(self, kind: type) -> _Form:
        raise TypeError(f"not a reply: a {kind.__name__}")


_OK: Final = b"+OK\r\n"
_integer: Final = b":%d\r\n".__mod__
_IN_BOTH: Final[dict[type, _Form]] = {
    int: _integer,
    bool: _integer,
    bytes: _bulk,
    Status: lambda reply: _OK if reply is OK else b"+%b\r\n" % reply.text,
    Error: lambda reply: b"-%b\r\n" % reply.text,
}
FORMS: Final[dict[int, dict[type, _Form]]] = {
    2: _Forms(
        {
            **_IN_BOTH,
            list: lambda reply: _items(reply, 2),
            Null: lambda reply: b"$-1\r\n" if reply is NULL else b"%b\r\n" % reply.value.encode(),
            Double: lambda reply: _bulk(reply.text),
            BigNumber: lambda reply: _bulk(reply.text),
            Verbatim: lambda reply: _bulk(reply.text),
            Boolean: lambda reply: _integer(reply.value),
            Map: lambda reply: _items([part for pair in reply.pairs for part in pair], 2),
            Set: lambda reply: _items(reply.items, 2),
            Push: lambda reply: _items(reply.items, 2),
            Attribute: lambda reply: encode(reply.reply, 2),
        }
    ),
    3: _Forms(
        {
            **_IN_BOTH,
            list: lambda reply: _items(reply, 3),
            Null: lambda reply: b"_\r\n",
            Double: lambda reply: b",%b\r\n" % reply.text,
            BigNumber: lambda reply: b"(%b\r\n" % reply.text,
            Verbatim: _verbatim,
            Boolean: lambda reply: b"#t\r\n" if reply.value else b"#f\r\n",
            Map: lambda reply: _pairs(reply.pairs),
            Set: lambda reply: _items(reply.items, 3, b"~"),
            Push: lambda reply: _items(reply.items, 3, b">"),
            Attribute: lambda reply: _pairs(reply.pairs, b"|") + encode(reply.reply, 3),
        }
    ),
}
