"""The expected stream: held against the commands that came, in every world that is possible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

from redproof_model.keyspace.expiry import expire_now, may_have_expired
from redproof_model.keyspace.values import Interval
from redproof_model.keyspace.world import World
from redproof_model.propagation.arguments import Command, length_bytes, matches, show
from redproof_model.propagation.feed import ANY_DATABASE, Entry, entries, is_certain
from redproof_model.propagation.recorder import Call, Deletions, Effect, Place, Recorder
from redproof_model.versions.propagation import PropagationFacts

Commands: TypeAlias = Sequence[Sequence[bytes]]

_KEEPALIVE: Final = ((b"PING",), (b"REPLCONF", b"GETACK", b"*"))


def is_keepalive(argv: Sequence[bytes]) -> bool:
    """Whether a command of the stream is the master's own: a PING (14 bytes) or a question for an ACK (37 bytes)."""
    return tuple(map(bytes.upper, argv)) in _KEEPALIVE


class Follower:
    """Follows a stream through what was expected.

    `selected` is the database selected, `happened_on` what was deleted of keys that need not all be, and `due` the
    keys that the expiry cycle has deleted.
    """

    def __init__(self, selected: int | None, seen: Commands) -> None:
        self._seen = seen
        self.selected = selected
        self.position = 0
        self.happened_on: list[tuple[int, Command]] = []
        self.due: list[Place] = []

    def mark(self) -> tuple[int, int | None, int, int]:
        """How far it has come."""
        return self.position, self.selected, len(self.happened_on), len(self.due)

    def back_to(self, mark: tuple[int, int | None, int, int]) -> None:
        """Follow again from a mark on."""
        self.position, self.selected, happened, due = mark
        del self.happened_on[happened:], self.due[due:]

    def take_due(self, deletion: bytes, places: Collection[Place]) -> bool:
        """Take the deletion of one of these keys that the expiry cycle has not deleted yet; False if none comes."""
        start = self.mark()
        for place in sorted(places):
            if place not in self.due and self._select(place[0]) and self._take((deletion, place[1])):
                self.due.append(place)
                return True
            self.back_to(start)
        return False

    def follow(self, entry: Entry) -> bool:
        """Take what an entry expects; False if something else came."""
        if isinstance(entry, Deletions):
            return self._delete(entry)
        saved = self.position, self.selected
        if self._select(entry.database) and self._take(entry.command):
            return True
        self.position, self.selected = saved
        return entry.other is not None and self._select(entry.database) and self._take(entry.other)

    def _take(self, command: Command) -> bool:
        if self.position == len(self._seen) or not matches(command, self._seen[self.position]):
            return False
        self.position += 1
        return True

    def _select(self, database: int) -> bool:
        if database in (ANY_DATABASE, self.selected):
            return True
        self.selected = database
        return self._take((b"SELECT", b"%d" % database))

    def _delete(self, deletions: Deletions) -> bool:
        left = set(deletions.commands)
        while left:
            saved = self.position, self.selected
            found = next((command for command in left if self.follow(Effect(deletions.database, command))), None)
            if found is None:
                self.position, self.selected = saved
                break
            left.discard(found)
            if not deletions.all:
                self.happened_on.append((deletions.database, found))
        return not (left and deletions.all)


@dataclass(frozen=True, slots=True)
class Cycle:
    """The keys that the expiry cycle may delete `before` the first unit and `after` the last, and what tells that."""

    deletion: bytes
    before: frozenset[Place] = frozenset()
    after: frozenset[Place] = frozenset()


def follow(selected: int | None, units: Sequence[list[Entry]], seen: Commands, cycle: Cycle) -> Follower | None:
    """Follow all of the stream, None if it is not what was expected.

    What the cycle deletes before a unit that sees other keys may as well be deleted as late as possible.
    """
    follower = Follower(selected, seen)
    while True:
        start = follower.mark()
        if all(follower.follow(entry) for unit in units for entry in unit):
            while follower.take_due(cycle.deletion, cycle.after):
                pass
            if follower.position == len(seen):
                return follower
        follower.back_to(start)
        if not follower.take_due(cycle.deletion, cycle.before):
            return None


def lines(selected: int | None, units: Sequence[list[Entry]], everything: bool) -> list[tuple[Command, ...]]:
    """The commands expected, each with the one that may come instead; with `everything` that may be deleted too."""
    commands: list[tuple[Command, ...]] = []
    for entry in (entry for unit in units for entry in unit):
        if not everything and not is_certain(entry):
            continue
        if entry.database not in (ANY_DATABASE, selected):
            selected = entry.database
            commands.append(((b"SELECT", b"%d" % selected),))
        if isinstance(entry, Deletions):
            commands += [(command,) for command in sorted(entry.commands, key=repr)]
        else:
            commands.append((entry.command,) if entry.other is None else (entry.command, entry.other))
    return commands


def alternatives(facts: PropagationFacts, units: Sequence[list[Call]]) -> list[tuple[list[Entry], ...]]:
    """What several units may enter, one after the other."""
    return list(product(*(entries(facts, unit) for unit in units)))


class ExpectedStream:
    """What has been propagated since it was last observed: one of several streams, in any of the worlds.

    Commands are shown to it without the master's own (`is_keepalive`), each as the list of its arguments. Of a server
    whose expiry cycle runs they are those that it had sent by `now_ms` of its clock, at the latest.
    """

    def __init__(self, facts: PropagationFacts, worlds: Sequence[World], keep: Callable[[list[World]], None]) -> None:
        self._facts = facts
        self._worlds = worlds
        self._keep = keep

    def matches(self, commands: Commands) -> bool:
        """Whether a correct server may have sent exactly these commands."""
        return any(self._follow(world, commands, None) for world in self._worlds)

    def observe(self, commands: Commands, now_ms: int | None = None) -> bool:
        """Take the commands that came; False if they are not allowed, after which the model may not be used again.

        Worlds that would have sent others are given up.
        """
        agreeing = []
        for world in self._worlds:
            recorder = recorder_of(world)
            follower = self._follow(world, commands, now_ms)
            if follower is None:
                continue
            for index, key in follower.due:
                if key in world.databases[index].expires:
                    expire_now(world, index, key)
                world.databases[index].ghosts.discard(key)
            for database, command in follower.happened_on:
                world.databases[database].ghosts.discard(command[1])
            recorder.units = []
            recorder.due = frozenset()
            recorder.selected = follower.selected
            agreeing.append(world)
        self._keep(agreeing)
        return bool(agreeing)

    def start(self, selected: int | None) -> None:
        """Begin where the stream has last selected this database, None if it has not selected any yet."""
        for world in self._worlds:
            recorder_of(world).selected = selected

    def shape(self) -> str:
        """The names of the commands that are expected."""
        return " or ".join(dict.fromkeys(" ".join(_name(either[0]) for either in stream) for stream in self._all()))

    def _follow(self, world: World, commands: Commands, now_ms: int | None) -> Follower | None:
        recorder = recorder_of(world)
        after = may_have_expired(world, now_ms) if recorder.active_expire and now_ms is not None else ()
        cycle = Cycle(self._facts.deletion, recorder.due, frozenset(after))
        for units in alternatives(self._facts, recorder.units):
            follower = follow(recorder.selected, units, commands, cycle)
            if follower is not None:
                return follower
        return None

    def _all(self, everything: bool = True) -> list[list[tuple[Command, ...]]]:
        """Every stream that is allowed, with all or none of the deletions that may come."""
        streams: list[list[tuple[Command, ...]]] = []
        for recorder in map(recorder_of, self._worlds):
            for units in alternatives(self._facts, recorder.units):
                stream = lines(recorder.selected, units, everything)
                if stream not in streams:
                    streams.append(stream)
        return streams

    def example(self) -> list[Command]:
        """One stream that is allowed."""
        return [either[0] for either in self._all()[0]]

    def describe(self) -> str:
        """What is allowed, in a line."""
        return " or ".join(
            "; ".join("/".join(map(show, either)) for either in stream) or "nothing" for stream in self._all()
        )

    @property
    def length_bytes(self) -> Interval:
        """The fewest and the most bytes on the wire."""
        lows = [sum(min(length_bytes(each)[0] for each in either) for either in stream) for stream in self._all(False)]
        highs = [sum(max(length_bytes(each)[1] for each in either) for either in stream) for stream in self._all()]
        return min(lows), max(highs)


def _name(command: Command) -> str:
    return command[0].decode("latin-1").upper() if isinstance(command[0], bytes) else ""


def recorder_of(world: World) -> Recorder:
    """What a world records; raises LookupError in a model that does not."""
    if world.recorder is None:
        raise LookupError("a model that was not made with `propagates=True` does not know what is propagated")
    return world.recorder
