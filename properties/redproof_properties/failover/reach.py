"""Who reached whom in a run, by its faults: stretches of time in which some nodes all reached each other, and no other.

It errs on one side: where a fault may or may not disturb, it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

from redproof_properties.failover.record import FailoverRecord, FaultSpan

PARTING_FROM_ALL: Final = ("kill", "pause", "isolate")
PARTING_FROM_ONE: Final = ("hold", "cut")
HARMLESS: Final = ("save",)
"""What every other kind does to its node is not known here: nothing is expected of it meanwhile."""

MOMENT_MS: Final = 1
"""A fault that is over at once lasts so long, so that there is a before and an after."""

Link: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Links that let nothing through from one time to another, and nodes of which nothing is expected."""

    since_ms: float
    until_ms: float
    links: frozenset[Link]
    nodes: frozenset[str]

    def touches(self, nodes: frozenset[str]) -> bool:
        """Whether it is between some nodes, or of one of them."""
        return bool(self.nodes & nodes) or any(link <= nodes for link in self.links)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which these nodes all reached each other and nothing else reached them."""

    since_ms: float
    until_ms: float
    nodes: frozenset[str]


def disturbances(record: FailoverRecord) -> list[Disturbance]:
    """What faults do to links and nodes, and TILT mode to sentinels."""
    faults = [_of_fault(record, span) for span in record.faults if span.kind not in HARMLESS]
    return [*faults, *_tilts(record)]


def stretches(record: FailoverRecord) -> list[Stretch]:
    """The stretches of a run, as long as they are, by the times at which they begin."""
    known = disturbances(record)
    times = {0.0, float(record.ended_at_ms)}
    for each in known:
        times |= {each.since_ms, each.until_ms}
    open_since: dict[frozenset[str], float] = {}
    found: list[Stretch] = []
    for since_ms, until_ms in pairwise(sorted(at_ms for at_ms in times if at_ms <= record.ended_at_ms)):
        present = set(_together(record, [each for each in known if each.since_ms < until_ms <= each.until_ms]))
        for nodes in [nodes for nodes in open_since if nodes not in present]:
            found.append(Stretch(open_since.pop(nodes), since_ms, nodes))
        for nodes in present:
            open_since.setdefault(nodes, since_ms)
    found += [Stretch(since_ms, record.ended_at_ms, nodes) for nodes, since_ms in open_since.items()]
    return sorted(found, key=lambda stretch: (stretch.since_ms, sorted(stretch.nodes)))


def _together(record: FailoverRecord, present: list[Disturbance]) -> Iterator[frozenset[str]]:
    """The nodes that all reach each other, undisturbed, and that nothing else reaches."""
    links = frozenset[Link]().union(*(each.links for each in present))
    disturbed = frozenset[str]().union(*(each.nodes for each in present))
    left = set(record.by_name)
    while left:
        part, new = set[str](), {left.pop()}
        while new:
            part |= new
            new = {other for other in left if any(frozenset((node, other)) not in links for node in new)}
            left -= new
        if not part & disturbed and not any(link <= part for link in links):
            yield frozenset(part)


def _of_fault(record: FailoverRecord, span: FaultSpan) -> Disturbance:
    ended_at_ms = record.ended_at_ms if span.ended_at_ms is None else span.ended_at_ms
    links = frozenset(frozenset((one, other)) for one, other in _parted(record, span) if one != other)
    nodes = frozenset() if links else frozenset({span.node})
    return Disturbance(span.begun_at_ms, max(ended_at_ms, span.begun_at_ms + MOMENT_MS), links, nodes)


def _parted(record: FailoverRecord, span: FaultSpan) -> list[tuple[str, str]]:
    """The links of a fault; none where it is of another sort."""
    if span.kind in PARTING_FROM_ALL:
        return [(span.node, other) for other in record.by_name]
    if span.kind in PARTING_FROM_ONE and span.value in record.by_name:
        return [(span.node, str(span.value))]
    if span.kind == "split":
        some = str(span.value).split()
        return [(one, other) for one in some for other in record.by_name if other not in some]
    if span.kind == "lag":
        return [(span.node, other) for other in record.servers]
    return []


def _tilts(record: FailoverRecord) -> Iterator[Disturbance]:
    entered: dict[str, float] = {}
    for event in record.events:
        if event.name == "+tilt":
            entered.setdefault(event.sentinel, event.at_ms)
        elif event.name in ("-tilt", "+monitor") and event.sentinel in entered:
            since_ms = entered.pop(event.sentinel)
            yield Disturbance(since_ms, event.at_ms, frozenset(), frozenset({event.sentinel}))
    for sentinel, since_ms in entered.items():
        yield Disturbance(since_ms, record.ended_at_ms, frozenset(), frozenset({sentinel}))
