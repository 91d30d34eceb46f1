"""The verdicts of the matrix: what the evidence for a command, a form or a property comes to.

The rules, in this order, are those of the page's legend:

    unsupported   the server does not have the command or the option, as its version or although its version does
    fail          a divergence needs nothing but this, or nothing of it agrees
    partial       there are divergences, and other forms of it agree
    pass          no divergence, and enough executions that were not refused
    untested      anything else, with the reason
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from redproof_properties.run import PropertyOutcome

from redproof_reports.matrix.evidence import Count, Evidence
from redproof_reports.matrix.rows import CommandRow
from redproof_reports.text import count

ANSWERED_MIN: Final = 50
FORM_ANSWERED_MIN: Final = 10
REFUSED_MIN: Final = 10
"""How often a form must have been refused, as the model demands, to say that there is none in this version."""

_UNKNOWN_OPTION: Final = ("syntax error", "unsupported option", "unknown argument", "unknown subcommand")


class Status(StrEnum):
    """What a cell says."""

    PASS = "pass"
    PARTIAL = "partial"
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Cell:
    """A verdict with what backs it: executions that were judged, those not refused, and ids of divergences."""

    status: Status
    judged: int = 0
    answered: int = 0
    reason: str = ""
    divergences: tuple[str, ...] = ()


def says_unknown(text: str) -> bool:
    """Whether an error says that there is no such command (server.c rejectCommandFormat and its callers)."""
    return "unknown command" in text.lower()


def command_cell(row: CommandRow, evidence: Evidence) -> Cell:
    """The cell of a command on a server."""
    tally = evidence.counts.get(row.name, Count())
    status, reason = _absent(row, evidence, tally) or _command_status(row, evidence, tally)
    return Cell(status, tally.judged, tally.answered, reason, tuple(tally.diverged))


def form_cell(row: CommandRow, form: str, evidence: Evidence) -> Cell:
    """The cell of a command with one of its words."""
    tally = evidence.counts.get(form, Count())
    whole = evidence.counts.get(row.name, Count())
    status, reason = _absent(row, evidence, whole) or _form_status(row, form, evidence, tally)
    return Cell(status, tally.judged, tally.answered, reason, _needing(row, form, evidence) or _all_of(tally))


def property_cell(outcome: PropertyOutcome | None, evidence: Evidence) -> Cell:
    """The cell of a property on a server."""
    if outcome is None:
        return Cell(Status.UNTESTED, reason=_why_not(evidence))
    status = {"holds": Status.PASS, "broken": Status.FAIL}.get(outcome.outcome, Status.UNTESTED)
    reason = outcome.reason.strip().partition("\n")[0] if not outcome.divergences else ""
    judged = int(status != Status.UNTESTED)
    return Cell(status, judged, judged, reason, tuple(outcome.divergences))


def unjudged_cell(name: str, evidence: Evidence) -> Cell:
    """The cell of a command that no vocabulary has: only whether the server lists it is known."""
    if evidence.served is None:
        return Cell(Status.UNTESTED, reason=_why_not(evidence) if not evidence.server else "does not list its commands")
    if name in evidence.served:
        return Cell(Status.UNTESTED, reason="the server lists it, and no vocabulary has it")
    return Cell(Status.UNSUPPORTED, reason="the server does not list it")


def _absent(row: CommandRow, evidence: Evidence, tally: Count) -> tuple[Status, str] | None:
    """What is said where the server, the version or the model does not have the command."""
    if not evidence.server:
        return Status.UNTESTED, _why_not(evidence)
    match _lacks(row, evidence, tally), row.name in evidence.modelled:
        case True, True:
            return Status.UNSUPPORTED, f"missing, although {evidence.model} has it"
        case True, False:
            return Status.UNSUPPORTED, f"{evidence.model} has no such command"
        case False, False:
            return Status.UNTESTED, f"{evidence.server} has it; the model of {evidence.model} does not know it"
    return None


def _lacks(row: CommandRow, evidence: Evidence, tally: Count) -> bool:
    """Whether a server does not list a command, or calls it unknown each time where it lists nothing."""
    if evidence.served is not None:
        return row.name not in evidence.served
    return row.name in evidence.missing or (not tally.answered and _each_instead(tally, evidence, says_unknown))


def _command_status(row: CommandRow, evidence: Evidence, tally: Count) -> tuple[Status, str]:
    if tally.diverged:
        needs = [row.forms_at(evidence.divergences[name]) for name in tally.diverged]
        reason = f"{count(sum(tally.diverged.values()), 'execution')} diverged"
        if not tally.answered:
            return Status.FAIL, reason
        failing = {forms[0] for forms in needs if len(forms) == 1}
        tested = {
            form for form in row.forms if (each := evidence.counts.get(form)) and (each.answered or each.diverged)
        }
        alone = any(not forms for forms in needs)
        return (Status.FAIL if alone or (tested and tested <= failing) else Status.PARTIAL), reason
    return _enough(tally, ANSWERED_MIN, evidence)


def _form_status(row: CommandRow, form: str, evidence: Evidence, tally: Count) -> tuple[Status, str]:
    diverged = sum(tally.diverged.values())
    if diverged and not tally.answered:
        if _each_instead(tally, evidence, _says_unknown_option):
            return Status.UNSUPPORTED, f"missing, although {evidence.model} has it"
        return Status.FAIL, f"{count(diverged, 'execution')} diverged, and none was answered as it must be"
    needing = [evidence.divergences[name] for name in _needing(row, form, evidence)]
    if needing:
        alone = any(len(row.forms_at(divergence)) == 1 for divergence in needing)
        return (Status.FAIL if alone else Status.PARTIAL), f"{count(diverged, 'execution')} diverged"
    if not tally.answered and tally.agreed >= REFUSED_MIN:
        return Status.UNSUPPORTED, f"{evidence.model} refuses it, and so did the server each time"
    return _enough(tally, FORM_ANSWERED_MIN, evidence)


def _enough(tally: Count, least: int, evidence: Evidence) -> tuple[Status, str]:
    if tally.answered >= least:
        return Status.PASS, ""
    if not tally.judged:
        return Status.UNTESTED, _why_not(evidence)
    return Status.UNTESTED, f"answered {count(tally.answered, 'time')} without being refused; {least} are wanted"


def _why_not(evidence: Evidence) -> str:
    if evidence.interrupted:
        return "the run was interrupted before"
    return evidence.failure or "not reached: no history came to it"


def _needing(row: CommandRow, form: str, evidence: Evidence) -> tuple[str, ...]:
    """The divergences of a command that need this form."""
    diverged = evidence.counts.get(row.name, Count()).diverged
    return tuple(name for name in diverged if form in row.forms_at(evidence.divergences[name]))


def _all_of(tally: Count) -> tuple[str, ...]:
    """The divergences with a form, where it was never answered as it must be."""
    return () if tally.answered else tuple(tally.diverged)


def _says_unknown_option(text: str) -> bool:
    return any(words in text.lower() for words in _UNKNOWN_OPTION)


def _each_instead(tally: Count, evidence: Evidence, says: Callable[[str], bool]) -> bool:
    """Whether there are divergences, each of which says this where no error was expected."""
    found = [evidence.divergences[name] for name in tally.diverged]
    return bool(found) and all(says(each.actual) and not each.expected.startswith("(error)") for each in found)
