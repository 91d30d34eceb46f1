"""Hypothesis state machines over the vocabularies: several clients, one command at a time, readable shrinking."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Argument
from redproof_properties.history import Call
from redproof_properties.judge import Judge
from redproof_properties.judged import Judged
from redproof_properties.vocabulary import GROUPS


def keyspace_machine(
    judged: Judged, judge: Judge, groups: Sequence[str], clients: Sequence[str]
) -> type[RuleBasedStateMachine]:
    """A machine whose only rule lets one of `clients` send a command of one of `groups`, held against the model.

    Its runs raise DivergenceError, of a class for each signature, so that Hypothesis reports several.
    """
    commands = st.one_of([command.strategy() for group in groups for command in GROUPS[group]])

    class KeyspaceMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.conversation = judge.begin(clients)
            self.divergence: Divergence | None = None

        @rule(client=st.sampled_from(list(clients)), argv=commands)
        def call(self, client: str, argv: list[Argument]) -> None:
            self.divergence = self.conversation.perform([Call(client, tuple(argv))])
            if self.divergence is not None:
                raise judged.enter(self.divergence)

        def teardown(self) -> None:
            judge.end(self.conversation, self.divergence)
            judged.summary.commands += self.conversation.commands
            judged.summary.histories += 1

    return KeyspaceMachine
