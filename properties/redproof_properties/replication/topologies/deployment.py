"""A topology that runs: its servers, the links between them, and everything that can happen to both."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Self

from redproof_properties.closing import Closing
from redproof_properties.errors import TargetError, UsageError
from redproof_properties.frozen import remove_dump
from redproof_properties.replication.ends.info import ReplicaRole, read_role
from redproof_properties.replication.topologies.proxy import LinkProxy, Proxies
from redproof_properties.replication.topologies.servers import Servers, link_address
from redproof_properties.replication.topologies.topology import QUICK, Topology, connects_at_once
from redproof_properties.targets import Target, parse_target
from redproof_properties.targets.address import TcpAddress
from redproof_properties.targets.process import ProcessTarget


def why_not_restarted(target: Target) -> str | None:
    """Why a target cannot be started again as a node that replicates another, None if it can."""
    if isinstance(target, ProcessTarget):
        return None
    return (
        f"{target.spelling}: a node is started again with the address of its master among its settings, and with or "
        "without its RDB file; a container keeps the settings that it was made with, and its files"
    )


class Deployment(Servers, Closing):
    """The servers of a topology, which replicate through proxies of ours; use it with `with`.

    `following` says whom each node replicates. All ends with it.
    """

    def __init__(self, topology: Topology, make: Callable[[str], Target] = parse_target) -> None:
        super().__init__(topology, make)
        self.following: dict[str, str | None] = dict.fromkeys(topology.nodes)
        self._links: dict[tuple[str, str], LinkProxy] = {}
        self._proxies = Proxies()
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self._proxies)
            for name, target in self.targets.items():
                target.configure({**QUICK, **self.topology.nodes[name].settings})
                undo.enter_context(target)
            undo.callback(self._close_controls)
            for name in self.targets:
                self._apply_settings(name)
            self._attach()
            self._cleanup = undo.pop_all()
        return self

    def close(self) -> None:
        """End all."""
        self._cleanup.close()

    # ---- who replicates whom

    @property
    def masters(self) -> list[str]:
        """The nodes that replicate none."""
        return [name for name, master in self.following.items() if master is None]

    def link(self, replica: str) -> LinkProxy:
        """The link of a replica to its master; raises `UsageError` for a master."""
        master = self.following[replica]
        if master is None:
            raise UsageError(f"{replica} replicates none, it has no link")
        return self.link_between(replica, master)

    def link_between(self, replica: str, master: str) -> LinkProxy:
        """The link from one node to another, whether it is used or not."""
        if (replica, master) not in self._links:
            made = self._proxies.link(self.targets[replica].harness_host)
            if master not in self.dead:
                made.forward_to(link_address(self.targets[master]))
            self._links[replica, master] = made
        return self._links[replica, master]

    def repoint(self, replica: str, master: str) -> None:
        """Let a node replicate another; its master would reach it over a link of ours too, after FAILOVER.

        Raises `UsageError` where a node would replicate itself in the end.
        """
        if replica in self.chain_of(master):
            raise UsageError(f"{replica} cannot replicate {master}, which replicates it")
        back = self.link_between(master, replica).address
        self.tell(replica, "CONFIG", "SET", "replica-announce-ip", back.host)
        self.tell(replica, "CONFIG", "SET", "replica-announce-port", back.port)
        address = self.link_between(replica, master).address
        reply = self.control(replica).call("REPLICAOF", address.host, address.port)
        if not getattr(reply, "text", b"").startswith(b"OK"):
            raise TargetError(f"{replica}: REPLICAOF {address.host} {address.port} was answered with {reply!r}")
        self.following[replica] = master

    def promote(self, name: str) -> None:
        """Let a node replicate none (REPLICAOF NO ONE)."""
        self.tell(name, "REPLICAOF", "NO", "ONE")
        self.following[name] = None

    def failover(self, replica: str) -> None:
        """Let master and replica change places (FAILOVER, from Redis 6.2 on); raises `TargetError` when they do not.

        The master waits for an acknowledgement, of which a replica sends one a second.
        """
        master = self.following[replica]
        if master is None:
            raise UsageError(f"{replica} replicates none, nothing can fail over to it")
        address = self.link_between(master, replica).address
        self.tell(master, "FAILOVER", "TO", address.host, address.port, "TIMEOUT", self.within_ms)
        self._wait_until(lambda: self.info(replica).role == "master", f"{replica} to take over from {master}")
        self.following[replica], self.following[master] = None, replica
        self.wait_synced(master)

    def chain_of(self, name: str) -> list[str]:
        """A node, its master, the master of that, and so on."""
        found = [name]
        while (master := self.following[found[-1]]) is not None:
            found.append(master)
        return found

    # ---- waiting

    def is_synced(self, replica: str) -> bool:
        """Whether a replica's link is up and it has every byte that its master has now."""
        master = self.following[replica]
        assert master is not None
        above, below = self.info(master), self.info(replica)
        return (
            below.master_link_status == "up"
            and above.master_replid == below.master_replid
            and above.master_repl_offset == below.slave_repl_offset
        )

    def wait_synced(self, *replicas: str) -> None:
        """Wait until replicas (all, unless some are named) have what their masters have, those next to a master first.

        Raises `TargetSilent` when that does not come about.
        """
        for name in replicas or self._replicas_from_the_top():
            self._wait_until(partial(self.is_synced, name), f"{name} to have what {self.following[name]} has")

    def settle(self) -> None:
        """End all faults and let every replica get everything, without waiting for those that pause between attempts.

        A replica whose attempt to connect failed tries again once a second. Told to replicate its master at another
        address it does at once, and in Redis 6.0 when it is started again, with the history and the data that it has.
        """
        self.heal()
        for name in self._replicas_from_the_top():
            role = read_role(self.control(name))
            if isinstance(role, ReplicaRole) and role.state == "connect":
                self._hasten(name)
            self.wait_synced(name)

    def _replicas_from_the_top(self) -> list[str]:
        replicas = [name for name, master in self.following.items() if master is not None]
        return sorted(replicas, key=lambda name: len(self.chain_of(name)))

    def _hasten(self, replica: str) -> None:
        master = self.following[replica]
        assert master is not None
        if connects_at_once(self.targets[replica].version):
            self._links.pop((replica, master)).close()
            self.repoint(replica, master)
        else:
            self.save(replica)
            self.restart(replica, keep_rdb=True)

    # ---- what can happen to a node

    def kill(self, name: str) -> None:
        """End a server as `kill -9` does."""
        self._hang_up(name)
        self.targets[name].kill()
        self.dead.add(name)
        self.paused.discard(name)
        self._lead_to(name, None)

    def restart(self, name: str, keep_rdb: bool) -> None:
        """Start a server again, killing it first when it runs: with the RDB file that `save` wrote, or without data.

        It replicates the same master as before, as if its configuration file said so. Raises `UsageError` for a
        container.
        """
        if (reason := why_not_restarted(self.targets[name])) is not None:
            raise UsageError(reason)
        self.kill(name)
        if not keep_rdb:
            remove_dump(self.targets[name])
        settings = self._settings(name)
        if (master := self.following[name]) is not None:
            address, back = self.link(name).address, self.link_between(master, name).address
            settings["replica-announce-ip"] = back.host
            settings["replica-announce-port"] = str(back.port)
            settings["replicaof"] = f"{address.host} {address.port}"
        self.targets[name].configure(settings)
        self.targets[name].restart()
        self.dead.discard(name)
        self._lead_to(name, link_address(self.targets[name]))

    # ---- back to a beginning

    def heal(self) -> None:
        """Let every link forward, every paused server go on, and every dead one start with the RDB file that it has."""
        for link in self._links.values():
            link.heal()
        for name in self.names:
            if name in self.paused:
                self.resume(name)
            if name in self.dead:
                self.restart(name, keep_rdb=True)

    def reset(self) -> None:
        """Bring running servers to what the topology says, without data and with new histories: far quicker than to
        start others."""
        self.heal()
        # Replicas of replicas first: one whose master is promoted would ask it for a full synchronisation.
        for name in sorted(self.names, key=lambda name: -len(self.chain_of(name))):
            self.promote(name)
            remove_dump(self.targets[name])
        for name in self.names:
            self.tell(name, "FLUSHALL")
            self._forget_functions(name)
            self.tell(name, "DEBUG", "CHANGE-REPL-ID")
            self._apply_settings(name)
        self._attach()

    def _attach(self) -> None:
        for name, node in self.topology.nodes.items():
            if node.master is None:
                continue
            if connects_at_once(self.targets[name].version):
                self.repoint(name, node.master)
            else:
                self.following[name] = node.master
                self.restart(name, keep_rdb=False)
            self.wait_synced(name)

    def _lead_to(self, master: str, address: TcpAddress | None) -> None:
        for (_, other), link in self._links.items():
            if other == master:
                link.forward_to(address)
