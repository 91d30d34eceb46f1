"""Histories during which an operator changes a setting that decides which commands a server refuses.

Source: `server.c` processCommand, `replication.c` checkGoodReplicasStatus, `server.c` writeCommandsDeniedByDiskError.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final

from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role

from redproof_properties.conversation import Conversation
from redproof_properties.divergence import Divergence
from redproof_properties.errors import TargetError
from redproof_properties.generate import Generator
from redproof_properties.history import FIRST_CLIENT, Call, History, Step
from redproof_properties.judge import CONTROL, Judge
from redproof_properties.targets import Connection
from redproof_properties.targets.greeting import ask, setting
from redproof_properties.waiting import wait_until

OPERATOR: Final = "operator"
"""The name under which it stands in a history that a setting has another value from then on."""

_CHANGES: Final = 0.1
_NOBODY: Final = ("127.0.0.1", "1")
"""An address at which no server listens, so that a replica's link to it is down."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of which `refuses` lets the server refuse commands, which the model is told, and `allows` does not."""

    name: bytes
    allows: bytes
    refuses: bytes
    tell: Callable[[Model, bool], None]

    def call(self, value: bytes) -> tuple[bytes, ...]:
        """The command that sets it."""
        return b"CONFIG", b"SET", self.name, value


NEEDS: Final = Setting(
    b"min-replicas-to-write", b"0", b"1", lambda model, refuses: model.set_good_replicas(not refuses)
)
STALE: Final = Setting(b"replica-serve-stale-data", b"yes", b"no", Model.set_stale)
UNSAVED: Final = Setting(
    b"stop-writes-on-bgsave-error", b"no", b"yes", lambda model, refuses: model.set_saved(not refuses)
)


class OperatedGenerator(Generator):
    """Draws histories in which the operator changes the setting now and then.

    Nobody watches keys: versions differ in whether a transaction that has failed for that still counts as a write.
    """

    def __init__(
        self, setting: Setting, groups: Sequence[str], clients: int = 1, without: Collection[str] = ()
    ) -> None:
        super().__init__(groups, clients, without={*without, "WATCH"})
        self._setting = setting

    def history(self, seed: int, length: int) -> list[Step]:
        """The history of about `length` commands that this seed stands for."""
        random = Random(seed)
        values = self._setting.allows, self._setting.refuses
        steps: list[Step] = []
        for step in super().history(seed, length):
            if random.random() < _CHANGES:
                steps.append(Call(OPERATOR, self._setting.call(random.choice(values))))
            steps.append(step)
        return steps


class OperatedConversation(Conversation):
    """A history on a server that refuses nothing when it starts."""

    def __init__(self, setting: Setting, role: Role, *context: object) -> None:
        self.role = role
        super().__init__(*context)  # type: ignore[arg-type]
        self._setting = setting

    def _batch(self, history: History, first: Call, position: int) -> list[Call]:
        return [first] if first.client == OPERATOR else super()._batch(history, first, position)

    def _may_send(self, call: Call) -> bool:
        return call.client == OPERATOR or super()._may_send(call)

    def _call(self, batch: list[Call], when_answered: Callable[[], None] | None) -> Divergence | None:
        if batch[0].client != OPERATOR:
            return super()._call(batch, when_answered)
        for value in (self._setting.allows, self._setting.refuses):
            if batch[0].argv == self._setting.call(value):
                self._control.call(*self._setting.call(value))
                self._setting.tell(self.model, value == self._setting.refuses)
                self.executed.extend(batch)
        return None


class OperatedJudge(Judge):
    """Runs such histories, each from an empty keyspace; the target is made ready before the first, and then mended."""

    setting: Setting
    role = Role.MASTER
    _is_ready = False

    def begin(self, clients: Sequence[str] = (FIRST_CLIENT,)) -> Conversation:
        """As `Judge.begin`; the operator is no client that is judged."""
        if not self._is_ready:
            with self._target.connect() as client:
                self._is_ready = True
                client.call(*self.setting.call(self.setting.allows))
                self._make_ready(client)
        return super().begin([client for client in clients if client != OPERATOR])

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """Execute one history after the other, each as `run` does."""
        for history in histories:
            yield self.run(history)

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        return OperatedConversation(self.setting, self.role, *self._context(links))

    def end(self, conversation: Conversation, divergence: Divergence | None) -> None:
        """As `Judge.end`; nothing is refused any more."""
        self._link(CONTROL).call(*self.setting.call(self.setting.allows))
        super().end(conversation, divergence)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._is_ready:
            self._is_ready = False
            with self._target.connect() as client:
                self._mend(client)

    def _make_ready(self, client: Connection) -> None:
        """Let there be a reason to refuse commands."""

    def _mend(self, client: Connection) -> None:
        """Let there be none, and all be as it was."""


class NeedingJudge(OperatedJudge):
    """Judges a master that needs a replica, and has none."""

    setting = NEEDS


class StaleJudge(OperatedJudge):
    """Judges a replica whose link is down; it has no keys, since nobody may write any."""

    setting = STALE
    role = Role.REPLICA

    def _make_ready(self, client: Connection) -> None:
        client.call("FLUSHALL")
        client.call("CONFIG", "SET", "replica-read-only", "yes" if self.role is Role.REPLICA else "no")
        client.call("REPLICAOF", *_NOBODY)

    def _mend(self, client: Connection) -> None:
        client.call("CONFIG", "SET", "replica-read-only", "yes")
        client.call("CONFIG", "SET", "replica-serve-stale-data", "yes")
        client.call("REPLICAOF", "NO", "ONE")


class WritableStaleJudge(StaleJudge):
    """Judges a writable replica whose link is down."""

    role = Role.WRITABLE_REPLICA


class UnsavedJudge(OperatedJudge):
    """Judges a master whose last snapshot could not be saved: a folder has the name of its file."""

    setting = UNSAVED
    _saves = ""

    def _make_ready(self, client: Connection) -> None:
        self._saves = setting(client, "save")
        client.call("CONFIG", "SET", "save", "3600 1000000000")
        snapshot_path(client).mkdir()
        _save(client, "err")

    def _mend(self, client: Connection) -> None:
        path = snapshot_path(client)
        path.rmdir()
        _save(client, "ok")
        path.unlink()
        client.call("CONFIG", "SET", "save", self._saves)
        client.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")


def snapshot_path(client: Connection) -> Path:
    """The file that snapshots are saved in, which need not be there."""
    return Path(setting(client, "dir")) / setting(client, "dbfilename")


def _save(client: Connection, status: str) -> None:
    client.call("BGSAVE")
    if not wait_until(lambda: f"rdb_last_bgsave_status:{status}" in _persistence(client)):
        raise TargetError(f"{client.peer}: BGSAVE has not ended with {status}")


def _persistence(client: Connection) -> str:
    told = ask(client, "INFO", "persistence")
    return told.decode() if isinstance(told, bytes) else ""


JUDGES: Final[dict[tuple[bytes, Role], type[OperatedJudge]]] = {
    (judge.setting.name, judge.role): judge for judge in (NeedingJudge, StaleJudge, WritableStaleJudge, UnsavedJudge)
}


def judge_of(steps: History, role: Role) -> type[OperatedJudge] | None:
    """Who judges histories in which the operator changes what it changes in these, None where there is no operator."""
    names = [step.argv[2] for step in steps if isinstance(step, Call) and step.client == OPERATOR]
    return JUDGES.get((bytes(names[0]), role)) if names and isinstance(names[0], bytes) else None
