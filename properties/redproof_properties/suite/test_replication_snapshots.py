"""Full synchronisations that fail, and streams that are replayed: the harness is the master of the target."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from random import Random
from typing import Final

import pytest
from redproof_model.reply import NULL, Reply
from redproof_model.versions.since import descends

from redproof_properties.errors import TargetClosed, TargetDied
from redproof_properties.frozen import has_removable_dump
from redproof_properties.history import Call, Step
from redproof_properties.judged import Judged
from redproof_properties.replication.data.dataset import UNREPLICATED, Dataset, read_dataset
from redproof_properties.replication.data.differences import differences
from redproof_properties.replication.ends.false_master import MasterLink, framed
from redproof_properties.replication.ends.link import EOF_MARK_BYTES, ReplicaLink, Snapshot
from redproof_properties.replication.ends.stage import FEEDER_REPLID, Stage
from redproof_properties.replication.schedules.clients import changes_one_side
from redproof_properties.unsupported import has_commands

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
CONFIGURATION = "https://github.com/redis/redis/blob/7.0.15/redis.conf"
RDB = "https://github.com/redis/redis/blob/7.0.15/src/rdb.c"

MARK: Final = b"0123456789" * 4
MAGIC_BYTES: Final = 9
CHECKSUM_BYTES: Final = 8
SELECT_DATABASE: Final = b"\xfe\x00\xfb"
"""What stands between the fields of a snapshot and its first database: SELECTDB 0, RESIZEDB (rdb.h)."""

MARK_FIRST_SINCE: Final = ("redis", (7, 0))
"""Before, a replica that swaps looks for the mark when the new data are already in the place of the old ones."""

FORGETS_LATER_SINCE: Final = ("redis", (7, 0))
"""Before, a replica forgets what it could ask for with +FULLRESYNC, and not once the snapshot is loaded."""

OLD: Final[list[Reply]] = [b"1", NULL]
"""What MGET says of a key of before and one of the snapshot, while the target holds what it held before."""

NEW: Final[list[Reply]] = [NULL, b"1"]
NEW_KEYS: Final = 3
HISTORIES: Final = 100
HISTORY_COMMANDS: Final = 60
WRITERS: Final = ("generic", "hashes", "lists", "sets", "sorted_sets", "streams", "strings")
REPLAYS: Final = 2
ABSOLUTE_SINCE: Final = ("redis", (7, 0))
EXPIRY_SLACK_MS: Final = 20_000
"""Before, a lifetime counts from when a replica gets the command, and this long after at most it is replayed."""

every_load = pytest.mark.parametrize("load", ["disabled", "swapdb"])
FORMS: Final = {"its length": None, "a mark": MARK}
"""How a snapshot tells where it ends."""


def taken(stage: Stage) -> Snapshot:
    """A snapshot of two keys and one that expires, and the target with another key instead of them."""
    stage.script.call("RPUSH", "list", *range(9))
    stage.script.call("MSET", "string", "x" * 99, "new", 1)
    stage.script.call("EXPIRE", "string", 10**6)
    link, snapshot = stage.synchronised()
    stage.hang_up(link)
    stage.script.call("FLUSHALL")
    stage.script.call("SET", "old", 1)
    return snapshot


def cuts(snapshot: Snapshot, random: Random) -> list[int]:
    """After how many bytes of what carries a snapshot to cut: at its boundaries, or those of its mark, and anywhere."""
    sent = framed(snapshot)
    start = sent.index(b"\r\n") + 2
    end = start + len(snapshot.data)
    if snapshot.eof_mark is not None:
        known = [end - 1, end, len(sent) - 1]
    else:
        database = start + snapshot.data.index(SELECT_DATABASE)
        known = [0, start, start + MAGIC_BYTES, database, end - CHECKSUM_BYTES - 1, end - CHECKSUM_BYTES, end - 1]
    return sorted([*known, random.randrange(len(sent))])


@pytest.mark.documented(
    "A full synchronisation that breaks off at any byte of the snapshot harms neither the replica nor what it held; it "
    "tries again: repl-diskless-load {load}, and the end is told by {form}",
    source=CONFIGURATION,
)
@every_load
@pytest.mark.parametrize("form", FORMS)
def test_a_cut_snapshot_harms_nothing(judged: Judged, load: str, form: str) -> None:
    swaps_first = load == "swapdb" and FORMS[form] is not None and not descends(judged.version, *MARK_FIRST_SINCE)
    with Stage(judged, {"repl-diskless-load": load}) as stage:
        snapshot = Snapshot(taken(stage).data, FORMS[form])
        master = stage.false_master()
        link = stage.follow(master)
        asked_first = link.requests[-1]
        asked_next = asked_first if descends(judged.version, *FORGETS_LATER_SINCE) else (b"PSYNC", b"?", b"-1")
        for cut in cuts(snapshot, Random(f"{judged.run.seed} {load}")):
            link.full_resync(FEEDER_REPLID, 0)
            link.send(framed(snapshot)[:cut])
            link.close()
            link = master.accept()
            link.await_psync()
            whole = swaps_first and cut >= len(framed(snapshot)) - EOF_MARK_BYTES
            expected = "the key of before, or those of the snapshot where only its mark is cut up to Redis 6.2"
            if not whole:
                asked = link.requests[-1]
                question = "the question of before, or for everything up to Redis 6.2"
                stage.script.require(asked == asked_next, question, f"{cut} bytes", actual=repr(asked))
            held = stage.script.call("MGET", "old", "new")
            stage.script.require(held == (NEW if whole else OLD), expected, f"{cut} of {len(framed(snapshot))} bytes")
            number = stage.script.call("DBSIZE")
            stage.script.require(number == (NEW_KEYS if whole else 1), expected, f"{cut} bytes")
        link.full_resync(FEEDER_REPLID, 0)
        link.send_snapshot(snapshot)
        link.await_ack()
        number = stage.script.call("EXISTS", "list", "string", "new", "old")
        stage.script.require(number == NEW_KEYS, "the keys of the snapshot, once it comes whole")


class Fate(Enum):
    """What becomes of a replica that gets a damaged snapshot, and of its data."""

    ENDS = "the server ends"
    EMPTY = "it lives, and has lost what it held"
    KEEPS = "it lives, and keeps what it held"
    SERVES = "it lives, and holds what it should not"
    GOES_ON = "it lives, and goes on with the stream"


def wrong_checksum(data: bytes) -> bytes:
    """Another checksum."""
    return data[:-1] + bytes([data[-1] ^ 1])


def wrong_magic(data: bytes) -> bytes:
    """Another word than REDIS at the beginning."""
    return b"X" + data[1:]


def wrong_type(data: bytes) -> bytes:
    """A type of value that there is not, where the first database begins."""
    at = data.index(SELECT_DATABASE) + 2
    return data[:at] + b"\xc8" + data[at + 1 :]


DAMAGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "a wrong checksum": wrong_checksum,
    "no magic word": wrong_magic,
    "an unknown type": wrong_type,
}
FATES: Final[dict[str, tuple[Fate, ...]]] = {
    "disabled": (Fate.ENDS, Fate.EMPTY, Fate.KEEPS),
    "swapdb": (Fate.ENDS, Fate.KEEPS),
}
"""What may become of a replica; which of them it is differs between versions and damages."""


def fate(judged: Judged, stage: Stage, link: MasterLink) -> Fate:
    """What became of the target, once the link has ended."""
    try:
        link.next_ack()
    except TargetClosed:
        pass
    else:
        return Fate.GOES_ON
    if isinstance(judged.target.diagnose(), TargetDied):
        return Fate.ENDS
    held = (stage.client.call("MGET", "old", "new"), stage.client.call("DBSIZE"))
    fates = {Fate.KEEPS: (OLD, 1), Fate.EMPTY: ([NULL, NULL], 0)}
    return next((fate for fate, holds in fates.items() if held == holds), Fate.SERVES)


@pytest.mark.documented(
    "A replica that gets a damaged snapshot never serves what is in it, and keeps what it held if it was to be swapped "
    "and the server does not end: {damage}, repl-diskless-load {load}",
    source=RDB,
)
@every_load
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_is_not_served(judged: Judged, load: str, damage: str) -> None:
    judged.need("can_restart")
    if not has_removable_dump(judged.target):
        pytest.skip(f"{judged.target.spelling}: who ends on a damaged file starts again only without it, and it stays")
    with Stage(judged, {"repl-diskless-load": load}) as stage:
        snapshot = taken(stage)
        link = stage.follow(stage.false_master())
        link.full_resync(FEEDER_REPLID, 0)
        link.send(framed(Snapshot(DAMAGES[damage](snapshot.data))))
        seen = fate(judged, stage, link)
        if seen is Fate.ENDS:
            stage.revive()
        expected = " or ".join(each.value for each in FATES[load])
        stage.script.require(seen in FATES[load], expected, actual=seen.value)
        stage.fed(snapshot)
        held = stage.client.call("EXISTS", "list", "string", "new", "old")
        stage.script.require(held == NEW_KEYS, "the keys of the snapshot, once it comes undamaged", actual=repr(held))


def is_propagated(judged: Judged, step: Step) -> bool:
    """Whether all that a step does is in the stream."""
    return not isinstance(step, Call) or not changes_one_side(step.argv, judged.version, is_replica=False)


def read(judged: Judged, stage: Stage) -> Dataset:
    """All that the target holds and replicates."""
    return read_dataset(stage.client, UNREPLICATED.get(judged.version.name, ()))


def write(judged: Judged, stage: Stage, link: ReplicaLink) -> dict[int, Dataset]:
    """Let the target execute histories of many commands; give what it holds at the end of each, by the offset."""
    points: dict[int, Dataset] = {}
    groups = [group for group in WRITERS if has_commands([group], judged.unsupported)]
    generators = [judged.generator([group]) for group in groups]
    with judged.judge() as judge:
        for number in range(HISTORIES):
            conversation = judge.begin()
            drawn = generators[number % len(generators)].history(judged.run.seed + number, HISTORY_COMMANDS)
            found = conversation.perform([step for step in drawn if is_propagated(judged, step)])
            stage.script.did(conversation.executed)
            if found is None:
                link.catch_up(stage.client)
                link.ack()
                points[link.offset] = read(judged, stage)
            judge.end(conversation, found)
            if found is not None:
                raise judged.enter(found)
    return points


@pytest.mark.documented(
    "Replicas that process the same stream hold the same data, which is that of the master at that offset",
    source=REPLICATION,
)
def test_a_replayed_stream_gives_the_same_data(judged: Judged) -> None:
    slack_ms = 0 if descends(judged.version, *ABSOLUTE_SINCE) else EXPIRY_SLACK_MS
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        points = write(judged, stage, link)
        stage.hang_up(link)
        stage.script.require(any(held.keys for held in points.values()), "histories that write something")
        for _ in range(REPLAYS):
            feeder = stage.fed(snapshot, link.stream.start_offset)
            before = link.stream.start_offset
            for offset, held in points.items():
                feeder.feed_bytes(link.stream.between(before, offset))
                feeder.await_ack()
                found = differences(held, read(judged, stage), slack_ms)
                stage.script.require(not found, "the data of the master", actual="; ".join(map(str, found)))
                before = offset
