"""The table of commands, and what happens to every command before its handler runs (`server.c` processCommand).

How to write one, in a module of `redproof_model.commands`:

    table = CommandTable()

    @table.command("GETDEL", arity=2)
    def getdel(world: World, argv: list[bytes]) -> Expected:
        \"\"\"GETDEL key (t_string.c getdelCommand).\"\"\"
        value = world.string(argv[1])          # ends the command with WRONGTYPE
        if value is None:
            return NULL
        world.remove(argv[1])
        return value.data

`argv` is the whole command as it was sent. A handler checks everything it can refuse before it changes
anything, in the order in which Redis checks, and refuses by raising `ReplyError`. It returns a `Reply`
where the server has no choice, else a `Choice`. Subcommands of a container are named `OBJECT|ENCODING`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from redproof_model.choice import Expected
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.libraries import library_with
from redproof_model.keyspace.messages import in_turn
from redproof_model.keyspace.permissions import check
from redproof_model.keyspace.programs import FUNCTION_CALLS
from redproof_model.keyspace.roles import WRITES, Role, look, refuse_stale, refuse_unsaved, refuse_writes
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.silence import Silence, heard
from redproof_model.keyspace.world import World
from redproof_model.reply import QUEUED, Error
from redproof_model.versions import Version, commands_absent

Handler: TypeAlias = Callable[[World, list[bytes]], Expected]
Guard: TypeAlias = "Callable[[World, Spec], None]"

_ARGUMENTS_SHOWN = 128
_WHILE_SUBSCRIBED = frozenset(
    ["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "PING", "QUIT", "RESET"]
)
"""What a RESP2 client may still send while it is subscribed (`server.c` processCommand)."""

_NOT_IN_TRANSACTIONS = frozenset(["MULTI", "WATCH"])
"""What has the flag NO_MULTI in versions that reject it (Valkey's `src/commands/*.json`)."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A command: `arity` counts its name, negative for "at least"; `wide` if it looks at keys it does not name.

    `guard` refuses it, by raising ReplyError, before it is queued or executed. It `writes` if it has that flag.
    """

    name: str
    arity: int
    handler: Handler
    wide: bool
    queued: bool
    guard: Guard | None = None
    fewest: int = field(init=False)
    most: int = field(init=False)
    writes: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writes", self.name in WRITES)
        object.__setattr__(self, "fewest", abs(self.arity))
        object.__setattr__(self, "most", self.arity if self.arity > 0 else sys.maxsize)


class CommandTable:
    """Commands by name; each module of commands fills one of its own."""

    def __init__(self) -> None:
        self.specs: dict[str, Spec] = {}

    def command(
        self, name: str, arity: int, *, wide: bool = False, queued: bool = True, guard: Guard | None = None
    ) -> Callable[[Handler], Handler]:
        """Enter a handler; `queued=False` for what is executed at once inside MULTI."""

        def enter(handler: Handler) -> Handler:
            self.specs[name] = Spec(name, arity, handler, wide, queued, guard)
            return handler

        return enter


class Dispatcher:
    """The commands of one version, found by the bytes that a client sends.

    `whole` are those without subcommands, in the two spellings that are found at once.
    """

    def __init__(self, version: Version, tables: Iterable[CommandTable]) -> None:
        self.version = version
        self.by_name: dict[bytes, Spec] = {}
        self.containers: set[str] = set()
        absent = commands_absent(version)
        arities = dict(version.other_arities)
        for table in tables:
            for name, spec in table.specs.items():
                if name not in absent:
                    self._enter(name.encode(), replace(spec, arity=arities.get(name, spec.arity)))
        self.whole = {text: spec for text, spec in self.by_name.items() if spec.name not in self.containers}

    def _enter(self, name: bytes, spec: Spec) -> None:
        container, bar, _ = name.partition(b"|")
        if bar and not self.version.container_commands:
            return
        if bar:
            self.containers.add(container.decode())
        self.by_name[name] = self.by_name[name.lower()] = spec

    def find(self, argv: list[bytes]) -> Spec:
        """The command that `argv` calls; raises ReplyError if there is none or the arguments are too few or many."""
        spec = self.by_name.get(argv[0]) or self.by_name.get(argv[0].upper())
        if spec is None:
            raise ReplyError(self._unknown_command(argv))
        if spec.name in self.containers and len(argv) > 1:
            spec = self._subcommand(spec.name, argv)
        if not spec.fewest <= len(argv) <= spec.most:
            raise ReplyError(b"ERR wrong number of arguments for '%s' command" % spec.name.lower().encode())
        return spec

    def _subcommand(self, container: str, argv: list[bytes]) -> Spec:
        spec = self.by_name.get(b"%s|%s" % (container.encode(), argv[1].upper()))
        if spec is None:
            raise ReplyError(self._unknown_subcommand(argv))
        return spec

    def _unknown_command(self, argv: list[bytes]) -> bytes:
        text = self.version.unknown_command % c_string(argv[0])[: self.version.unknown_command_length]
        if len(argv) == 1 and self.version.unknown_command_alone:
            return one_line(text.partition(b", with args")[0])
        shown = b""
        for argument in argv[1:]:
            if len(shown) >= _ARGUMENTS_SHOWN:
                break
            shown += self.version.unknown_command_argument % c_string(argument)[: _ARGUMENTS_SHOWN - len(shown)]
        return one_line(text + shown)

    def _unknown_subcommand(self, argv: list[bytes]) -> bytes:
        shown = c_string(argv[1])[:_ARGUMENTS_SHOWN]
        return one_line(self.version.unknown_subcommand % (shown, c_string(argv[0]).upper()))


def execute(world: World, dispatcher: Dispatcher, client: str, argv: list[bytes]) -> Expected:
    """Let `client` send a command in this world; the world changes as far as the server has no choice."""
    session = world.session = world.sessions[client]
    world.db = world.databases[session.database]
    spec = dispatcher.whole.get(argv[0])
    if (
        spec is None
        or not spec.fewest <= len(argv) <= spec.most
        or spec.guard is not None
        or session.queue is not None
        or session.subscribed
        or session.silence is not None
        or session.user is not None
        or world.replicates
    ):
        return _execute_special(world, dispatcher, session, argv)
    return _handle(world, spec, argv)


def _execute_special(world: World, dispatcher: Dispatcher, session: Session, argv: list[bytes]) -> Expected:
    if session.silence is None:
        return _admit_and_execute(world, dispatcher, session, argv)
    if session.silence is Silence.NEXT:
        session.silence = Silence.NOW
    return heard(world, session.name, _admit_and_execute(world, dispatcher, session, argv))


def _admit_and_execute(world: World, dispatcher: Dispatcher, session: Session, argv: list[bytes]) -> Expected:
    try:
        spec = dispatcher.find(argv)
        _admit(world, session, spec, argv)
    except ReplyError as rejected:
        return _reject(world, argv, rejected.reply)
    if session.queue is not None and spec.queued:
        if not session.dirty_exec:
            session.queue.append((spec, argv))
        return QUEUED
    if world.replicates:
        _prepare(world, session, spec, argv)
    return _handle(world, spec, argv)


def _handle(world: World, spec: Spec, argv: list[bytes]) -> Expected:
    try:
        expected = spec.handler(world, argv)
    except ReplyError as failed:
        expected = failed.reply
    if world.ready and not world.in_exec:
        serve_ready(world)
    return in_turn(world, expected) if world.written or world.postponed else expected


def _prepare(world: World, session: Session, spec: Spec, argv: list[bytes]) -> None:
    """Begin to record what the command propagates, where that is asked, and hide from it what a replica hides."""
    if world.recorder is not None:
        world.recorder.begin(spec.name, argv, session.database, nested=False)
    if world.role is Role.REPLICA:
        look(world, argv)


def _admit(world: World, session: Session, spec: Spec, argv: list[bytes]) -> None:
    """Refuse, by raising ReplyError, what the client may not send in its state (`server.c` processCommand)."""
    if session.user is not None:
        check(world, session.user, spec.name, argv)
    if session.queue is not None and spec.name in _NOT_IN_TRANSACTIONS:
        _refuse_in_transaction(world.version, spec)
    if _writes(world, session, spec, argv):
        refuse_writes(world)
    elif spec.name == "PING":
        refuse_unsaved(world)
    if session.subscribed and session.resp == 2 and spec.name not in _WHILE_SUBSCRIBED:
        raise ReplyError(world.version.refused_while_subscribed % spec.name.lower().encode())
    refuse_stale(world, _is_served_stale(world, session, spec, argv))
    if spec.guard is not None:
        spec.guard(world, spec)


def _writes(world: World, session: Session, spec: Spec, argv: list[bytes]) -> bool:
    """Whether a command counts as one that writes: EXEC if a queued one does, FCALL if its function may."""
    if spec.name == "EXEC":
        return any(_writes(world, session, queued, words) for queued, words in session.queue or ())
    if spec.name in FUNCTION_CALLS:
        library = library_with(world.libraries.values(), argv[1])
        return library is not None and not library.read_only
    return spec.writes


def _is_served_stale(world: World, session: Session, spec: Spec, argv: list[bytes]) -> bool:
    """Whether a replica whose link is down executes it: EXEC not what it would not, FCALL no function that there is."""
    if spec.name == "EXEC":
        return all(_is_served_stale(world, session, queued, words) for queued, words in session.queue or ())
    served = world.version.replication.served_stale
    if spec.name in FUNCTION_CALLS:
        return library_with(world.libraries.values(), argv[1]) is None
    return spec.name in served or spec.name.partition("|")[0] in served


def _refuse_in_transaction(version: Version, spec: Spec) -> None:
    """Reject the command where the server does so itself, and not the command (`server.c` processCommand)."""
    if version.refused_in_transaction is not None:
        raise ReplyError(version.refused_in_transaction.replace(b"%s", spec.name.lower().encode()))


def _reject(world: World, argv: list[bytes], error: Error) -> Error:
    """Refuse a command before it is queued or executed: this fails a transaction (`server.c` rejectCommand)."""
    session = world.session
    if argv[0].upper() == b"EXEC":
        world.end_transaction(session)
        return Error(b"EXECABORT Transaction discarded because of: " + error.text.removeprefix(b"ERR "))
    if session.queue is not None:
        session.dirty_exec = True
        if world.version.forgets_failed_transactions:
            session.queue.clear()
    return error
