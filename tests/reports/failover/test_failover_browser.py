"""The page of failovers in a browser: keys, filters, zoom, that a phone scrolls nothing sideways, and dense runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from chromium import PROGRAM, Browser
from recorded import OLD, small_record, written
from redproof_reports.failover.page import write_page
from shown import judged, lost, results

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on PATH")

DENSE = 10_000
TOLD = "document.getElementById('told').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the small record, and with one of many writes."""
    writes = tuple(written(f"w{at}", "m", at / 10, OLD, 10 * at) for at in range(1, DENSE))
    dense = replace(judged(lost("w2"), record=replace(small_record(), writes=writes)), name="dense")
    return write_page(results(judged(lost("c2"), lost("c4")), dense), tmp_path_factory.mktemp("page"))


@pytest.fixture
def browser(running: Browser, page: Path) -> Browser:
    """The browser with the page as it is at first, its timeline in focus."""
    running.open(page)
    running.ask("frame.focus(); drawAll()")
    return running


def shown(browser: Browser, kind: str) -> int:
    """How many marks of a kind are drawn."""
    count: int = browser.ask(f"drawAll(), document.querySelectorAll('#chart .mark-{kind}').length")
    return count


def test_arrow_keys_go_through_lanes_and_marks(browser: Browser) -> None:
    browser.press("ArrowDown", "Home")
    assert "c1 by c to m" in browser.ask(TOLD)
    browser.press("ArrowRight")
    assert "lost by design: c2" in browser.ask(TOLD)
    assert "r1 was promoted in epoch 1 at offset 100" in browser.ask(TOLD)
    browser.press("ArrowDown")
    assert "r1 was promoted in epoch 1 at offset 100: this is what it keeps" in browser.ask(TOLD)
    browser.press("End", *["ArrowDown"] * 4, "Home")
    assert "s1: +sdown master mine" in browser.ask(TOLD)


def test_keys_zoom_and_pan_within_the_run(browser: Browser) -> None:
    whole = browser.ask("view.to - view.from")
    browser.press("+", "+")
    assert browser.ask("view.to - view.from") == pytest.approx(whole / 4)
    before = browser.ask("view.from")
    browser.press("]")
    assert browser.ask("view.from") == pytest.approx(before + whole / 16)
    browser.press(*["]"] * 40)
    assert browser.ask("view.to") == pytest.approx(browser.ask("whole().to"))
    browser.press("0")
    assert browser.ask("view.to - view.from") == pytest.approx(whole)


def test_l_goes_from_one_lost_write_to_the_next(browser: Browser) -> None:
    browser.press("l")
    first = browser.ask(TOLD)
    browser.press("l")
    second = browser.ask(TOLD)
    browser.press("l")
    assert ("c2" in first, "c4" in second, browser.ask(TOLD)) == (True, True, first)


def test_a_kind_that_is_filtered_out_is_neither_drawn_nor_reached(browser: Browser) -> None:
    # A lost write is drawn on the lane of its client and at its offset.
    assert shown(browser, "design") == 2 * 2
    browser.ask("filters.querySelector('[name=design]').click()")
    assert shown(browser, "design") == 0
    browser.press("ArrowDown", "Home", "ArrowRight")
    assert "without an answer" in browser.ask(TOLD)


def test_a_lost_write_of_the_list_is_shown_on_the_timeline_though_its_kind_was_filtered_out(browser: Browser) -> None:
    browser.ask("filters.querySelector('[name=design]').click()")
    browser.ask("document.querySelector('.of-run:not([hidden]) button[data-lost=\"1\"]').click()")
    assert "c4" in browser.ask(TOLD)
    assert browser.ask("filters.querySelector('[name=design]').checked")
    assert browser.ask("document.activeElement.id") == "frame"


def test_another_run_is_chosen_by_its_link_and_thousands_of_writes_are_few_elements(browser: Browser) -> None:
    browser.ask("location.hash = document.querySelector('.runs tr:last-child a').hash; chooseRun()")
    assert browser.ask("view.run.clients[0].writes.length") == DENSE - 1
    assert 1 <= shown(browser, "acknowledged") < 100
    assert (
        browser.ask("[...document.querySelectorAll('.of-run:not([hidden])')].map(e => e.dataset.run)") == ["run-2"] * 2
    )
    browser.ask("location.hash = ''")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_nothing_sideways(browser: Browser, scheme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    assert browser.ask("drawAll(), [document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    cut = (
        "[...document.querySelectorAll('p, td, th, button, label')].filter(e => e.getBoundingClientRect().right > 390)"
    )
    assert browser.ask(f"{cut}.map(e => e.outerHTML)") == []
    browser.call("Emulation.clearDeviceMetricsOverride")
    browser.call("Emulation.setEmulatedMedia", features=[])
