"""Streams: entries in the order of their IDs, the nodes that hold them, and groups of consumers (`stream.h`).

How entries lie in nodes is told by XINFO and decides what an approximate trim removes, so it is part of the value.
A moment that the server has noted is known as an interval of its clock in ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final, TypeAlias

from redproof_model.number import to_integer

ID: TypeAlias = tuple[int, int]
"""Milliseconds and sequence number, both unsigned and of 64 bits."""
Fields: TypeAlias = tuple[bytes, ...]
"""Fields and their values in turn."""
Moment: TypeAlias = tuple[int, int]

UINT64_MAX: Final = 2**64 - 1
MIN_ID: Final = (0, 0)
MAX_ID: Final = (UINT64_MAX, UINT64_MAX)
UNKNOWN_READS: Final = -1

_NODE_MAX_BYTES: Final = 4096
_NODE_MAX_ENTRIES: Final = 100
_LISTPACK_FRAME_BYTES: Final = 7


class References(Enum):
    """What a deletion does about groups that have not acknowledged an entry, or not even read it."""

    KEEPREF = "deletes it, and lets them hold it"
    DELREF = "deletes it, and lets them forget it"
    ACKED = "leaves it where it is"


@dataclass(slots=True)
class Node:
    """A listpack of entries: which were put into it, and which of them are still there.

    `fields` are those of its first entry, which are not repeated in an entry that has the same.
    """

    fields: Fields
    size_bytes: int
    added: list[tuple[ID, bool]] = field(default_factory=list)
    live: int = 0

    def copy(self) -> Node:
        return Node(self.fields, self.size_bytes, self.added.copy(), self.live)

    def is_full(self, entry: Fields, count_tombstones: bool) -> bool:
        """Whether this entry begins a node of its own (`t_stream.c` streamAppendItem)."""
        count = len(self.added) if count_tombstones else self.live
        return self.size_bytes + sum(map(len, entry)) >= _NODE_MAX_BYTES or count >= _NODE_MAX_ENTRIES

    def mark_deleted(self, position: int) -> None:
        """Leave a tombstone in the place of an entry."""
        self.added[position] = (self.added[position][0], False)
        self.live -= 1


@dataclass(slots=True)
class Pending:
    """An entry that a consumer got and has not acknowledged (`stream.h` streamNACK)."""

    consumer: bytes
    delivered: Moment
    deliveries: int

    def copy(self) -> Pending:
        return Pending(self.consumer, self.delivered, self.deliveries)


@dataclass(slots=True)
class Consumer:
    """When a consumer tried to read for the last time, and when it got something, None for never."""

    seen: Moment
    active: Moment | None = None

    def copy(self) -> Consumer:
        return Consumer(self.seen, self.active)


@dataclass(slots=True)
class Group:
    """Consumers that share the entries of a stream, and how far they have come (`stream.h` streamCG)."""

    last_id: ID
    entries_read: int
    pending: dict[ID, Pending] = field(default_factory=dict)
    consumers: dict[bytes, Consumer] = field(default_factory=dict)

    def copy(self) -> Group:
        pending = {entry_id: nack.copy() for entry_id, nack in self.pending.items()}
        consumers = {name: consumer.copy() for name, consumer in self.consumers.items()}
        return Group(self.last_id, self.entries_read, pending, consumers)

    def pending_of(self, consumer: bytes | None = None) -> list[tuple[ID, Pending]]:
        """What is pending for a consumer, or for all of them, by ID."""
        mine = (item for item in self.pending.items() if consumer is None or item[1].consumer == consumer)
        return sorted(mine, key=lambda item: item[0])


@dataclass(slots=True)
class Stream:
    """A stream. `nodes` are found by the ID of the first entry that was put into each."""

    entries: dict[ID, Fields] = field(default_factory=dict)
    nodes: dict[ID, Node] = field(default_factory=dict)
    last_id: ID = MIN_ID
    max_deleted_id: ID = MIN_ID
    entries_added: int = 0
    groups: dict[bytes, Group] = field(default_factory=dict)

    encoding: ClassVar[str] = "stream"

    def copy(self) -> Stream:
        nodes = {first: node.copy() for first, node in self.nodes.items()}
        groups = {name: group.copy() for name, group in self.groups.items()}
        return Stream(self.entries.copy(), nodes, self.last_id, self.max_deleted_id, self.entries_added, groups)

    @property
    def first_id(self) -> ID:
        """The ID of the first entry, 0-0 without one."""
        return next(iter(self.entries), MIN_ID)

    @property
    def top_id(self) -> ID:
        """The ID of the last entry that is there, 0-0 without one (`t_stream.c` streamLastValidID)."""
        return next(reversed(self.entries), MIN_ID)

    @property
    def edge_id(self) -> ID:
        """The ID of the first entry or tombstone, the greatest one without any (`t_stream.c` streamGetEdgeID)."""
        return next((node.added[0][0] for node in self.nodes.values()), MAX_ID)

    def between(self, start: ID, end: ID = MAX_ID, reverse: bool = False) -> Iterator[tuple[ID, Fields]]:
        """The entries from `start` to `end`, both included."""
        for entry_id in reversed(self.entries) if reverse else self.entries:
            if start <= entry_id <= end:
                yield entry_id, self.entries[entry_id]

    def append(self, entry_id: ID, entry: Fields, count_tombstones: bool) -> None:
        """Add an entry with an ID greater than the last one (`t_stream.c` streamAppendItem).

        `count_tombstones` says whether deleted entries count for how many a node may have.
        """
        first = next(reversed(self.nodes), None)
        if first is None or self.nodes[first].is_full(entry, count_tombstones):
            first = entry_id
            self.nodes[first] = Node(entry[::2], _master_size_bytes(entry[::2]))
        node = self.nodes[first]
        node.size_bytes += _entry_size_bytes(first, node.fields, entry_id, entry)
        node.added.append((entry_id, True))
        node.live += 1
        self.entries[entry_id] = entry
        self.entries_added += 1
        self.last_id = entry_id

    def delete(self, entry_id: ID) -> bool:
        """Remove an entry, and its node if that held no other; False if it is not there (`streamDeleteItem`)."""
        if self.entries.pop(entry_id, None) is None:
            return False
        self.max_deleted_id = max(self.max_deleted_id, entry_id)
        first, node = next(item for item in self.nodes.items() if (entry_id, True) in item[1].added)
        if node.live == 1:
            del self.nodes[first]
        else:
            node.mark_deleted(node.added.index((entry_id, True)))
        return True

    def frees(self, entry_id: ID, references: References) -> bool:
        """Whether groups let an entry be deleted; those that DELREF makes forget it do so now.

        Source: `t_stream.c` streamEntryIsReferenced, streamCleanupEntryCGroupRefs.
        """
        groups = self.groups.values()
        if references is References.ACKED:
            return not any(group.last_id < entry_id or entry_id in group.pending for group in groups)
        if references is References.DELREF:
            for group in groups:
                group.pending.pop(entry_id, None)
        return True

    def trim(self, maxlen: int | None, minid: ID, approximate: bool, limit: int, references: References) -> int:
        """Remove entries from the start, down to `maxlen` or, if that is None, below `minid` (`t_stream.c` streamTrim).

        An approximate trim removes no more entries than `limit` unless that is 0, and only whole nodes where groups
        are not minded. Returns how many entries were removed.
        """
        before = len(self.entries)
        for first, node in list(self.nodes.items()):
            length = len(self.entries)
            if maxlen is not None and length <= maxlen:
                break
            if limit and before - length + node.live > limit:
                break
            whole = length - node.live >= maxlen if maxlen is not None else node.added[-1][0] < minid
            if whole and references is References.KEEPREF:
                self._remove_node(first)
                continue
            if approximate and references is References.KEEPREF:
                break
            self._trim_within(node, maxlen, minid, references)
            if not whole:
                break
            if not node.live:
                del self.nodes[first]
        return before - len(self.entries)

    def _remove_node(self, first: ID) -> None:
        for entry_id, live in self.nodes.pop(first).added:
            if live:
                del self.entries[entry_id]

    def _trim_within(self, node: Node, maxlen: int | None, minid: ID, references: References) -> None:
        for position, (entry_id, live) in enumerate(node.added):
            if len(self.entries) <= maxlen if maxlen is not None else entry_id >= minid:
                break
            if live and self.frees(entry_id, references):
                del self.entries[entry_id]
                node.mark_deleted(position)

    def without_moments(self) -> Stream:
        """The same stream with every moment forgotten, for a comparison of what is known for certain."""
        twin = self.copy()
        for group in twin.groups.values():
            for nack in group.pending.values():
                nack.delivered = (0, 0)
            for consumer in group.consumers.values():
                consumer.seen, consumer.active = (0, 0), consumer.active and (0, 0)
        return twin


def next_id(entry_id: ID) -> ID | None:
    """The ID after this one, None after the greatest (`t_stream.c` streamIncrID)."""
    ms, sequence = entry_id
    if sequence < UINT64_MAX:
        return ms, sequence + 1
    return (ms + 1, 0) if ms < UINT64_MAX else None


def previous_id(entry_id: ID) -> ID | None:
    """The ID before this one, None before 0-0 (`t_stream.c` streamDecrID)."""
    ms, sequence = entry_id
    if sequence > 0:
        return ms, sequence - 1
    return (ms - 1, UINT64_MAX) if ms > 0 else None


def _master_size_bytes(fields: Fields) -> int:
    """A new listpack: its frame, two counters, the number of fields, the fields, and an end mark."""
    return _LISTPACK_FRAME_BYTES + 3 * 2 + _integer_size_bytes(len(fields)) + sum(map(_text_size_bytes, fields))


def _entry_size_bytes(first: ID, fields: Fields, entry_id: ID, entry: Fields) -> int:
    """An entry: its flags, the difference of its ID to the node's, what it consists of, and of how many parts."""
    deltas = (_wrapped(entry_id[0] - first[0]), _wrapped(entry_id[1] - first[1]))
    same = entry[::2] == fields
    parts = entry[1::2] if same else entry
    size_bytes = 2 + sum(map(_integer_size_bytes, deltas)) + sum(map(_text_size_bytes, parts))
    if not same:
        size_bytes += _integer_size_bytes(len(entry) // 2)
    return size_bytes + _integer_size_bytes(len(parts) + 3 + (not same))


def _wrapped(number: int) -> int:
    """A number as a signed one of 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


def _integer_size_bytes(number: int) -> int:
    """An integer in a listpack, with the length behind it (`listpack.c` lpEncodeIntegerGetType)."""
    if 0 <= number <= 127:
        return 2
    for bits, size_bytes in ((13, 2), (16, 3), (24, 4), (32, 5)):
        if -(1 << bits - 1) <= number < 1 << bits - 1:
            return size_bytes + 1
    return 10


def _text_size_bytes(text: bytes) -> int:
    """A string in a listpack, with the length behind it (`listpack.c` lpEncodeString, lpEncodeBacklen).

    What is longer than a node may be is not counted to the byte.
    """
    number = to_integer(text)
    if number is not None:
        return _integer_size_bytes(number)
    size_bytes = len(text) + (1 if len(text) < 64 else 2)
    return size_bytes + (1 if size_bytes < 128 else 2)
