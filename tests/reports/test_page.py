"""The page and the JUnit file: all that is in a run, and nothing that acts."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.history import Call
from redproof_properties.run import PropertyOutcome, TargetSummary
from redproof_reports.junit import write_junit
from redproof_reports.page import render_page, write_report
from redproof_reports.results import Results
from redproof_reports.terminal import print_results
from rich.console import Console

MakeRun = Callable[..., Results]
MakeDivergence = Callable[..., Divergence]
MakeOutcome = Callable[..., PropertyOutcome]

HOSTILE = "</pre></script><script>alert('{{ 7*7 }}')</script>\" onmouseover=\"x' \x1b[2J\u202e\x00\n'; rm -rf ~ #"


class Elements(HTMLParser):
    """The tags, attributes and ids of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def all(self, name: str) -> list[str]:
        """The values of an attribute wherever it occurs."""
        return [value for key, value in self.attributes if key == name]


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


def test_junit_of_a_hostile_run_is_xml(hostile: Results, tmp_path: Path) -> None:
    write_junit(hostile, tmp_path / "junit.xml")
    assert parse(tmp_path / "junit.xml").getroot().tag == "testsuites"
