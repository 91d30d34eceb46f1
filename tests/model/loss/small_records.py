"""Small records: drawn from runs that are simulated, and judged by trying every order there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from random import Random
from typing import NamedTuple

from redproof_model.loss.record import FOREVER_MS, Branch, Outcome, Record, Write

STEP_MS = 10
WRITE_BYTES = 10
WRITES_MAX = 5
PROMOTIONS_MAX = 3
COUNTING = 0.85
"""How many of the histories count their writes."""


@dataclass(slots=True)
class Drawn:
    """A history: whether it counts its writes, as with a backlog, and of each write the offset after it and its value.

    Who follows it has it from the offset `floor` on, and the first `taken` of its writes were in it from the beginning.
    """

    counts: bool
    end: int = 0
    floor: int = 0
    data: list[tuple[int, bytes]] = field(default_factory=list)
    taken: int = field(init=False)

    def __post_init__(self) -> None:
        self.taken = len(self.data)


class Habits(NamedTuple):
    """How often an offset is known, how far a write's times lie around it, how often another history is possible."""

    propagated: float
    spread_ms: int
    several: float


def draw_record(random: Random) -> Record:
    """What might be recorded of a run in which all servers work as they should."""
    branches = [Branch(node="m", replid="R0")]
    drawn = {"R0": Drawn(random.random() < COUNTING)}
    writes: list[Write] = []
    habits = Habits(random.choice([0.1, 0.5]), random.choice([1, 3 * STEP_MS]), random.choice([0, 0.5]))
    count = random.randint(2, WRITES_MAX)
    first_promotion = random.choice([0, 2, count])
    for number in range(count + 1):
        if number >= first_promotion and len(branches) <= PROMOTIONS_MAX and random.random() < 0.4:
            former = random.choice(branches)
            at_ms = number * STEP_MS + STEP_MS // 2
            is_served = former in _served(branches)
            begun, its = _begin(random, former, is_served, drawn[former.replid], f"R{len(branches)}", at_ms)
            branches.append(begun)
            drawn[begun.replid] = its
        if number == count:
            break
        replid = random.choice(_served(branches)).replid
        its = drawn[replid]
        write, executed = _draw_write(random, habits, replid, branches, number, its)
        writes.append(write)
        if executed:
            its.end += WRITE_BYTES * its.counts
            its.data.append((its.end, write.value))
    agreed = random.choice(_served(branches)[-2:]).replid
    found = tuple(value for _, value in drawn[agreed].data)
    return Record(writes=tuple(writes), branches=tuple(branches), agreed=agreed, found=found, replicas=2)


def _served(branches: Sequence[Branch]) -> list[Branch]:
    """The histories whose server has not changed its ID."""
    renamed = {each.former for each in branches if each.keeps_all}
    return [each for each in branches if each.replid not in renamed]


def _begin(
    random: Random, former: Branch, is_served: bool, had: Drawn, replid: str, at_ms: float
) -> tuple[Branch, Drawn]:
    counts, kind = random.random() < COUNTING, random.random()
    if kind < 0.1:
        return Branch(node=former.node, replid=replid, at_ms=at_ms), Drawn(counts)
    # What is not counted no replica has.
    node = former.node if not had.counts or random.random() < 0.2 else replid
    begun = Branch(node=node, replid=replid, former=former.replid, offset_bytes=had.end, at_ms=at_ms)
    if is_served and node == former.node and random.random() < 0.5:
        return replace(begun, keeps_all=True), Drawn(counts, had.end, had.end, list(had.data))
    offset, kept = _cut(random, had)
    begun = replace(begun, offset_bytes=offset)
    if kind < 0.5:
        return replace(begun, counts_anew=True), Drawn(counts, data=[(0, value) for _, value in kept])
    return begun, Drawn(counts, offset, had.floor, kept)


def _cut(random: Random, had: Drawn) -> tuple[int, list[tuple[int, bytes]]]:
    """What a server has of a history when it begins another one."""
    if not had.counts:
        return had.end, had.data[: random.randint(had.taken, len(had.data))]
    offset = random.choice([had.floor, *(offset for offset, _ in had.data if offset >= had.floor)])
    return offset, [each for each in had.data if each[0] <= offset]


def _draw_write(
    random: Random, habits: Habits, replid: str, branches: Sequence[Branch], number: int, its: Drawn
) -> tuple[Write, bool]:
    outcome = random.choice([Outcome.OK, Outcome.OK, Outcome.UNKNOWN, Outcome.FAILED])
    executed = outcome is Outcome.OK or (outcome is Outcome.UNKNOWN and random.random() < 0.5)
    at_ms = (number + 1) * STEP_MS
    returned_ms = FOREVER_MS if outcome is Outcome.UNKNOWN else at_ms + random.randrange(habits.spread_ms)
    others = [each.replid for each in branches if each.replid != replid and random.random() < habits.several]
    write = Write(
        client="A",
        value=f"v{number}".encode(),
        invoked_ms=at_ms - random.randrange(habits.spread_ms),
        returned_ms=returned_ms,
        outcome=outcome,
        replids=(replid, *others),
    )
    if executed and its.counts and random.random() < habits.propagated:
        write = replace(write, replids=(replid,), offset_bytes=its.end + WRITE_BYTES)
    return write, executed


def plant(random: Random, record: Record) -> Record:
    """The same where one value is gone, is there, or is there twice, whether that may be or not."""
    value = random.choice([*(write.value for write in record.writes), *record.found, b"never sent"])
    if value in record.found and random.random() < 0.8:
        return replace(record, found=tuple(each for each in record.found if each != value))
    return replace(record, found=(*record.found, value))


# ---- every order


def is_possible(record: Record) -> bool:
    """Whether servers that work as they should can have executed the writes so that what is found is there."""
    return any(Counter(record.found) == Counter(data) for order in _orders(record) for data in _data(record, order))


def _orders(record: Record) -> Iterator[list[tuple[Write, str]]]:
    """Every order of the writes, each in every history that it may be of, or not executed at all."""
    for order in permutations(record.writes):
        for replids in product(*(_options(write) for write in order)):
            chosen = [(write, replid) for write, replid in zip(order, replids, strict=True) if replid is not None]
            if all(_may_precede(*one, *other) for at, one in enumerate(chosen) for other in chosen[at + 1 :]):
                yield chosen


def _options(write: Write) -> tuple[str | None, ...]:
    if write.outcome is Outcome.FAILED:
        return (None,)
    return (*write.replids, None) if write.outcome is Outcome.UNKNOWN and write.offset_bytes is None else write.replids


def _may_precede(one: Write, its_replid: str, other: Write, other_replid: str) -> bool:
    if its_replid != other_replid:
        return True
    if one.offset_bytes is not None and other.offset_bytes is not None and one.offset_bytes > other.offset_bytes:
        return False
    return one.invoked_ms <= other.returned_ms


def _data(record: Record, order: Sequence[tuple[Write, str]]) -> Iterator[list[bytes]]:
    """What the agreed master may hold after an order: for each history on the way to it, every prefix that may be."""
    prefixes = []
    limit, until_ms = float("inf"), FOREVER_MS
    branch, node = record.by_replid[record.agreed], ""
    while True:
        writes = [write for write, replid in order if replid == branch.replid]
        begins_later = limit < branch.offset_bytes or (limit == branch.offset_bytes and node != branch.node)
        has_none = begins_later and not branch.begins_a_count
        prefixes.append([[]] if has_none else list(_prefixes(writes, limit, until_ms)))
        if branch.former is None:
            break
        if branch.keeps_all:
            limit, until_ms = float("inf"), branch.at_ms
        elif branch.counts_anew or branch.offset_bytes <= limit:
            limit, until_ms = branch.offset_bytes, branch.at_ms
        branch, node = record.by_replid[branch.former], branch.node
    for parts in product(*prefixes):
        yield [write.value for part in parts for write in part]


def _prefixes(writes: Sequence[Write], limit: float, until_ms: float) -> Iterator[Sequence[Write]]:
    for length in [len(writes)] if limit == float("inf") else range(len(writes) + 1):
        kept, discarded = writes[:length], writes[length:]
        by_offset = all(write.offset_bytes is None or write.offset_bytes <= limit for write in kept) and all(
            write.offset_bytes is None or write.offset_bytes > limit for write in discarded
        )
        in_time = all(write.offset_bytes is not None or write.invoked_ms <= until_ms for write in kept)
        if by_offset and in_time:
            yield kept
