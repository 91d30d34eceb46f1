"""Histories judged on a replica: what its master does comes through the stream, what its clients ask is answered.

The target is a replica of the harness's. A step of the client `MASTER` is executed by a model that is the master, whose
stream is fed to the target, and known to be executed once it is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Final

from redproof_model.keyspace.roles import Role
from redproof_model.versions import Version, commands_absent

from redproof_properties.comparison import Comparison
from redproof_properties.conversation import Conversation
from redproof_properties.divergence import UNANSWERED, Divergence
from redproof_properties.encoding import encode_command
from redproof_properties.generate import Generator
from redproof_properties.history import FIRST_CLIENT, Call, History, Step
from redproof_properties.judge import CONTROL, Judge
from redproof_properties.replication.ends.false_master import MasterLink
from redproof_properties.replication.judges.model_master import ModelMaster, may_execute
from redproof_properties.targets import Connection, Target

MASTER: Final = "master"
"""The name under which the steps of the master's client stand in a history."""

_MASTERS_SHARE: Final = 0.5

_TIMING: Final = frozenset(
    b"EX PX EXAT PXAT EXPIRE PEXPIRE EXPIREAT PEXPIREAT SETEX PSETEX GETEX MSETEX HSETEX HGETEX RESTORE".split()
)
"""Names of commands and options by which keys get an expiry, also where a script is to call them."""


class ReplicaGenerator(Generator):
    """Draws histories of clients of a replica, and between their commands those of a client of its master."""

    def __init__(
        self, groups: Sequence[str], clients: int = 1, pauses: bool = False, without: Collection[str] = ()
    ) -> None:
        super().__init__(groups, clients, pauses, without=without)
        self._of_master = Generator(groups, without=without)

    def history(self, seed: int, length: int) -> list[Step]:
        """The history that this seed stands for, of `length` commands or a little less."""
        random = Random(seed)
        groups = self.some_groups(seed)
        drawn = self._of_master.fresh(random.getrandbits(63), length, groups)
        executed = (step.argv for step in drawn if isinstance(step, Call) and may_execute(step.argv))
        steps: list[Step] = []
        for step in self.fresh(seed, length // 2, groups):
            while random.random() < _MASTERS_SHARE:
                if (argv := next(executed, None)) is None:
                    break
                steps.append(Call(MASTER, argv))
            steps.append(step)
        return steps


class TimelessGenerator(ReplicaGenerator):
    """As `ReplicaGenerator`, of a master and a replica that write the same keys, none of which ever expires."""

    def history(self, seed: int, length: int) -> list[Step]:
        """As `ReplicaGenerator.history`, without the steps that set an expiry."""
        return [step for step in super().history(seed, length) if not (isinstance(step, Call) and _sets_expiry(step))]


def _sets_expiry(call: Call) -> bool:
    return any(isinstance(word, bytes) and word.upper() in _TIMING for word in call.argv)


class ReplicaConversation(Conversation):
    """A history on a replica that was empty when it started."""

    role = Role.REPLICA

    def __init__(self, link: MasterLink, *context: object) -> None:
        super().__init__(*context)  # type: ignore[arg-type]
        self._link = link
        self._master = ModelMaster(self.model.version)

    def _batch(self, history: History, first: Call, position: int) -> list[Call]:
        return [first] if first.client == MASTER else super()._batch(history, first, position)

    def _may_send(self, call: Call) -> bool:
        return call.client == MASTER or super()._may_send(call)

    def _call(self, batch: list[Call], when_answered: Callable[[], None] | None) -> Divergence | None:
        if batch[0].client != MASTER:
            return super()._call(batch, when_answered)
        if not may_execute(batch[0].argv):
            return None
        low_ms = self._low_ms()
        argv = [part for part in batch[0].argv if isinstance(part, bytes)]
        commands = self._master.execute(argv, low_ms)
        try:
            self._link.feed(*map(tuple, commands))
            self._link.await_ack()
        except UNANSWERED as failure:
            return self._unanswered(batch, "an acknowledgement", failure)
        high_ms = self._high_ms()
        for command in commands:
            self.model.apply(command, low_ms, high_ms)
        self.executed.extend(batch)
        self.commands += 1
        return self._deliveries(batch, last=True) if self._blocked or self._listens else None


class SharingConversation(ReplicaConversation):
    """A history on a writable replica that was empty when it started, while its master writes too."""

    role = Role.WRITABLE_REPLICA


class ReplicaJudge(Judge):
    """Runs histories on a target that a link of the harness's feeds, each from an empty keyspace."""

    conversation = ReplicaConversation

    def __init__(
        self,
        link: MasterLink,
        target: Target,
        version: Version,
        protocols: Mapping[str, int] | None = None,
        comparison: Comparison = Comparison.EXACT,
    ) -> None:
        super().__init__(target, version, protocols, comparison)
        self._master_link = link
        self._emptiers: list[tuple[str, ...]] = [("FLUSHALL",)]
        if "FUNCTION" not in commands_absent(version):
            self._emptiers.append(("FUNCTION", "FLUSH"))

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """Execute one history after the other, each as `run` does."""
        for history in histories:
            yield self.run(history)

    def begin(self, clients: Sequence[str] = (FIRST_CLIENT,)) -> Conversation:
        """As `Judge.begin`; the master's client does not connect to the target."""
        return super().begin([client for client in clients if client != MASTER])

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        return self.conversation(self._master_link, *self._context(links))

    def _empty(self) -> None:
        """Let the target empty itself as its master does; what it answers after that is a PONG."""
        if not self._emptying:
            self._master_link.feed(*self._emptiers)
            self._master_link.await_ack()
            self._link(CONTROL).send(encode_command([b"PING"]))
            self._emptying = True


class SharingJudge(ReplicaJudge):
    """Runs histories of a `TimelessGenerator` on a target that takes writes and that a link of the harness's feeds."""

    conversation = SharingConversation


class WritableReplicaConversation(Conversation):
    """A history of clients that write to a replica, whose master sends nothing meanwhile."""

    role = Role.WRITABLE_REPLICA


class WritableReplicaJudge(Judge):
    """Runs histories on a target that is a replica and takes writes, each from an empty keyspace."""

    role = Role.WRITABLE_REPLICA

    def _conversation(self, links: dict[str, Connection]) -> Conversation:
        return WritableReplicaConversation(*self._context(links))
