"""Baselines: what they accept and how long, what a bad one is refused with, and how a run changes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError
from redproof_properties.history import Call
from redproof_reports.baseline.edit import drop, enter
from redproof_reports.baseline.file import Baseline, read_baseline
from redproof_reports.baseline.unseen import Fate, Judging, look_again
from redproof_reports.cli import main
from redproof_reports.records.journal import read_journal
from redproof_reports.results import read_record

MakeDivergence = Callable[..., Divergence]

ONE = """\
# Kept until the translation is gone.
[0123456789ab]  # the first
reason = "texts are translated"
ticket = "#12"
expires = 2026-06-30
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "known.toml"
    path.write_text(text)
    return path


def test_an_entry_is_accepted_until_its_last_day(tmp_path: Path) -> None:
    entries = read_baseline(written(tmp_path, ONE)).entries
    on = {day: Baseline(entries, today=date(2026, *day)) for day in ((6, 30), (7, 1))}
    assert on[6, 30].reasons == {"0123456789ab": "texts are translated, #12, until 2026-06-30"}
    assert on[7, 1].reasons == {}
    assert [each.line for each in on[7, 1].expired] == [2]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("reason = ", 1, "no baseline"),
        ('[0123456789ab]\nreason = "a"\nreason = "b"\n', 3, "no baseline"),
        ('{"format": 1, "known": {}}', 1, "no baseline"),
        ('x = 1\n[0123456789ab]\nreason = "a"\n', 1, "x is no entry"),
        ('[0123456789ab]\nreason = "a"\n\n[an-id]\nreason = "a"\n', 4, "an-id is no entry"),
        ('[0123456789ab]\nticket = "1"\n', 1, "has no reason"),
        ('[0123456789ab]\nreason = "  "\n', 1, "has no reason"),
        ("[0123456789ab]\nreason = 3\n", 2, "reason: a text is written"),
        ('[0123456789ab]\nreason = "a"\nexpiry = 2026-01-01\n', 3, "expiry: an entry has reason, ticket, expires"),
        ('[0123456789ab]\nreason = "a"\nexpires = "2026-01-01"\n', 3, "expires: a day is written"),
        ('[0123456789ab]\nreason = "a"\nexpires = 2026-01-01T00:00:00\n', 3, "expires: a day is written"),
        ('[0123456789ab]\nreason = "a"\n[ba9876543210]\nreason = "b"\nticket = 1\n', 5, "ticket: a text"),
    ],
)
def test_a_bad_baseline_is_refused_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        read_baseline(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert told in str(refused.value)
    result = CliRunner().invoke(main, ["fuzz", "redis", "--baseline", str(path)])
    assert (result.exit_code, f"{path}:{line}: " in result.output) == (2, True)


def test_a_baseline_that_is_missing_is_bad_usage_but_for_an_update(tmp_path: Path) -> None:
    path = tmp_path / "known.toml"
    with pytest.raises(UsageError, match="no baseline"):
        read_baseline(path)
    assert read_baseline(path, update=True).entries == {}
    result = CliRunner().invoke(main, ["fuzz", "redis", "--baseline-update"])
    assert (result.exit_code, "which baseline?" in result.output) == (2, True)


def test_what_is_entered_must_be_given_a_reason_and_the_rest_stays(
    tmp_path: Path, make_divergence: MakeDivergence
) -> None:
    path = written(tmp_path, ONE)
    new = make_divergence(actual="\n[deadbeefdead]\x1b")
    assert enter(path, [new], "a run") == [new.signature]
    assert path.read_text().startswith(ONE)
    with pytest.raises(UsageError, match=rf"known.toml:8: {new.signature} has no reason"):
        read_baseline(path)
    assert list(read_baseline(path, update=True).entries) == ["0123456789ab", new.signature]
    path.write_text(path.read_text().replace('reason = ""', 'reason = "so it is"'))
    assert read_baseline(path).entries[new.signature].reason == "so it is"
    assert [each.divergence for each in read_journal(path.with_suffix(".jsonl"))] == [new]


def test_what_is_dropped_goes_with_its_comments_and_records(tmp_path: Path, make_divergence: MakeDivergence) -> None:
    path = written(tmp_path, "# The known ones of our server.\n\n" + ONE)
    gone, kept = make_divergence(), make_divergence("SET")
    enter(path, [gone, kept], "a run")
    before = path.read_text()
    drop(path, [gone.signature])
    left = path.read_text()
    assert left == before.replace(f'# {gone} (redis 7.0.0)\n[{gone.signature}]\nreason = ""\n\n', "")
    assert [each.divergence for each in read_journal(path.with_suffix(".jsonl"))] == [kept]
    drop(path, ["0123456789ab", kept.signature])
    assert path.read_text().strip() == "# The known ones of our server."


def test_what_cannot_be_taken_out_line_by_line_is_left(tmp_path: Path) -> None:
    path = written(tmp_path, '0123456789ab = {reason = "a"}\n')
    assert list(read_baseline(path).entries) == ["0123456789ab"]
    with pytest.raises(UsageError, match="only entries that begin with a line"):
        drop(path, ["0123456789ab"])


def test_a_known_divergence_is_fixed_only_where_its_steps_were_taken_again(
    strlen_record: Path, refuses_strlen: str
) -> None:
    record = read_record(strlen_record).divergence
    records = {record.signature: record, "f" * 12: record}

    def fate(*spellings: str, name: str = record.signature) -> Fate:
        (unseen,) = look_again([name], records, Judging(spellings))
        return unseen.fate

    assert fate("redis") is Fate.FIXED
    assert fate(refuses_strlen) is fate("redis", refuses_strlen) is Fate.THERE
    assert fate("redis", "redis://127.0.0.1:1") is fate() is fate("redis", name="0" * 12) is Fate.UNOBSERVED


def test_what_is_not_sent_is_unobserved(make_divergence: MakeDivergence) -> None:
    fatal = make_divergence(steps=[Call("A", (b"SETRANGE", b"k", b"9223372036854775807", b"v"))])
    (unseen,) = look_again([fatal.signature], {fatal.signature: fatal}, Judging(["redis"], judge_as="6.0"))
    assert (unseen.fate, "do not survive it" in unseen.why) == (Fate.UNOBSERVED, True)


COMMANDS = {
    "check": ["-k", "test_group and strings"],
    "fuzz": ["--groups", "strings", "--commands", "300"],
    "matrix": ["--group", "strings", "--profile", "none", "--commands", "40"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_comes_to_differ_and_is_repaired(command: str, refuses_strlen: str, tmp_path: Path) -> None:
    """The life of an entry: new, entered, given a reason, and dropped once fixed; with fuzz also known and expired."""
    path, out = tmp_path / "known.toml", tmp_path / "out"

    def run(target: str, *options: str) -> tuple[int, str]:
        words = [command, target, *COMMANDS[command], "--seed", "1", "--out", str(out), "--baseline", str(path)]
        if command == "matrix":
            (tmp_path / "targets.toml").write_text(f'targets = ["{target}"]')
            words[1:2] = ["--targets", str(tmp_path / "targets.toml")]
        result = CliRunner().invoke(main, [*words, *options], catch_exceptions=False)
        return result.exit_code, result.output

    code, told = run(refuses_strlen, "--baseline-update")
    assert (code, "1 divergence entered: give each a reason" in told) == (1, True)
    (name,) = read_baseline(path, update=True).entries
    assert [each.divergence.signature for each in read_journal(out / "divergences.jsonl")] == [name]
    assert run(refuses_strlen)[0] == 2
    path.write_text(path.read_text().replace('""', '"STRLEN is not offered"\nexpires = 2999-12-31'))
    if command == "fuzz":
        code, told = run(refuses_strlen)
        assert (code, "known: STRLEN is not offered, until 2999-12-31" in told) == (0, True)
        path.write_text(path.read_text().replace("2999", "1999"))
        code, told = run(refuses_strlen)
        assert (code, f"expired {name}, accepted until 1999-12-31: STRLEN is not offered" in told) == (1, True)
        code, told = run("redis")
        assert (code, f"fixed {name}" in told, name in path.read_text()) == (0, True, True)
    code, told = run("redis", "--baseline-prune")
    assert (code, "1 fixed divergence dropped" in told, path.read_text().strip()) == (0, True, "")


def test_an_entry_without_a_record_is_unobserved_and_stays(tmp_path: Path) -> None:
    path = written(tmp_path, '[0123456789ab]\nreason = "so it is"\n')
    words = ["check", "redis", "-k", "test_group and hashes", "--out", str(tmp_path / "out"), "--baseline-prune"]
    result = CliRunner().invoke(main, [*words, "--baseline", str(path)])
    assert result.exit_code == 0
    assert "unobserved 0123456789ab (so it is): no record of it is kept beside the baseline" in result.output
    assert "[0123456789ab]" in path.read_text()
