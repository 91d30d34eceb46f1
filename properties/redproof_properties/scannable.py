"""What SCAN and its relatives go over: the commands of the keyspace and of each kind of collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_model.reply import Reply

KEY: Final = "c"
"""The key of a collection."""


@dataclass(frozen=True, slots=True)
class Scannable:
    """The keyspace or a kind of collection: the commands of its elements, and what belongs to an element.

    Where there is a key, it stands after the command's name. `add`, `remove` and `find` take any number of elements;
    `find` looks each of them up once and changes nothing.
    """

    key: tuple[str, ...]
    scan: str
    add: str
    remove: str
    find: str
    size: str
    stored: Callable[[bytes], tuple[bytes, ...]]
    """An element as `add` takes it."""
    shown: Callable[[bytes], tuple[bytes, ...]]
    """An element as a scan shows it."""
    found: Callable[[Sequence[bytes]], Reply]
    """What `find` answers when all elements are there."""
    find_one: str = ""
    """What looks one element up where `find` is newer than the server."""
    find_since: tuple[int, int] = (0, 0)
    """The first Redis that has `find`."""


def _alone(element: bytes) -> tuple[bytes, ...]:
    return (element,)


def _value(element: bytes) -> bytes:
    return b"v" + element


def _with_value(element: bytes) -> tuple[bytes, ...]:
    return (element, _value(element))


def _score(element: bytes) -> bytes:
    return b"%d" % (sum(element) % 10)


def _after_score(element: bytes) -> tuple[bytes, ...]:
    return (_score(element), element)


def _before_score(element: bytes) -> tuple[bytes, ...]:
    return (element, _score(element))


def _values(elements: Sequence[bytes]) -> Reply:
    return [_value(element) for element in elements]


def _ones(elements: Sequence[bytes]) -> Reply:
    return [1 for _ in elements]


def _scores(elements: Sequence[bytes]) -> Reply:
    return [_score(element) for element in elements]


_KINDS = (
    Scannable((), "SCAN", "MSET", "DEL", "EXISTS", "DBSIZE", _with_value, _alone, len),
    Scannable((KEY,), "HSCAN", "HSET", "HDEL", "HMGET", "HLEN", _with_value, _with_value, _values),
    Scannable((KEY,), "SSCAN", "SADD", "SREM", "SMISMEMBER", "SCARD", _alone, _alone, _ones, "SISMEMBER", (6, 2)),
    Scannable(
        (KEY,), "ZSCAN", "ZADD", "ZREM", "ZMSCORE", "ZCARD", _after_score, _before_score, _scores, "ZSCORE", (6, 2)
    ),
)

SCANNABLES: Final = {kind.scan: kind for kind in _KINDS}
"""By the command that scans it."""
