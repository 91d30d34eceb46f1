"""Which histories began in a run, by what servers told and by the files with which they were started."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import NEW, OLD, sample, small_record, written
from redproof_properties.failover.promotions import promotions
from redproof_properties.failover.record import FailoverRecord, Load, ServerSample

SOUND = small_record()


def test_promotions_are_what_servers_told() -> None:
    told = [(each.node, each.replid, each.former_replid, each.offset_bytes, each.epoch) for each in promotions(SOUND)]
    assert told == [("m", OLD, None, 0, None), ("r1", NEW, OLD, 100, 1)]


BACK, SYNCED = "c" * 40, "d" * 40
"""The IDs of a master that came back, before and after its first replica came."""


def restarted(*samples: ServerSample, load: Load | None = None) -> FailoverRecord:
    """`m` was killed at 100 ms and came back at 600 ms, perhaps with a file; then it told this."""
    old = replace(SOUND.server_samples[0], run_id="before")
    writes = (written("c5", "m", 650, BACK, 0),)
    return replace(
        SOUND, server_samples=(old, *samples), loaded=() if load is None else (load,), writes=(*SOUND.writes, *writes)
    )


FILE = Load(at_ms=601, node="m", replid=OLD, offset_bytes=100)
WITHOUT_HISTORY = replace(FILE, replid=None, offset_bytes=None)
FIRST, NEXT = sample("m", 700, "master", BACK, 0), sample("m", 720, "master", SYNCED, 0)


@pytest.mark.parametrize(
    ("record", "begun"),
    [
        (restarted(FIRST, NEXT), [(BACK, None, 0, False), (SYNCED, BACK, 0, False)]),
        (restarted(FIRST, NEXT, load=FILE), [(BACK, OLD, 100, True), (SYNCED, BACK, 0, False)]),
        # A write alone tells how it was called before its first replica came.
        (restarted(NEXT, load=FILE), [(BACK, OLD, 100, True), (SYNCED, BACK, 0, False)]),
        (restarted(NEXT), [(BACK, None, 0, False), (SYNCED, BACK, 0, False)]),
        # It may tell the history itself, as from Redis 7.0 on.
        (restarted(replace(FIRST, former_replid=OLD, former_offset_bytes=100), load=FILE), [(BACK, OLD, 100, False)]),
        (restarted(FIRST, load=WITHOUT_HISTORY), []),
    ],
)
def test_a_master_that_comes_back_begins_with_its_file(
    record: FailoverRecord, begun: list[tuple[str, str | None, int, bool]]
) -> None:
    begins = list(promotions(record))
    told = [(each.replid, each.former_replid, each.offset_bytes, each.counts_anew) for each in begins]
    assert told == [(OLD, None, 0, False), *begun]
    assert [each.replid for each in begins if each.keeps_all] == [replid for replid, *_ in begun if replid == SYNCED]
