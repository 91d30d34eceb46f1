"""What reads and claims of a group are propagated as: what they have done to it, entry by entry (`t_stream.c`)."""

from __future__ import annotations

from typing import NamedTuple

from redproof_model.commands.streams.ids import id_text
from redproof_model.keyspace.streams import ID, Group, Pending
from redproof_model.keyspace.world import World
from redproof_model.propagation.arguments import number


class Place(NamedTuple):
    """Where a group is: the key of its stream, and its name."""

    key: bytes
    group: bytes


def propagate_claim(world: World, place: Place, last_id: ID, entry_id: bytes, nack: Pending) -> None:
    """Tell what is pending for whom now, and how far its group has read (`t_stream.c` streamPropagateXCLAIM)."""
    if world.recorder is None:
        return
    world.dirty()
    times = (b"TIME", number(nack.delivered), b"RETRYCOUNT", b"%d" % nack.deliveries)
    last = (b"FORCE", b"JUSTID", b"LASTID", id_text(last_id))
    world.propagate_directly(b"XCLAIM", *place, nack.consumer, b"0", entry_id, *times, *last)


def propagate_last_id(world: World, place: Place, group: Group) -> None:
    """Tell how far the group has read (`t_stream.c` streamPropagateGroupID)."""
    if world.recorder is None:
        return
    world.dirty()
    counter = (b"ENTRIESREAD", b"%d" % group.entries_read) if world.version.streams.counters else ()
    world.propagate_directly(b"XGROUP", b"SETID", *place, id_text(group.last_id), *counter)


def propagate_consumer(world: World, place: Place, name: bytes) -> None:
    """Tell that there is a consumer now (`t_stream.c` streamPropagateConsumerCreation)."""
    if world.version.streams.xgroup_createconsumer:
        world.propagate_directly(b"XGROUP", b"CREATECONSUMER", *place, name)
