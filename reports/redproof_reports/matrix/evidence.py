"""What is found out about one server: how often each form of a command agreed, and what did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from redproof_model.reply import QUEUED, Error, Reply
from redproof_properties.divergence import Divergence
from redproof_properties.run import PropertyOutcome

from redproof_reports.matrix.rows import CommandRow


@dataclass(slots=True)
class Count:
    """Executions of a command, or of one of its forms.

    Of those that agreed with the model some were refused, as the model demands: `answered` counts the others.
    `diverged` tells how often each divergence was seen, under its id.
    """

    agreed: int = 0
    answered: int = 0
    diverged: dict[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        """All executions that came to a verdict."""
        return self.agreed + sum(self.diverged.values())


@dataclass(slots=True)
class Evidence:
    """All that is known of one target; `failure` says why it could not be judged, or not to the end."""

    target: str
    server: str = ""
    model: str = ""
    failure: str = ""
    interrupted: bool = False
    seconds: float = 0.0
    commands: int = 0
    histories: int = 0
    notes: list[str] = field(default_factory=list)
    served: frozenset[str] | None = None
    """The commands that the server lists; None if it does not tell."""
    missing: frozenset[str] = frozenset()
    """The commands of the rows that it does not have although its version does."""
    introduced: dict[str, str] = field(default_factory=dict)
    """The releases that brought commands and forms, as the server tells them."""
    modelled: frozenset[str] = frozenset()
    """The commands of the rows that the version of the model knows."""
    counts: dict[str, Count] = field(default_factory=dict)
    divergences: dict[str, Divergence] = field(default_factory=dict)
    properties: list[PropertyOutcome] = field(default_factory=list)

    def count(self, name: str) -> Count:
        """The count of a command or form."""
        return self.counts.setdefault(name, Count())


class Counting:
    """Counts what a judge says agreed, and the divergences that end histories."""

    def __init__(self, evidence: Evidence, rows: Sequence[CommandRow]) -> None:
        self._evidence = evidence
        self._rows: Mapping[str, CommandRow] = {row.name: row for row in rows}

    def agreed(self, argv: list[bytes], reply: Reply | None) -> None:
        """Count a command whose reply was allowed; one that is only queued is neither answered nor refused."""
        row = self._rows.get(argv[0].decode("latin-1").upper())
        if row is None or reply == QUEUED:
            return
        answered = not isinstance(reply, Error)
        for name in (row.name, *row.forms_in(argv)):
            count = self._evidence.count(name)
            count.agreed += 1
            count.answered += answered

    def diverged(self, divergence: Divergence) -> None:
        """Count a divergence as it came, before it is shrunk."""
        row = self._rows.get(divergence.command)
        for name in (divergence.command, *(row.forms_at(divergence) if row is not None else ())):
            diverged = self._evidence.count(name).diverged
            diverged[divergence.signature] = diverged.get(divergence.signature, 0) + 1
