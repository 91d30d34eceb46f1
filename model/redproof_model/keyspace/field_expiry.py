"""Hash fields whose time has come: nobody sees their values again, but the server still holds them for a while.

Until it deletes them, which the reply to no command tells, some commands count them. So they are kept as ghosts of
the hash, in the order in which they expired, and each command that may meet them makes worlds, in which the server
has deleted none, the first, the first two and so on, and with the last of all fields the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World

BLIND: Final = frozenset(
    b"HGET HMGET HEXISTS HSTRLEN HGETALL HKEYS HVALS HSCAN HRANDFIELD HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST "
    b"HGETDEL HINCRBY HINCRBYFLOAT HSETNX".split()
)
"""Commands whose replies do not tell whether a ghost has been deleted, and which do as much to it if it has not."""

FieldDoubt = tuple[int, bytes, bytes]
"""A field that may have expired: database, key and field."""

_EARLY_MS: Final = 1
"""In the millisecond of its expiry, when reads still see it, a field may be gone: the cycle has deleted it, or
HRANDFIELD does (`ebuckets.c`, and `t_hash.c` hashTypeExpireIfNeeded)."""


def settle_fields(world: World, low_ms: int, high_ms: int) -> list[FieldDoubt]:
    """Let the fields be ghosts that are past their time at `low_ms`; return those that may be by `high_ms`."""
    doubts: list[FieldDoubt] = []
    for index, db in enumerate(world.databases):
        for key, value in db.values.items():
            if type(value) is not Hash or not (value.expiries or value.ghosts):
                continue
            for field, (earliest, latest) in sorted(value.expiries.items(), key=lambda item: item[1]):
                if low_ms > latest:
                    bury(value, field)
                    continue
                world.next_expiry_ms = min(world.next_expiry_ms, earliest - _EARLY_MS)
                if high_ms > earliest - _EARLY_MS:
                    doubts.append((index, key, field))
            if value.ghosts:
                # Any command may be the first to meet them, in this very millisecond too.
                world.next_expiry_ms = low_ms - 1
    return doubts


def bury(value: Hash, field: bytes) -> None:
    """The field has expired, and is not deleted yet."""
    value.ghosts[field] = value.fields.pop(field), value.expiries.pop(field)


def resolve_field(world: World, doubt: FieldDoubt, gone: bool) -> None:
    """Let a field have expired, or be alive to the end of the command."""
    value = _hash_at(world, doubt[0], doubt[1])
    if gone:
        bury(value, doubt[2])
    else:
        earliest, latest = value.expiries[doubt[2]]
        value.expiries[doubt[2]] = (max(earliest, world.now_low_ms), latest)


def field_span(world: World, doubt: FieldDoubt) -> Interval:
    """When the field may go."""
    earliest, latest = _hash_at(world, doubt[0], doubt[1]).expiries[doubt[2]]
    return earliest - _EARLY_MS, latest


def deletions(world: World, places: list[tuple[int, bytes]]) -> Iterator[World]:
    """The worlds that the deletion of ghosts may have made of this one, of the hashes at these places."""
    counts = [range(len(_hash_at(world, *place).ghosts) + 1) for place in places]
    for deleted in product(*counts):
        branch = world.copy()
        for place, count in zip(places, deleted, strict=True):
            _delete_ghosts(branch, *place, count)
        yield branch


def haunted(world: World) -> list[tuple[int, bytes]]:
    """Where hashes with ghosts are."""
    databases = enumerate(world.databases)
    return [
        (index, key)
        for index, db in databases
        for key, value in db.values.items()
        if type(value) is Hash and value.ghosts
    ]


def _delete_ghosts(world: World, index: int, key: bytes, count: int) -> None:
    value = _hash_at(world, index, key)
    for field in [*value.ghosts][:count]:
        del value.ghosts[field]
    if not value:
        world.databases[index].discard(key)
        world.touch(index, key)


def _hash_at(world: World, index: int, key: bytes) -> Hash:
    value = world.databases[index].values[key]
    if not isinstance(value, Hash):
        raise LookupError(f"{key!r} holds no hash")
    return value
