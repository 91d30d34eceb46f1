"""The page of the matrix in a browser: its keys, its filters, and that a phone scrolls nothing but the table."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import CONTROL, PROGRAM, Browser
from redproof_reports.matrix.cells import Cell, Status
from redproof_reports.matrix.document import Found, Matrix, Row, Server
from redproof_reports.matrix.page import write_page
from redproof_reports.matrix.verdict import Verdict

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on PATH")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with 120 commands, one of them with two options, on 12 servers; one cell fails."""
    servers = [Server(f"t{n}", f"redis 7.0.{n}", "redis 7.0", "", False, 1, 10, 1) for n in range(12)]
    passes = Cell(Status.PASS, 100, 90)
    fails = Cell(Status.FAIL, 3, 0, "1 execution diverged", ("0" * 12,))
    cells = (passes,) * len(servers)
    rows = [Row(f"C{n}", "command", f"C{n}", "strings" if n < 60 else "lists", cells) for n in range(120)]
    options = [Row(f"C1 {word}", "option", word, "strings", cells, of="C1") for word in ("EX", "PX")]
    rows[2] = Row("C2", "command", "C2", "strings", (passes, fails, *cells[2:]), ("redis 7.0",))
    divergence = Found(
        "0" * 12, "t1", "C2", "", "redis 7.0", ("C2 k",), '"a"', '"b"', "7", "t1.json", "redproof replay t1"
    )
    matrix = Matrix(
        started="2026-01-01T00:00:00+00:00",
        seconds=1,
        seed=7,
        commands_per_row=10,
        profile=None,
        comparison="exact",
        reproduce="redproof matrix",
        interrupted=False,
        servers=tuple(servers),
        rows=(*rows[:2], *options, *rows[2:]),
        divergences={"t1-0": divergence},
    )
    return write_page(Verdict(matrix), tmp_path_factory.mktemp("page"))


@pytest.fixture
def browser(running: Browser, page: Path) -> Browser:
    """The browser with the page as it is at first, its first name in focus."""
    running.open(page)
    running.ask("table.querySelector('[tabindex=\"0\"]').focus()")
    return running


def test_arrow_keys_go_through_the_cells(browser: Browser) -> None:
    seen = [browser.focus]
    for key in ("ArrowRight", "ArrowDown", "End", "PageDown", "ArrowLeft", "Home", "ArrowUp"):
        browser.press(key)
        seen.append(browser.focus.partition(":")[0])
    assert seen == [
        "C0",
        "C0 on redis 7.0.0",
        "C1 on redis 7.0.0",
        "C1 on redis 7.0.11",
        "C16 on redis 7.0.11",
        "C16 on redis 7.0.10",
        "C16",
        "C15",
    ]
    browser.press("End", modifiers=CONTROL)
    assert browser.focus.startswith("C119 on redis 7.0.11")
    browser.press("ArrowDown", "ArrowRight")
    assert browser.focus.startswith("C119 on redis 7.0.11")
    browser.press("Home", modifiers=CONTROL)
    browser.press("ArrowUp", "ArrowRight")
    assert browser.focus == "redis 7.0.0"
    assert browser.ask("table.querySelectorAll('[tabindex=\"0\"]').length") == 1


def test_enter_opens_a_cell_and_escape_closes_it(browser: Browser) -> None:
    browser.press("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "Enter")
    said = browser.dialog
    assert [
        text for text in ("C2 on redis 7.0.1", "fail", "3 executions judged", "redproof replay t1") if text not in said
    ] == []
    browser.press("Escape")
    assert (browser.dialog, browser.focus) == ("", "C2 on redis 7.0.1: fail, 3 judged")


def test_enter_unfolds_a_command(browser: Browser) -> None:
    browser.press("ArrowDown", "Enter", "ArrowDown")
    assert browser.focus == "EX"
    browser.press("ArrowUp", "Enter", "ArrowDown")
    assert browser.focus == "C2"


def test_slash_filters_and_escape_ends_that(browser: Browser) -> None:
    browser.press("ArrowRight", "/")
    browser.call("Input.insertText", text="c1 px")
    assert browser.ask("shown.map(row => row.name)") == ["C1"]
    browser.press("Enter")
    assert browser.focus.startswith("C1 on redis 7.0.0")
    browser.press("/", "Escape")
    assert browser.ask("shown.length") == 120
    assert browser.focus.startswith("C1 on redis 7.0.0") or browser.focus.startswith("C0 on redis 7.0.0")


@pytest.mark.parametrize(
    ("name", "value", "rows"),
    [("group", "lists", 60), ("introduced", "redis 7.0", 1), ("introduced", "before", 119), ("status", "fail", 1)],
)
def test_filters(browser: Browser, name: str, value: str, rows: int) -> None:
    browser.ask(f"filters.{name}.value = '{value}'; draw()")
    assert browser.ask("shown.length") == rows


def test_what_has_the_focus_is_seen_beside_what_is_sticky(browser: Browser) -> None:
    browser.press("End", modifiers=CONTROL)
    browser.press("Home", "ArrowRight")
    covered = """(cell => {
      const corner = table.tHead.rows[0].cells[0].getBoundingClientRect(), box = cell.getBoundingClientRect();
      return [corner.bottom - box.top, corner.right - box.left];
    })(document.activeElement)"""
    assert max(browser.ask(covered)) < 1
    browser.press("PageUp", "PageUp", "PageUp")
    assert max(browser.ask(covered)) < 1


def test_a_phone_scrolls_the_table_and_not_the_page(browser: Browser) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    assert browser.ask("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    frame = "document.querySelector('.frame')"
    assert browser.ask(f"{frame}.scrollWidth > {frame}.clientWidth")
    left = "lines[0].cells[0].getBoundingClientRect().left"
    before = browser.ask(left)
    browser.ask(f"{frame}.scrollLeft = 200")
    assert browser.ask(left) == before
    browser.call("Emulation.clearDeviceMetricsOverride")
