"""The journal of divergences and its index: nothing of an earlier run is lost, and an id leads to its record."""

from __future__ import annotations

import json
import multiprocessing
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.history import Call
from redproof_properties.run import write_record
from redproof_reports.records.causes import cause_of
from redproof_reports.records.index import Index
from redproof_reports.records.journal import Sighting, append, read_journal

PAGE = Path(__file__).parents[2] / "docs" / "divergences.md"
MakeDivergence = Callable[..., Divergence]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "divergences.jsonl"


def test_runs_append_and_change_nothing_before(journal: Path, make_divergence: MakeDivergence) -> None:
    append(journal, [Sighting("2026-01-01", make_divergence())])
    before = journal.read_bytes()
    append(journal, [Sighting("2026-01-02", make_divergence("SET")), Sighting("2026-01-02", make_divergence())])
    assert journal.read_bytes().startswith(before)
    assert [(each.run, each.divergence.command) for each in read_journal(journal)] == [
        ("2026-01-01", "GET"),
        ("2026-01-02", "SET"),
        ("2026-01-02", "GET"),
    ]
    assert all(json.loads(line)["format"] for line in journal.read_text().splitlines())


@pytest.mark.parametrize("torn", [b"", b'{"run": "2026', b"x" * 200_000])
def test_half_a_line_of_a_killed_run_is_no_record(journal: Path, make_divergence: MakeDivergence, torn: bytes) -> None:
    append(journal, [Sighting("first", make_divergence())])
    with journal.open("ab") as file:
        file.write(torn)
    assert [each.run for each in read_journal(journal)] == ["first"]
    append(journal, [Sighting("second", make_divergence())])
    assert [each.run for each in read_journal(journal)] == ["first", "second"]


def test_a_journal_that_is_none_is_bad_usage_with_the_line(journal: Path, make_divergence: MakeDivergence) -> None:
    append(journal, [Sighting("", make_divergence())])
    with journal.open("a") as file:
        file.write('{"format": 9}\n')
    with pytest.raises(UsageError, match=r"divergences.jsonl:2: not a record"):
        read_journal(journal)
    with pytest.raises(UsageError, match=r"divergences.jsonl:2: not a record"):
        Index(journal)


def append_many(journal: Path, divergence: Divergence, run: str) -> None:
    """What a process does that writes at the same time as another."""
    for _ in range(50):
        append(journal, [Sighting(run, divergence)])


def test_runs_that_write_at_the_same_time_lose_nothing(journal: Path, make_divergence: MakeDivergence) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=append_many, args=(journal, make_divergence(), run)) for run in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(each.run for each in read_journal(journal)) == ["a"] * 50 + ["b"] * 50


def test_an_id_leads_to_its_shortest_and_then_its_last_sighting(journal: Path, make_divergence: MakeDivergence) -> None:
    short, call = make_divergence(), Call("A", (b"PING",))
    append(journal, [Sighting("1", short), Sighting("2", make_divergence(steps=[call, *short.steps]))])
    append(journal, [Sighting("3", make_divergence(server="redis 7.0.1")), Sighting("3", make_divergence("SET"))])
    with Index(journal) as index:
        assert index.find(short.signature[:4]).run == "3"
        assert index.find(short.signature).divergence.server == "redis 7.0.1"
        with pytest.raises(UsageError, match="no such divergence"):
            index.find("f" * 12)
        with pytest.raises(UsageError, match="neither a file nor an id"):
            index.find("GET")


def test_a_prefix_of_two_ids_is_refused(journal: Path, make_divergence: MakeDivergence) -> None:
    by_prefix: dict[str, Divergence] = {}
    for number in range(10_000):
        each = make_divergence(f"C{number}")
        if each.signature[:4] in by_prefix:
            break
        by_prefix[each.signature[:4]] = each
    append(journal, [Sighting("1", each), Sighting("1", by_prefix[each.signature[:4]])])
    with Index(journal) as index, pytest.raises(UsageError, match="is the beginning of"):
        index.find(each.signature[:4])


def listed(journal: Path) -> list[str]:
    """The commands of the sightings in the index."""
    with Index(journal), closing(sqlite3.connect(journal.with_suffix(".sqlite"))) as database:
        return [command for (command,) in database.execute("SELECT command FROM sighting ORDER BY line")]


def test_the_index_follows_the_journal(journal: Path, make_divergence: MakeDivergence) -> None:
    append(journal, [Sighting("1", make_divergence())])
    assert listed(journal) == ["GET"]
    append(journal, [Sighting("2", make_divergence("SET"))])
    assert listed(journal) == ["GET", "SET"]
    journal.unlink()
    append(journal, [Sighting("3", make_divergence("DEL"))])
    assert listed(journal) == ["DEL"]


def test_an_index_that_is_none_is_made_anew(journal: Path, make_divergence: MakeDivergence) -> None:
    append(journal, [Sighting("1", make_divergence())])
    journal.with_suffix(".sqlite").write_bytes(b"no database at all, and long enough for SQLite to look at" * 20)
    assert listed(journal) == ["GET"]


def test_anybody_may_ask_the_index_as_documented(journal: Path, make_divergence: MakeDivergence) -> None:
    append(journal, [Sighting(run, make_divergence(name)) for run in "12" for name in ("GET", "LINDEX")])
    assert listed(journal) == ["GET", "LINDEX"] * 2
    (query,) = re.findall(r'^sqlite3 .redproof/divergences.sqlite "(.*)"$', PAGE.read_text(), re.MULTILINE)
    with closing(sqlite3.connect(journal.with_suffix(".sqlite"))) as database:
        assert database.execute(query).fetchall() == [(2, "nil instead of bulk string")]


def test_divergences_are_grouped_by_how_they_differ(make_divergence: MakeDivergence) -> None:
    get, other = make_divergence(), make_divergence("LINDEX")
    assert cause_of(get) == cause_of(other) == "nil instead of bulk string"
    assert get.signature != other.signature
    unknown = {"expected_shape": "error ERR unknown command *, with args beginning with: * * * "}
    answered = [make_divergence(actual_shape=shape, **unknown) for shape in ("int", "array of nothing")]
    assert set(map(cause_of, answered)) == {
        "a reply instead of error ERR unknown command *, with args beginning with: * "
    }
    refused = make_divergence(actual_shape="error ERR no")
    assert cause_of(refused) == "error ERR no instead of a reply"
    assert cause_of(make_divergence(actual_shape="error ERR no", **unknown)).startswith("error ERR no instead of error")
    scores = [
        make_divergence(name, actual='"-0"', actual_shape="bytes", expected='"0"') for name in ("ZSCORE", "ZINCRBY")
    ]
    assert set(map(cause_of, scores)) == {'"-0" instead of "0"'}
    wrong = [make_divergence(name, expected_shape="int", actual_shape="int") for name in ("LLEN", "STRLEN")]
    assert list(map(cause_of, wrong)) == ["LLEN: another integer", "STRLEN: another integer"]
    assert cause_of(make_divergence(kind="no reply", expected_shape="int", actual_shape="nothing")) == "no reply"


def test_a_record_of_an_earlier_run_stays_and_the_same_evidence_is_not_written_twice(
    tmp_path: Path, make_divergence: MakeDivergence
) -> None:
    first = make_divergence()
    names = [write_record(each, tmp_path) for each in (first, replace(first, seed="8"), replace(first, server="new"))]
    assert names[0] == names[1] == f"bundled-{first.signature}.json"
    assert names[2] == f"bundled-{first.signature}-2.json"
    assert (tmp_path / names[0]).read_text() == first.dumps()
