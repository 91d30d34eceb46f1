"""The differences between the emulated versions of Redis, as data: one row each.

Whether a command exists in a version is said by `since` and `until` in its row of the command table. All other
differences are fields here, named after what differs; a command reads them at `client.server.version`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """What one version of Redis does differently from another."""

    name: str
    release: bytes
    number: tuple[int, int]
    # texts
    unknown_command: bytes
    unknown_command_argument: bytes
    unknown_command_name_bytes_max: int | None
    unknown_subcommand: bytes
    subcommand_syntax: bytes
    subscribed_mode: bytes
    invalid_expire: bytes
    config_unknown: bytes
    config_invalid: bytes
    config_immutable: bytes
    lpos_rank_is_zero: bytes
    zset_needs_a_key: bytes
    mset_arity: bytes
    lcs_no_memory: bytes
    # encodings
    compact_encoding: bytes
    compact_integer_scores: bool
    hsetnx_converts_first: bool
    hash_increments_check_length: bool
    hash_tables_are_presized: bool
    rdb_version: int
    # protocol
    arguments_max: int
    # lookup of subcommands: as commands of their own with an arity, or by the command as it runs
    subcommands_have_arity: bool
    # options of commands
    set_get_with_nx: bool
    zpop_of_none_ignores_key: bool
    bit_ranges_have_units: bool
    config_set_many: bool
    info_sections_many: bool
    debug_is_protected: bool
    debug_replicates: bool
    bgsave_in_exec_is_scheduled: bool
    # strings and keys: what is refused, counted as a change or counted as a reading, and what wraps
    decrby_refuses_minimum: bool
    lcs_table_bytes_max: int | None
    equal_bits_are_changes: bool
    sources_are_read: bool
    absent_keys_may_expire: bool
    set_looks_up_once: bool
    flushall_is_a_change: bool
    early_access_is_half_way: bool
    # clients
    kill_id_is_positive: bool
    # transactions
    watch_ignores_expired: bool
    # propagation: whether times are made absolute, what is propagated without a change, and when MULTI is
    expiry_is_propagated_absolute: bool
    empty_flush_is_propagated: bool
    script_cache_is_propagated: bool
    multi_is_propagated_first: bool
    muted_scripts_propagate_nothing_else: bool
    served_zpop_is_lower_case: bool
    # replication
    replica_interacts: bytes
    backlog_is_a_list: bool
    diskless_counts_replicas: bool
    answered_replicas_are_dropped: bool
    unsaved: bytes
    replicas_mind_unsaved: bool
    replicas_may_omit: bool
    replicaof_drops_replicas: bool
    full_sync_forgets_first: bool
    diskless_load_precedes_mark: bool
    replicas_hide_expired_from_readers_only: bool
    restart_continues_history: bool
    output_limit_allows_backlog: bool
    pauses_have_purposes: bool
    master_port: bytes | None
    # blocking
    timeout_rounds_up: bool
    blocked_on_other_type_go_last: bool
    # Sentinel
    sentinel_info_sections: tuple[bytes, ...]
    sentinel_ping_takes_no_text: bool
    sentinel_help_is_answered_twice: bool
    sentinel_notices_reboots: bool
    sentinel_auth_reconnects: bool
    sentinel_forgets_replaced: bool
    sentinel_confirms_saving: bool
    sentinel_tells_tilt_time: bool


_SUBSCRIBED_62 = (
    b"ERR Can't execute '%b': only (P)SUBSCRIBE / (P)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
)
_RANK_IS_ZERO = b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second"

_UNSAVED = (
    b"MISCONF Redis is configured to save RDB snapshots, but %b. Commands that may modify the data set are disabled, "
    b"because this instance is configured to report errors during writes if RDB snapshotting fails "
    b"(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error."
)

REDIS_62 = Version(
    name="6.2",
    release=b"6.2.14",
    number=(6, 2),
    unknown_command=b"ERR unknown command `%b`, with args beginning with: %b",
    unknown_command_argument=b"`%b`, ",
    unknown_command_name_bytes_max=None,
    unknown_subcommand=b"ERR Unknown subcommand or wrong number of arguments for '%b'. Try %b HELP.",
    subcommand_syntax=b"ERR Unknown subcommand or wrong number of arguments for '%b'. Try %b HELP.",
    subscribed_mode=_SUBSCRIBED_62,
    invalid_expire=b"ERR invalid expire time in %b",
    config_unknown=b"ERR Unsupported CONFIG parameter: %b",
    config_invalid=b"ERR Invalid argument '%(value)b' for CONFIG SET '%(name)b'%(reason)b",
    config_immutable=b"ERR Unsupported CONFIG parameter: %b",
    lpos_rank_is_zero=_RANK_IS_ZERO + b", ...",
    zset_needs_a_key=b"ERR at least 1 input key is needed for %b",
    mset_arity=b"ERR wrong number of arguments for MSET",
    lcs_no_memory=b"ERR Insufficient memory",
    compact_encoding=b"ziplist",
    compact_integer_scores=False,
    hsetnx_converts_first=True,
    hash_increments_check_length=False,
    hash_tables_are_presized=False,
    rdb_version=9,
    arguments_max=1024 * 1024,
    subcommands_have_arity=False,
    set_get_with_nx=False,
    zpop_of_none_ignores_key=True,
    bit_ranges_have_units=False,
    config_set_many=False,
    info_sections_many=False,
    debug_is_protected=False,
    debug_replicates=False,
    bgsave_in_exec_is_scheduled=False,
    decrby_refuses_minimum=False,
    lcs_table_bytes_max=2**34,
    equal_bits_are_changes=True,
    sources_are_read=False,
    absent_keys_may_expire=True,
    set_looks_up_once=False,
    flushall_is_a_change=True,
    early_access_is_half_way=True,
    kill_id_is_positive=False,
    watch_ignores_expired=False,
    expiry_is_propagated_absolute=False,
    empty_flush_is_propagated=False,
    script_cache_is_propagated=True,
    multi_is_propagated_first=True,
    muted_scripts_propagate_nothing_else=True,
    served_zpop_is_lower_case=True,
    replica_interacts=b"ERR Replica can't interract with the keyspace",
    backlog_is_a_list=False,
    diskless_counts_replicas=False,
    answered_replicas_are_dropped=False,
    unsaved=_UNSAVED % b"it is currently not able to persist on disk",
    replicas_mind_unsaved=False,
    replicas_may_omit=False,
    replicaof_drops_replicas=True,
    full_sync_forgets_first=True,
    diskless_load_precedes_mark=True,
    replicas_hide_expired_from_readers_only=True,
    restart_continues_history=False,
    output_limit_allows_backlog=False,
    pauses_have_purposes=False,
    master_port=None,
    timeout_rounds_up=False,
    blocked_on_other_type_go_last=True,
    sentinel_info_sections=(b"Server", b"Clients", b"CPU", b"Stats"),
    sentinel_ping_takes_no_text=True,
    sentinel_help_is_answered_twice=True,
    sentinel_notices_reboots=False,
    sentinel_auth_reconnects=False,
    sentinel_forgets_replaced=False,
    sentinel_confirms_saving=False,
    sentinel_tells_tilt_time=False,
)

REDIS_70 = Version(
    name="7.0",
    release=b"7.0.15",
    number=(7, 0),
    unknown_command=b"ERR unknown command '%b', with args beginning with: %b",
    unknown_command_argument=b"'%b' ",
    unknown_command_name_bytes_max=128,
    unknown_subcommand=b"ERR unknown subcommand '%b'. Try %b HELP.",
    subcommand_syntax=b"ERR unknown subcommand or wrong number of arguments for '%b'. Try %b HELP.",
    subscribed_mode=_SUBSCRIBED_62.replace(b"(P)SUB", b"(P|S)SUB").replace(b"(P)UNSUB", b"(P|S)UNSUB"),
    invalid_expire=b"ERR invalid expire time in '%b' command",
    config_unknown=b"ERR Unknown option or number of arguments for CONFIG SET - '%b'",
    config_invalid=b"ERR CONFIG SET failed (possibly related to argument '%(name)b')%(reason)b",
    config_immutable=b"ERR CONFIG SET failed (possibly related to argument '%b') - can't set immutable config",
    zset_needs_a_key=b"ERR at least 1 input key is needed for '%b' command",
    lpos_rank_is_zero=_RANK_IS_ZERO + b" ... or use negative to start from the end of the list",
    mset_arity=b"ERR wrong number of arguments for '%(name)b' command",
    lcs_no_memory=b"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
    compact_encoding=b"listpack",
    compact_integer_scores=True,
    hsetnx_converts_first=False,
    hash_increments_check_length=True,
    hash_tables_are_presized=True,
    rdb_version=10,
    arguments_max=2**31 - 1,
    subcommands_have_arity=True,
    set_get_with_nx=True,
    zpop_of_none_ignores_key=False,
    bit_ranges_have_units=True,
    config_set_many=True,
    info_sections_many=True,
    debug_is_protected=True,
    debug_replicates=True,
    bgsave_in_exec_is_scheduled=True,
    decrby_refuses_minimum=True,
    lcs_table_bytes_max=None,
    equal_bits_are_changes=False,
    sources_are_read=True,
    absent_keys_may_expire=False,
    set_looks_up_once=True,
    flushall_is_a_change=False,
    early_access_is_half_way=False,
    kill_id_is_positive=True,
    watch_ignores_expired=True,
    expiry_is_propagated_absolute=True,
    empty_flush_is_propagated=True,
    script_cache_is_propagated=False,
    multi_is_propagated_first=False,
    muted_scripts_propagate_nothing_else=False,
    served_zpop_is_lower_case=False,
    replica_interacts=b"ERR Replica can't interact with the keyspace",
    backlog_is_a_list=True,
    diskless_counts_replicas=True,
    answered_replicas_are_dropped=True,
    unsaved=_UNSAVED % b"it's currently unable to persist to disk",
    replicas_mind_unsaved=True,
    replicas_may_omit=True,
    replicaof_drops_replicas=False,
    full_sync_forgets_first=False,
    diskless_load_precedes_mark=False,
    replicas_hide_expired_from_readers_only=False,
    restart_continues_history=True,
    output_limit_allows_backlog=True,
    pauses_have_purposes=True,
    master_port=b"ERR Invalid master port",
    timeout_rounds_up=True,
    blocked_on_other_type_go_last=False,
    sentinel_info_sections=(b"Server", b"Clients", b"Stats", b"CPU"),
    sentinel_ping_takes_no_text=False,
    sentinel_help_is_answered_twice=False,
    sentinel_notices_reboots=True,
    sentinel_auth_reconnects=True,
    sentinel_forgets_replaced=True,
    sentinel_confirms_saving=True,
    sentinel_tells_tilt_time=True,
)

VERSIONS = {version.name: version for version in (REDIS_62, REDIS_70)}
