"""What a run observes of its nodes: the events that sentinels publish, and samples of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError, TargetSilent
from redproof_properties.failover.clock import RunClock
from redproof_properties.failover.nodes import Nodes
from redproof_properties.failover.record import Event, ReplicaView, SentinelSample, ServerSample
from redproof_properties.failover.threads import Repeating
from redproof_properties.failover.views import KnownReplica, sentinel_view
from redproof_properties.replication.ends.info import read_info
from redproof_properties.targets import Connection
from redproof_properties.targets.greeting import ask
from redproof_properties.targets.inquiry import fields

PERIOD_S: Final = 0.02
ANSWERS_WITHIN_MS: Final = 300
"""How long a node may take to answer; one that is paused while it is asked does not."""

_LISTENS_MS: Final = 50


class EventListener(Repeating):
    """Subscribes to all that a sentinel publishes, again whenever it has been started again."""

    def __init__(self, group: Nodes, clock: RunClock, sentinel: str) -> None:
        super().__init__(f"events-of-{sentinel}")
        self.events: list[Event] = []
        self._group = group
        self._clock = clock
        self._sentinel = sentinel
        self._connection: Connection | None = None

    def turn(self) -> float:
        """Take what has come within a moment."""
        try:
            self._listen()
        except TargetSilent:
            return 0
        except TargetError:
            self.hang_up()
            return PERIOD_S
        return 0

    def hang_up(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _listen(self) -> None:
        if self._connection is None:
            self._connection = self._group.connect(self._sentinel)
            self._connection.send(encode_command([b"PSUBSCRIBE", b"*"]))
        self._connection.receive_into(self._connection.decoder, _LISTENS_MS)
        while (told := self._connection.decoder.next_reply()) is not None:
            match told:
                case [b"pmessage", _, bytes(name), bytes(text)]:
                    at_ms = self._clock.now_ms()
                    event = Event(at_ms=at_ms, sentinel=self._sentinel, name=name.decode(), text=text.decode())
                    self.events.append(event)


class Sampler(Repeating):
    """Asks every node that is up what it is, all the time."""

    def __init__(self, group: Nodes, clock: RunClock) -> None:
        super().__init__("samples")
        self.server_samples: list[ServerSample] = []
        self.sentinel_samples: list[SentinelSample] = []
        self._group = group
        self._clock = clock
        self._connections: dict[str, Connection] = {}
        self._run_ids: dict[str, str] = {}

    def turn(self) -> float:
        """Ask each node that is up."""
        for name in self._group.plan.names:
            if self._group.is_up(name):
                self._ask(name)
        return PERIOD_S

    def hang_up(self) -> None:
        """Close all connections."""
        for name in list(self._connections):
            self._drop(name)

    def _ask(self, name: str) -> None:
        try:
            if name not in self._connections:
                self._connections[name] = self._group.connect(name)
                self._connections[name].timeout_ms = ANSWERS_WITHIN_MS
                told = fields(ask(self._connections[name], "INFO", "server"))
                self._run_ids[name] = told["run_id"]
            if name in self._group.servers:
                self.server_samples.append(self._server(name, self._connections[name]))
            else:
                self.sentinel_samples.append(self._sentinel(name, self._connections[name]))
        except TargetError:
            # It was killed or paused meanwhile, or a sentinel has closed its connections: it is asked again.
            self._drop(name)

    def _drop(self, name: str) -> None:
        connection = self._connections.pop(name, None)
        if connection is not None:
            connection.close()

    def _server(self, name: str, connection: Connection) -> ServerSample:
        asked_at_ms = self._clock.now_ms()
        told = read_info(connection)
        follows = None
        if told.master_host is not None and told.master_port is not None:
            follows = self._group.node_at(told.master_host, told.master_port) or name
        return ServerSample(
            asked_at_ms=asked_at_ms,
            at_ms=self._clock.now_ms(),
            node=name,
            run_id=self._run_ids[name],
            role=told.role,
            replid=told.master_replid,
            former_replid=told.master_replid2,
            offset_bytes=told.master_repl_offset,
            former_offset_bytes=told.second_repl_offset - 1,
            follows=follows,
            link_up=None if told.master_link_status is None else told.master_link_status == "up",
            connected_replicas=told.connected_slaves,
        )

    def _sentinel(self, name: str, connection: Connection) -> SentinelSample:
        asked_at_ms = self._clock.now_ms()
        told = sentinel_view(connection, self._group.plan.settings.master_name)
        return SentinelSample(
            asked_at_ms=asked_at_ms,
            at_ms=self._clock.now_ms(),
            sentinel=name,
            master=self._group.node_at(told.host, told.port),
            config_epoch=told.config_epoch,
            flags=told.flags,
            down_for_ms=told.down_for_ms,
            replicas=tuple(view for each in told.replicas for view in self._views(each)),
            other_sentinels=told.other_sentinels,
        )

    def _views(self, told: KnownReplica) -> Sequence[ReplicaView]:
        name = self._group.node_at(told.host, told.port)
        if name is None:
            return ()
        view = ReplicaView(
            replica=name,
            run_id=told.run_id,
            flags=told.flags,
            priority=told.priority,
            offset_bytes=told.offset_bytes,
            link_down_ms=told.link_down_ms,
            last_ok_ping_ms=told.last_ok_ping_ms,
            info_age_ms=told.info_age_ms,
        )
        return (view,)
