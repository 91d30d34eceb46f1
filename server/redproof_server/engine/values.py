"""The five types of value, each with the encoding that the emulated Redis would name.

A string is plain `bytes`, or `RawString` once it was edited in place. The other types are classes here; all
share the server's `Limits`, so that CONFIG SET moves the thresholds of values that exist already.
Sources: object.c, t_hash.c, t_set.c, t_zset.c.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from redproof_server.engine.dict import Dict
from redproof_server.engine.ranking import Ranking
from redproof_server.protocol.numbers import parse_int64

EMBEDDED_STRING_BYTES_MAX = 44


@dataclass(slots=True)
class Limits:
    """Up to what size a collection stays compact, and the seed of its hash table when it does not."""

    compact_encoding: bytes
    hash_seed: int = 0
    hash_entries: int = 512
    hash_value_bytes: int = 64
    zset_entries: int = 128
    zset_value_bytes: int = 64
    intset_entries: int = 512


class RawString(bytes):
    """A string that APPEND, SETRANGE or SETBIT has edited: encoded `raw` whatever its length and content."""

    __slots__ = ()


class List(deque[bytes]):
    """A list: quick at both ends."""

    __slots__ = ()


class Hash:
    """A hash. `fields` has buckets once it is a hash table."""

    __slots__ = ("_limits", "fields")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.fields: Dict[bytes] = Dict(limits.hash_seed, indexed=False)

    def __len__(self) -> int:
        return len(self.fields.entries)

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"hashtable" if self.fields.indexed else self._limits.compact_encoding

    def get(self, field: bytes) -> bytes | None:
        """The value of `field`, or None."""
        return self.fields.get(field)

    def set(self, field: bytes, value: bytes) -> bool:
        """Set `field`; whether it is new (hashTypeSet, hashTypeTryConversion)."""
        fields, limits = self.fields, self._limits
        added = fields.set(field, value)
        if not fields.indexed and (
            len(fields.entries) > limits.hash_entries
            or len(field) > limits.hash_value_bytes
            or len(value) > limits.hash_value_bytes
        ):
            fields.index()
        return added

    def delete(self, field: bytes) -> bool:
        """Remove `field`; whether it was there (hashTypeDelete)."""
        deleted = self.fields.delete(field)
        if deleted and self.fields.indexed:
            self.fields.shrink_if_sparse()
        return deleted

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Fields and values, the oldest first while the hash is compact."""
        return iter(self.fields.entries.items())


class Set:
    """A set: a sorted `integers` list while all members are integers and few, then a hash table `members`."""

    __slots__ = ("_limits", "integers", "members")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.integers: list[int] | None = []
        self.members: Dict[None] = Dict(limits.hash_seed, indexed=False)

    def __len__(self) -> int:
        return len(self.members.entries if self.integers is None else self.integers)

    def __iter__(self) -> Iterator[bytes]:
        if self.integers is None:
            return iter(self.members.entries)
        return (b"%d" % number for number in self.integers)

    def __contains__(self, member: bytes) -> bool:
        if self.integers is None:
            return member in self.members
        number = parse_int64(member)
        return number is not None and _position(self.integers, number) is not None

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"hashtable" if self.integers is None else b"intset"

    def add(self, member: bytes) -> bool:
        """Add `member`; whether it is new (setTypeAdd)."""
        if self.integers is not None:
            number = parse_int64(member)
            if number is not None:
                return self._add_integer(self.integers, number)
            self.convert()
        return self.members.set(member, None)

    def _add_integer(self, integers: list[int], number: int) -> bool:
        if _position(integers, number) is not None:
            return False
        insort(integers, number)
        if len(integers) > self._limits.intset_entries:
            self.convert()
        return True

    def discard(self, member: bytes) -> bool:
        """Remove `member`; whether it was there (setTypeRemove)."""
        if self.integers is None:
            deleted = self.members.delete(member)
            if deleted:
                self.members.shrink_if_sparse()
            return deleted
        number = parse_int64(member)
        position = None if number is None else _position(self.integers, number)
        if position is None:
            return False
        del self.integers[position]
        return True

    def convert(self) -> None:
        """Turn the integers into a hash table (setTypeConvert)."""
        integers, self.integers = self.integers or [], None
        self.members.index()
        for number in integers:
            self.members.set(b"%d" % number, None)


class SortedSet:
    """A sorted set: the score of each member, and the members ranked by score, then by bytes."""

    __slots__ = ("_limits", "ranking", "scores")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.scores: Dict[float] = Dict(limits.hash_seed, indexed=False)
        self.ranking = Ranking()

    def __len__(self) -> int:
        return len(self.scores.entries)

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"skiplist" if self.scores.indexed else self._limits.compact_encoding

    def score(self, member: bytes) -> float | None:
        """The score of `member`, or None (zsetScore)."""
        return self.scores.get(member)

    def set(self, member: bytes, score: float) -> bool:
        """Give `member` a score; whether it is new (zsetAdd)."""
        scores, limits = self.scores, self._limits
        old_score = scores.entries.get(member)
        if old_score == score:
            return False
        if old_score is not None:
            self.ranking.remove(old_score, member)
        self.ranking.add(score, member)
        scores.set(member, score)
        if not scores.indexed and (len(scores.entries) > limits.zset_entries or len(member) > limits.zset_value_bytes):
            scores.index()
        return old_score is None

    def delete(self, member: bytes) -> bool:
        """Remove `member`; whether it was there (zsetDel)."""
        score = self.scores.pop(member)
        if score is None:
            return False
        self.ranking.remove(score, member)
        if self.scores.indexed:
            self.scores.shrink_if_sparse()
        return True


Value = bytes | List | Hash | Set | SortedSet

_TYPE_NAMES: dict[type, bytes] = {
    bytes: b"string",
    RawString: b"string",
    List: b"list",
    Hash: b"hash",
    Set: b"set",
    SortedSet: b"zset",
}


def type_name(value: Value) -> bytes:
    """The name that TYPE answers (object.c getObjectTypeName)."""
    return _TYPE_NAMES[type(value)]


def encoding_name(value: Value) -> bytes:
    """The name that OBJECT ENCODING answers (object.c strEncoding)."""
    if isinstance(value, bytes):
        return _string_encoding(value)
    if isinstance(value, List):
        return b"quicklist"
    return value.encoding


def _string_encoding(value: bytes) -> bytes:
    if isinstance(value, RawString):
        return b"raw"
    if parse_int64(value) is not None:
        return b"int"
    return b"embstr" if len(value) <= EMBEDDED_STRING_BYTES_MAX else b"raw"


def _position(integers: list[int], number: int) -> int | None:
    position = bisect_left(integers, number)
    return position if position < len(integers) and integers[position] == number else None
