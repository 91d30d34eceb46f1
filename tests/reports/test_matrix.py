"""The matrix as a document and a page: read back, compared with an earlier one, and harmless whatever servers say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.run import RECORDS_FOLDER
from redproof_reports.baseline.file import Baseline
from redproof_reports.matrix.cells import Cell, Status
from redproof_reports.matrix.changes import Kind, compare_matrices
from redproof_reports.matrix.columns import Column, read_columns
from redproof_reports.matrix.document import Found, Matrix, Row, Server, read_matrix
from redproof_reports.matrix.page import render_page, write_page
from redproof_reports.matrix.verdict import Verdict

HOSTILE = "</script><script>alert('{{ 7*7 }}')</script><!-- \" onmouseover=\"x' \x1b[2J\u202e"
KNOWN = "0" * 12
FRESH = "f" * 12


def server(target: str = "redis", number: str = "redis 7.0.15") -> Server:
    """A column."""
    return Server(target, number, "redis 7.0" if number else "", "" if number else "gone", False, 1.5, 1000, 10)


def found(target: str = "redis", name: str = KNOWN, text: str = "GET") -> Found:
    """A divergence."""
    return Found(name, target, text, text, text, (text,), text, text, "7", f"{target}-{name}.json", f"replay {text}")


def matrix(*statuses: Status, divergences: Sequence[Found] = (), servers: Sequence[Server] = ()) -> Matrix:
    """A matrix of one server, or of several that all have the same, with a command for each status."""
    columns = tuple(servers) or (server(),)
    cells = [Cell(status, 7, 5, "why", (KNOWN,) if status is Status.FAIL else ()) for status in statuses]
    rows = [
        Row(f"C{number}", "command", f"C{number}", "strings", (cell,) * len(columns), ("redis 6.2",))
        for number, cell in enumerate(cells)
    ]
    return Matrix(
        started="2026-01-01T00:00:00+00:00",
        seconds=1.5,
        seed=7,
        commands_per_row=10,
        profile="quick",
        comparison="exact",
        reproduce="redproof matrix",
        interrupted=False,
        servers=columns,
        rows=tuple(rows),
        divergences={f"{each.target}-{each.id}": each for each in divergences},
        refused=("C9 NOSUCH",),
    )


def test_a_matrix_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = matrix(Status.PASS, Status.FAIL, divergences=[found()])
    assert read_matrix(written.write(tmp_path)) == written


@pytest.mark.parametrize("text", ["", "{}", '{"format": 0}', '{"format": 1}', "[]"])
def test_anything_else_is_no_matrix(tmp_path: Path, text: str) -> None:
    path = tmp_path / "matrix.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not a matrix of redproof"):
        read_matrix(path)


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        (Status.PASS, Status.FAIL, Kind.REGRESSION),
        (Status.PASS, Status.PARTIAL, Kind.REGRESSION),
        (Status.PASS, Status.UNSUPPORTED, Kind.REGRESSION),
        (Status.PASS, Status.UNTESTED, Kind.LOST),
        (Status.FAIL, Status.PASS, Kind.GAIN),
        (Status.FAIL, Status.PARTIAL, Kind.OTHER),
        (Status.PASS, Status.PASS, None),
    ],
)
def test_changes(was: Status, now: Status, kind: Kind | None) -> None:
    changes = compare_matrices(matrix(was), matrix(now)).changes
    assert [change.kind for change in changes] == ([kind] if kind is not None else [])


def test_regressions_come_first() -> None:
    before = matrix(Status.FAIL, Status.PARTIAL, Status.PASS, Status.PASS)
    now = matrix(Status.PASS, Status.FAIL, Status.UNTESTED, Status.FAIL)
    kinds = [change.kind for change in compare_matrices(before, now).changes]
    assert kinds == [Kind.REGRESSION, Kind.LOST, Kind.OTHER, Kind.GAIN]


def test_an_option_that_nobody_takes_any_more_is_a_regression() -> None:
    before, now = matrix(Status.PASS), matrix()
    assert compare_matrices(before, now).changes == ()
    (change,) = compare_matrices(before, replace(now, refused=("C0",))).changes
    assert (change.kind, change.now) == (Kind.REGRESSION, Status.UNSUPPORTED)


def test_servers_of_one_run_only_are_not_compared() -> None:
    before = matrix(Status.PASS, servers=[server("redis"), server("old")])
    now = matrix(Status.FAIL, servers=[server("new"), server("redis", "")])
    changes = compare_matrices(before, now)
    assert (changes.changes, changes.not_compared) == ((), ("redis", "old", "new"))


@pytest.mark.parametrize(
    ("before", "now", "baseline", "exit_code", "headline"),
    [
        (None, [Status.FAIL], False, 0, "1 fail on 1 server"),
        (None, [Status.FAIL], True, 1, "1 new divergence on 1 server"),
        (None, [Status.UNTESTED], False, 3, "Unknown: nothing was judged"),
        ([Status.PASS], [Status.PASS], False, 0, "1 pass on 1 server"),
        ([Status.PASS], [Status.FAIL], False, 1, "1 regression on 1 server"),
        ([Status.FAIL], [Status.FAIL], False, 0, "1 fail on 1 server"),
        ([Status.PARTIAL], [Status.FAIL], False, 1, "1 new divergence on 1 server"),
        (
            [Status.PASS, Status.PASS],
            [Status.PASS, Status.UNTESTED],
            False,
            3,
            "Unknown: 1 cell passed and is not tested now",
        ),
    ],
)
def test_a_matrix_fails_where_there_is_something_to_compare_with(
    before: list[Status] | None, now: list[Status], baseline: bool, exit_code: int, headline: str
) -> None:
    earlier, later = (
        matrix(*statuses, divergences=[found()] if Status.FAIL in statuses else []) for statuses in (before or [], now)
    )
    changes = None if before is None else compare_matrices(earlier, later)
    verdict = Verdict(later, changes, Baseline(path=Path("known.toml")) if baseline else Baseline())
    assert (verdict.exit_code, verdict.headline) == (exit_code, headline)


def test_a_divergence_that_is_known_is_not_new() -> None:
    later = replace(matrix(Status.FAIL, divergences=[found(name=FRESH)]), known={FRESH: "so it is"})
    assert (
        Verdict(later, compare_matrices(matrix(Status.FAIL), later), Baseline(path=Path("known.toml"))).exit_code == 0
    )


def test_what_was_interrupted_is_unknown() -> None:
    assert Verdict(replace(matrix(Status.PASS), interrupted=True)).exit_code == 3


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('targets = ["bundled", "redis", "bundled"]', [Column("bundled", "bundled"), Column("redis", "redis")]),
        ('[targets.mine]\nurl = "redis://127.0.0.1:1"', [Column("mine", "file:{path}#mine")]),
    ],
)
def test_target_files(tmp_path: Path, text: str, columns: list[Column]) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    assert read_columns(path) == [Column(each.name, each.spelling.format(path=path)) for each in columns]


@pytest.mark.parametrize(
    "text", ["", "targets = []", "targets = [1]", 'targets = ["redis"]\nother = 1', "targets", "[targets.mine]"]
)
def test_anything_else_is_no_target_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(str(path))):
        read_columns(path)


class Page(HTMLParser):
    """The tags and attributes of a page, and the data in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.data = ""
        self._in_data = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._in_data = ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
            self._in_data = False


@pytest.fixture
def hostile() -> Verdict:
    """A matrix whose every text is hostile, compared with one in which all passed."""
    cells = (Cell(Status.FAIL, 1, 1, HOSTILE, (KNOWN,)),)
    rows = (Row(HOSTILE, "property", HOSTILE, HOSTILE, cells, (HOSTILE,), source="javascript:alert(1)"),)
    column = Server(HOSTILE, HOSTILE, HOSTILE, HOSTILE, False, 1, 1, 1, (HOSTILE,))
    now = replace(
        matrix(divergences=[found(HOSTILE, text=HOSTILE)], servers=[column]),
        rows=rows,
        refused=(HOSTILE,),
        reproduce=HOSTILE,
        known={KNOWN: HOSTILE},
    )
    before = replace(now, rows=(replace(rows[0], cells=(Cell(Status.PASS),)),), divergences={})
    return Verdict(now, compare_matrices(before, now))


def test_nothing_in_a_hostile_matrix_acts(hostile: Verdict) -> None:
    text = render_page(hostile)
    page = Page(text)
    assert page.tags.count("script") == 2
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    assert {value for name, value in page.attributes if name in ("href", "src")} == set()
    data = json.loads(page.data)
    assert (data["rows"][0]["source"], "alert" in data["rows"][0]["title"]) == ("", True)
    assert all(char.isprintable() or char == "\n" for char in text)


def test_the_page_needs_nothing_beside_it(hostile: Verdict) -> None:
    text = render_page(hostile)
    assert not {"link", "img", "iframe", "object", "base"} & set(Page(text).tags)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", text)


def test_each_cell_on_the_page_leads_to_its_divergences() -> None:
    page = Page(render_page(Verdict(matrix(Status.FAIL, divergences=[found()]))))
    data = json.loads(page.data)
    (cell,) = data["rows"][0]["cells"]
    assert [data["statuses"][cell[0]], cell[1], data["reasons"][cell[3]]] == ["fail", 7, "why"]
    assert [data["divergences"][name]["replay"] for name in cell[4]] == ["replay GET"]


def test_a_script_lies_beside_each_record_that_is_there(
    make_divergence: Callable[..., Divergence], tmp_path: Path
) -> None:
    record = tmp_path / RECORDS_FOLDER / f"redis-{KNOWN}.json"
    record.parent.mkdir()
    record.write_text(make_divergence("GET").dumps())
    gone = found(name=FRESH)
    page = write_page(Verdict(matrix(Status.FAIL, divergences=[found(), gone])), tmp_path)
    assert page.exists()
    assert [path.name for path in record.parent.glob("*.sh")] == [f"redis-{KNOWN}.sh"]
    assert "GET k" in record.with_suffix(".sh").read_text()


def test_the_regressions_are_listed_on_the_page() -> None:
    now = matrix(Status.FAIL, divergences=[found()])
    text = render_page(Verdict(now, compare_matrices(matrix(Status.PASS), now)))
    assert "1 regression on 1 server" in text
    assert re.search(r'<li class="regression"><button[^>]*>C0</button> on redis: pass → fail', text)
