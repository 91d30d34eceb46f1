"""What a Sentinel keeps, as statements of its configuration file (rewriteConfigSentinelOption)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from redproof_server.sentinel.instances import DEFAULT_PARALLEL_SYNCS, Master

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel


def written(sentinel: "Sentinel") -> list[str]:
    """The lines that tell all that is to be kept."""
    return [f"sentinel {line}" for line in _written(sentinel)]


def _written(sentinel: "Sentinel") -> Iterator[str]:
    addresses = sentinel.addresses
    yield f"myid {sentinel.my_id}"
    if not sentinel.denies_scripts:
        yield "deny-scripts-reconfig no"
    if addresses.resolve_hostnames:
        yield "resolve-hostnames yes"
    if addresses.announce_hostnames:
        yield "announce-hostnames yes"
    for master in sentinel.masters.values():
        yield from _of_master(sentinel, master)
    yield f"current-epoch {sentinel.current_epoch}"
    if sentinel.announce_ip:
        yield f'announce-ip "{sentinel.announce_ip}"'
    if sentinel.announce_port:
        yield f"announce-port {sentinel.announce_port}"
    if sentinel.auth_user is not None:
        yield f"sentinel-user {sentinel.auth_user}"
    if sentinel.auth_pass is not None:
        yield f"sentinel-pass {sentinel.auth_pass}"


def _of_master(sentinel: "Sentinel", master: Master) -> Iterator[str]:
    name, periods, current = master.name, sentinel.periods, master.current_address
    yield f"monitor {name} {sentinel.shown(current)} {current.port} {master.quorum}"
    if master.down_after_ms != periods.default_down_after_ms:
        yield f"down-after-milliseconds {name} {master.down_after_ms}"
    if master.failover_timeout_ms != periods.default_failover_timeout_ms:
        yield f"failover-timeout {name} {master.failover_timeout_ms}"
    if master.parallel_syncs != DEFAULT_PARALLEL_SYNCS:
        yield f"parallel-syncs {name} {master.parallel_syncs}"
    if master.auth_pass is not None:
        yield f"auth-pass {name} {master.auth_pass}"
    if master.auth_user is not None:
        yield f"auth-user {name} {master.auth_user}"
    if master.reboot_down_after_ms:
        yield f"master-reboot-down-after-period {name} {master.reboot_down_after_ms}"
    yield f"config-epoch {name} {master.config_epoch}"
    yield f"leader-epoch {name} {master.leader_epoch}"
    for replica in master.replicas.values():
        # While a failover is under way the promoted replica stands as the master, and the old master as a replica.
        where = master.address if replica.address.is_same(current) else replica.address
        yield f"known-replica {name} {sentinel.shown(where)} {where.port}"
    for peer in master.peers.values():
        yield f"known-sentinel {name} {sentinel.shown(peer.address)} {peer.address.port} {peer.run_id}"
    for old, new in master.renamed.values():
        yield f"rename-command {name} {old} {new}"
