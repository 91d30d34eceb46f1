"""Campaigns: what they spend on the divergences that they find, and what they tell of those that come by chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from redproof_properties.divergence import Divergence, found
from redproof_properties.errors import ProtocolError
from redproof_properties.fuzzing.campaign import run_campaign
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
    shrinking = 40 + 20 + 10 + 5 + 2 + 1
    assert judge.runs_alone == shrinking + 5 + 5 + 5 + 5 + 2 + 1


class Moody(Judge):
    """Judges that a history diverges whenever one is judged, and every second time that it is run again."""

    def __init__(self) -> None:
        self.commands_judged = 0
        self.runs_alone = 0

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        for history in histories:
            self.commands_judged += len(history)
            yield found("GET", "reply", 0, b"", history)

    def run_alone(self, history: History) -> Divergence | None:
        self.runs_alone += 1
        return found("GET", "reply", 0, b"", history) if self.runs_alone % 2 else None


def test_a_divergence_that_comes_by_chance_is_told_with_how_often_it_came_again() -> None:
    findings = run_campaign(Moody(), Generator(["strings"]), seed=1, commands=300)
    ((signature, divergence),) = findings.divergences.items()
    assert divergence.attempts == 5
    assert divergence.reproduced in (2, 3)
    assert findings.occurrences[signature] == 3


class Garbled(Judge):
    """Judges that a server which cannot be started anew answers FLUSHALL with what is no RESP after some histories."""

    def __init__(self, times: int) -> None:
        self.commands_judged = 0
        self.times = times

    def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
        for number, history in enumerate(histories):
            if number == 2 and self.times:
                self.times -= 1
                raise ProtocolError("no RESP reply begins with b'?'")
            self.commands_judged += len(history)
            yield None

    def run_alone(self, history: History) -> Divergence | None:
        return None


def test_a_malformed_reply_between_histories_is_a_divergence_and_the_campaign_goes_on() -> None:
    findings = run_campaign(Garbled(times=1), Generator(["strings"]), seed=1, commands=1000)
    (divergence,) = findings.divergences.values()
    assert (divergence.command, divergence.kind) == ("FLUSHALL", "malformed reply")
    assert divergence.actual == "no RESP reply begins with b'?'"
    assert (divergence.reproduced, divergence.attempts) == (0, 5)
    assert findings.commands >= 1000


def test_malformed_replies_from_which_no_history_begins_end_a_campaign() -> None:
    class NeverEmpty(Garbled):
        def run_all(self, histories: Iterable[History]) -> Iterator[Divergence | None]:
            raise ProtocolError("no RESP reply begins with b'?'")

    with pytest.raises(ProtocolError, match="no RESP reply"):
        run_campaign(NeverEmpty(times=1), Generator(["strings"]), seed=1, commands=1000)
