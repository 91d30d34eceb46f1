"""When the fields of a hash expire, and where they stand because of that (`t_hash.c`)."""

from __future__ import annotations

from collections.abc import Iterable

from redproof_model.keyspace.encodings import HASHTABLE, to_hashtable
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.values import Hash, Interval
from redproof_model.keyspace.world import World
from redproof_model.versions.fields import FieldFacts


def may_expire(world: World, value: Hash) -> None:
    """Let the hash be one whose fields may expire, as Redis does before it looks at them (hashTypeSetExInit)."""
    facts = facts_of(world)
    if facts.listpack is not None and value.encoding != HASHTABLE:
        value.encoding = facts.listpack


def facts_of(world: World) -> FieldFacts:
    """The version's facts; only what has commands for the expiry of fields asks."""
    facts = world.version.fields
    if facts is None:
        raise LookupError(f"in {world.version.name} no field expires")
    return facts


def counted(world: World, value: Hash) -> int:
    """How many fields there are for a command that sets some."""
    return len(value.fields) + (len(value.ghosts) if value.ghosts and facts_of(world).meets_expired else 0)


def meet(world: World, key: bytes, value: Hash, fields: Iterable[bytes]) -> None:
    """Read fields, which deletes those that have expired, and with the last one the hash (hashTypeGetValue)."""
    if not value.ghosts or not _deletes(world):
        return
    for field in fields:
        if value.ghosts.pop(field, None) is not None:
            world.propagate_also(b"HDEL", key, field)
    if not value:
        _remove_empty(world, key)


def meet_all(world: World, key: bytes, value: Hash) -> None:
    """Delete all fields that have expired, in any order, and with the last one the hash (hashTypeExpireIfNeeded)."""
    if not value.ghosts or not _deletes(world):
        return
    if world.recorder is not None:
        deletions = [(b"HDEL", key, field) for field in value.ghosts]
        world.recorder.delete_expired(world.session.database, deletions, all_of_them=True)
    value.ghosts.clear()
    if not value:
        _remove_empty(world, key)


def _deletes(world: World) -> bool:
    """Whether who reads a field that has expired deletes it; on a replica nobody does."""
    return facts_of(world).meets_expired and world.role is not Role.REPLICA


def _remove_empty(world: World, key: bytes) -> None:
    """Delete a hash whose last fields have expired, which is no change by the command that finds it."""
    world.db.discard(key)
    world.touch(world.session.database, key)


def set_field(value: Hash, field: bytes, text: bytes, keep: bool) -> None:
    """Set a field, which then does not expire unless it is to `keep` its expiry (hashTypeSet)."""
    value.ghosts.pop(field, None)
    if not keep and field in value.expiries:
        forget(value, field)
    value.fields[field] = text


def forget(value: Hash, field: bytes) -> None:
    """Let a field not expire any more; of a listpack it is the last then (listpackExUpdateExpiry)."""
    del value.expiries[field]
    value.fields[field] = value.fields.pop(field)


def delete_field(world: World, value: Hash, field: bytes) -> bool:
    """Delete a field; False if it is not there, for this command (hashTypeDelete)."""
    value.expiries.pop(field, None)
    if value.ghosts and facts_of(world).meets_expired and value.ghosts.pop(field, None) is not None:
        return True
    return value.fields.pop(field, None) is not None


def revive(world: World, value: Hash, field: bytes) -> bool:
    """Let a field that has expired be there again, which only Redis does (hashTypeSetEx); False if there is none."""
    if field not in value.ghosts or not facts_of(world).meets_expired:
        return False
    value.fields[field], _ = value.ghosts.pop(field)
    return True


def expire_field(world: World, key: bytes, value: Hash, field: bytes, when: Interval) -> bool:
    """Let a field expire; False if that is now or past, so that it is deleted (hashTypeSetEx)."""
    if is_past(world, when):
        delete_field(world, value, field)
        if facts_of(world).tells_each_field:
            world.propagate_also(b"HDEL", key, field)
        return False
    if facts_of(world).listpack is None and value.encoding != HASHTABLE:
        to_hashtable(value)
    if value.encoding != HASHTABLE:
        _stand_by_expiry(value, field, when)
    value.expiries[field] = when
    world.next_expiry_ms = min(world.next_expiry_ms, when[0] - 1)
    return True


def is_past(world: World, when: Interval) -> bool:
    """Whether an instant certainly is now or past (`expire.c` checkAlreadyExpired); now is, whatever the clock says.

    Only a master minds.
    """
    if world.role is not Role.MASTER:
        return False
    return when[1] <= world.now_low_ms or when == (world.now_low_ms, world.now_high_ms)


def _stand_by_expiry(value: Hash, field: bytes, when: Interval) -> None:
    """Move a field before all that expire no earlier (listpackExAddInternal)."""
    text = value.fields.pop(field)
    value.expiries.pop(field, None)
    names = list(value.fields)
    spans = [value.expiries.get(name) for name in names]
    # What was set in one command expires at one instant, even if that is known as an interval only.
    value.ordered = value.ordered and not any(_is_open(when, span) for span in spans if span is not None)
    later = [at for at, span in enumerate(spans) if span is None or when[0] <= span[0]]
    names.insert(later[0] if later else len(names), field)
    texts = {**value.fields, field: text}
    value.fields.clear()
    value.fields.update((name, texts[name]) for name in names)


def _is_open(when: Interval, span: Interval) -> bool:
    """Whether it is not known which of the two is earlier."""
    return when is not span and when[0] <= span[1] and span[0] <= when[1] and (when != span or when[0] != when[1])
