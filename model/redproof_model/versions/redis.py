"""Redis, from 6.0: what one row does not name, it has from the row before.

7.2, 7.4, 8.2 and 8.4 were held to no server. Which of the differences between 8.0 and 8.6 came with them is from the
documentation of the commands, and from pull request 14416, which lets options stand anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from redproof_model.errors import NOT_INTEGER
from redproof_model.number import INT64_MAX, INT64_MIN
from redproof_model.versions.connections import (
    CONNECTIONS_6_0,
    CONNECTIONS_6_2,
    CONNECTIONS_7_0,
    CONNECTIONS_7_2,
)
from redproof_model.versions.facts import Embedding, Version
from redproof_model.versions.fatal import Fatal, IsFatal, gets_and_refuses, sets_a_field_twice
from redproof_model.versions.fields import REDIS_FIELDS, REDIS_FIELDS_8_4
from redproof_model.versions.propagation import (
    PROPAGATION_6_0,
    PROPAGATION_6_2,
    PROPAGATION_7_0,
    PROPAGATION_7_2,
    PROPAGATION_8_0,
    PROPAGATION_8_6,
)
from redproof_model.versions.replication import REPLICATION_6_0, REPLICATION_6_2, REPLICATION_7_0, REPLICATION_7_2
from redproof_model.versions.scripting import SCRIPTS_6_0, SCRIPTS_6_2, SCRIPTS_7_0, SCRIPTS_7_2
from redproof_model.versions.streams import (
    STREAMS_6_0,
    STREAMS_6_2,
    STREAMS_7_0,
    STREAMS_7_2,
    STREAMS_8_0,
    STREAMS_8_2,
    STREAMS_8_6,
    STREAMS_2024,
)

_GEO_STORE_EXCLUDES: Final = (
    b"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORDS options"
)

_ARITIES_UP_TO_7_0: Final = frozenset([("ZRANK", 3), ("ZREVRANK", 3)])
_ARITIES_UP_TO_6_2: Final = _ARITIES_UP_TO_7_0 | {
    *((name, 3) for name in ("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")),
    ("PFDEBUG", -3),
    ("XSETID", 3),
}

_FATAL_IN_6_0: Final = (
    # CVE-2022-35977, to 6.0.16: the offset and the length add up to less than nothing, which is not too long.
    Fatal(b"SETRANGE", 2, INT64_MAX - 2**29, INT64_MAX),
    # LIMIT: the start and the count add up to less than nothing, and 2**32 - 1 elements are told of that do not come.
    Fatal(b"SORT", None, INT64_MAX - 2**20, INT64_MAX),
    # CVE-2023-25155, to 6.0.17: 2**63 members are sent.
    Fatal(b"SRANDMEMBER", 2, INT64_MIN, INT64_MIN),
)

REDIS_6_0: Final = Version(
    family="redis",
    number=(6, 0),
    forked_from=None,
    fatal=_FATAL_IN_6_0,
    other_arities=_ARITIES_UP_TO_6_2 | {("HELLO", -2), ("LPOP", 2), ("RPOP", 2), ("XTRIM", -2)},
    unknown_command=b"ERR unknown command `%s`, with args beginning with: ",
    unknown_command_length=None,
    unknown_command_alone=False,
    unknown_command_argument=b"`%s`, ",
    unknown_subcommand=b"ERR Unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
    container_commands=False,
    help_header=b"%s <subcommand> arg arg ... arg. Subcommands are:",
    help_of_help=(),
    hexadecimal_doubles=True,
    fast_float=False,
    two_signs=False,
    listpack="ziplist",
    longest_embstr=44,
    embedding=None,
    shared_integers=True,
    set_get_exat=False,
    set_nx_get=False,
    set_compares=frozenset(),
    set_compares_once=False,
    msetex_not_a_count=b"ERR invalid numkeys value",
    msetex_too_few=b"ERR wrong number of key-value pairs",
    set_skips_what_is_past=False,
    getex_reads_time_first=False,
    invalid_expire=b"ERR invalid expire time in %s",
    mset_wrong_arity=b"ERR wrong number of arguments for MSET",
    decrby_refuses_minimum=False,
    lcs_table_limit_bytes=None,
    bit_range_before_key=False,
    bitcount_end_optional=False,
    bitfield_types_end=False,
    bit_units=False,
    bitop_more=False,
    unchanged_bits_signal=True,
    hsetnx_always_converts=True,
    hincrbyfloat_creates_first=True,
    hincrby_converts=False,
    fields=None,
    listpack_lists=False,
    lpos_rank_zero=b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second, ...",
    lpos_wants_negatable=False,
    lrem_wants_negatable=False,
    lset_truncates_index=False,
    refuses_long_timeouts=False,
    timeout_rounds_up=False,
    blocked_commands_run_again=False,
    passed_over_clients_go_last=True,
    watch_minds_expired_keys=True,
    refused_in_transaction=None,
    forgets_failed_transactions=False,
    scan_refuses_unknown_types=False,
    zscan_noscores=False,
    select_not_integer=b"ERR invalid DB index",
    indexes_are_ints=False,
    move_out_of_range=b"ERR index out of range",
    flush_sync=False,
    expiry_wraps=True,
    cycle_is_early=False,
    tells_not_integer=True,
    cursors_are_integers=False,
    hscan_novalues=False,
    restore_overflow_lives=False,
    scan_type_none_finds_expired=True,
    sort_minds_old_range_errors=True,
    listpack_sets=False,
    srandmember_gives_set=True,
    storing_nothing_signals=True,
    algebra_in_hashtables=False,
    zadd_gt_lt=False,
    unified_zrange=False,
    skiplist_finds_nth=False,
    skiplist_counts_back=False,
    zadd_looks_at_lengths=False,
    zadd_expects_entries=False,
    listpack_integer_scores=False,
    few_digits=False,
    zpop_refuses_negative_count=False,
    no_input_keys=b"ERR at least 1 input key is needed for ZUNIONSTORE/ZINTERSTORE",
    geoadd_options=False,
    geoadd_wrong_arguments=b"ERR syntax error. Try GEOADD key [x1] [y1] [name1] [x2] [y2] [name2] ... ",
    georadius_wants_key=True,
    geo_any=False,
    geo_units_in_any_case=False,
    geo_unknown_unit=b"ERR unsupported unit provided. please use m, km, ft, mi",
    geo_store_excludes=(_GEO_STORE_EXCLUDES, _GEO_STORE_EXCLUDES),
    geo_no_member=b"ERR could not decode requested zset member",
    geo_polygons=False,
    geo_no_area=b"ERR exactly one of BYRADIUS and BYBOX can be specified for %s",
    geo_meridian_width=None,
    geo_bounds_toward_pole=False,
    geo_scales_distances=False,
    geo_few_digits=False,
    refused_while_subscribed=(
        b"ERR Can't execute '%s': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT are allowed in this context"
    ),
    subcommand_syntax=b"ERR Unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
    numpat_counts_clients=True,
    own_patterns_in_order=True,
    unsubscribe_wants_subscription=False,
    own_messages_last=False,
    streams=STREAMS_6_0,
    propagation=PROPAGATION_6_0,
    replication=REPLICATION_6_0,
    connections=CONNECTIONS_6_0,
    scripts=SCRIPTS_6_0,
)

REDIS_6_2: Final = replace(
    REDIS_6_0,
    number=(6, 2),
    fatal=(),
    other_arities=_ARITIES_UP_TO_6_2,
    help_header=b"%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    help_of_help=(b"HELP", b"    Prints this help."),
    hincrbyfloat_creates_first=False,
    set_get_exat=True,
    select_not_integer=NOT_INTEGER,
    indexes_are_ints=True,
    move_out_of_range=None,
    flush_sync=True,
    expiry_wraps=False,
    tells_not_integer=False,
    srandmember_gives_set=False,
    storing_nothing_signals=False,
    zadd_gt_lt=True,
    unified_zrange=True,
    no_input_keys=b"ERR at least 1 input key is needed for %s",
    geoadd_options=True,
    geoadd_wrong_arguments=b"ERR syntax error",
    georadius_wants_key=False,
    geo_any=True,
    geo_bounds_toward_pole=True,
    refused_while_subscribed=(
        b"ERR Can't execute '%s': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
    ),
    numpat_counts_clients=False,
    streams=STREAMS_6_2,
    propagation=PROPAGATION_6_2,
    replication=REPLICATION_6_2,
    connections=CONNECTIONS_6_2,
    scripts=SCRIPTS_6_2,
)

REDIS_7_0: Final = replace(
    REDIS_6_2,
    number=(7, 0),
    other_arities=_ARITIES_UP_TO_7_0,
    unknown_command=b"ERR unknown command '%s', with args beginning with: ",
    unknown_command_length=128,
    unknown_command_argument=b"'%s' ",
    unknown_subcommand=b"ERR unknown subcommand '%s'. Try %s HELP.",
    container_commands=True,
    listpack="listpack",
    set_nx_get=True,
    invalid_expire=b"ERR invalid expire time in '%s' command",
    mset_wrong_arity=None,
    decrby_refuses_minimum=True,
    lcs_table_limit_bytes=512 * 1024 * 1024,
    bit_units=True,
    unchanged_bits_signal=False,
    hsetnx_always_converts=False,
    hincrby_converts=True,
    lpos_rank_zero=(
        b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
        b"or use negative to start from the end of the list"
    ),
    timeout_rounds_up=True,
    passed_over_clients_go_last=False,
    watch_minds_expired_keys=False,
    listpack_integer_scores=True,
    zpop_refuses_negative_count=True,
    no_input_keys=b"ERR at least 1 input key is needed for '%s' command",
    geo_units_in_any_case=True,
    geo_unknown_unit=b"ERR unsupported unit provided. please use M, KM, FT, MI",
    geo_store_excludes=(
        b"ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
        b"ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    ),
    geo_meridian_width=0.0,
    geo_scales_distances=True,
    refused_while_subscribed=(
        b"ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
        b"context"
    ),
    subcommand_syntax=b"ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
    streams=STREAMS_7_0,
    propagation=PROPAGATION_7_0,
    replication=REPLICATION_7_0,
    connections=CONNECTIONS_7_0,
    scripts=SCRIPTS_7_0,
)

REDIS_7_2: Final = replace(
    REDIS_7_0,
    number=(7, 2),
    other_arities=frozenset(),
    help_of_help=(b"HELP", b"    Print this help."),
    listpack_lists=True,
    lpos_wants_negatable=True,
    lset_truncates_index=True,
    refuses_long_timeouts=True,
    blocked_commands_run_again=True,
    restore_overflow_lives=True,
    scan_type_none_finds_expired=False,
    listpack_sets=True,
    few_digits=True,
    zadd_expects_entries=True,
    own_patterns_in_order=False,
    own_messages_last=True,
    streams=STREAMS_7_2,
    propagation=PROPAGATION_7_2,
    replication=REPLICATION_7_2,
    connections=CONNECTIONS_7_2,
    scripts=SCRIPTS_7_2,
)

UNSTABLE_2024: Final = replace(
    REDIS_7_2,
    lrem_wants_negatable=True,
    bit_range_before_key=True,
    skiplist_finds_nth=True,
    skiplist_counts_back=True,
    cursors_are_integers=True,
    hscan_novalues=True,
    streams=STREAMS_2024,
)
"""No release: Redis's branch `unstable` in March 2024, from which come 7.4, Redict 7.3 and Valkey 8.0."""

REDIS_7_4: Final = replace(UNSTABLE_2024, number=(7, 4), fields=REDIS_FIELDS)

REDIS_8_0: Final = replace(
    REDIS_7_4,
    number=(8, 0),
    fast_float=True,
    cycle_is_early=True,
    two_signs=True,
    algebra_in_hashtables=True,
    geo_few_digits=True,
    streams=STREAMS_8_0,
    propagation=PROPAGATION_8_0,
)

REDIS_8_2: Final = replace(
    REDIS_8_0,
    number=(8, 2),
    bitop_more=True,
    embedding=Embedding(limit_bytes=64, object_bytes=16, long_key_bytes=1, expiry_bytes=0),
    shared_integers=False,
    streams=STREAMS_8_2,
)

_FATAL_IN_8_4: Final[tuple[IsFatal, ...]] = (
    gets_and_refuses,
    # Redis #14956, in 8.6.3.
    sets_a_field_twice,
    # Redis #15021, in 8.6.3: the place of the first field and the number of fields add up to less than nothing.
    *(Fatal(name, None, 2**31 - 64, 2**31 - 1) for name in (b"HEXPIRE", b"HPEXPIRE", b"HEXPIREAT", b"HPEXPIREAT")),
)

REDIS_8_4: Final = replace(
    REDIS_8_2,
    number=(8, 4),
    fatal=_FATAL_IN_8_4,
    set_compares=frozenset([b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE"]),
    fields=REDIS_FIELDS_8_4,
)

REDIS_8_6: Final = replace(
    REDIS_8_4,
    number=(8, 6),
    unknown_command_alone=True,
    skiplist_counts_back=False,
    streams=STREAMS_8_6,
    propagation=PROPAGATION_8_6,
)
