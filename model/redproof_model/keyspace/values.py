"""The types of values, each with what OBJECT ENCODING can tell of it.

Contents are plain Python containers, since the model says what is observable and not how it is stored.
An encoding is state of its own, because Redis converts one way only: a hash that was large once stays
a `hashtable`. Each group of commands decides when its type converts.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TypeAlias

from redproof_model.keyspace.streams import Stream
from redproof_model.number import to_integer

Interval: TypeAlias = tuple[int, int]
"""The earliest and the latest instant, in ms of the server's clock."""


@dataclass(slots=True)
class String:
    """A string; `encoding` is None while it is the one that Redis gives to a value that was set whole."""

    data: bytes
    encoding: str | None = None

    def copy(self) -> String:
        return String(self.data, self.encoding)

    def encoding_name(self, longest_embstr: int) -> str:
        """What OBJECT ENCODING tells: `int`, `embstr` or `raw` (`object.c` tryObjectEncoding)."""
        if self.encoding is not None:
            return self.encoding
        return text_encoding(self.data, longest_embstr) if to_integer(self.data) is None else "int"


def text_encoding(data: bytes, longest_embstr: int) -> str:
    """The encoding of a string that is not tried as an integer (`object.c` createStringObject)."""
    return "embstr" if len(data) <= longest_embstr else "raw"


@dataclass(slots=True)
class List:
    """A list, head first."""

    items: list[bytes]
    encoding: str

    def __bool__(self) -> bool:
        return bool(self.items)

    def copy(self) -> List:
        return List(self.items.copy(), self.encoding)


@dataclass(slots=True)
class Hash:  # noqa: PLW1641 (like every value it can change, so it has no hash)
    """Fields and their values, in the order in which the fields were added.

    `ordered` while the server keeps that order too: a hash table does not, nor does what was restored from one.
    `expiries` are the instants at which fields expire, as those of keys (`Database.expires`); `ghosts` are fields
    that have expired and that the server may still hold, with their values and instants.
    """

    fields: dict[bytes, bytes]
    encoding: str
    ordered: bool = True
    expiries: dict[bytes, Interval] = field(default_factory=dict)
    ghosts: dict[bytes, tuple[bytes, Interval]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.ghosts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hash) or (self.encoding, self.ordered) != (other.encoding, other.ordered):
            return False
        if self.fields != other.fields or self.expiries != other.expiries or self.ghosts != other.ghosts:
            return False
        return not self.ordered or list(self.fields) == list(other.fields)

    def copy(self) -> Hash:
        return Hash(self.fields.copy(), self.encoding, self.ordered, self.expiries.copy(), self.ghosts.copy())

    def reveal(self) -> None:
        """Let the fields be seen that have expired; they stand before those that have not."""
        self.fields = {name: text for name, (text, _) in self.ghosts.items()} | self.fields
        self.expiries |= {name: expiry for name, (_, expiry) in self.ghosts.items()}
        self.ghosts.clear()


@dataclass(slots=True)
class SetValue:
    """The members of a set."""

    members: set[bytes]
    encoding: str

    def __bool__(self) -> bool:
        return bool(self.members)

    def copy(self) -> SetValue:
        return SetValue(self.members.copy(), self.encoding)


@dataclass(slots=True)
class SortedSet:
    """Members with their scores; the order by score, then by bytes, is worked out when asked for."""

    scores: dict[bytes, float]
    encoding: str
    _order: list[tuple[float, bytes]] | None = field(default=None, compare=False)

    def __bool__(self) -> bool:
        return bool(self.scores)

    def copy(self) -> SortedSet:
        return SortedSet(self.scores.copy(), self.encoding)

    def put(self, member: bytes, score: float) -> None:
        """Add a member or change its score."""
        if self._order is not None:
            old = self.scores.get(member)
            if old is not None:
                del self._order[bisect_left(self._order, (old, member))]
            insort(self._order, (score, member))
        self.scores[member] = score

    def discard(self, member: bytes) -> bool:
        """Remove a member; False if it is not there."""
        score = self.scores.pop(member, None)
        if score is None:
            return False
        if self._order is not None:
            del self._order[bisect_left(self._order, (score, member))]
        return True

    def ordered(self) -> list[tuple[float, bytes]]:
        """All (score, member) pairs, lowest first (`t_zset.c` zslInsert); not to be changed."""
        if self._order is None:
            self._order = sorted(zip(self.scores.values(), self.scores, strict=True))
        return self._order

    def rank(self, member: bytes) -> int | None:
        """The position of a member in that order, None if it is not there."""
        score = self.scores.get(member)
        return None if score is None else bisect_left(self.ordered(), (score, member))


Value: TypeAlias = String | List | Hash | SetValue | SortedSet | Stream

TYPE_NAMES: dict[type[Value], bytes] = {
    String: b"string",
    List: b"list",
    Hash: b"hash",
    SetValue: b"set",
    SortedSet: b"zset",
    Stream: b"stream",
}
