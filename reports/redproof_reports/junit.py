"""A run as JUnit XML, for the systems that collect test results.

Of a campaign, which is one property, each group of commands is a case, or, where it diverged, each divergence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from redproof_properties.run import PropertyOutcome, TargetSummary
from redproof_properties.unsupported import has_commands
from redproof_properties.vocabulary import GROUPS

from redproof_reports.results import CAMPAIGNS, Record, Results
from redproof_reports.text import printable


def write_junit(results: Results, path: Path) -> None:
    """Write a suite for each target with a case for each property, or those of a campaign. Raises OSError.

    A property whose divergences are all known does not fail; what broke it is told in `system-out`. Of a campaign a
    known divergence is skipped, with the reason.
    """
    root = Element("testsuites", name="redproof", time=f"{results.seconds:.1f}")
    for target in results.targets:
        outcomes = [each for each in results.properties if each.target == target.spelling]
        suite = SubElement(
            root,
            "testsuite",
            name=printable(target.spelling),
            timestamp=results.started,
            time=f"{sum(each.seconds for each in outcomes):.2f}",
        )
        tags = [tag for each in outcomes for tag in _add_outcome(suite, results, target, each)]
        suite.set("tests", str(len(tags)))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, str(tags.count(tag)))
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_outcome(
    suite: Element, results: Results, target: TargetSummary, outcome: PropertyOutcome
) -> Iterator[str | None]:
    """Add the cases of an outcome and give the tag of each result, None for one that passed."""
    if results.profile not in CAMPAIGNS or outcome.outcome not in ("holds", "broken"):
        yield _add_case(suite, results, outcome)
        return
    records = results.divergences_of(outcome)
    groups: dict[str, list[Record]] = {group: [] for group in target.drawn or [""]}
    for record in records:
        groups.setdefault(_group_of(record, groups), []).append(record)
    for group, found in groups.items():
        classname = ".".join(filter(None, ("redproof", printable(outcome.target), group)))
        for record in found:
            yield _add_divergence(suite, classname, results, record)
        if not found:
            yield _add_quiet(suite, classname, _why_unjudged(target, outcome, group), outcome)


def _group_of(record: Record, groups: Iterable[str]) -> str:
    """The first of the groups that has the command; none where no group has it."""
    command = record.divergence.command
    return next((group for group in groups if any(command == each.name for each in GROUPS.get(group, ()))), "")


def _why_unjudged(target: TargetSummary, outcome: PropertyOutcome, group: str) -> str:
    """Why nothing is said of a group that has no divergence; empty where that it has none says something."""
    if group and not has_commands([group], target.unsupported):
        return "the target has none of its commands"
    return outcome.reason


def _add_divergence(suite: Element, classname: str, results: Results, record: Record) -> str:
    divergence = record.divergence
    name = f"{printable(divergence.command)} {record.id}"
    case = SubElement(suite, "testcase", classname=classname, name=name, time="0.00")
    reason = results.known.get(record.id)
    tag, message = ("failure", str(divergence)) if reason is None else ("skipped", f"known: {reason}")
    lines = [*divergence.script(), f"expected {divergence.expected}", f"actual   {divergence.actual}", record.replay]
    SubElement(case, tag, message=printable(message)).text = "\n".join(_lines(lines))
    return tag


def _add_quiet(suite: Element, classname: str, unjudged: str, outcome: PropertyOutcome) -> str | None:
    """Add the case of a group without a divergence."""
    case = SubElement(suite, "testcase", classname=classname, name=printable(outcome.title), time="0.00")
    if not unjudged:
        return None
    SubElement(case, "skipped", message=printable(unjudged))
    return "skipped"


def _add_case(suite: Element, results: Results, outcome: PropertyOutcome) -> str | None:
    """Add a case and return the tag of its result, None when it passed."""
    case = SubElement(
        suite,
        "testcase",
        classname=f"redproof.{printable(outcome.target)}",
        name=printable(outcome.title),
        time=f"{outcome.seconds:.2f}",
    )
    records = results.divergences_of(outcome)
    tag = {"broken": "failure", "error": "error", "skipped": "skipped"}.get(outcome.outcome)
    if tag == "failure" and records and all(record.id in results.known for record in records):
        tag = None
    scripts = ["\n".join([f"divergence {record.id}", *_lines(record.divergence.script())]) for record in records]
    text = "\n\n".join(scripts) or "\n".join(_lines(outcome.reason.splitlines()))
    if tag is not None:
        message = "; ".join(printable(str(record.divergence)) for record in records)
        SubElement(case, tag, message=message or printable(outcome.reason)).text = text
    elif text:
        SubElement(case, "system-out").text = text
    return tag


def _lines(lines: list[str]) -> list[str]:
    return [printable(line) for line in lines]
