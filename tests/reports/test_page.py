"""The page and the JUnit file: all that is in a run, and nothing that acts."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from elements import Elements
from redproof_properties.divergence import Divergence
from redproof_properties.history import Call
from redproof_properties.run import PropertyOutcome, TargetSummary
from redproof_properties.vocabulary import GROUPS
from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.junit import write_junit
from redproof_reports.page import render_page, write_report
from redproof_reports.results import Results
from redproof_reports.terminal import print_results
from rich.console import Console

MakeRun = Callable[..., Results]
MakeDivergence = Callable[..., Divergence]
MakeOutcome = Callable[..., PropertyOutcome]

HOSTILE = "</pre></script><script>alert('{{ 7*7 }}')</script>\" onmouseover=\"x' \x1b[2J\u202e\x00\n'; rm -rf ~ #"


@pytest.fixture
def hostile(make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome) -> Results:
    """A run whose every text is hostile."""
    names = ("expected", "actual", "property_name", "server", "model", "seed")
    steps = [Call("A", (HOSTILE.encode(), b"\x00")), Call(HOSTILE, (b"GET", HOSTILE.encode()))]
    divergence = make_divergence(HOSTILE, steps=steps, **dict.fromkeys(names, HOSTILE))
    outcomes = [
        make_outcome("broken", [divergence], title=HOSTILE, source=HOSTILE),
        make_outcome("error", name=HOSTILE, title=HOSTILE, source="javascript:alert(1)", reason=HOSTILE),
    ]
    summary = TargetSummary("bundled", HOSTILE, HOSTILE, groups={HOSTILE: 3})
    return make_run(outcomes, [divergence], {divergence.signature: HOSTILE}, summary=summary)


def test_nothing_in_a_hostile_run_acts(hostile: Results) -> None:
    page = render_page(hostile)
    elements = Elements(page)
    assert elements.tags.count("script") == 1
    assert [name for name, _ in elements.attributes if name.startswith("on")] == []
    assert [link for link in elements.all("href") if not link.startswith(("#", "https://"))] == []
    assert "{{ 7*7 }}" in page
    assert all(char.isprintable() or char == "\n" for char in page)


def test_the_page_needs_nothing_beside_it(hostile: Results) -> None:
    page = render_page(hostile)
    elements = Elements(page)
    assert not {"link", "img", "iframe", "object", "base"} & set(elements.tags)
    assert elements.all("src") == []
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page)


def test_links_lead_to_places_on_the_page_and_ids_are_unique(hostile: Results) -> None:
    elements = Elements(render_page(hostile))
    ids = elements.all("id")
    assert len(ids) == len(set(ids))
    places = [link[1:] for link in elements.all("href") if link.startswith("#")]
    assert places
    assert set(places) | set(elements.all("aria-labelledby")) <= set(ids)


def test_everything_is_on_the_page(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome
) -> None:
    divergence = make_divergence()
    outcomes = [
        make_outcome(),
        make_outcome("broken", [divergence], name="b", title="SET sets"),
        make_outcome("skipped", name="c", title="A replica follows", reason="bundled lacks can_replicate"),
    ]
    summary = TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 4321, 43, {"strings": 2345})
    page = write_report(make_run(outcomes, [divergence], summary=summary)).read_text()
    shown = ["1 divergence in 4,321 commands", "2,345", "GET gives what SET set", "bundled lacks can_replicate"]
    shown += [
        "redproof check bundled --profile quick --seed 7",
        divergence.signature,
        "redis 7.0.0",
        "#!/usr/bin/env bash",
    ]
    assert [text for text in shown if text not in page] == []


def test_what_a_target_does_not_support_is_named_on_the_page_and_in_the_terminal(
    make_run: MakeRun, make_outcome: MakeOutcome
) -> None:
    summary = TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 4321, 43, unsupported=["XADD", "XLEN"])
    results = make_run([make_outcome()], summary=summary)
    assert "Not supported by bundled, and not judged: XADD, XLEN" in write_report(results).read_text()
    terminal = StringIO()
    print_results(Console(file=terminal, width=200), results)
    assert "not supported by bundled, and not judged: XADD, XLEN" in terminal.getvalue()


def test_what_became_of_known_divergences_is_on_the_page(make_run: MakeRun, make_outcome: MakeOutcome) -> None:
    entries = {
        name: Known(name, "it <is> so", "", day, 1) for name, day in (("0" * 12, None), ("1" * 12, date(2026, 1, 1)))
    }
    results = replace(make_run([make_outcome()]), baseline=Baseline(entries, today=date(2026, 2, 1)))
    page = render_page(results)
    assert f"<code>{'0' * 12}</code> unobserved: not seen in this run. Known: it &lt;is&gt; so" in page
    assert f"<code>{'1' * 12}</code> was accepted until 2026-01-01: it &lt;is&gt; so" in page
    assert (results.exit_code, results.headline) == (1, "1 known divergence expired")


def test_many_divergences_are_counted_by_what_they_have_in_common(
    make_run: MakeRun, make_divergence: MakeDivergence
) -> None:
    many = [make_divergence(f"C{number}") for number in range(11)]
    terminal = StringIO()
    print_results(
        Console(file=terminal, width=200), make_run([], [*many, make_divergence(actual_shape="error ERR no")])
    )
    assert re.search(
        r"^ +11 +nil instead of bulk string *\n +1 +error ERR no instead of a reply", terminal.getvalue(), re.M
    )
    assert "2 further divergences are on the page." in terminal.getvalue()


def test_a_script_lies_beside_each_record(make_run: MakeRun, make_divergence: MakeDivergence) -> None:
    results = make_run([], [make_divergence()])
    write_report(results)
    (record,) = results.records
    assert record.script_path.parent == record.path.parent
    assert "GET k" in record.script_path.read_text()


def test_long_values_do_not_make_a_long_page(make_run: MakeRun, make_divergence: MakeDivergence) -> None:
    value = b"v" * 1_000_000
    text = value.decode()
    divergence = make_divergence(steps=[Call("A", (b"SET", b"k", value))], expected=text, actual=text + "w")
    results = make_run([], [divergence])
    assert len(write_report(results).read_text()) < 50_000
    assert text in results.records[0].script_path.read_text()


def test_junit(make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome, tmp_path: Path) -> None:
    new, known = make_divergence(), make_divergence("SET")
    outcomes = [
        make_outcome(),
        make_outcome("broken", [new]),
        make_outcome("broken", [known]),
        make_outcome("skipped", reason="why"),
        make_outcome("error", reason="it died"),
    ]
    write_junit(make_run(outcomes, [new, known], {known.signature: "so it is"}), tmp_path / "junit.xml")
    (suite,) = parse(tmp_path / "junit.xml").getroot()
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["5", "1", "1", "1"]
    assert [[child.tag for child in case] for case in suite] == [
        [],
        ["failure"],
        ["system-out"],
        ["skipped"],
        ["error"],
    ]


def test_a_campaign_has_a_case_for_each_quiet_group_and_for_each_divergence(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome, tmp_path: Path
) -> None:
    new, known, odd = make_divergence(), make_divergence("LPUSH"), make_divergence("NOSUCH")
    summary = TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 1234, 12)
    summary.drawn, summary.unsupported = ["strings", "lists", "sets", "acl"], [each.name for each in GROUPS["acl"]]
    outcome = make_outcome("broken", [new, known, odd], title="All is well")
    results = make_run([outcome], [new, known, odd], {known.signature: "so it is"}, summary=summary)
    write_junit(replace(results, profile="fuzz"), tmp_path / "junit.xml")
    (suite,) = parse(tmp_path / "junit.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "0", "2"]
    assert [(case.get("classname"), case.get("name"), [(each.tag, each.get("message")) for each in case])
            for case in suite] == [
        ("redproof.bundled.strings", f"GET {new.signature}", [("failure", str(new))]),
        ("redproof.bundled.lists", f"LPUSH {known.signature}", [("skipped", "known: so it is")]),
        ("redproof.bundled.sets", "All is well", []),
        ("redproof.bundled.acl", "All is well", [("skipped", "the target has none of its commands")]),
        ("redproof.bundled", f"NOSUCH {odd.signature}", [("failure", str(odd))]),
    ]  # fmt: skip
    texts = [each.text or "" for each in suite.iter("failure")]
    assert "GET k" in texts[0]
    assert "redproof replay" in texts[0]


@pytest.mark.parametrize(("outcome", "tags"), [("broken", ["failure", "skipped"]), ("error", ["error"])])
def test_a_campaign_that_was_interrupted_passes_nothing(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome, tmp_path: Path,
    outcome: str, tags: list[str],
) -> None:  # fmt: skip
    found = [make_divergence()] if outcome == "broken" else []
    summary = TargetSummary("bundled", "redis 7.0.0", "redis 7.0", 12, 1, drawn=["strings", "lists"])
    results = make_run([make_outcome(outcome, found, reason="interrupted")], found, summary=summary)
    write_junit(replace(results, profile="fuzz"), tmp_path / "junit.xml")
    (suite,) = parse(tmp_path / "junit.xml").getroot()
    assert [child.tag for case in suite for child in case] == tags


@pytest.mark.parametrize("profile", ["quick", "fuzz"])
def test_junit_of_a_hostile_run_is_xml(hostile: Results, tmp_path: Path, profile: str) -> None:
    write_junit(replace(hostile, profile=profile), tmp_path / "junit.xml")
    assert parse(tmp_path / "junit.xml").getroot().tag == "testsuites"
