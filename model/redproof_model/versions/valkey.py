"""Valkey, which began with Redis 7.2.4: what one row does not name, it has from the row that it names first.

7.2 and 9.0 were held to no server. Which of the differences between 8.1 and 9.1 came with 9.0 is from the pull requests
(valkey-io/valkey): 2087 the length of a long key, 2286 the name in the refusal; with 9.1 came 2516 and 3397, which let
longer strings be embedded, 3116 for GETEX, 3121 for MSETEX, and the new reader of doubles.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.errors import SYNTAX
from redproof_model.keyspace.roles import Role
from redproof_model.number import INT64_MAX
from redproof_model.versions.connections import CONNECTIONS_VALKEY_8_1
from redproof_model.versions.facts import Embedding
from redproof_model.versions.fatal import Fatal
from redproof_model.versions.fields import VALKEY_FIELDS
from redproof_model.versions.propagation import PROPAGATION_VALKEY_8_0, PROPAGATION_VALKEY_9_0
from redproof_model.versions.redis import REDIS_7_2, UNSTABLE_2024
from redproof_model.versions.replication import REPLICATION_VALKEY_8_0, REPLICATION_VALKEY_9_1
from redproof_model.versions.scripting import SCRIPTS_VALKEY_8_0, SCRIPTS_VALKEY_9_1
from redproof_model.versions.streams import STREAMS_VALKEY_8_1, STREAMS_VALKEY_9_1

VALKEY_7_2: Final = replace(REDIS_7_2, family="valkey", forked_from=REDIS_7_2.number)

VALKEY_8_0: Final = replace(
    UNSTABLE_2024,
    family="valkey",
    number=(8, 0),
    forked_from=UNSTABLE_2024.number,
    refused_in_transaction=b"ERR Command not allowed inside a transaction",
    forgets_failed_transactions=True,
    set_skips_what_is_past=True,
    scan_refuses_unknown_types=True,
    zscan_noscores=True,
    zadd_looks_at_lengths=True,
    bitcount_end_optional=True,
    algebra_in_hashtables=True,
    unsubscribe_wants_subscription=True,
    replication=REPLICATION_VALKEY_8_0,
    scripts=SCRIPTS_VALKEY_8_0,
    propagation=PROPAGATION_VALKEY_8_0,
)

_FATAL_IN_8_1: Final = (
    # Seen in 8.1.1: the sum with the clock, 2**40 to 2**41 ms, overflows; the key has an instant of expiry
    # below 0, of which activeExpireCycleTryExpire asserts that there is none (expire.c).
    Fatal(b"RESTORE", 2, INT64_MAX - 2**41, INT64_MAX),
)

VALKEY_8_1: Final = replace(
    VALKEY_8_0,
    number=(8, 1),
    fatal=_FATAL_IN_8_1,
    embedding=Embedding(limit_bytes=64, object_bytes=16, long_key_bytes=1, expiry_bytes=8),
    shared_integers=False,
    set_compares=frozenset([b"IFEQ"]),
    set_compares_once=True,
    unsubscribe_wants_subscription=False,
    streams=STREAMS_VALKEY_8_1,
    connections=CONNECTIONS_VALKEY_8_1,
)

VALKEY_9_0: Final = replace(
    VALKEY_8_1,
    number=(9, 0),
    embedding=Embedding(limit_bytes=64, object_bytes=16, long_key_bytes=3, expiry_bytes=8),
    refused_in_transaction=b"ERR Command '%s' not allowed inside a transaction",
    fields=VALKEY_FIELDS,
    propagation=PROPAGATION_VALKEY_9_0,
    geo_polygons=True,
    geo_no_area=b"ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for %s",
    geo_meridian_width=1e-15,
)

_FATAL_IN_9_1: Final = tuple(replace(each, role=Role.WRITABLE_REPLICA) for each in _FATAL_IN_8_1)
"""Seen in 9.1.2: a master deletes the key at once, and a replica that takes writes keeps it, and ends as 8.1 does."""

VALKEY_9_1: Final = replace(
    VALKEY_9_0,
    number=(9, 1),
    fatal=_FATAL_IN_9_1,
    longest_embstr=116,
    embedding=Embedding(limit_bytes=128, object_bytes=8, long_key_bytes=3, expiry_bytes=8),
    getex_reads_time_first=True,
    msetex_not_a_count=b"ERR invalid numkeys value or out of range",
    msetex_too_few=SYNTAX,
    restore_overflow_lives=False,
    hexadecimal_doubles=False,
    fast_float=True,
    bitfield_types_end=True,
    geo_no_member=b"ERR member %s does not exist",
    streams=STREAMS_VALKEY_9_1,
    scripts=SCRIPTS_VALKEY_9_1,
    replication=REPLICATION_VALKEY_9_1,
)
