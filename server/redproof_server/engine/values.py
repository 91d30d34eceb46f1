"""The five types of value, each with the encoding that the emulated Redis would name.

A string is plain `bytes`, or `RawString` once it was edited in place. The other types are classes here; all
share the server's `Limits`, so that CONFIG SET moves the thresholds of values that exist already.
Sources: object.c, t_hash.c, t_set.c, t_zset.c.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redproof_server.engine.dict import Dict
from redproof_server.engine.hashing import Hashing
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.ranking import Ranked, Ranking
from redproof_server.protocol.numbers import parse_int64

EMBEDDED_STRING_BYTES_MAX = 44
SHARED_INTEGER_MAX = 9999


@dataclass(slots=True)
class Limits:
    """Up to what size a collection stays compact, and what its hash table is like when it does not.

    `compact_integer_scores` tells that a compact sorted set stores whole scores as integers, without a sign of zero;
    `hash_tables_are_presized` that the table of a hash is made for all its fields when the hash gives up being compact.
    """

    hashing: Hashing
    compact_encoding: bytes
    compact_integer_scores: bool
    hash_tables_are_presized: bool
    hash_entries: int = 512
    hash_value_bytes: int = 64
    zset_entries: int = 128
    zset_value_bytes: int = 64
    intset_entries: int = 512


class RawString(bytes):
    """A string that APPEND, SETRANGE or SETBIT has edited: encoded `raw` whatever its length and content."""

    __slots__ = ()


class PlainString(bytes):
    """A string that INCRBYFLOAT has made: not encoded `int` even if it spells an integer."""

    __slots__ = ()


class OwnInteger(bytes):
    """An integer that COPY has made: not one of the small integers that all keys share."""

    __slots__ = ()


class List(deque[bytes]):
    """A list: quick at both ends."""

    __slots__ = ()


class Hash:
    """A hash. `fields` has buckets once it is a hash table."""

    __slots__ = ("_limits", "fields")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.fields: Dict[bytes] = Dict(limits.hashing, indexed=False)

    def __len__(self) -> int:
        return len(self.fields.entries)

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"hashtable" if self.fields.indexed else self._limits.compact_encoding

    def get(self, field: bytes) -> bytes | None:
        """The value of `field`, or None."""
        return self.fields.get(field)

    def set(self, field: bytes, value: bytes, checks_length: bool = True) -> bool:
        """Set `field`; whether it is new (hashTypeSet)."""
        fields = self.fields
        if checks_length and not fields.indexed:
            self.convert_if_long(field, value)
        if field in fields:
            fields.entries[field] = value
            return False
        fields.add(field, value)
        if not fields.indexed and len(fields.entries) > self._limits.hash_entries:
            self.convert()
        return True

    def convert_if_long(self, field: bytes, value: bytes) -> None:
        """Turn into a hash table for the sake of a text that is too long (hashTypeTryConversion)."""
        longest = self._limits.hash_value_bytes
        if not self.fields.indexed and (len(field) > longest or len(value) > longest):
            self.convert()

    def convert(self) -> None:
        """Give up the compact encoding (hashTypeConvert)."""
        self.fields.index(presized=len(self) if self._limits.hash_tables_are_presized else 0)

    def delete(self, field: bytes) -> bool:
        """Remove `field`; whether it was there (hashTypeDelete)."""
        deleted = self.fields.delete(field)
        if deleted and self.fields.indexed:
            self.fields.shrink_if_sparse()
        return deleted

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Fields and values, the oldest first while the hash is compact."""
        return iter(self.fields.entries.items())

    def frozen(self) -> "Hash":
        """What is to be saved: it does not change with the original."""
        duplicate = Hash(self._limits)
        duplicate.fields = self.fields.frozen()
        return duplicate

    def copy(self) -> "Hash":
        """Another hash of the same encoding (hashTypeDup)."""
        duplicate = Hash(self._limits)
        duplicate.fields = self.fields.copy()
        return duplicate


class Set:
    """A set: a sorted `integers` list while all members are integers and few, then a hash table `members`."""

    __slots__ = ("_limits", "integers", "members")

    def __init__(self, limits: Limits, members: Iterable[bytes] = ()) -> None:
        self._limits = limits
        self.integers: list[int] | None = []
        self.members: Dict[None] = Dict(limits.hashing, indexed=False)
        self.update(members)

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
        return self.members.add(member, None)

    def update(self, members: Iterable[bytes]) -> int:
        """Add the members one after the other; how many are new."""
        added = 0
        for member in members:
            added += self.add(member)
        return added

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

    def random_member(self, random: RandomSource) -> bytes:
        """A random member of a set that is not empty (setTypeRandomElement)."""
        if self.integers is None:
            return self.members.random_key(random)
        return b"%d" % self.integers[random.randrange(len(self.integers))]

    def convert(self) -> None:
        """Turn the integers into a hash table (setTypeConvert)."""
        integers, self.integers = self.integers or [], None
        self.members.index(presized=len(integers))
        for number in integers:
            self.members.add(b"%d" % number, None)

    def frozen(self) -> "Set":
        """What is to be saved: it does not change with the original."""
        duplicate = Set(self._limits)
        duplicate.integers = None if self.integers is None else list(self.integers)
        duplicate.members = self.members.frozen()
        return duplicate

    def copy(self) -> "Set":
        """Another set of the same encoding (setTypeDup)."""
        duplicate = Set(self._limits)
        duplicate.integers = None if self.integers is None else list(self.integers)
        duplicate.members = self.members.copy()
        return duplicate


class SortedSet:
    """A sorted set: the score of each member, and the members ranked by score, then by bytes."""

    __slots__ = ("_limits", "ranking", "scores")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.scores: Dict[float] = Dict(limits.hashing, indexed=False)
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
        """Give `member`, which was looked up before, a score; whether it is new (zsetAdd)."""
        scores = self.scores
        old_score = scores.entries.get(member)
        if old_score == score:
            return False
        if old_score is not None:
            self.ranking.remove(old_score, member)
        elif not scores.indexed and not self._stays_compact(len(scores.entries) + 1, len(member)):
            scores.index()
        if not scores.indexed and self._limits.compact_integer_scores:
            score += 0.0
        self.ranking.add(score, member)
        if old_score is None:
            return scores.add(member, score)
        scores.entries[member] = score
        return False

    def _stays_compact(self, entries: int, longest_bytes: int) -> bool:
        return entries <= self._limits.zset_entries and longest_bytes <= self._limits.zset_value_bytes

    def fill(self, entries: list[Ranked], presized: int = 0) -> None:
        """Add the members of a result, in the encoding that suits them all (zsetConvertToZiplistIfNeeded); a hash
        table is made for `presized` members from the start."""
        if not self._stays_compact(len(entries), max((len(member) for _, member in entries), default=0)):
            self.scores.index(presized)
        for score, member in entries:
            self.set(member, score)

    def convert_for(self, entries: int) -> None:
        """Turn into a skiplist if that many members are to come (zrangeResultBeginStore)."""
        if not self.scores.indexed and entries > self._limits.zset_entries:
            self.scores.index()

    def delete(self, member: bytes) -> bool:
        """Remove `member`; whether it was there (zsetDel)."""
        score = self.scores.pop(member)
        if score is None:
            return False
        self.ranking.remove(score, member)
        if self.scores.indexed:
            self.scores.shrink_if_sparse()
        return True

    def delete_ranks(self, start: int, stop: int) -> int:
        """Remove the members of a half-open range of ranks; how many they were (zslDeleteRangeByRank)."""
        for _, member in self.ranking.entries[start:stop]:
            self.scores.delete(member)
        del self.ranking.entries[start:stop]
        if self.scores.indexed:
            self.scores.shrink_if_sparse()
        return stop - start

    def convert(self) -> None:
        """Give up the compact encoding (zsetConvert)."""
        if not self.scores.indexed:
            self.scores.index()

    def frozen(self) -> "SortedSet":
        """What is to be saved: it does not change with the original."""
        duplicate = SortedSet(self._limits)
        duplicate.scores = self.scores.frozen()
        duplicate.ranking.entries = list(self.ranking.entries)
        return duplicate

    def copy(self) -> "SortedSet":
        """Another sorted set of the same encoding (zsetDup)."""
        duplicate = SortedSet(self._limits)
        duplicate.scores = self.scores.copy()
        duplicate.ranking.entries = list(self.ranking.entries)
        return duplicate


Value = bytes | List | Hash | Set | SortedSet

_TYPE_NAMES: dict[type, bytes] = {
    bytes: b"string",
    RawString: b"string",
    PlainString: b"string",
    OwnInteger: b"string",
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
    if not isinstance(value, PlainString) and parse_int64(value) is not None:
        return b"int"
    return b"embstr" if len(value) <= EMBEDDED_STRING_BYTES_MAX else b"raw"


def is_shared_integer(value: Value) -> bool:
    """Whether Redis keeps one object for this value in all keys (object.c OBJ_SHARED_INTEGERS)."""
    if type(value) is not bytes or len(value) > len(b"%d" % SHARED_INTEGER_MAX):
        return False
    number = parse_int64(value)
    return number is not None and 0 <= number <= SHARED_INTEGER_MAX


def duplicate(value: Value) -> Value:
    """A value that equals `value` and shares nothing with it, for COPY."""
    if isinstance(value, bytes):
        return OwnInteger(value) if is_shared_integer(value) else value
    return value.copy()


def _position(integers: list[int], number: int) -> int | None:
    position = bisect_left(integers, number)
    return position if position < len(integers) and integers[position] == number else None
