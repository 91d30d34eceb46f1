"""Histories judged by what they put on the replication stream: after each command, byte for byte, and the offset.

The harness is attached as a replica. The server's PINGs are far apart meanwhile, and its expiry cycle is off, so that
nothing enters the stream that no command is the reason of; or it runs, and deletes each key that has expired once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final

from redproof_model.propagation.expected import is_keepalive

from redproof_properties.conversation import Conversation
from redproof_properties.divergence import Divergence
from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetError
from redproof_properties.history import Call, History, Sleep, Step, quote
from redproof_properties.judge import Context, Judge
from redproof_properties.replication.ends.info import MasterRole, read_role
from redproof_properties.replication.ends.link import ReplicaLink
from redproof_properties.targets import Connection, Target
from redproof_properties.targets.greeting import setting

KIND: Final = "propagation"
"""The kind of a divergence that the stream shows."""

ABOUT_REPLICAS: Final = ("WAIT", "WAITAOF")
"""Commands whose replies depend on replicas: what the model says of them is about servers without any."""

EXPIRE_FIELDS: Final = ("HEXPIRE", "HEXPIREAT", "HPEXPIRE", "HPEXPIREAT", "HGETEX", "HSETEX")
"""Commands after which fields of hashes may expire, whose deletions by the cycle the model does not tell."""

_QUIET: Final = (("repl-diskless-sync-delay", "0"), ("repl-ping-replica-period", "3600"))
_OFTEN: Final = ("hz", "500")
"""How often the expiry cycle runs a second, at most."""


class Witness:
    """The harness as a replica of a target, which is quiet until `close`; its expiry cycle is off, or runs often.

    `selected` is the database of the last SELECT in the stream, None before the first. Raises TargetError when the
    target cannot be attached to.
    """

    def __init__(self, target: Target, active_expire: bool = False) -> None:
        self.selected: int | None = None
        self._client = target.connect()
        self._cycle_runs = active_expire
        settings = (*_QUIET, _OFTEN) if active_expire else _QUIET
        self._before = [(name, setting(self._client, name)) for name, _ in settings]
        self._configure(settings, int(active_expire))
        self._link = ReplicaLink(target.connect())
        self._link.synchronise(self._client)

    def close(self) -> None:
        """Leave the target as it was; nothing is done to one that is gone."""
        self._link.close()
        with suppress(TargetError):
            self._configure(self._before, active_expire=1)
        self._client.close()

    def acknowledge(self) -> None:
        """Tell the master how far the stream has come; it cuts a replica off that is silent for `repl-timeout`."""
        self._link.ack()

    def take(self) -> list[list[bytes]]:
        """The commands that entered the stream since the last time, without the master's own.

        Raises TargetError where the offset that the master tells is not that of the bytes that it sent, or these are
        not spelled as arrays of bulk strings in the only way.
        """
        start = self._link.offset
        offset = self._master_offset()
        came = self._link.read_to(offset)
        while self._cycle_runs and self._link.offset > offset:
            # It has deleted a key since it told its offset.
            offset = self._master_offset()
            came += self._link.read_to(offset)
        if self._link.offset != offset:
            raise TargetError(f"{self._client.peer}: is at offset {offset}, sent commands to {self._link.offset}")
        raw = self._link.stream.between(start, offset)
        if raw != b"".join(encode_command(list(command.argv)) for command in came):
            raise TargetError(f"{self._client.peer}: sent a stream that is spelled otherwise: {raw[:200]!r}")
        commands = [[*command.argv] for command in came if not is_keepalive(command.argv)]
        for command in commands:
            if command[0] == b"SELECT":
                self.selected = int(command[1])
        return commands

    def _master_offset(self) -> int:
        role = read_role(self._client)
        if not isinstance(role, MasterRole):
            raise TargetError(f"{self._client.peer}: is no master any more")
        return role.offset

    def _configure(self, settings: Iterable[tuple[str, str]], active_expire: int) -> None:
        for name, value in settings:
            self._client.call("CONFIG", "SET", name, value)
        self._client.call("DEBUG", "SET-ACTIVE-EXPIRE", active_expire)


class StreamConversation(Conversation):
    """A history of which each command is held against the stream before the next is sent."""

    propagates = True

    def __init__(self, witness: Witness, context: Context) -> None:
        super().__init__(*context)
        self._witness = witness
        witness.take()
        witness.acknowledge()
        self.model.propagated().start(witness.selected)

    def _batch(self, history: History, first: Call, position: int) -> list[Call]:
        return [first]

    def _call(self, batch: list[Call], when_answered: Callable[[], None] | None) -> Divergence | None:
        if self.active_expire and self.executed and isinstance(self.executed[-1], Sleep):
            # What the cycle has done meanwhile is certain then, and makes fewer worlds.
            divergence = self._hold(batch[-1].name, self.executed)
            if divergence is not None:
                return divergence
        return super()._call(batch, when_answered) or self._hold(batch[-1].name, self.executed)

    def _hold(self, command: str, steps: Sequence[Step]) -> Divergence | None:
        """Hold what has come since the last time against what the model says has been propagated."""
        expected = self.model.propagated()
        commands = self._witness.take()
        described, shapes = expected.describe(), (expected.shape(), _shape(commands))
        if expected.observe(commands, self._high_ms()):
            return None
        if all("SELECT" in shape for shape in shapes):
            # The same fault shows with and without it.
            shapes = (shapes[0].replace("SELECT ", ""), shapes[1].replace("SELECT ", ""))
        return Divergence(
            command=command,
            kind=KIND,
            expected=described,
            actual="; ".join(" ".join(map(quote, argv)) for argv in commands) or "nothing",
            expected_shape=shapes[0],
            actual_shape=shapes[1],
            steps=list(steps),
            clients={name: link.resp for name, link in self._links.items()},
            model=self.model.version.name,
        )


def _shape(commands: Sequence[Sequence[bytes]]) -> str:
    return " ".join(argv[0].decode("latin-1").upper() for argv in commands)


class ExpiringConversation(StreamConversation):
    """A history of which keys may be deleted at any moment after their time has come."""

    active_expire = True


class StreamJudge(Judge):
    """A judge of histories that also holds the replication stream of its target against the model's."""

    _conversations = StreamConversation
    _witness: Witness | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._detach()

    def run(self, history: History) -> Divergence | None:
        """As `Judge.run`; the link to the target is made anew after an error."""
        try:
            return super().run(history)
        except TargetError:
            self._detach()
            raise

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """Execute one history after the other, each as `run` does: nothing is sent ahead of what is looked at."""
        return map(self.run, histories)

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        if self._witness is None:
            self._witness = Witness(self._target, self._conversations.active_expire)
        return self._conversations(self._witness, self._context(links))

    def _detach(self) -> None:
        if self._witness is not None:
            self._witness.close()
            self._witness = None


class ExpiringStreamJudge(StreamJudge):
    """As `StreamJudge`, while the target's expiry cycle runs; for histories without `EXPIRE_FIELDS`."""

    _conversations = ExpiringConversation
