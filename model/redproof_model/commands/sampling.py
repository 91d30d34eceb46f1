"""Members that the server picks from a collection: all of them or some, in its order or in any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from redproof_model.choice import Choice
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.number import INT64_MAX, negatable
from redproof_model.reply import Reply, Set, project


class Sample(Choice):
    """`count` members of `pool`, as an array or, with `as_set`, as a set.

    Each comes at most once unless `repeats`, and in the order of `pool` if `in_order`, which then must be
    something that is iterated in that order. `then` is told which members came and changes the state.
    """

    def __init__(
        self,
        pool: Collection[bytes],
        count: int,
        *,
        as_set: bool = False,
        in_order: bool = False,
        repeats: bool = False,
        then: Callable[[Sequence[bytes]], None] | None = None,
    ) -> None:
        self._pool = pool
        self._count = count
        self._as_set = as_set
        self._in_order = in_order
        self._repeats = repeats
        self._then = then

    def observe(self, reply: Reply, resp: int) -> bool:
        members = self.members(reply, resp)
        if members is None or len(members) != self._count or not self._are_in_pool(members):
            return False
        if self._then is not None:
            self._then(members)
        return True

    def members(self, reply: Reply, resp: int) -> list[bytes] | None:
        """The members in a reply, None if it is not of the right shape."""
        if self._as_set and resp == 3:
            items = reply.items if isinstance(reply, Set) else None
        else:
            items = reply if isinstance(reply, list) else None
        if items is None:
            return None
        return byte_strings(items)

    def _are_in_pool(self, members: list[bytes]) -> bool:
        if self._in_order:
            rest = iter(self._pool)
            return all(member in rest for member in members)
        different = set(members)
        if not self._repeats and len(different) < self._count:
            return False
        return all(map(self._pool.__contains__, different))

    def example(self) -> Reply:
        members = self.example_members()
        return Set([*members]) if self._as_set else [*members]

    def example_members(self) -> list[bytes]:
        """Members that may come."""
        pool = list(self._pool) if self._in_order else sorted(self._pool)
        return pool[:1] * self._count if self._repeats else pool[: self._count]

    def describe(self) -> str:
        order = "in this order" if self._in_order else "in any order"
        again = ", with repetitions" if self._repeats else ""
        return f"{self._count} of {[*self._pool]!r} {order}{again}"


class OneMember(Choice):
    """One member of `pool`, as a bulk string; `then` is told which and changes the state."""

    def __init__(self, pool: Collection[bytes], then: Callable[[bytes], None] | None = None) -> None:
        self._pool = pool
        self._then = then

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, bytes) or reply not in self._pool:
            return False
        if self._then is not None:
            self._then(reply)
        return True

    def example(self) -> Reply:
        return min(self._pool)

    def describe(self) -> str:
        return f"one of {[*self._pool]!r}"


class PairSample(Sample):
    """Members with a value each: an array of pairs in RESP3, a flat array in RESP2."""

    def __init__(self, values: Mapping[bytes, Reply], count: int, *, in_order: bool, repeats: bool, resp: int) -> None:
        super().__init__(values, count, in_order=in_order, repeats=repeats)
        self._values = values
        self._resp = resp

    def members(self, reply: Reply, resp: int) -> list[bytes] | None:
        flat = reply if resp == 2 else _flat(reply)
        if not isinstance(flat, list) or len(flat) % 2:
            return None
        members = byte_strings(flat[::2])
        if members is None or not self._values.keys() >= set(members):
            return None
        values = {member: project(self._values[member], resp) for member in set(members)}
        return members if flat[1::2] == [values[member] for member in members] else None

    def example(self) -> Reply:
        pairs: list[list[Reply]] = [[member, self._values[member]] for member in self.example_members()]
        return [*pairs] if self._resp == 3 else [part for pair in pairs for part in pair]


def _flat(reply: Reply) -> list[Reply] | None:
    """The parts of an array of pairs, None for anything else."""
    pairs = [pair for pair in reply if isinstance(pair, list) and len(pair) == 2] if isinstance(reply, list) else None
    return None if pairs is None or pairs != reply else [part for pair in pairs for part in pair]


def byte_strings(items: Sequence[Reply]) -> list[bytes] | None:
    """The items, if all of them are bulk strings."""
    texts = [item for item in items if isinstance(item, bytes)]
    return texts if len(texts) == len(items) else None


def pair_sample_arguments(argv: list[bytes], with_values: bytes) -> tuple[int, bool]:
    """Read `count [with_values]` after the key: how many to pick, and whether with their values; raises ReplyError.

    Source: `t_hash.c` hrandfieldCommand and `t_zset.c` zrandmemberCommand.
    """
    count = negatable(argv[2])
    if len(argv) == 3:
        return count, False
    if len(argv) > 4 or c_string(argv[3]).upper() != with_values:
        raise ReplyError(SYNTAX)
    if abs(count) > INT64_MAX // 2:
        raise ReplyError(b"ERR value is out of range")
    return count, True
