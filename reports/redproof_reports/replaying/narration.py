"""A history told step by step while it runs: what the model allowed, what the server replied, how their data differ."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from redproof_model.choice import BLOCKED, Choice
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import Role
from redproof_model.reply import Reply, project
from redproof_model.versions import Version
from redproof_properties.comparison import Comparison
from redproof_properties.conversation import Conversation
from redproof_properties.divergence import Divergence, render, render_expected
from redproof_properties.errors import TargetError
from redproof_properties.history import Call, Step, clients_of
from redproof_properties.judge import Judge
from redproof_properties.replication.data.dataset import UNREPLICATED, read_dataset
from redproof_properties.replication.data.differences import Difference, differences
from redproof_properties.sending import sendable
from redproof_properties.targets import Target

from redproof_reports.replaying.model_connection import read_model

EXPIRY_SLACK_MS: Final = 50
"""By how much times of expiry may differ: the model knows when a command was executed as an interval only."""

_NO_REPLY: Final = "no reply: it waits"
UNSENT: Final = "not sent: servers of this version and role do not survive it"


@dataclass(frozen=True, slots=True)
class Told:
    """A step with both replies, None where it has none; `state` has what differs in the data after it.

    `unread` says why the data could not be compared, and `unsent` why the server was not sent the step.
    """

    step: Step
    expected: str | None
    actual: str | None
    agreed: bool
    state: Sequence[Difference] = ()
    unread: str = ""
    unsent: str = ""


def unsent_steps(steps: Sequence[Step], version: Version, role: Role) -> Sequence[int]:
    """The numbers, from 1, of the steps that a server of this version and role is known not to survive."""
    sent = {*map(id, sendable(version, steps, role))}
    return [number for number, step in enumerate(steps, 1) if id(step) not in sent]


class Narrator:
    """Runs a history on a target one step at a time, and tells of each; `read_state` compares the data after each.

    Reading data between steps is something that the history did not do: whether a divergence is still there is for
    another run to say.
    """

    def __init__(
        self,
        target: Target,
        version: Version,
        protocols: dict[str, int],
        comparison: Comparison,
        kind: type[Judge] = Judge,
    ) -> None:
        self._target = target
        self._version = version
        self._answers: list[tuple[list[bytes], Reply | None]] = []
        self._offset_low_ms, self._offset_high_ms = target.clock_offset_ms()
        self._judge = kind(target, version, protocols, comparison, lambda *told: self._answers.append(told))

    def tell(self, steps: Sequence[Step], *, read_state: bool) -> Iterator[Told]:
        """Each step up to the first divergence. Raises TargetError when the server cannot be reached."""
        with self._judge as judge:
            conversation = judge.begin(clients_of(steps))
            divergence = None
            unsent = unsent_steps(steps, self._version, conversation.role)
            for number, step in enumerate(steps, 1):
                before, low_ms = copy.deepcopy(conversation.model), _now_ms() + self._offset_low_ms
                self._answers.clear()
                divergence = None if number in unsent else conversation.perform([step])
                told = self._told(step, before, low_ms, divergence)
                state, unread = self._state(conversation) if read_state else ((), "the history is long")
                yield Told(step, *told, divergence is None, state, unread, UNSENT if number in unsent else "")
                if divergence is not None:
                    break
            judge.end(conversation, divergence)

    def _told(
        self, step: Step, before: Model, low_ms: int, divergence: Divergence | None
    ) -> tuple[str | None, str | None]:
        """What the model allowed and what came."""
        if divergence is not None:
            return divergence.expected, divergence.actual
        if not isinstance(step, Call) or not self._answers:
            return None, None
        argv, reply = self._answers[-1]
        expected = before.step(step.client, argv, low_ms, _now_ms() + self._offset_high_ms)
        if reply is None or expected is BLOCKED:
            return _NO_REPLY, _NO_REPLY
        if not isinstance(expected, Choice):
            expected = project(expected, before.protocol(step.client))
        return render_expected(expected), render(reply)

    def _state(self, conversation: Conversation) -> tuple[Sequence[Difference], str]:
        """What differs in the data, and why that is not known."""
        if not conversation.model.worlds:
            return (), "no state of the model explains the reply"
        if len(conversation.model.worlds) > 1:
            return (), "the model allows more than one state"
        without = UNREPLICATED.get(self._version.name, frozenset())
        try:
            with self._target.connect() as connection:
                server = read_dataset(connection, without)
            return differences(read_model(conversation.model, without), server, EXPIRY_SLACK_MS), ""
        except TargetError as error:
            return (), str(error)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
