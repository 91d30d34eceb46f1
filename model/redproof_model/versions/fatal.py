"""Commands that end a server, or leave a client with replies that it cannot tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from redproof_model.keyspace.roles import Role
from redproof_model.number import to_integer

IsFatal: TypeAlias = Callable[[Sequence[object], Role], bool]
"""Tells of a command whether a server of a role, or the client that sends it, does not survive it."""

DIGEST_LENGTH: Final = 16
"""Of what DIGEST tells, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Fatal:
    """Those that are fatal when an argument is an integer from `low` to `high`.

    The argument is the one at `position`, or any for None. With a `role` it ends servers of that role alone.
    """

    name: bytes
    position: int | None
    low: int
    high: int
    role: Role | None = None

    def __call__(self, argv: Sequence[object], role: Role) -> bool:
        """Whether a command is one of them; what it tells of earlier replies need not be known yet."""
        if self.role not in (None, role) or _name(argv) != self.name:
            return False
        looked_at = argv[1:] if self.position is None else argv[self.position : self.position + 1]
        numbers = (to_integer(argument) for argument in looked_at if isinstance(argument, bytes))
        return any(number is not None and self.low <= number <= self.high for number in numbers)


def sets_a_field_twice(argv: Sequence[object], role: Role) -> bool:
    """Whether this is HSETEX with one of its fields again, as ends a server when that makes a hashtable with a time."""
    words = _words(argv)
    if _name(argv) != b"HSETEX" or b"FIELDS" not in words[2:-1]:
        return False
    fields = argv[words.index(b"FIELDS", 2) + 2 :: 2]
    return len(set(fields)) < len(fields)


def gets_and_refuses(argv: Sequence[object], role: Role) -> bool:
    """Whether this is SET GET with a digest that is none, which is answered twice: with the value and with an error."""
    words = _words(argv)
    if _name(argv) != b"SET" or b"GET" not in words[3:]:
        return False
    digests = (argv[at + 1] for at in range(3, len(argv) - 1) if words[at] in (b"IFDEQ", b"IFDNE"))
    return any(not isinstance(digest, bytes) or len(digest) != DIGEST_LENGTH for digest in digests)


def _name(argv: Sequence[object]) -> object:
    return argv[0].upper() if isinstance(argv[0], bytes) else argv[0]


def _words(argv: Sequence[object]) -> list[object]:
    return [argument.upper() if isinstance(argument, bytes) else argument for argument in argv]
