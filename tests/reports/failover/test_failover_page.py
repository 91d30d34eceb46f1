"""The page of failovers: all that is in a record, what is said of it, and nothing that acts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from elements import Elements
from recorded import small_record
from redproof_model.loss.account import Entry, Reason, Verdict
from redproof_properties.failover.judges import verdict
from redproof_properties.failover.record import Event, FailoverRecord
from redproof_reports.failover.page import render_page
from redproof_reports.failover.results import RUNS_KEPT, FailoverResults
from shown import SENTENCE, judged, judgement, lost, results

HOSTILE = "</pre></script><script>alert('{{ 7*7 }}')</script>\" onmouseover=\"x' \x1b[2J\u202e\x00\n'; rm -rf ~ #"


def hostile_record() -> FailoverRecord:
    """The small record, its values, its versions and what its sentinels told hostile."""
    record = small_record()
    return replace(
        record,
        target=HOSTILE,
        nodes=tuple(replace(node, version=HOSTILE, spelling=HOSTILE) for node in record.nodes),
        writes=tuple(replace(write, value=write.value + HOSTILE, client=HOSTILE) for write in record.writes),
        events=(*record.events, Event(at_ms=500, sentinel="s1", name=HOSTILE, text=HOSTILE)),
        faults=tuple(replace(fault, value=HOSTILE) for fault in record.faults),
    )


@pytest.fixture
def hostile() -> FailoverResults:
    """Runs whose every text is hostile."""
    entries = (lost("c2" + HOSTILE), Entry(HOSTILE.encode(), Verdict.BUG, Reason.NEVER_SENT))
    run = replace(judged(*entries, record=hostile_record()), judgements=(judgement(sentence=HOSTILE),))
    return results(run, replace(run, name=HOSTILE), target=HOSTILE, reproduce=HOSTILE, failure=HOSTILE)


def test_nothing_in_a_hostile_run_acts(hostile: FailoverResults) -> None:
    page = render_page(hostile)
    elements = Elements(page)
    assert elements.tags.count("script") == 2
    assert [name for name, _ in elements.attributes if name.startswith("on")] == []
    assert [link for link in elements.all("href") if not link.startswith(("#", "https://"))] == []
    assert "{{ 7*7 }}" in page
    assert all(char.isprintable() or char == "\n" for char in page)


def test_the_page_is_well_formed_and_needs_nothing_beside_it(hostile: FailoverResults) -> None:
    page = render_page(hostile)
    elements = Elements(page)
    assert elements.open == []
    assert not {"link", "img", "iframe", "object", "base"} & set(elements.tags)
    assert elements.all("src") == []
    assert not re.search(r"@import|fetch\(|XMLHttpRequest", page)
    assert [place for place in re.findall(r"url\((.*?)\)", page) if not place.startswith("#")] == []


def test_links_lead_to_places_on_the_page_and_ids_are_unique(hostile: FailoverResults) -> None:
    elements = Elements(render_page(hostile))
    ids = elements.all("id")
    assert len(ids) == len(set(ids))
    places = [link[1:] for link in elements.all("href") if link.startswith("#")]
    assert places
    labels = elements.all("aria-labelledby") + elements.all("aria-describedby")
    assert set(places) | set(labels) <= set(ids)
    assert set(elements.all("data-run")) <= set(ids)


def test_what_is_said_of_a_run_is_on_the_page() -> None:
    page = render_page(results(judged()))
    shown = ["Nothing was lost against a promise in 1 failover", "3 acknowledged writes; 1 lost by design"]
    shown += ["r1 was promoted in epoch 1 at offset 100, and had not got it", SENTENCE, "holds", "s1 voted in epoch 1"]
    shown += ["redproof failover redis --seed 7", 'data-lost="0"', 'data-at="212"']
    assert [text for text in shown if text not in page] == []


def test_writes_that_are_gone_for_one_reason_are_told_together_and_the_worst_first() -> None:
    bug = lost("c1", Verdict.BUG, Reason.NOT_KEPT)
    page = render_page(results(judged(lost("c2"), lost("c4"), bug)))
    assert page.index("1 write</th>") < page.index("2 writes</th>")
    assert page.index("the agreed history has its offset") < page.index("had not got it")


def test_the_worst_runs_are_drawn_and_the_others_counted() -> None:
    broken = replace(judged(told=verdict.Verdict.BROKEN), name="the broken one")
    page = render_page(results(*[judged()] * RUNS_KEPT, broken))
    assert "the broken one" in page
    assert "1 further run, with nothing worse, is not drawn here" in page


def test_a_page_without_runs_is_a_page() -> None:
    page = render_page(results(failure="no server"))
    assert Elements(page).open == []
    assert "Unknown: ended after 0 runs by a failure" in page
