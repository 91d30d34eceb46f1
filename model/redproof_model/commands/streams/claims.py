"""Taking over what is pending for other consumers, as XCLAIM and XAUTOCLAIM do (`t_stream.c`).

Whether an entry has been idle for long enough may depend on the moment of the command, which is only known as an
interval. Then the reply decides: an entry that it shows was claimed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from redproof_model.choice import Choice, Expected
from redproof_model.commands.streams.ids import entry_reply, group_at, id_text, moment
from redproof_model.commands.streams.pending import idle_range_ms
from redproof_model.commands.streams.propagation import Place, propagate_claim
from redproof_model.commands.streams.reads import consumer_at
from redproof_model.keyspace.streams import ID, Group, Moment, Pending, Stream
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL, Reply, project

Decide: TypeAlias = Callable[[Reply], bool]
"""Whether the reply shows an entry like this, and not for one before; asked of each that may be claimed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Who claims in which group, what has been idle for `min_idle_ms`, and what becomes of it.

    `delivered` is when a claimed entry counts as delivered, and `deliveries` how often, None for once more.
    """

    key: bytes
    group: bytes
    consumer: bytes
    min_idle_ms: int
    delivered: Moment
    deliveries: int | None
    just_id: bool

    def is_idle(self, world: World, nack: Pending) -> bool | None:
        """Whether an entry has been idle for long enough, None for perhaps."""
        low_ms, high_ms = idle_range_ms(nack, moment(world))
        if self.min_idle_ms == 0 or self.min_idle_ms <= low_ms:
            return True
        return None if self.min_idle_ms <= high_ms else False

    def shown(self, stream: Stream, entry_id: ID) -> Reply:
        """A claimed entry in the reply, null for one that was deleted."""
        if self.just_id:
            return id_text(entry_id)
        entry = stream.entries.get(entry_id)
        return NULL if entry is None else entry_reply(entry_id, entry)

    @property
    def place(self) -> Place:
        """Where the group is."""
        return Place(self.key, self.group)

    def take(self, world: World, group: Group, entry_id: bytes, nack: Pending) -> None:
        """Let the consumer have an entry, which is propagated with its ID as it was given."""
        consumer = consumer_at(world, group, self.consumer)
        if world.version.streams.active_consumers:
            consumer.active = moment(world)
        nack.consumer, nack.delivered = self.consumer, self.delivered
        if self.deliveries is not None:
            nack.deliveries = self.deliveries
        elif not self.just_id:
            nack.deliveries += 1
        propagate_claim(world, self.place, group.last_id, entry_id, nack)


class Request(Protocol):
    """A claim that was read and can be carried out, in any world that agrees with what was seen."""

    @property
    def terms(self) -> Terms:
        """What is common to both commands."""

    def candidates(self, group: Group) -> list[Pending]:
        """The pending entries that it may take."""

    def act(self, world: World, decide: Decide) -> Reply:
        """Take what has been idle for long enough."""

    def claimed(self, reply: Reply) -> Reply:
        """The part of a reply that shows what was claimed."""


def claim(world: World, request: Request) -> Expected:
    """Carry a claim out, now or when the reply tells what was claimed."""
    terms = request.terms
    _, group = group_at(world, terms.key, terms.group)
    world.prevent_propagation()
    if any(terms.is_idle(world, nack) is None for nack in request.candidates(group)):
        return _Decided(world, request)
    return request.act(world, lambda shown: False)


def is_claimed(is_idle: bool | None, shown: Reply, decide: Decide) -> bool:
    """Whether an entry is claimed; one that certainly is takes its place in the reply."""
    told = is_idle is not False and decide(shown)
    return told if is_idle is None else is_idle


class _Decided(Choice):
    """A claim of which the reply tells what it got."""

    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._request = request

    def observe(self, reply: Reply, resp: int) -> bool:
        claimed = self._request.claimed(reply)
        left = [*claimed] if isinstance(claimed, list) else []

        def decide(shown: Reply) -> bool:
            item = project(shown, resp)
            if item not in left:
                return False
            left.remove(item)
            return True

        return project(self._request.act(self._world, decide), resp) == reply

    def example(self) -> Reply:
        return self._request.act(self._world.copy(), lambda shown: True)

    def describe(self) -> str:
        terms = self._request.terms
        return f"claims by {terms.consumer!r} of what was idle for {terms.min_idle_ms} ms at {moment(self._world)}"
