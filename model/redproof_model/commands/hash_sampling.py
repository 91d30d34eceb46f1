"""HRANDFIELD (`t_hash.c`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sampling import OneMember, Sample, byte_strings, sample_count
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX
from redproof_model.reply import NULL, Reply

table = CommandTable()

_PICKED_ONE_BY_ONE: Final = 3


@table.command("HRANDFIELD", arity=-2)
def hrandfield(world: World, argv: list[bytes]) -> Expected:
    """HRANDFIELD key [count [WITHVALUES]] (t_hash.c hrandfieldCommand)."""
    if len(argv) == 2:
        value = world.hash_at(argv[1])
        return NULL if value is None else OneMember(value.fields)
    count, with_values = _parse_count(argv)
    value = world.hash_at(argv[1])
    if value is None or count == 0:
        return []
    size = len(value.fields)
    # Whole, or picked in one walk; in between they go through a temporary hash table.
    walked = count >= size or count * _PICKED_ONE_BY_ONE <= size
    number = -count if count < 0 else min(count, size)
    in_order = value.ordered and count > 0 and walked
    if with_values:
        return _PairSample(value.fields, number, in_order, repeats=count < 0, resp=world.session.resp)
    return Sample(value.fields, number, in_order=in_order, repeats=count < 0)


def _parse_count(argv: list[bytes]) -> tuple[int, bool]:
    count = sample_count(argv[2])
    if len(argv) == 3:
        return count, False
    if len(argv) > 4 or c_string(argv[3]).upper() != b"WITHVALUES":
        raise ReplyError(SYNTAX)
    if abs(count) > INT64_MAX // 2:
        raise ReplyError(b"ERR value is out of range")
    return count, True


class _PairSample(Sample):
    """Fields with their values: an array of pairs in RESP3, a flat array in RESP2."""

    def __init__(self, fields: Mapping[bytes, bytes], count: int, in_order: bool, repeats: bool, resp: int) -> None:
        super().__init__(fields, count, in_order=in_order, repeats=repeats)
        self._values = fields
        self._resp = resp

    def members(self, reply: Reply, resp: int) -> list[bytes] | None:
        if not isinstance(reply, list):
            return None
        texts = byte_strings(reply if resp == 2 else _flatten(reply))
        if texts is None or len(texts) % 2:
            return None
        fields = texts[::2]
        if any(self._values.get(field) != value for field, value in zip(fields, texts[1::2], strict=True)):
            return None
        return fields

    def example(self) -> Reply:
        pairs: list[list[Reply]] = [[field, self._values[field]] for field in self.example_members()]
        return [*pairs] if self._resp == 3 else [part for pair in pairs for part in pair]


def _flatten(pairs: list[Reply]) -> list[Reply]:
    """The parts of arrays of two; anything else stays as it is, and is then no byte string."""
    return [part for pair in pairs for part in (pair if isinstance(pair, list) and len(pair) == 2 else (pair, 0))]
