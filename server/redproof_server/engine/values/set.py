"""Sets (t_set.c)."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from redproof_server.engine.dict import Dict
from redproof_server.engine.randomness import RandomSource
from redproof_server.engine.values.limits import Limits
from redproof_server.protocol.numbers import parse_int64


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


def _position(integers: list[int], number: int) -> int | None:
    position = bisect_left(integers, number)
    return position if position < len(integers) and integers[position] == number else None
