"""What commands do that is propagated, as they do it: the world's part of propagation, which knows no wire.

A unit of execution is a command with all that it calls: a transaction's commands, a script's. Each of these is a
`Call`, which was `dirty` if it changed something (`server.dirty`), and then enters the stream as it was sent, unless it
has been rewritten or prevented. Beside it a call may have entered other commands, among them the deletion of keys that
it found expired. Source: `server.c` call and alsoPropagate, `networking.c` rewriteClientCommandVector.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from redproof_model.number import INT64_MAX
from redproof_model.propagation.arguments import Command

_COUNTER_SPAN: Final = 2**64

SERVED: Final = ""
"""The name of the call of a client that has waited."""
CYCLE: Final = "the expiry cycle"

Place: TypeAlias = tuple[int, bytes]
"""Where a key is: the index of its database, and the key."""


@dataclass(slots=True)
class Effect:
    """A command that enters the stream for a database, or perhaps the `other` one instead.

    What a call enters `directly` is not wrapped before 7.0.
    """

    database: int
    command: Command
    other: Command | None = None
    directly: bool = False


@dataclass(slots=True)
class Deletions:
    """The deletion of what has expired, in any order: of all of it, or of that which the server happens on."""

    database: int
    commands: frozenset[Command]
    all: bool


@dataclass(slots=True)
class Call:
    """A command that is or was executed, on a database, and what it propagates; SELECT leaves another `selected`.

    `dirty` counts what it has changed, roughly.
    """

    name: str
    argv: list[bytes]
    database: int
    selected: int
    dirty: int = 0
    prevented: bool = False
    rewritten: Command | None = None
    other: Command | None = None
    effects: list[Effect | Deletions] = field(default_factory=list)

    def copy(self) -> Call:
        """A call of the same state that shares no mutable part."""
        return Call(
            self.name,
            self.argv,
            self.database,
            self.selected,
            self.dirty,
            self.prevented,
            self.rewritten,
            self.other,
            self.effects.copy(),
        )

    @property
    def own(self) -> Effect | None:
        """The command itself as it enters the stream, if it does."""
        if not is_dirty(self.dirty) or self.prevented:
            return None
        return Effect(self.database, self.rewritten or tuple(self.argv), self.other)


def is_dirty(changes: int) -> bool:
    """Whether something counts as changed: too many changes do not, as they make the counter negative (call)."""
    return 0 < changes % _COUNTER_SPAN <= INT64_MAX


@dataclass(slots=True)
class Recorder:
    """The units that were executed and not yet taken; `selected` is the database last sent a SELECT for, if known.

    Where there is `active_expire`, the server's expiry cycle runs, and may have deleted the keys `due` before the
    first unit, which does not see them.
    """

    selected: int | None = None
    units: list[list[Call]] = field(default_factory=list)
    active_expire: bool = False
    due: frozenset[Place] = frozenset()

    def copy(self) -> Recorder:
        """A recorder of the same state that shares no mutable part."""
        units = [[call.copy() for call in unit] for unit in self.units]
        return Recorder(self.selected, units, self.active_expire, self.due)

    def begin(self, name: str, argv: list[bytes], database: int, nested: bool) -> None:
        """A command begins; a `nested` one is called by the unit's first."""
        call = Call(name, argv, database, database)
        if nested:
            self.units[-1].append(call)
        else:
            self.units.append([call])

    @property
    def call(self) -> Call:
        """The command that was begun last: until the next it may still learn what it did."""
        return self.units[-1][-1]

    def dirty(self, changes: int = 1) -> None:
        """The call has changed something."""
        self.call.dirty += changes

    def rewrite(self, command: Command, other: Command | None = None) -> None:
        """Let the call be propagated as another command, if it is."""
        self.call.rewritten, self.call.other = command, other

    def prevent(self) -> None:
        """Let the call not be propagated itself, whatever it has changed."""
        self.call.prevented = True

    def cycle(self, places: Iterable[Place], deletion: bytes) -> None:
        """The expiry cycle has deleted keys, each a unit of its own (`expire.c` activeExpireCycleTryExpire)."""
        for database, key in places:
            self.begin(CYCLE, [], database, nested=False)
            self.delete_expired(database, [(deletion, key)], all_of_them=True)

    def also(self, database: int, command: Command, directly: bool = False) -> None:
        """Let another command enter the stream."""
        self.call.effects.append(Effect(database, command, directly=directly))

    def delete_expired(self, database: int, commands: Iterable[Command], all_of_them: bool) -> None:
        """Let the deletion of what has expired enter the stream, in any order."""
        deletions = frozenset(commands)
        if deletions:
            self.call.effects.append(Deletions(database, deletions, all_of_them))
