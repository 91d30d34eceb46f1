"""What is recorded of a simulated run: it is seen from outside, at no time, so every write has its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from redproof_model.loss.record import Outcome
from redproof_model.reply import Reply

from redproof_properties.failover.promotions import Origin, origin_of
from redproof_properties.failover.record import (
    Event,
    FaultSpan,
    Load,
    Promotion,
    Read,
    ReplicaView,
    SentinelSample,
    ServerSample,
    Write,
)
from redproof_properties.failover.simulated.stage import Stage
from redproof_properties.failover.views import down_for_ms
from redproof_properties.replication.ends.info import NO_REPLID

if TYPE_CHECKING:
    from redproof_properties.targets.bundled import End, Point, SentinelNode, ServerNode

SELECTS: Final = "SELECT_SLAVE"
ORDERED: Final = "+failover-state-wait-promotion"
PROMOTED: Final = "+promoted-slave"
SWITCHED: Final = "+switch-master"


@dataclass(slots=True)
class Draft:
    """A write that is on its way; `point` is where its server is right after it."""

    value: str
    client: str
    node: str
    sent_at_ms: float
    returned_at_ms: float | None = None
    outcome: Outcome = Outcome.UNKNOWN
    error: str = ""
    point: Point | None = None
    confirmed_replicas: int = 0

    def finish(self) -> Write:
        """The write as a record has it."""
        point = self.point
        return Write(
            value=self.value,
            client=self.client,
            node=self.node,
            sent_at_ms=self.sent_at_ms,
            returned_at_ms=self.returned_at_ms,
            outcome=self.outcome,
            error=self.error,
            replid=None if point is None else point.replid,
            offset_bytes=point.offset_bytes if point is not None and point.is_kept else None,
            confirmed_replicas=self.confirmed_replicas,
        )


class Recorder:
    """The parts of a record, as they come. It watches all nodes of a stage, and changes nothing."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.drafts: list[Draft] = []
        self.open: dict[End, Draft] = {}
        self.points: dict[End, Point] = {}
        self.reads: list[Read] = []
        self.events: list[Event] = []
        self.server_samples: list[ServerSample] = []
        self.sentinel_samples: list[SentinelSample] = []
        self.faults: list[FaultSpan] = []
        self.loaded: list[Load] = []
        self.promotions: list[Promotion] = []
        self._ordered: dict[str, int] = {}
        self._seen: dict[ServerNode, tuple[bool, bytes]] = {}
        self._own: dict[str, str] = {}
        self._loads: dict[str, Load] = {}
        self._begun: set[str] = set()
        self._histories: dict[str, tuple[str, str]] = {}
        for node in (*stage.servers.values(), *stage.sentinels.values()):
            node.observer = self
        for server in stage.servers.values():
            self.sees(server)

    @property
    def now_ms(self) -> float:
        """How long the run has been going on."""
        return self._stage.world.now_ms

    # ---- what nodes do

    def awaits(self, asker: End) -> bool:
        """Whether a client has that end of a connection: what nodes answer each other has no place in a record."""
        return asker.process.name not in self._stage.addresses

    def answers(self, node: ServerNode, asker: End, reply: bytes, point: Point) -> None:
        """A node sends a reply: that to a write tells where it is in the history.

        One that has been paused may answer long after its client has given up, and asks another.
        """
        if asker.is_closed:
            return
        draft = self.open.get(asker)
        if draft is not None and reply.startswith(b":"):
            draft.point = point
        self.points[asker] = point

    def forgets(self, asker: End) -> None:
        """A client is done with a connection: what it has asked over it and has not got yet has no place."""
        self.open.pop(asker, None)
        self.points.pop(asker, None)

    def loads(self, node: ServerNode, point: Point) -> None:
        """A node has begun with an RDB file, which holds what it had at a point, whether the file tells that or not."""
        load = Load(at_ms=self.now_ms, node=node.name, replid=point.replid, offset_bytes=point.offset_bytes)
        self._loads[node.run_id] = load
        self.loaded.append(load)

    def sees(self, node: ServerNode) -> None:
        """A node has done something: if it is a master under another name than before it was promoted."""
        if node.name not in self._stage.servers:
            return
        replication = node.server.replication
        seen = replication.is_master, replication.replid
        if self._seen.get(node) == seen:
            return
        self._seen[node] = seen
        run_id, replid = node.run_id, replication.replid.decode()
        own = self._own.setdefault(run_id, replid)
        if not replication.is_master:
            return
        known = self._histories.get(node.name)
        if known == (run_id, replid):
            return
        self._histories[node.name] = run_id, replid
        former = replication.replid2.decode()
        origin: Origin | None = Origin(former, replication.second_offset - 1)
        if former == NO_REPLID and known is not None and known[0] == run_id:
            origin = Origin(known[1], replication.offset, keeps_all=True)
        elif former == NO_REPLID or (former == own and former not in self._begun):
            # It has never got anything from anybody, so it begins with what it has loaded.
            origin = origin_of(self._loads.get(run_id))
        if origin is None:
            return
        self._begun.add(replid)
        epoch = self._ordered.pop(node.name, None)
        self.promotions.append(
            Promotion(
                at_ms=self.now_ms,
                node=node.name,
                replid=replid,
                former_replid=origin.former_replid,
                offset_bytes=origin.offset_bytes,
                counts_anew=origin.counts_anew,
                keeps_all=origin.keeps_all,
                epoch=epoch,
            )
        )
        self.sample_server(node.name)

    def expects(self, node: SentinelNode) -> None:
        """A sentinel is about to go on: where it is going to choose a replica, it is asked what it knows."""
        if node.sentinel.masters[self._stage.plan.settings.master_name].failover_state.name == SELECTS:
            self.sample_sentinel(node.name, with_replicas=True)

    def hears(self, node: SentinelNode, line: str) -> None:
        """A sentinel tells an event."""
        name, _, text = line.partition(" ")
        self.events.append(Event(at_ms=self.now_ms, sentinel=node.name, name=name, text=text))
        if name == ORDERED:
            master = node.sentinel.masters[self._stage.plan.settings.master_name]
            chosen = self._stage.names[":".join(text.split()[2:4])]
            self._ordered[chosen] = master.failover_epoch
        if name == PROMOTED and self._stage.is_up(promoted := self._stage.names[":".join(text.split()[2:4])]):
            self.sample_server(promoted)
        elif name == SWITCHED:
            self.sample_sentinel(node.name)

    # ---- what is asked

    def sample(self) -> None:
        """Ask all who are up."""
        for name in self._stage.up(self._stage.servers):
            self.sample_server(name)
        for name in self._stage.up(self._stage.sentinels):
            self.sample_sentinel(name)

    def sample_server(self, name: str) -> ServerSample:
        """Ask a server that is up."""
        told = self._stage.info(name)
        follows = None
        if told["role"] == "slave":
            follows = self._stage.names.get(f"{told['master_host']}:{told['master_port']}", name)
        sample = ServerSample(
            asked_at_ms=self.now_ms,
            at_ms=self.now_ms,
            node=name,
            run_id=told["run_id"],
            role=told["role"],
            replid=told["master_replid"],
            former_replid=told["master_replid2"],
            offset_bytes=int(told["master_repl_offset"]),
            former_offset_bytes=int(told["second_repl_offset"]) - 1,
            follows=follows,
            link_up=None if follows is None else told["master_link_status"] == "up",
            connected_replicas=int(told["connected_slaves"]),
        )
        self.server_samples.append(sample)
        return sample

    def sample_sentinel(self, name: str, with_replicas: bool = False) -> SentinelSample:
        """Ask a sentinel that is up, perhaps for its replicas too."""
        master_name = self._stage.plan.settings.master_name
        told = paired(self._stage.texts(name, "SENTINEL", "MASTER", master_name))
        listed = self._stage.ask(name, "SENTINEL", "REPLICAS", master_name) if with_replicas else []
        assert isinstance(listed, list)
        sample = SentinelSample(
            asked_at_ms=self.now_ms,
            at_ms=self.now_ms,
            sentinel=name,
            master=self._stage.believed_master(name),
            config_epoch=int(told["config-epoch"]),
            flags=told["flags"],
            down_for_ms=down_for_ms(told),
            replicas=tuple(self._view(pairs(each)) for each in listed),
            other_sentinels=int(told["num-other-sentinels"]),
        )
        self.sentinel_samples.append(sample)
        return sample

    def _view(self, told: dict[str, str]) -> ReplicaView:
        return ReplicaView(
            replica=self._stage.names[f"{told['ip']}:{told['port']}"],
            run_id=told["runid"],
            flags=told["flags"],
            priority=int(told["slave-priority"]),
            offset_bytes=int(told["slave-repl-offset"]),
            link_down_ms=int(told["master-link-down-time"]),
            last_ok_ping_ms=int(told["last-ok-ping-reply"]),
            info_age_ms=int(told["info-refresh"]),
        )


def pairs(reply: Reply) -> dict[str, str]:
    """The fields that a sentinel tells of an instance."""
    assert isinstance(reply, list), reply
    return paired([word.decode() for word in reply if isinstance(word, bytes)])


def paired(words: list[str]) -> dict[str, str]:
    """Names and values that take turns."""
    return dict(zip(words[::2], words[1::2], strict=True))
