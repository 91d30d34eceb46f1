"""The site: it has everything, leads everywhere, does nothing that servers say, and works in a browser by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from chromium import PROGRAM, Browser
from click.testing import CliRunner
from elements import Elements
from published import ALIKE, BAD, BASELINE, BETWEEN, EARLIER, EXPIRED, KNOWN, NEW, leave, leave_everything
from redproof_properties.errors import UsageError
from redproof_reports.baseline.file import Baseline
from redproof_reports.cli import main
from redproof_reports.results import read_record
from redproof_reports.site.gather import gather
from redproof_reports.site.write import write_site

in_a_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on PATH")
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site."""
    folder = tmp_path_factory.mktemp("published")
    leave_everything(folder / "run")
    write_site(gather([folder / "run"], BASELINE), BASELINE, folder / "site")
    return folder / "site"


@pytest.fixture
def browser(running: Browser, site: Path) -> Browser:
    """The browser with the first page."""
    running.open(site / "index.html")
    return running


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def test_there_is_a_page_for_everything(site: Path) -> None:
    names = {path.relative_to(site).as_posix() for path in pages(site)}
    ids = [each.signature for each in (NEW, ALIKE, KNOWN, EXPIRED, EARLIER, BAD, BETWEEN)]
    expected = {"index.html", "matrix.html", "proofs.html", "track-record.html", "runs/1.html"}
    failovers = {"failover/1-failover-2.html", "failover/2-failover.html"}
    assert names == expected | failovers | {f"divergences/{name}.html" for name in ids}
    index = (site / "index.html").read_text()
    assert "5 new divergences in 3,792 commands" in index
    assert "3 failovers &amp; more" in index
    assert [index.count(f"status-{status}") for status in ("new", "expired", "known", "earlier")] == [4, 1, 1, 1]


def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in pages(site):
        elements = Elements(page.read_text())
        assert len(set(elements.all("id"))) == len(elements.all("id"))
        for link in (*elements.all("href"), *elements.all("src")):
            path, _, anchor = link.partition("#")
            if link.startswith("https://"):
                continue
            target = (page.parent / path).resolve() if path else page
            assert target.is_file(), f"{page}: {link}"
            assert target.is_relative_to(site.resolve())
            assert not anchor or anchor in Elements(target.read_text()).all("id"), f"{page}: {link}"


def test_nothing_that_a_server_says_acts(site: Path) -> None:
    for page in pages(site):
        elements = Elements(page.read_text())
        assert elements.tags.count("script") <= 3
        assert [name for name, _ in elements.attributes if name.startswith("on")] == []
        assert all(char.isprintable() or char == "\n" for char in page.read_text())


def test_the_steps_stand_beside_the_replies_of_model_and_server(site: Path) -> None:
    page = (site / "divergences" / f"{NEW.signature}.html").read_text()
    rows = page.partition('<table class="sides">')[2].partition("</table>")[0].split("<tr")[2:]
    assert ["(status) OK" in rows[0], "(integer) 2" in rows[1], "agrees" in rows[1]] == [True, True, True]
    assert '<mark class="expected">&#34;1&#34;</mark>' in rows[2]
    assert '<mark class="actual">(nil)</mark>' in rows[2]
    assert "nil instead of bulk string" in page
    assert f'href="{ALIKE.signature}.html"' in page
    assert "pytest test_" in page
    assert read_record(site / "divergences" / f"{NEW.signature}.json").divergence == NEW


def test_a_schedule_shows_its_servers_and_what_differs(site: Path) -> None:
    page = (site / "divergences" / f"{BETWEEN.signature}.html").read_text()
    assert "# r: redis, replicates m" in page
    assert "r.A&gt; SET k 1" in page
    assert '<mark class="actual">1 in r</mark>' in page
    assert '<th scope="col">expected</th><th scope="col">actual</th>' in page


def test_a_run_tells_nothing_of_what_is_known_and_was_seen_by_another_alone(tmp_path: Path) -> None:
    for number, each in enumerate((KNOWN, NEW), 1):
        leave(tmp_path / "runs" / str(number), each)
    write_site(gather([tmp_path / "runs"], BASELINE), BASELINE, tmp_path / "site")
    first, second = ((tmp_path / "site" / "runs" / f"{number}.html").read_text() for number in (1, 2))
    assert [each.signature in second for each in (NEW, KNOWN, EXPIRED)] == [True, False, True]
    assert [each.signature in first for each in (KNOWN, EXPIRED)] == [True, True]
    assert ["broken, known" in page for page in (first, second)] == [True, False]


def test_a_badge_says_the_same(site: Path) -> None:
    badge = json.loads((site / "badge.json").read_text())
    assert (badge["schemaVersion"], badge["label"], badge["message"]) == (1, "redproof", "5 new")


def test_the_command_writes_it_and_refuses_what_is_nothing(site: Path, tmp_path: Path) -> None:
    words = ["report", str(site.parent / "run"), "--out", str(tmp_path / "site")]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, (tmp_path / "site" / "index.html").exists()) == (0, True)
    result = CliRunner().invoke(main, ["report", str(tmp_path), "--out", str(tmp_path / "other")])
    assert (result.exit_code, "nothing that a run leaves is kept there" in result.output) == (2, True)
    assert not (tmp_path / "other").exists()
    (tmp_path / "proofs.json").write_text('{"format": 1}')
    with pytest.raises(UsageError, match=r"proofs.json: not what redproof proofs are kept in"):
        gather([tmp_path], Baseline())


def shown(browser: Browser) -> list[str]:
    """The commands of the rows that are shown."""
    rows = "[...document.querySelectorAll('[data-row]')].filter(row => row.offsetParent !== null)"
    return list(browser.ask(f"{rows}.map(row => row.querySelector('strong, a').innerText.split(/\\s/)[0])"))


def choose(browser: Browser, name: str, value: str) -> None:
    browser.ask(f"(field => {{ field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input', "
                f"{{bubbles: true}})) }})(document.querySelector('.filters [name={name}]'))")  # fmt: skip


@in_a_browser
def test_rows_are_filtered_by_words_status_and_target(browser: Browser, site: Path) -> None:
    assert len(shown(browser)) == 7
    choose(browser, "status", "expired")
    assert shown(browser) == ["HGET"]
    assert browser.ask("document.querySelector('.filters output').innerText") == "1 of 7 divergences"
    choose(browser, "status", "")
    choose(browser, "target", "valkey")
    assert shown(browser) == ["LINDEX"]
    choose(browser, "target", "")
    choose(browser, "text", "append K")
    assert shown(browser) == ["GET"]
    groups = "[...document.querySelectorAll('[data-group]')].filter(group => group.offsetParent !== null).length"
    assert browser.ask(groups) == 1


@in_a_browser
def test_what_is_filtered_by_stands_in_the_address(browser: Browser, site: Path) -> None:
    choose(browser, "target", "valkey")
    kept = browser.ask("location.hash")
    browser.open(site / "track-record.html")
    assert len(shown(browser)) == 7
    with browser.following():
        browser.call("Page.navigate", url=f"{(site / 'index.html').as_uri()}{kept}")
    assert shown(browser) == ["LINDEX"]


@in_a_browser
def test_keys_filter_and_go_through_the_links(browser: Browser) -> None:
    browser.press("/", *"lindex")
    assert shown(browser) == ["LINDEX"]
    browser.press("Escape")
    assert len(shown(browser)) == 7
    browser.press("/", "ArrowDown")
    first = browser.ask("document.activeElement.href")
    browser.press("ArrowDown")
    second = browser.ask("document.activeElement.href")
    browser.press("ArrowUp")
    assert browser.ask("document.activeElement.href") == first != second
    assert "divergences/" in first


@in_a_browser
@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "proofs.html",
        "track-record.html",
        "matrix.html",
        "runs/1.html",
        "failover/2-failover.html",
        NEW,
        BAD,
        KNOWN,
    ],
)
def test_a_phone_shows_each_page_without_scrolling_sideways(running: Browser, site: Path, name: Any) -> None:
    running.call("Emulation.setDeviceMetricsOverride", **PHONE)
    running.open(site / (name if isinstance(name, str) else f"divergences/{name.signature}.html"))
    assert running.ask("[document.documentElement.scrollWidth, innerWidth]") == [390, 390]
    running.call("Emulation.clearDeviceMetricsOverride")


@in_a_browser
@pytest.mark.parametrize(
    "name", ["runs/1.html", "matrix.html", "proofs.html", "failover/2-failover.html", "track-record.html", NEW]
)
def test_each_page_leads_back_to_the_first(running: Browser, site: Path, name: Any) -> None:
    running.open(site / (name if isinstance(name, str) else f"divergences/{name.signature}.html"))
    with running.following():
        running.ask("document.querySelector('nav a.home, .mark a').click()")
    assert running.ask("location.pathname") == str(site / "index.html")
    assert "5 new divergences" in running.ask("document.querySelector('h1').innerText")


@in_a_browser
def test_dark_is_dark_and_every_text_can_be_read(browser: Browser, site: Path) -> None:
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for page in ("index.html", f"divergences/{NEW.signature}.html"):
            browser.open(site / page)
            assert browser.ask(CONTRASTS) >= 4.5, (scheme, page)
    browser.call("Emulation.setEmulatedMedia", features=[])


CONTRASTS = """(() => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) {
    const color = parts(getComputedStyle(e).backgroundColor);
    if (color.length === 3 || color[3] > 0) return color;
  } return [255, 255, 255]; };
  const seen = [...document.querySelectorAll('main *')].filter(e => e.offsetParent !== null &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return Math.min(...seen.map(e => {
    const [one, other] = [light(parts(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  }));
})()"""
"""The least contrast of a text on the page (WCAG 2.2, relative luminance and contrast ratio)."""
