"""Valkey, which began with Redis 7.2.4: what one row does not name, it has from the row that it names first.

7.2 and 9.0 were held to no server. Which of the differences between 8.1 and 9.1 came with 9.0 is from the pull requests
(valkey-io/valkey): 2087 the length of a long key, 2286 the name in the refusal; with 9.1 came 2516 and 3397, which let
longer strings be embedded, 3116 for GETEX, 3121 for MSETEX, and the new reader of doubles.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.versions.connections import CONNECTIONS_VALKEY_8_1
from redproof_model.versions.facts import Embedding
from redproof_model.versions.fields import VALKEY_FIELDS
from redproof_model.versions.redis import REDIS_7_2, UNSTABLE_2024
from redproof_model.versions.scripting import SCRIPTS_VALKEY_8_0, SCRIPTS_VALKEY_9_1
from redproof_model.versions.streams import STREAMS_VALKEY_8_1, STREAMS_VALKEY_9_1

VALKEY_7_2: Final = replace(REDIS_7_2, family="valkey", forked_from=REDIS_7_2.number)

VALKEY_8_0: Final = replace(
    UNSTABLE_2024,
    family="valkey",
    number=(8, 0),
    forked_from=UNSTABLE_2024.number,
    refused_in_transaction=b"ERR Command not allowed inside a transaction",
    set_skips_what_is_past=True,
    scan_refuses_unknown_types=True,
    zscan_noscores=True,
    zadd_looks_at_lengths=True,
    bitcount_end_optional=True,
    algebra_in_hashtables=True,
    unsubscribe_wants_subscription=True,
    scripts=SCRIPTS_VALKEY_8_0,
)

VALKEY_8_1: Final = replace(
    VALKEY_8_0,
    number=(8, 1),
    embedding=Embedding(limit_bytes=64, object_bytes=16, long_key_bytes=1),
    shared_integers=False,
    set_ifeq=True,
    unsubscribe_wants_subscription=False,
    streams=STREAMS_VALKEY_8_1,
    connections=CONNECTIONS_VALKEY_8_1,
)

VALKEY_9_0: Final = replace(
    VALKEY_8_1,
    number=(9, 0),
    embedding=Embedding(limit_bytes=64, object_bytes=16, long_key_bytes=3),
    refused_in_transaction=b"ERR Command '%s' not allowed inside a transaction",
    fields=VALKEY_FIELDS,
    geo_polygons=True,
    geo_no_area=b"ERR exactly one of BYRADIUS, BYBOX and BYPOLYGON can be specified for %s",
    geo_meridian_width=1e-15,
)

VALKEY_9_1: Final = replace(
    VALKEY_9_0,
    number=(9, 1),
    longest_embstr=116,
    embedding=Embedding(limit_bytes=128, object_bytes=8, long_key_bytes=3),
    getex_reads_time_first=True,
    restore_overflow_lives=False,
    hexadecimal_doubles=False,
    fast_float=True,
    bitfield_types_end=True,
    geo_no_member=b"ERR member %s does not exist",
    streams=STREAMS_VALKEY_9_1,
    scripts=SCRIPTS_VALKEY_9_1,
)
