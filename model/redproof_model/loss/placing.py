"""Where writes whose offset is not known may have been executed, so that what is found and what is gone is right.

A history is kept up to an offset, so all that it has kept was executed before anything that is discarded of it. So
there is a moment for each history at which its kept part ends: those that are found were invoked before it, and those
that were acknowledged and are gone returned after it. Moments are searched for where a write may be of several
histories; else they are known at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from redproof_model.loss.agreed import Agreed
from redproof_model.loss.record import FOREVER_MS, Outcome, Record, Write

ALWAYS_MS = -FOREVER_MS


@dataclass(slots=True)
class Window:
    """The moments at which the kept part of a history may have ended, in ms."""

    earliest_ms: float
    latest_ms: float


@dataclass(slots=True)
class Placement:
    """What is known of writes without an offset: the replid that each may be of, and those for which there is none.

    `undecided` are those for which none was found before the search was given up.
    """

    replids: dict[bytes, str] = field(default_factory=dict)
    impossible: list[Write] = field(default_factory=list)
    undecided: list[Write] = field(default_factory=list)


def place(record: Record, agreed: Agreed, found: frozenset[bytes], budget: int) -> Placement:
    """Find a place for each write without an offset that was not refused.

    At most `budget` combinations of moments are tried.
    """
    placement = Placement()
    # A write without an answer that is gone always has a place: it may be executed after all that is kept.
    unplaced = [each for each in record.writes if each.offset_bytes is None and each.outcome is not Outcome.FAILED]
    several = [write for write in unplaced if len(write.replids) > 1]
    windows = _windows(record, agreed)
    _place_alone([write for write in unplaced if len(write.replids) == 1], found, windows, placement)
    if several:
        _search(several, found, windows, budget, placement)
    return placement


def _windows(record: Record, agreed: Agreed) -> dict[str, Window]:
    """When the kept part of each history may have ended, by the writes whose offset is known."""
    windows = {
        replid: Window(FOREVER_MS if kept.is_whole else ALWAYS_MS, kept.ended_ms)
        for replid, kept in agreed.parts.items()
    }
    for write in record.writes:
        replid = write.replids[0]
        if write.offset_bytes is None or replid not in windows:
            continue
        window = windows[replid]
        if agreed.keeps(replid, write.offset_bytes):
            window.earliest_ms = max(window.earliest_ms, write.invoked_ms)
        else:
            window.latest_ms = min(window.latest_ms, write.returned_ms)
    return windows


def _place_alone(
    writes: Sequence[Write], found: frozenset[bytes], windows: Mapping[str, Window], placement: Placement
) -> None:
    """Place writes that are of one history: first those that are found, which say until when at least it was kept."""
    for write in sorted(writes, key=lambda write: write.value not in found):
        window, is_found = windows.get(write.replids[0]), write.value in found
        if window is None:
            possible = not is_found
        elif is_found:
            possible = write.invoked_ms <= window.latest_ms
        else:
            possible = write.returned_ms >= window.earliest_ms
        if not possible:
            placement.impossible.append(write)
            continue
        placement.replids[write.value] = write.replids[0]
        if window is not None and is_found:
            window.earliest_ms = max(window.earliest_ms, write.invoked_ms)
        elif window is not None:
            window.latest_ms = min(window.latest_ms, write.returned_ms)


def _search(
    writes: Sequence[Write],
    found: frozenset[bytes],
    windows: Mapping[str, Window],
    budget: int,
    placement: Placement,
) -> None:
    """Try all moments that make a difference, until each of the writes is of some history."""
    asked = {replid for write in writes for replid in write.replids if replid in windows}
    tried = 0
    for moments in islice(_moments(sorted(asked), writes, found, windows), budget):
        tried += 1
        chosen = {write.value: _fitting(write, write.value in found, moments, windows) for write in writes}
        if all(replid is not None for replid in chosen.values()):
            placement.replids |= {value: replid for value, replid in chosen.items() if replid is not None}
            return
    (placement.undecided if tried == budget else placement.impossible).extend(writes)


def _moments(
    replids: Sequence[str], writes: Iterable[Write], found: frozenset[bytes], windows: Mapping[str, Window]
) -> Iterator[dict[str, float]]:
    """All combinations: a kept part ends as early as it can, or when one that is found has just been invoked."""
    choices = []
    for replid in replids:
        window = windows[replid]
        invoked = {write.invoked_ms for write in writes if write.value in found and replid in write.replids}
        times = {window.earliest_ms} | {each for each in invoked if window.earliest_ms < each <= window.latest_ms}
        choices.append(sorted(times))
    for combination in product(*choices):
        yield dict(zip(replids, combination, strict=True))


def _fitting(write: Write, is_found: bool, moments: Mapping[str, float], windows: Mapping[str, Window]) -> str | None:
    """A history that a write may be of, None if there is none."""
    for replid in write.replids:
        ended_ms = moments.get(replid)
        if is_found and ended_ms is not None and write.invoked_ms <= min(ended_ms, windows[replid].latest_ms):
            return replid
        if not is_found and (ended_ms is None or write.returned_ms >= ended_ms):
            return replid
    return None
