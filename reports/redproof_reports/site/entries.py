"""The divergences of a site: each once, with all that was seen of it, what became of it, and its steps side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.history import Call, show

from redproof_reports.again import replay_command
from redproof_reports.baseline.file import Baseline
from redproof_reports.records.causes import cause_of
from redproof_reports.records.journal import Sighting
from redproof_reports.replaying.pytest_file import write_pytest
from redproof_reports.replaying.rehearsed import judging_version, rehearse
from redproof_reports.script import write_script
from redproof_reports.text import Compared, compare, count, printable, shorten

LONGEST_SCRIPT_SHOWN = 50_000
LINES_LISTED = 4
"""Lines of a script that are shown where divergences are listed."""

LONGEST_LINE_LISTED = 120
LONGEST_STEP = 400
"""Of a step on the page of a divergence; the record has it whole."""


class Status(StrEnum):
    """What a divergence is to those who look at the site, the worst first."""

    NEW = "new"
    EXPIRED = "expired"
    KNOWN = "known"
    EARLIER = "earlier"
    """Not seen in the runs that are published, but in one before them."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A step with the replies of model and server; `reply` is that of both, as far as it is known."""

    text: str
    reply: str | None
    compared: Compared | None


@dataclass(frozen=True)
class Entry:
    """A divergence with its sightings, of which the first has the fewest steps."""

    sightings: Sequence[Sighting]
    status: Status
    why: str
    """Why it is known, empty if it is not."""

    @property
    def divergence(self) -> Divergence:
        """The sighting that is shown."""
        return self.sightings[0].divergence

    @property
    def id(self) -> str:
        """The stable id."""
        return self.divergence.signature

    @property
    def name(self) -> str:
        """The page, without folder."""
        return f"{self.id}.html"

    @property
    def record_name(self) -> str:
        """The record, in the folder of the page."""
        return f"{self.id}.json"

    @cached_property
    def cause(self) -> str:
        """By which it is grouped."""
        return printable(cause_of(self.divergence))

    @cached_property
    def targets(self) -> list[str]:
        """Where it was seen."""
        return sorted({printable(each.divergence.target) for each in self.sightings})

    @cached_property
    def seen_on(self) -> list[Sighting]:
        """The last sighting on each server that it was seen on."""
        last = {(each.divergence.target, each.divergence.server): each for each in self.sightings}
        for each in self.sightings:
            key = (each.divergence.target, each.divergence.server)
            last[key] = max(last[key], each, key=lambda sighting: sighting.run)
        return list(last.values())

    @property
    def runs(self) -> int:
        """In how many runs it was seen."""
        return len({each.run for each in self.sightings})

    @property
    def first_run(self) -> str:
        """When it was seen first."""
        return min(each.run for each in self.sightings)

    @property
    def last_run(self) -> str:
        """When it was seen last."""
        return max(each.run for each in self.sightings)

    @cached_property
    def compared(self) -> Compared:
        """What was expected and what came."""
        return compare(self.divergence.expected, self.divergence.actual)

    @property
    def script(self) -> list[str]:
        """The last steps, each in a line."""
        lines = [shorten(printable(line), LONGEST_LINE_LISTED) for line in self.divergence.script()]
        left_out = len(lines) - LINES_LISTED
        return lines if left_out <= 0 else [f"# {count(left_out + 1, 'line')} before", *lines[1 - LINES_LISTED :]]

    @property
    def steps(self) -> list[SideBySide]:
        """Every step with the replies."""
        several = len(self.divergence.clients) > 1 or self.divergence.topology is not None
        texts = [shorten(printable(show(step, several)), LONGEST_STEP) for step in self.divergence.steps]
        replies = rehearse(self.divergence)
        last = len(texts) - 1
        return [
            SideBySide(
                text,
                None if number == last or reply is None else shorten(printable(reply)),
                self.compared if number == last else None,
            )
            for number, (text, reply) in enumerate(zip(texts, replies, strict=True))
        ]

    @property
    def sides(self) -> tuple[str, str]:
        """What stands beside the steps: the model and the server, where it was the model that judged one server."""
        return ("model", "server") if judging_version(self.divergence) is not None else ("expected", "actual")

    @property
    def setting(self) -> list[str]:
        """The servers of a schedule, and what the server was in replication."""
        return [printable(line) for line in self.divergence.script()[: -len(self.divergence.steps) or None]]

    @property
    def calls(self) -> int:
        """How many commands it takes."""
        return sum(isinstance(step, Call) for step in self.divergence.steps)

    @property
    def replay(self) -> str:
        """The command that takes its steps again."""
        return replay_command(self.record_name, self.divergence)

    @property
    def scripts(self) -> list[tuple[str, str]]:
        """What takes its steps again without redproof: a heading and a text each."""
        written = [("bash and redis-cli", write_script(self.divergence, self.record_name))]
        with suppress(UsageError):
            written.append(("Python and pytest", write_pytest(self.divergence, self.record_name)))
        return [(heading, text) for heading, text in written if len(text) <= LONGEST_SCRIPT_SHOWN]


def make_entries(current: Iterable[Sighting], earlier: Iterable[Sighting], baseline: Baseline) -> list[Entry]:
    """Every divergence once: the worst first, and those of one cause together."""
    current = list(current)
    now = {each.divergence.signature for each in current}
    by_id: dict[str, dict[tuple[str, str], Sighting]] = {}
    for sighting in (*current, *earlier):
        seen = by_id.setdefault(sighting.divergence.signature, {})
        seen.setdefault((sighting.run, sighting.divergence.target), sighting)
    entries = [_entry([*seen.values()], name in now, baseline) for name, seen in by_id.items()]
    worst = _worst_by_cause(entries)
    order = list(Status)
    return sorted(entries, key=lambda each: (worst[each.cause], each.cause, order.index(each.status), each.id))


def _entry(sightings: list[Sighting], is_current: bool, baseline: Baseline) -> Entry:
    name = sightings[0].divergence.signature
    entry = baseline.entries.get(name)
    if not is_current:
        status = Status.EARLIER
    elif entry is None:
        status = Status.NEW
    else:
        status = Status.EXPIRED if entry in baseline.expired else Status.KNOWN
    shortest_first = sorted(sightings, key=lambda each: len(each.divergence.steps))
    return Entry(shortest_first, status, "" if entry is None else entry.told)


def _worst_by_cause(entries: Sequence[Entry]) -> Mapping[str, int]:
    order = list(Status)
    worst: dict[str, int] = {}
    for each in entries:
        worst[each.cause] = min(worst.get(each.cause, len(order)), order.index(each.status))
    return worst
