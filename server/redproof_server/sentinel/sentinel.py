"""A Sentinel without sockets, files and clock.

A shell calls `timer` some ten times a second, and the methods about links when something happened to a connection.
Afterwards it does, in this order, what it finds: the files in `server.saving.effects`, then what clients and the
links of `links.take_attended()` are to be sent. So nobody hears of an epoch or a vote before it is on the disk.
Source: sentinel.c.
"""

from typing import TYPE_CHECKING

from redproof_server.engine.server import Server
from redproof_server.replication.link import Link
from redproof_server.sentinel import agreement, failover, liveness
from redproof_server.sentinel.addresses import Addresses, InstanceError, Resolve
from redproof_server.sentinel.config_file import ConfigFile
from redproof_server.sentinel.connections import Connections
from redproof_server.sentinel.instances import (
    Address,
    FailoverState,
    Instance,
    Master,
    Node,
    Peer,
    Replica,
    Role,
    State,
)
from redproof_server.sentinel.links import Links
from redproof_server.sentinel.periods import Periods
from redproof_server.sentinel.texts import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable

HZ = 10


class Sentinel:
    """One Sentinel. It answers clients through `server`, whose commands are those of Sentinel mode.

    `log` tells what has happened, a line for each event; who shows it takes the lines away.
    """

    def __init__(self, server: Server, path: str, look_up: Resolve) -> None:
        self.server = server
        self.periods = Periods()
        self.addresses = Addresses(look_up)
        self.masters: dict[str, Master] = {}
        self.my_id = ""
        self.current_epoch = 0
        self.announce_ip = ""
        self.announce_port = 0
        self.auth_user: str | None = None
        self.auth_pass: str | None = None
        self.denies_scripts = True
        self.crashes_after_election = False
        self.crashes_after_promotion = False
        self.is_tilt = False
        self.tilt_started_ms = 0
        self.previous_ms = server.now_ms
        self.links = Links(self)
        self.file = ConfigFile(self, path)
        self.log: list[str] = []

    @property
    def now_ms(self) -> int:
        """The unix time in milliseconds."""
        return self.server.now_ms

    def start(self) -> None:
        """Take an ID if there is none, keep it, and say what is watched (sentinelIsRunning)."""
        if not self.my_id:
            self.my_id = f"{self.server.random.getrandbits(160):040x}"
            self.file.flush()
        for master in self.masters.values():
            self.event("+monitor", master, f" quorum {master.quorum}")

    # Time.

    def timer(self, now_ms: int) -> None:
        """Do what is to be done now (sentinelTimer); the next time comes after an interval that is drawn, so that
        Sentinels do not go on in step."""
        self.server.now_ms = now_ms
        self._check_tilt()
        to_switch: Master | None = None
        for master in list(self.masters.values()):
            self._handle(master)
            for instance in (*master.replicas.values(), *master.peers.values()):
                self._handle(instance)
            if master.failover_state is FailoverState.UPDATE_CONFIG:
                to_switch = master
        if to_switch is not None:
            failover.switch(self, to_switch)
        self.server.config.values["hz"] = str(HZ + self.draw_ms(HZ))

    def _check_tilt(self) -> None:
        """Trust nothing for a while after the clock has jumped or the process stood still
        (sentinelCheckTiltCondition)."""
        passed_ms = self.now_ms - self.previous_ms
        if passed_ms < 0 or passed_ms > self.periods.tilt_trigger_ms:
            self.is_tilt = True
            self.tilt_started_ms = self.now_ms
            self.announce("+tilt", "#tilt mode entered")
        self.previous_ms = self.now_ms

    def _handle(self, instance: Instance) -> None:
        """Look after one instance (sentinelHandleRedisInstance)."""
        if instance.connections.is_disconnected:
            self.links.reconnect(instance)
        liveness.send_periodic_commands(self, instance)
        if self.is_tilt:
            if self.now_ms - self.tilt_started_ms < self.periods.tilt_period_ms:
                return
            self.is_tilt = False
            self.announce("-tilt", "#tilt mode exited")
        liveness.check_subjectively_down(self, instance)
        if isinstance(instance, Master):
            agreement.check_objectively_down(self, instance)
            if failover.start_if_needed(self, instance):
                agreement.ask_others(self, instance, is_forced=True)
            failover.advance(self, instance)
            agreement.ask_others(self, instance)

    def draw_ms(self, below: int) -> int:
        """A random number from 0 on."""
        return self.server.random.getrandbits(32) % below

    # Connections.

    def link_opened(self, link: Link, local_address: bytes, now_ms: int) -> None:
        """A connection is there."""
        self.server.now_ms = now_ms
        self.links.opened(link, local_address)

    def link_received(self, link: Link, data: bytes, now_ms: int) -> None:
        """Bytes have come over a connection."""
        self.server.now_ms = now_ms
        self.links.received(link, data)

    def link_lost(self, link: Link, now_ms: int) -> None:
        """A connection is gone, or could not be made."""
        self.server.now_ms = now_ms
        self.links.lost(link)

    # Events.

    def event(self, name: str, instance: Instance, more: str = "") -> None:
        """Publish an event about an instance (sentinelEvent with %@)."""
        where = f"{instance.kind} {instance.name} {self.shown(instance.address)} {instance.address.port}"
        master = instance.watched_master
        if master is not instance:
            where += f" @ {master.name} {self.shown(master.address)} {master.address.port}"
        self.announce(name, where + more)

    def announce(self, name: str, text: str) -> None:
        """Publish an event (sentinelEvent)."""
        self.log.append(f"{name} {text}")
        channel, message = (encoded(part) for part in (name, text))
        self.server.pubsub.publish(channel, message)

    # Epochs.

    def follow_epoch(self, epoch: int, master: Master) -> None:
        """Take over an epoch that is greater than one's own, and keep it."""
        if epoch > self.current_epoch:
            self.current_epoch = epoch
            self.file.flush()
            self.announce("+new-epoch", str(epoch))

    # Addresses.

    def shown(self, address: Address) -> str:
        """The host of an address as others are told."""
        return self.addresses.shown(address)

    def replica_name(self, address: Address) -> str:
        """The name of the replica at an address."""
        return self.addresses.shown_with_port(address)

    def is_at(self, address: Address, host: str) -> bool:
        """Whether a host is that of an address."""
        return self.addresses.is_at(address, host)

    def resolve_or_none(self, host: str, port: int) -> Address | None:
        """An address, or None for what is none."""
        try:
            return self.addresses.make(host, port, accepts_unresolved=True)
        except InstanceError:
            return None

    def resolved_again(self, address: Address) -> Address:
        """The address of a host, which may have another by now."""
        if not self.addresses.resolve_hostnames:
            return address
        ip = self.addresses.resolve(address.host)
        return address if ip is None else address._replace(ip=ip)

    def credentials(self, instance: Instance) -> tuple[str | None, str | None]:
        """User and password for an instance; None for none (sentinelSendAuthIfNeeded)."""
        if isinstance(instance, Node):
            master = instance.watched_master
            return master.auth_user, master.auth_pass
        if self.auth_pass is not None:
            return self.auth_user, self.auth_pass
        return None, self.server.config.values["requirepass"] or None

    # Instances.

    def create_master(self, name: str, host: str, port: int, quorum: int) -> Master:
        """Watch a master.

        Raises:
            InstanceError: there is one of this name, or the address makes no sense.
        """
        address = self.addresses.make(host, port, accepts_unresolved=True)
        if name in self.masters:
            raise InstanceError("Duplicate master name.")
        periods = self.periods
        times = periods.default_down_after_ms, periods.default_failover_timeout_ms
        master = Master(name, address, Connections(self.now_ms), self.now_ms, *times, quorum)
        self.masters[name] = master
        return master

    def create_replica(self, master: Master, host: str, port: int) -> Replica:
        """Enter a replica of a master.

        Raises:
            InstanceError: it is there, or the address makes no sense.
        """
        address = self.addresses.make(host, port, accepts_unresolved=True)
        name = self.replica_name(address)
        if name in master.replicas:
            raise InstanceError("Duplicate hostname and port for replica.")
        replica = Replica(name, address, Connections(self.now_ms), self.now_ms, master)
        master.replicas[name] = replica
        return replica

    def create_peer(self, master: Master, run_id: str, host: str, port: int) -> Peer:
        """Enter another Sentinel of a master.

        Raises:
            InstanceError: it is there, or the address makes no sense.
        """
        address = self.addresses.make(host, port, accepts_unresolved=True)
        if run_id in master.peers:
            raise InstanceError("Duplicate runid for sentinel.")
        peer = Peer(run_id, address, Connections(self.now_ms), self.now_ms, master)
        master.peers[run_id] = peer
        return peer

    def remove_master(self, master: Master) -> None:
        """Watch a master no longer."""
        del self.masters[master.name]
        self._release([master, *master.replicas.values(), *master.peers.values()])

    def reset_master(self, master: Master, keeps_peers: bool = False) -> None:
        """Forget what was learned of a master (sentinelResetMaster)."""
        self._release(master.replicas.values())
        master.replicas = {}
        if not keeps_peers:
            self._release(master.peers.values())
            master.peers = {}
        self.links.close_both(master.connections)
        master.state = State.NONE
        master.leader = master.run_id = master.master_host = master.promoted = None
        master.failover_state = FailoverState.NONE
        master.failover_changed_ms = master.failover_started_ms = 0
        master.connections.reset_times(self.now_ms)
        master.role_reported, master.role_reported_ms = Role.MASTER, self.now_ms

    def move_master(self, master: Master, host: str, port: int) -> None:
        """Watch a master at another address; the old one becomes a replica (sentinelResetMasterAndChangeAddress)."""
        try:
            new = self.addresses.make(host, port)
        except InstanceError:
            return
        known = [replica.address for replica in master.replicas.values()]
        others = [address for address in [*known, master.address] if not address.is_same(new)]
        self.reset_master(master, keeps_peers=True)
        master.address = new
        master.s_down_since_ms = master.o_down_since_ms = 0
        for address in others:
            if self.replica_name(address) not in master.replicas:
                self.event("+slave", self.create_replica(master, address.host, address.port))
        self.file.flush()

    def drop_peer_connections(self) -> None:
        """Connect again to the other Sentinels: the password is another (sentinelDropConnections)."""
        for master in self.masters.values():
            for peer in master.peers.values():
                self.links.close_both(peer.connections)

    def _release(self, instances: "Iterable[Instance]") -> None:
        for instance in list(instances):
            self.links.release(instance)
