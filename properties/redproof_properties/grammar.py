"""A small grammar in which the arguments of commands are written as data, and its two readings.

A vocabulary (`redproof_properties.vocabulary`) is a list of rows such as

    Command("SET", key("string"), VALUE, options(one_of(seq("EX", TTL_S), "KEEPTTL"), one_of("NX", "XX"), "GET"))

in which a plain string is a keyword, sent in upper case or now and then in lower case. The parts are

    seq(a, b)            a, then b
    one_of(a, b)         one of them; `weighted((3, a), (1, b))` when they are not equally likely
    maybe(a)             a or nothing; `maybe(a, 0.1)` for a rarer one
    many(a, 1, 3)        a, one to three times
    options(a, b)        some of them, each at most once, in any order
    counted(a, 1, 3)     how many, then that many a; now and then a wrong number
    pool(b"x", b"y")     one of these byte strings
    integer(-5, 5)       an integer of that range, now and then an edge of int64 or no integer at all
    key("list")          a key that most likely holds a list, else any other key
    SEEN_DUMP            what the last DUMP of the history returned; SEEN_CURSOR the last SCAN's cursor,
                         SEEN_ID the last XADD's ID, SEEN_CLIENT the last CLIENT ID's

Read by `redproof_properties.drawing` it makes histories in bulk from a seeded generator; read by `strategy` it makes
Hypothesis strategies, which are slower and shrink to readable examples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from hypothesis import strategies as st


class Seen(Enum):
    """An argument that is only known once the server has answered an earlier command."""

    DUMP = "the last payload of DUMP"
    CURSOR = "the last cursor of SCAN, HSCAN, SSCAN or ZSCAN"
    ID = "the last ID of XADD"
    CLIENT = "the last id of CLIENT ID"


Argument: TypeAlias = bytes | Seen


class Part(ABC):
    """A piece of a command's arguments."""

    @abstractmethod
    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        """A Hypothesis strategy for the same examples, simplest first."""


PartLike: TypeAlias = "Part | str"


@dataclass(frozen=True, slots=True)
class Pool(Part):
    """One of a few arguments; the first is the simplest."""

    items: tuple[Argument, ...]

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        return st.sampled_from([[item] for item in self.items])


class Keyword(Pool):
    """A word that the command knows, in upper case or now and then in lower case."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class InOrder(Part):
    """Parts one after the other."""

    parts: tuple[Part, ...]

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        return st.tuples(*(part.strategy() for part in self.parts)).map(_flatten)


@dataclass(frozen=True, slots=True)
class Alternatives(Part):
    """One part out of several, each as often as it stands in the list."""

    parts: tuple[Part, ...]

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        return st.one_of([part.strategy() for part in dict.fromkeys(self.parts)])


@dataclass(frozen=True, slots=True)
class Perhaps(Part):
    """A part that is there with the given probability."""

    part: Part
    probability: float

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        nothing: list[Argument] = []
        return st.one_of(st.just(nothing), self.part.strategy())


@dataclass(frozen=True, slots=True)
class Repeated(Part):
    """A part, `low` to `high` times; with `counted` the number stands in front, wrong one time in ten."""

    part: Part
    low: int
    high: int
    counted: bool

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        parts = st.lists(self.part.strategy(), min_size=self.low, max_size=self.high)
        if not self.counted:
            return parts.map(_flatten)
        wrong = st.one_of(st.none(), st.integers(-1, 3))
        return st.tuples(wrong, parts).map(
            lambda drawn: [b"%d" % (len(drawn[1]) if drawn[0] is None else drawn[0]), *_flatten(drawn[1])]
        )


@dataclass(frozen=True, slots=True)
class Options(Part):
    """Some of several parts, each at most once, in any order."""

    parts: tuple[Part, ...]

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        indexed = st.lists(st.sampled_from(range(len(self.parts))), unique=True, max_size=3)
        return indexed.flatmap(lambda chosen: st.tuples(*(self.parts[i].strategy() for i in chosen)).map(_flatten))


@dataclass(frozen=True, slots=True)
class Integer(Part):
    """An integer from `low` to `high`, one time in ten something that is likely to be refused."""

    low: int
    high: int

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        plain = st.integers(self.low, self.high).map(lambda number: b"%d" % number)
        return st.one_of(plain, st.sampled_from(ODD_INTEGERS)).map(lambda argument: [argument])


def _flatten(lists: Sequence[list[Argument]]) -> list[Argument]:
    return [argument for part in lists for argument in part]


def _part(part: PartLike) -> Part:
    if isinstance(part, Part):
        return part
    word = part.encode()
    return Keyword((word,) * 9 + (word.lower(),)) if word.lower() != word else Pool((word,))


def seq(*parts: PartLike) -> Part:
    """The parts one after the other."""
    flat: list[Part] = []
    for part in map(_part, parts):
        flat += part.parts if isinstance(part, InOrder) else (part,)
    return flat[0] if len(flat) == 1 else InOrder(tuple(flat))


def one_of(*parts: PartLike) -> Part:
    """One of the parts, all equally likely."""
    return Alternatives(tuple(map(_part, parts)))


def weighted(*parts: tuple[int, PartLike]) -> Part:
    """One of the parts, in proportion to its weight."""
    return Alternatives(tuple(_part(part) for weight, part in parts for _ in range(weight)))


def maybe(part: PartLike, probability: float = 0.5) -> Part:
    """The part or nothing."""
    return Perhaps(_part(part), probability)


def many(part: PartLike, low: int, high: int) -> Part:
    """The part, `low` to `high` times."""
    return Repeated(_part(part), low, high, counted=False)


def counted(part: PartLike, low: int, high: int) -> Part:
    """How many, then that many times the part; the number is wrong one time in ten."""
    return Repeated(_part(part), low, high, counted=True)


def options(*parts: PartLike) -> Part:
    """Some of the parts in any order."""
    return Options(tuple(map(_part, parts)))


def pool(*items: Argument) -> Part:
    """One of the arguments, all equally likely."""
    return Pool(items)


def integer(low: int, high: int) -> Part:
    """An integer of the range, one time in ten an edge of int64 or no integer at all."""
    return Integer(low, high)


_KEYS: dict[str, tuple[bytes, ...]] = {
    "string": (b"s1", b"s2", b"s3"),
    "list": (b"l1", b"l2", b"l3"),
    "hash": (b"h1", b"h2"),
    "set": (b"t1", b"t2", b"t3"),
    "zset": (b"z1", b"z2", b"z3"),
    "stream": (b"x1", b"x2", b"x3"),
}
_ODD_KEYS = (b"", b"\x00k\r\n\xff", b"nokey")


def key(kind: str) -> Part:
    """A key that most likely holds a value of this kind, one time in ten another."""
    own = _KEYS[kind]
    others = tuple(name for names in _KEYS.values() for name in names) + _ODD_KEYS
    return Alternatives((Pool(own),) * 9 + (Pool(others),))


ANY_KEY = Pool(tuple(name for names in _KEYS.values() for name in names) + _ODD_KEYS)

ODD_INTEGERS = (
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"-9223372036854775809",
    b"9223372036854775806",
    b"4294967296",
    b"2147483648",
    b"-2147483649",
    b"00",
    b"-0",
    b"+1",
    b" 1",
    b"1 ",
    b"1.0",
    b"1e3",
    b"",
    b"x",
    b"1\x00",
)
NUMBER = pool(b"0", b"1", b"-1", b"2", b"3", b"10", b"100", b"-7", b"12345", *ODD_INTEGERS)
FLOAT = pool(
    b"0", b"1", b"-1", b"0.1", b"1.5", b"-2.5", b"3.0e3", b"1e-5", b"1e17", b"1e308", b"-1e308", b"inf", b"-inf",
    b"+inf", b"nan", b"1e400", b"1e-400", b"0x1p3", b"-0", b".5", b"5.", b"", b"x", b"1 ", b" 1",
    b"123456789.123456789", b"17179869184", b"0.30000000000000004", b"1e21", b"infinity",
)  # fmt: skip
VALUE = pool(
    b"", b"a", b"foo", b"bar", b"0", b"1", b"10", b"-5", b"3.5", b"9223372036854775807", b"-9223372036854775808",
    b"hello world", b"\x00\r\n\xff\x80", b"x" * 44, b"y" * 45, b"z" * 64, b"w" * 65, b"abcdef", b"ABCDEF",
    b"01", b"1e5", b"12345678901234567890", b"inf", b"nan", b"u" * 31, b"t" * 32, b"s" * 39, b"r" * 40, b"p" * 111,
    b"o" * 112,
)  # fmt: skip
MEMBER = pool(
    b"a", b"b", b"c", b"d", b"e", b"1", b"2", b"3", b"10", b"-4", b"", b"m\x00\r\n", b"01", b"foo", b"Foo",
    b"9223372036854775807", b"9223372036854775808", b"q" * 64, b"q" * 65,
)  # fmt: skip
PATTERN = pool(
    b"*", b"?", b"a*", b"*a", b"[a-c]*", b"[^a]*", b"s?", b"l*", b"\\*", b"h[1-2]", b"[z-a]", b"", b"**1", b"[a", b"?1",
    b"[^", b"a\\", b"nomatch",
)  # fmt: skip
TTL_S = weighted((8, pool(b"100", b"1000", b"10000")), (1, pool(b"0", b"-1")), (1, NUMBER))
TTL_MS = weighted((8, pool(b"100000", b"1000000", b"10000000")), (1, pool(b"0", b"-1")), (1, NUMBER))
AT_S = weighted((6, pool(b"33177117420", b"9999999999")), (2, pool(b"1", b"1000")), (1, NUMBER))
AT_MS = weighted((6, pool(b"33177117420000", b"9999999999999")), (2, pool(b"1", b"1000")), (1, NUMBER))
INDEX = integer(-6, 6)
COUNT = integer(-3, 8)
SEEN_DUMP = Pool((Seen.DUMP,))
SEEN_CURSOR = Pool((Seen.CURSOR,))
SEEN_ID = Pool((Seen.ID,))
SEEN_CLIENT = Pool((Seen.CLIENT,))


@dataclass(frozen=True, slots=True)
class Command:
    """A row of a vocabulary: a command's name, how often it is drawn compared to the others, its arguments.

    `needs` are the commands without which a target cannot be judged by the row: itself, and what its script `calls`.
    """

    name: str
    sent_name: bytes
    arguments: Part
    weight: int
    needs: frozenset[str]

    def __init__(self, name: str, *arguments: PartLike, weight: int = 2, calls: Sequence[str] = ()) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "sent_name", name.encode())
        object.__setattr__(self, "arguments", seq(*arguments))
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "needs", frozenset({name, *calls}))

    def strategy(self) -> st.SearchStrategy[list[Argument]]:
        """A Hypothesis strategy for the command with its name."""
        name: list[Argument] = [self.sent_name]
        return self.arguments.strategy().map(lambda arguments: [*name, *arguments])
