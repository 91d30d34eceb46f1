"""Hypothesis state machines over the vocabularies: several clients, one command at a time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from redproof_properties.divergence import Divergence
from redproof_properties.grammar import Argument
from redproof_properties.history import Call
from redproof_properties.judge import Judge
from redproof_properties.judged import DivergenceError, Judged
from redproof_properties.shrink import shrink
from redproof_properties.vocabulary import GROUPS


def keyspace_machine(
    judged: Judged, judge: Judge, groups: Sequence[str], clients: Sequence[str]
) -> type[RuleBasedStateMachine]:
    """A machine whose only rule lets one of `clients` send a command of one of `groups`, held against the model.

    What the target does not support is left out. Its runs raise DivergenceError, of a class for each signature, so
    that Hypothesis reports several.
    """
    rows = [command for group in groups for command in GROUPS[group] if command.needs.isdisjoint(judged.unsupported)]
    commands = st.one_of([command.strategy() for command in rows])

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


def run_machine(
    machine: type[RuleBasedStateMachine], judged: Judged, judge: Judge, effort: settings | None = None
) -> None:
    """Let Hypothesis look for divergences with a `keyspace_machine`, then shrink what it found.

    `effort` are the settings that say how long to look, those of the profile when not given.
    Hypothesis's own shrinking ends after 500 improvements, which long commands use up on their arguments: that took
    a minute and left seventeen steps where leaving out steps first leaves two. Raises DivergenceError, or a group of
    errors when there are several.
    """

    def shrunk(error: Exception) -> Exception:
        return judged.enter(shrink(error.divergence, judge.run_alone)) if isinstance(error, DivergenceError) else error

    try:
        run_state_machine_as_test(machine, settings=settings(effort, phases=(Phase.explicit, Phase.generate)))
    except DivergenceError as error:
        raise shrunk(error) from None
    except ExceptionGroup as group:
        raise ExceptionGroup(group.message, [shrunk(error) for error in group.exceptions]) from None
