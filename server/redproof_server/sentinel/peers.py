"""The other Sentinels of a master: how they are met, move and are forgotten."""

from typing import TYPE_CHECKING

from redproof_server.sentinel.instances import Master, Peer

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel


def find(sentinel: "Sentinel", master: Master, run_id: str | None, host: str, port: int) -> Peer | None:
    """The Sentinel at an address, with a run ID unless that is None (getSentinelRedisInstanceByAddrAndRunID)."""
    address = sentinel.resolve_or_none(host, port)
    if address is None:
        return None
    for peer in master.peers.values():
        if run_id in (None, peer.run_id) and peer.address.is_same(address):
            return peer
    return None


def meet(sentinel: "Sentinel", master: Master, run_id: str, host: str, port: int) -> Peer | None:
    """A Sentinel that was not known there says hello; None where its address makes no sense."""
    has_moved = forget(sentinel, master, run_id)
    if has_moved:
        sentinel.event("+sentinel-address-switch", master, f" ip {host} port {port} for {run_id}")
    else:
        other = find(sentinel, master, None, host, port)
        if other is not None:
            invalidate(sentinel, other)
    address = sentinel.resolve_or_none(host, port)
    if address is None:
        return None
    peer = add(sentinel, master, run_id, host, port)
    if not has_moved:
        sentinel.event("+sentinel", peer)
    else:
        move_everywhere(sentinel, peer)
    sentinel.file.flush()
    return peer


def add(sentinel: "Sentinel", master: Master, run_id: str, host: str, port: int) -> Peer:
    """Enter a Sentinel that is not there yet, and share the connections to it.

    Raises:
        InstanceError: it is there, or its address makes no sense.
    """
    peer = sentinel.create_peer(master, run_id, host, port)
    for other in sentinel.masters.values():
        match = other.peers.get(run_id)
        if other is not master and match is not None:
            sentinel.links.close_both(peer.connections)
            peer.connections = match.connections
            peer.connections.owners += 1
            break
    return peer


def forget(sentinel: "Sentinel", master: Master, run_id: str) -> bool:
    """Forget a Sentinel of a master; whether it was known (removeMatchingSentinelFromMaster)."""
    peer = master.peers.pop(run_id, None)
    if peer is not None:
        sentinel.links.release(peer)
    return peer is not None


def invalidate(sentinel: "Sentinel", other: Peer) -> None:
    """Another Sentinel is now where this one was: 7.0 forgets it, 6.2 keeps it without a port."""
    sentinel.event("+sentinel-invalid-addr", other)
    assert other.run_id is not None
    if sentinel.server.version.sentinel_forgets_replaced:
        for master in sentinel.masters.values():
            forget(sentinel, master, other.run_id)
    else:
        other.address = other.address._replace(port=0)
        move_everywhere(sentinel, other)


def move_everywhere(sentinel: "Sentinel", peer: Peer) -> None:
    """Let all masters know where a Sentinel is now (sentinelUpdateSentinelAddressInAllMasters)."""
    moved = 0
    for master in sentinel.masters.values():
        match = None if peer.run_id is None else master.peers.get(peer.run_id)
        if match is None:
            continue
        sentinel.links.close_both(match.connections)
        if match is not peer:
            match.address = peer.address
            moved += 1
    if moved:
        sentinel.event("+sentinel-address-update", peer, f" {moved} additional matching instances")
