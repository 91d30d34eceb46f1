"""A small record of a failover that all judges are content with; a test alters it."""

from __future__ import annotations

from dataclasses import replace

from redproof_model.loss.record import Outcome
from redproof_properties.failover.record import (
    Event,
    FailoverRecord,
    FaultSpan,
    Kind,
    Node,
    Promotion,
    Read,
    ReplicaView,
    SentinelSample,
    ServerSample,
    Settings,
    Write,
)

SENTINELS = ("s1", "s2", "s3")
RUN_IDS = {name: name[1] * 40 for name in SENTINELS}
OLD, NEW = "a" * 40, "b" * 40
MASTER = "master mine 127.0.0.1 7000"


def nodes() -> tuple[Node, ...]:
    """A master `m` with the replicas `r1` and `r2`, and three sentinels."""
    servers = [
        Node(name=name, kind=Kind.SERVER, spelling="x", version="7.0", address=f"127.0.0.1:{7000 + at}", priority=100)
        for at, name in enumerate(("m", "r1", "r2"))
    ]
    sentinels = [
        Node(
            name=name,
            kind=Kind.SENTINEL,
            spelling="x",
            version="7.0",
            address=f"127.0.0.1:{8000 + at}",
            run_id=RUN_IDS[name],
        )
        for at, name in enumerate(SENTINELS)
    ]
    return (*servers, *sentinels)


def small_record() -> FailoverRecord:
    """The master is killed after 100 ms, `s1` is elected in epoch 1, and promotes `r1` at 300 ms."""
    return FailoverRecord(
        target="x",
        seed=7,
        settings=Settings(master_name="mine", quorum=2, down_after_ms=100, failover_timeout_ms=1_000),
        nodes=nodes(),
        writes=(
            written("c1", "m", 10, OLD, 100, confirmed_replicas=2),
            written("c2", "m", 90, OLD, 200),
            Write(value="c3", client="c", node="m", sent_at_ms=99, returned_at_ms=None, outcome=Outcome.UNKNOWN),
            written("c4", "r1", 400, NEW, 300),
        ),
        reads=(read("r1", 50, OLD, 100, "c1"),),
        events=tuple(events()),
        server_samples=(
            sample("m", 20, "master", OLD, 100),
            sample("r1", 21, "slave", OLD, 100, follows="m"),
            sample("r1", 310, "master", NEW, 100, former=OLD),
            sample("m", 800, "slave", NEW, 300, follows="r1"),
            sample("r1", 801, "master", NEW, 300, former=OLD),
            sample("r2", 802, "slave", NEW, 300, follows="r1"),
        ),
        sentinel_samples=(
            known("s1", 150, "m", 0),
            known("s1", 245, "m", 0),
            *(known(name, 500, "r1", 1) for name in SENTINELS),
        ),
        faults=(FaultSpan(kind="kill", node="m", begun_at_ms=100, ended_at_ms=600),),
        promotions=(
            Promotion(at_ms=0, node="m", replid=OLD, former_replid=None, offset_bytes=0),
            Promotion(at_ms=310, node="r1", replid=NEW, former_replid=OLD, offset_bytes=100, epoch=1),
        ),
        final=tuple(read(name, 900, NEW, 300, "c1", "c4") for name in ("m", "r1", "r2")),
        healed_at_ms=600,
        ended_at_ms=900,
    )


def written(
    value: str, node: str, at_ms: float, replid: str, offset_bytes: int, *, confirmed_replicas: int = 0
) -> Write:
    """A write that was acknowledged after one millisecond."""
    return Write(
        value=value,
        client="c",
        node=node,
        sent_at_ms=at_ms,
        returned_at_ms=at_ms + 1,
        outcome=Outcome.OK,
        replid=replid,
        offset_bytes=offset_bytes,
        confirmed_replicas=confirmed_replicas,
    )


def read(node: str, at_ms: float, replid: str, offset_bytes: int, *values: str) -> Read:
    """What a node has, read within one millisecond."""
    return Read(
        client="c",
        node=node,
        sent_at_ms=at_ms,
        returned_at_ms=at_ms + 1,
        values=values,
        replid=replid,
        offset_bytes=offset_bytes,
    )


def sample(
    node: str,
    at_ms: float,
    role: str,
    replid: str,
    offset_bytes: int,
    *,
    former: str = "0" * 40,
    follows: str | None = None,
) -> ServerSample:
    """What a server told of itself."""
    return ServerSample(
        asked_at_ms=at_ms - 1,
        at_ms=at_ms,
        node=node,
        run_id=node * 20,
        role=role,
        replid=replid,
        former_replid=former,
        offset_bytes=offset_bytes,
        former_offset_bytes=-2 if former == "0" * 40 else 100,
        follows=follows,
        link_up=None if follows is None else True,
    )


def known(sentinel: str, at_ms: float, master: str, config_epoch: int) -> SentinelSample:
    """What a sentinel told, to which both replicas have the same offset."""
    views = tuple(
        ReplicaView(replica=name, run_id=name * 20, flags="slave", priority=100, offset_bytes=100)
        for name in ("m", "r1", "r2")
        if name != master
    )
    return SentinelSample(
        asked_at_ms=at_ms - 1,
        at_ms=at_ms,
        sentinel=sentinel,
        master=master,
        config_epoch=config_epoch,
        replicas=views,
        other_sentinels=2,
    )


def events() -> list[Event]:
    """What the sentinels logged, in order."""
    leader, chosen = RUN_IDS["s1"], f"slave 127.0.0.1:7001 127.0.0.1 7001 @ {MASTER.removeprefix('master ')}"
    told = [
        (200, "s1", "+sdown", MASTER),
        (205, "s2", "+sdown", MASTER),
        (210, "s1", "+odown", f"{MASTER} #quorum 2/2"),
        (211, "s1", "+new-epoch", "1"),
        (211, "s1", "+try-failover", MASTER),
        (212, "s1", "+vote-for-leader", f"{leader} 1"),
        *((215, name, "+new-epoch", "1") for name in ("s2", "s3")),
        *((216, name, "+vote-for-leader", f"{leader} 1") for name in ("s2", "s3")),
        (220, "s1", "+elected-leader", MASTER),
        (221, "s1", "+failover-state-select-slave", MASTER),
        (240, "s1", "+selected-slave", chosen),
        (241, "s1", "+failover-state-send-slaveof-noone", chosen),
        (320, "s1", "+promoted-slave", chosen),
        (400, "s1", "+failover-end", MASTER),
        *((401, name, "+switch-master", "mine 127.0.0.1 7000 127.0.0.1 7001") for name in SENTINELS),
    ]
    return [Event(at_ms=at_ms, sentinel=sentinel, name=name, text=text) for at_ms, sentinel, name, text in told]


def with_views(replica: str = "r2", **changes: int) -> FailoverRecord:
    """The small record as if a replica, or the one that was not chosen, had been another to all sentinels."""
    sound = small_record()
    samples = tuple(with_view(each, replica, **changes) for each in sound.sentinel_samples)
    return replace(sound, sentinel_samples=samples)


def with_view(told: SentinelSample, replica: str, **changes: int) -> SentinelSample:
    """What a sentinel told, as if a replica had been another to it."""
    views = (replace(view, **changes) if view.replica == replica else view for view in told.replicas)  # type: ignore[arg-type]
    return replace(told, replicas=tuple(views))


def missed(record: FailoverRecord, *down_for_ms: int | None) -> FailoverRecord:
    """The leader took the master for down when it was asked before its choice, and after, for so long."""
    first, second, *others = record.sentinel_samples
    told = [
        replace(sample, flags="s_down,o_down,master", down_for_ms=each)
        for sample, each in zip((first, second), down_for_ms, strict=True)
    ]
    return replace(record, sentinel_samples=(*told, *others))


def gave_up(record: FailoverRecord) -> FailoverRecord:
    """Where the leader chose a replica, it gave up, as it found none that was good."""
    (chosen,) = [event for event in record.events if event.name == "+selected-slave"]
    others = [event for event in record.events if event.sentinel != chosen.sentinel or event.at_ms < chosen.at_ms]
    abort = replace(chosen, name="-failover-abort-no-good-slave", text=MASTER)
    events = sorted((*others, abort), key=lambda event: event.at_ms)
    return replace(record, events=tuple(events), promotions=record.promotions[:1])
