"""Judges that hold a server to itself: after each history its data must come through passages unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from redproof_properties.closing import Closing
from redproof_properties.divergence import UNANSWERED, Divergence, unanswered
from redproof_properties.encoding import encode_command
from redproof_properties.fuzzing.passages import CAME_THROUGH, REPLICATION, Passages
from redproof_properties.history import FIRST_CLIENT, Call, History, Step, clients_of
from redproof_properties.judge import Judge
from redproof_properties.seen import SeenReplies
from redproof_properties.sending import pipelined
from redproof_properties.targets import Target

_EMPTY: Final = ((b"FUNCTION", b"FLUSH"), (b"SCRIPT", b"FLUSH"), (b"FLUSHALL",))


class PassingJudge(Judge):
    """As `Judge`, and after a history without a divergence its data must come through the passages."""

    def __init__(self, passages: Passages, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._passages = passages

    def run(self, history: History) -> Divergence | None:
        """As `Judge.run`."""
        divergence = located(self._run(history), self._run)
        if divergence is None:
            return None
        divergence.clients = divergence.clients | self._spoken(history)
        return divergence

    def _run(self, history: History) -> Divergence | None:
        conversation = self.begin(clients_of(history))
        divergence = conversation.perform(history) or self._passages.check(conversation.executed)
        self.end(conversation, divergence)
        return divergence

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """Execute one history after the other, each as `run_alone` does: a restart ends connections."""
        return map(self.run_alone, histories)

    def _spoken(self, history: History) -> dict[str, int]:
        return {name: self._protocols.get(name, 2) for name in clients_of(history)}


class UnmodelledJudge(Closing):
    """Judges histories of which no model tells the replies: each command is answered, and the data comes through."""

    def __init__(self, target: Target, passages: Passages) -> None:
        self.commands_judged = 0
        self._target = target
        self._passages = passages

    def close(self) -> None:
        """Nothing is held."""

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        """The first divergence of each history."""
        return map(self.run_alone, histories)

    def run_alone(self, history: History) -> Divergence | None:
        """The first divergence of a history of one client on the emptied target, over a new connection.

        Raises TargetError when the target cannot be reached or emptied.
        """
        divergence = located(self._run(history), self._run)
        if divergence is not None:
            divergence.clients = {FIRST_CLIENT: 2}
        return divergence

    def _run(self, history: History) -> Divergence | None:
        calls = [step for step in history if isinstance(step, Call)]
        return self._perform(calls) or self._passages.check(calls)

    def _perform(self, calls: list[Call]) -> Divergence | None:
        seen = SeenReplies()
        with self._target.connect() as link:
            for emptying in _EMPTY:
                link.call(*emptying)
            done = 0
            while done < len(calls):
                batch = pipelined(calls, calls[done], done + 1)
                argvs = [[part if isinstance(part, bytes) else seen.told[part] for part in call.argv] for call in batch]
                try:
                    link.send(b"".join(map(encode_command, argvs)))
                    for argv in argvs:
                        self.commands_judged += 1
                        seen.remember(argv, link.receive())
                        done += 1
                except UNANSWERED as failure:
                    return unanswered(calls[done].name, "a reply", failure, calls[: done + 1])
        return None


def located(divergence: Divergence | None, run: Callable[[Sequence[Step]], Divergence | None]) -> Divergence | None:
    """What a replica lacks, as a divergence of the command after which it shows: each cause has an id of its own.

    That command is found by halving: `run` gives the divergence of the first steps, None without one. What a server
    loses otherwise it loses by the type of the value, and not by a command.
    """
    if divergence is None or divergence.kind != CAME_THROUGH + REPLICATION:
        return divergence
    steps, shown, hidden = divergence.steps, len(divergence.steps), 0
    while shown - hidden > 1:
        middle = (shown + hidden) // 2
        seen = run(steps[:middle])
        if seen is not None and seen.kind == divergence.kind:
            divergence, shown = seen, middle
        else:
            hidden = middle
    last = steps[shown - 1] if steps else None
    return replace(divergence, command=last.name) if isinstance(last, Call) else divergence
