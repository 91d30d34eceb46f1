"""What INFO replication and ROLE tell of a state (`server.c` genRedisInfoString, `replication.c` roleCommand)."""

from __future__ import annotations

from typing import Final, TypeAlias

from redproof_model.keyspace.values import Interval
from redproof_model.replication.state import Backlog, LinkState, ReplicationState, UpstreamState

Told: TypeAlias = str | int | Interval
"""A value of a field; an interval allows every integer in it, both ends included."""

NOT_ALWAYS_TOLD: Final = frozenset(
    [
        *("master_host", "master_link_status", "slave_repl_offset", "slave_read_repl_offset", "slave_read_only"),
        *("replica_announced", "min_slaves_good_slaves", "slave0.port", "slave0.type", "slave1.port"),
        *("replicas_waiting_psync", "master_failover_state"),
    ]
)
"""Fields that some version, or some state, leaves out."""


def told_by_info(state: ReplicationState) -> dict[str, Told]:
    """The fields of INFO replication with their values; those of a line `slaveN` as `slaveN.port`, and so on.

    Left out are the master's and the replicas' addresses, and how long something takes or has taken.
    """
    fields: dict[str, Told] = {"role": "master" if state.upstream is None else "slave"}
    fields |= _of_upstream(state)
    fields["connected_slaves"] = len(state.links)
    if state.min_replicas and state.max_lag_s:
        fields["min_slaves_good_slaves"] = good_replicas(state)
    for number, link in enumerate(state.links):
        line: dict[str, Told] = {
            "port": link.port,
            "state": link.state.value,
            "offset": link.offset,
            "lag": link.lag_s,
        }
        fields |= {f"slave{number}.{name}": value for name, value in line.items()}
        if state.facts.tells_link_type:
            fields[f"slave{number}.type"] = "replica"
    if state.facts.tells_waiting_replicas:
        fields["replicas_waiting_psync"] = 0
    if state.facts.tells_failover_state:
        fields["master_failover_state"] = "no-failover"
    fields |= {
        "master_replid": state.replid,
        "master_replid2": state.replid2,
        "master_repl_offset": state.offset,
        "second_repl_offset": state.second_offset,
        "repl_backlog_active": int(state.backlog is not None),
        "repl_backlog_size": state.backlog_size,
    }
    return fields | _of_backlog(state.backlog)


def told_by_role(state: ReplicationState) -> tuple[object, ...]:
    """The answer of ROLE: `master`, the offset, and port and offset of each replica that is online.

    Of a replica `slave`, host and port of its master, the state of the link, and the offset, -1 unless the link is up.
    """
    upstream = state.upstream
    if upstream is None:
        online = (link for link in state.links if link.state is LinkState.ONLINE)
        return "master", state.offset, tuple((link.port, link.offset) for link in online)
    offset = upstream.offset if upstream.state is UpstreamState.CONNECTED else -1
    return "slave", upstream.host, upstream.port, upstream.state.value, offset


def good_replicas(state: ReplicationState) -> Interval:
    """How many replicas are good: online, with an ACK in the last `max_lag_s` seconds (refreshGoodSlavesCount).

    The count is made once a second, and when a replica or a setting changes.
    """
    lags_s = [link.lag_s for link in state.links if link.state is LinkState.ONLINE]
    fewest = sum(longest_s <= state.max_lag_s for _, longest_s in lags_s)
    return fewest, sum(shortest_s <= state.max_lag_s for shortest_s, _ in lags_s)


def _of_upstream(state: ReplicationState) -> dict[str, Told]:
    upstream = state.upstream
    if upstream is None:
        return {}
    fields: dict[str, Told] = {
        "master_host": upstream.host,
        "master_port": upstream.port,
        "master_link_status": "up" if upstream.state is UpstreamState.CONNECTED else "down",
        "master_sync_in_progress": int(upstream.state is UpstreamState.SYNC),
        "slave_repl_offset": upstream.offset,
        "slave_priority": 100,
        "slave_read_only": int(state.read_only),
    }
    if state.facts.tells_read_offset:
        fields["slave_read_repl_offset"] = upstream.read_offset
    if state.facts.tells_announced:
        fields["replica_announced"] = 1
    return fields


def _of_backlog(backlog: Backlog | None) -> dict[str, Told]:
    """Where the backlog begins and how long it is; what is told of one that there is not means nothing."""
    if backlog is None:
        return {}
    return {"repl_backlog_first_byte_offset": backlog.first_offset, "repl_backlog_histlen": backlog.length}
