"""How the entries of a stream reach a reader, and what a group notes of that (`t_stream.c` streamReplyWithRange)."""

from __future__ import annotations

from itertools import islice

from redproof_model.commands.streams.ids import entries_reply, entry_reply, id_text, moment, signed
from redproof_model.commands.streams.propagation import Place, propagate_claim, propagate_last_id
from redproof_model.keyspace.streams import ID, MIN_ID, UNKNOWN_READS, Group, Pending, Stream, next_id
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL_ARRAY, Reply


def new_entries(stream: Stream, last_seen: ID, count: int) -> list[Reply]:
    """The entries behind an ID, at most `count` unless that is 0."""
    return entries_reply(islice(stream.between(next_id(last_seen) or MIN_ID), count or None))


def deliver_new(
    world: World, place: Place, stream: Stream, group: Group, name: bytes, count: int, acknowledged: bool
) -> list[Reply]:
    """Give a consumer entries that no other of its group has got, at most `count` unless that is 0."""
    last_id = group.last_id
    taken = list(islice(stream.between(next_id(group.last_id) or MIN_ID), count or None))
    for entry_id, _ in taken:
        if entry_id > group.last_id:
            _read_on(world, stream, group, entry_id)
        if not acknowledged:
            group.pending[entry_id] = Pending(name, moment(world), 1)
            if world.version.streams.active_consumers:
                group.consumers[name].active = moment(world)
            told_id = last_id if world.version.propagation.reads_tell_old_id else group.last_id
            propagate_claim(world, place, told_id, id_text(entry_id), group.pending[entry_id])
    if group.last_id > last_id and (acknowledged or world.version.propagation.read_id_always):
        propagate_last_id(world, place, group)
    return entries_reply(taken)


def deliver_history(world: World, stream: Stream, group: Group, name: bytes, last_seen: ID, count: int) -> list[Reply]:
    """Give a consumer once more what is pending for it (`t_stream.c` streamReplyWithRangeFromConsumerPEL)."""
    replies: list[Reply] = []
    behind = ((entry_id, nack) for entry_id, nack in group.pending_of(name) if entry_id > last_seen)
    for entry_id, nack in islice(behind, count or None):
        entry = stream.entries.get(entry_id)
        if entry is None:
            replies.append([id_text(entry_id), NULL_ARRAY])
            continue
        nack.delivered = moment(world)
        nack.deliveries += 1
        replies.append(entry_reply(entry_id, entry))
    return replies


def _read_on(world: World, stream: Stream, group: Group, entry_id: ID) -> None:
    """Let the group have read up to this entry, and count that as far as the count is known."""
    gaps = world.version.streams.counters_mind_gaps
    known = group.entries_read != UNKNOWN_READS and not (gaps and group.last_id < stream.first_id)
    if known and not _has_tombstones(world, stream, group.last_id if gaps else entry_id):
        group.entries_read = signed(group.entries_read + 1)
    elif stream.entries_added:
        group.entries_read = _estimated_reads(world, stream, entry_id)
    group.last_id = entry_id


def _has_tombstones(world: World, stream: Stream, start: ID) -> bool:
    """Whether an entry may have been deleted between `start` and the end (`t_stream.c` streamRangeHasTombstones)."""
    if not stream.entries or stream.max_deleted_id == MIN_ID:
        return False
    if stream.first_id > stream.max_deleted_id and not world.version.streams.counters_mind_gaps:
        return False
    return start <= stream.max_deleted_id


def _estimated_reads(world: World, stream: Stream, last_id: ID) -> int:
    """How many entries were ever added up to an ID, UNKNOWN_READS if that cannot be told.

    Source: `t_stream.c` streamEstimateDistanceFromFirstEverEntry.
    """
    if not stream.entries_added:
        return 0
    if not stream.entries and last_id <= stream.last_id:
        return signed(stream.entries_added)
    if world.version.streams.counters_mind_gaps and MIN_ID < last_id < stream.max_deleted_id:
        return UNKNOWN_READS
    if last_id == stream.last_id:
        return signed(stream.entries_added)
    if last_id > stream.last_id:
        return UNKNOWN_READS
    if stream.max_deleted_id == MIN_ID or stream.max_deleted_id < stream.first_id:
        before = signed(stream.entries_added - len(stream.entries))
        if last_id < stream.first_id:
            return before
        if last_id == stream.first_id:
            return signed(before + 1)
    return UNKNOWN_READS


def lag(world: World, stream: Stream, group: Group) -> int | None:
    """How many entries the group has not been given yet, None if unknown (`t_stream.c` streamReplyWithCGLag)."""
    if not stream.entries_added:
        return 0
    if world.version.streams.lag_counts_entries:
        if not stream.entries:
            return 0
        if max(group.last_id, stream.max_deleted_id) < stream.first_id:
            return len(stream.entries)
    if group.entries_read != UNKNOWN_READS and not _has_tombstones(world, stream, group.last_id):
        return signed(stream.entries_added - group.entries_read)
    entries_read = _estimated_reads(world, stream, group.last_id)
    return None if entries_read == UNKNOWN_READS else signed(stream.entries_added - entries_read)
