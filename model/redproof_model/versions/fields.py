"""The facts in which servers differ over the expiry of hash fields, which two families have, each by itself.

From `t_hash.c` of Redis 8.0 and of Valkey 9.1, from #14416 of Redis, and from what the servers answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFacts:
    """What a version does with fields that expire."""

    options_in_front: bool
    """Whatever stands before FIELDS are options, read as those of EXPIRE and SET; else each thing has its place."""
    options_anywhere: bool
    """FIELDS, its fields and the options come in any order, and each is read where it stands."""
    latest_ms: int
    negative_time: bytes | None
    """What a negative time is answered, None for what a time too large is."""
    listpack: str | None
    """The encoding of a small hash whose fields may expire, those that do first; None if it becomes a hashtable."""
    meets_expired: bool
    """A field that has expired and is not deleted yet is there for HDEL, HSET, HEXPIRE and HSETEX KEEPTTL, and reads
    delete it; else only HLEN counts it."""
    sets_what_is_past: bool
    """HSETEX with a time that is past sets the fields, and converts the hash for that, before it deletes them."""
    tells_each_field: bool
    """Fields that are deleted since their time is past are propagated as an HDEL each, and of HEXPIRE only those that
    it has changed; else those deleted are one HDEL, HEXPIRE tells all, and HGETEX and HSETEX tell what they do."""
    replicas_pick_expired: bool
    """On a replica HRANDFIELD picks fields that have expired too, as it relies on having deleted them."""
    copies_none_of_expired: bool
    """COPY of a hash of which all fields have expired makes an empty one; HRANDFIELD of that without a count, or with a
    negative one, ends the server."""
    rounds_up: bool
    """A time in seconds is rounded up, and not to the nearest second."""
    persists_in_time_only: bool
    """HPERSIST does nothing to a field whose time is up, even if it comes from a master, or out of an AOF, where it was
    in time."""


REDIS_FIELDS: Final = FieldFacts(
    options_in_front=False,
    options_anywhere=False,
    latest_ms=2**46 - 1,
    negative_time=b"ERR invalid expire time, must be >= 0",
    listpack="listpackex",
    meets_expired=True,
    sets_what_is_past=True,
    tells_each_field=True,
    replicas_pick_expired=True,
    copies_none_of_expired=False,
    rounds_up=True,
    persists_in_time_only=True,
)

REDIS_FIELDS_8_4: Final = replace(REDIS_FIELDS, options_anywhere=True)

VALKEY_FIELDS: Final = FieldFacts(
    options_in_front=True,
    options_anywhere=False,
    latest_ms=2**63 - 1,
    negative_time=None,
    listpack=None,
    meets_expired=False,
    sets_what_is_past=False,
    tells_each_field=False,
    replicas_pick_expired=False,
    copies_none_of_expired=True,
    rounds_up=False,
    persists_in_time_only=False,
)
