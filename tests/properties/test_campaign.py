"""Campaigns: what they spend on the divergences that they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from redproof_properties.campaign import run_campaign
from redproof_properties.divergence import Divergence, found
from redproof_properties.generate import Generator
from redproof_properties.history import History
from redproof_properties.judge import Judge


class Unanswered(Judge):
    """Judges that each history misses the reply to another command, and finds nothing in a shorter one."""

    def __init__(self) -> None:
        self.commands_judged = 0
        self.runs_alone = 0

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        for number, history in enumerate(histories):
            self.commands_judged += len(history)
            yield found(f"COMMAND{number}", "no reply", 0, None, history)

    def run_alone(self, history: History) -> Divergence | None:
        self.runs_alone += 1
        return None


def test_a_server_that_answers_nothing_is_not_waited_for_again_and_again() -> None:
    judge = Unanswered()
    findings = run_campaign(judge, Generator(["strings"]), seed=1, commands=3000)
    assert len(findings.divergences) == 30
    assert judge.runs_alone == 40 + 20 + 10 + 5 + 2 + 1
