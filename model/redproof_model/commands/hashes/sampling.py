"""HRANDFIELD (`t_hash.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sampling import OneMember, PairSample, Sample, pair_sample_arguments
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.fields import facts_of, meet_all
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.values import Hash
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL

table = CommandTable()

_PICKED_ONE_BY_ONE: Final = 3


@table.command("HRANDFIELD", arity=-2)
def hrandfield(world: World, argv: list[bytes]) -> Expected:
    """HRANDFIELD key [count [WITHVALUES]] (t_hash.c hrandfieldCommand)."""
    if len(argv) == 2:
        value = _live(world, argv[1])
        return NULL if value is None else OneMember(value.fields)
    count, with_values = pair_sample_arguments(argv, b"WITHVALUES")
    value = _live(world, argv[1])
    if value is None or count == 0:
        return []
    size = len(value.fields)
    # Whole, or picked in one walk; in between they go through a temporary hash table.
    walked = count >= size or count * _PICKED_ONE_BY_ONE <= size
    number = -count if count < 0 else min(count, size)
    in_order = value.ordered and count > 0 and walked
    if with_values:
        return PairSample(value.fields, number, in_order=in_order, repeats=count < 0, resp=world.session.resp)
    return Sample(value.fields, number, in_order=in_order, repeats=count < 0)


def _live(world: World, key: bytes) -> Hash | None:
    """The hash at `key`, None if no field is alive; what has expired is deleted first (hashTypeExpireIfNeeded).

    A replica deletes nothing.
    """
    value = world.hash_at(key)
    if value is not None and world.role is Role.REPLICA and value.ghosts and facts_of(world).replicas_pick_expired:
        whole = value.copy()
        whole.reveal()
        return whole
    if value is not None and value.ghosts:
        meet_all(world, key, value)
    return value if value is not None and value.fields else None
