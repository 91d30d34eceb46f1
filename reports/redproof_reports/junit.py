"""A run as JUnit XML, for the systems that collect test results."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from redproof_properties.run import PropertyOutcome

from redproof_reports.results import Results
from redproof_reports.text import printable


def write_junit(results: Results, path: Path) -> None:
    """Write a suite for each target with a case for each property. Raises OSError.

    A property whose divergences are all known does not fail; what broke it is told in `system-out`.
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
            tests=str(len(outcomes)),
        )
        tags = [_add_case(suite, results, each) for each in outcomes]
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, str(tags.count(tag)))
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


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
