"""What commands for the expiry of hash fields have been told, and what is said of what is wrong (`t_hash.c`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.fields import facts_of
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import World
from redproof_model.number import integer

TIMES: Final[Mapping[bytes, tuple[bool, bool]]] = {
    b"EX": (True, True),
    b"PX": (False, True),
    b"EXAT": (True, False),
    b"PXAT": (False, False),
}
"""Whether an option tells seconds, and whether it counts from now."""

INT_MAX: Final = 2**31 - 1
CONDITIONS: Final = frozenset([b"NX", b"XX", b"GT", b"LT"])
EXPIRE_NOT_POSITIVE: Final = b"ERR Parameter `numFields` should be greater than 0"
NOT_A_COUNT: Final = b"ERR invalid number of fields"
ONE_TIME: Final = b"ERR Only one of EX, PX, EXAT, PXAT or %s arguments can be specified"
ONE_CONDITION: Final = b"ERR Only one of FXX or FNX arguments can be specified"
MISSING_TIME: Final = b"ERR missing expire time"


class Request(NamedTuple):
    """Options by name, the amount of the one that is a time, and the fields, each with its value for HSETEX.

    The fields begin at `first` of the arguments, or end them.
    """

    options: frozenset[bytes]
    amount: bytes
    fields: list[bytes]
    first: int | None = None

    def parts(self, argv: list[bytes]) -> tuple[list[bytes], list[bytes], list[bytes]]:
        """The arguments before FIELDS, from FIELDS to the last field, and after that."""
        first = len(argv) - len(self.fields) if self.first is None else self.first
        past = first + len(self.fields)
        return argv[: first - 2], argv[first - 2 : past], argv[past:]

    def instant(self, world: World, name: str) -> Interval | None:
        """When the fields are to expire, None if nothing is said of it; raises ReplyError."""
        for option in self.options & TIMES.keys():
            return instant(world, name, self.amount, *TIMES[option])
        return None


def instant(world: World, name: str, text: bytes, in_seconds: bool, relative: bool) -> Interval:
    """When a time is that an argument tells (`t_hash.c` parseExpireTime); raises ReplyError."""
    facts = facts_of(world)
    amount = integer(text)
    if amount < 0 and facts.negative_time is not None:
        raise ReplyError(facts.negative_time)
    amount_ms = amount * 1000 if in_seconds else amount
    low_ms, high_ms = (world.now_low_ms, world.now_high_ms) if relative else (0, 0)
    if amount < 0 or amount_ms + high_ms > facts.latest_ms:
        raise ReplyError(world.version.invalid_expire % name.lower().encode())
    return amount_ms + low_ms, amount_ms + high_ms


def unknown_argument(argument: bytes) -> ReplyError:
    """What Redis says of an option that it does not know."""
    return ReplyError(one_line(b"ERR unknown argument: %s" % c_string(argument)))
