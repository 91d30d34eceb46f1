"""What CI shows: a summary below its limit, ten annotations at most, a badge, and nothing in them that acts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from published import HOSTILE
from redproof_properties.divergence import Divergence
from redproof_properties.history import Call
from redproof_properties.run import PropertyOutcome
from redproof_reports.ci.annotations import ANNOTATIONS_MAX, annotate
from redproof_reports.ci.badge import badge
from redproof_reports.ci.summary import SUMMARY_BYTES_MAX, append_summary, summary
from redproof_reports.cli import main
from redproof_reports.results import Results

MakeRun = Callable[..., Results]
MakeDivergence = Callable[..., Divergence]
MakeOutcome = Callable[..., PropertyOutcome]


@pytest.mark.parametrize(
    ("number", "lines", "last"), [(0, 0, ""), (10, 10, "C9"), (11, 10, "2 further"), (99, 10, "90 further")]
)
def test_no_more_than_ten_annotations(
    make_run: MakeRun, make_divergence: MakeDivergence, number: int, lines: int, last: str
) -> None:
    told = list(annotate(make_run([], [make_divergence(f"C{each}") for each in range(number)])))
    assert len(told) == lines <= ANNOTATIONS_MAX
    assert not told or last in told[-1]


def test_an_annotation_is_one_line_that_ends_nothing_before_its_end(
    make_run: MakeRun, make_divergence: MakeDivergence
) -> None:
    text = HOSTILE + "100%0A::error::\r\n::set-output name=x::y,title=z"
    divergence = make_divergence(text, expected=text, actual=text, steps=[Call("A", (text.encode(), b"k"))])
    (line,) = annotate(make_run([], [divergence]))
    match = re.fullmatch(r"::error title=([^:,\r\n]*)::([^\r\n]*)", line)
    assert match, line
    assert "%25" in match[1]
    decoded = match[2].replace("%0A", "\n").replace("%25", "%")
    assert decoded.splitlines()[-1].startswith("redproof replay ")
    assert all(char.isprintable() for char in line)


def test_known_divergences_are_in_the_summary_and_no_annotation(
    make_run: MakeRun, make_divergence: MakeDivergence, make_outcome: MakeOutcome
) -> None:
    known = make_divergence()
    results = make_run([make_outcome("broken", [known])], [known], {known.signature: "so | it `is`"})
    assert list(annotate(results)) == []
    assert r"Known: so \| it \`is\`" in summary(results)


def test_what_is_broken_without_a_record_is_annotated(make_run: MakeRun, make_outcome: MakeOutcome) -> None:
    (line,) = annotate(make_run([make_outcome("broken", reason="it is not so")]))
    assert line == "::error title=redproof%3A broken on bundled::GET gives what SET set: it is not so"


def test_a_summary_has_the_steps_and_the_command_to_replay_them(
    make_run: MakeRun, make_divergence: MakeDivergence
) -> None:
    results = make_run([], [make_divergence()])
    text = summary(results)
    assert text.startswith("## 1 divergence in 1,234 commands\n")
    for line in ("GET k", 'expected  "1"', "actual    (nil)", results.reproduce):
        assert f"\n{line}\n" in text
    assert "redproof replay " in text


def test_nothing_in_a_summary_acts(make_run: MakeRun, make_divergence: MakeDivergence) -> None:
    text = "```\n# big\n<img src=x>\n![a](b)" + HOSTILE
    divergence = make_divergence(text, expected=text, target=text, steps=[Call("A", (text.encode(),))])
    told = summary(make_run([], [divergence]))
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", told)
    assert not re.search(r"<(?!/?code>)", outside)
    assert not re.search(r"(?<!\\)[`!\[]", outside)
    assert [line for line in outside.splitlines() if line.startswith("# ")] == []
    fences = re.findall(r"(?m)^(`{3,})", told)
    assert fences[::2] == fences[1::2]
    assert max(map(len, fences)) > 3


def test_a_summary_stays_below_the_limit_with_what_is_there(
    make_run: MakeRun, make_divergence: MakeDivergence, tmp_path: Path
) -> None:
    long = [make_divergence(f"C{each}", expected="é" * 900, actual="ü" * 900) for each in range(900)]
    results = make_run([], long)
    assert len(summary(results).encode()) < SUMMARY_BYTES_MAX
    assert "further divergences on the page." in summary(results)
    path = tmp_path / "summary.md"
    for there in (0, 1 << 19, SUMMARY_BYTES_MAX - 100, SUMMARY_BYTES_MAX):
        path.write_bytes(b"x" * there)
        append_summary(results, path)
        assert there <= path.stat().st_size <= SUMMARY_BYTES_MAX
        assert path.read_bytes().startswith(b"x" * there)


@pytest.mark.parametrize(
    ("exit_code", "new", "message", "color"),
    [
        (0, 0, "nothing new in 1.23M commands", "brightgreen"),
        (1, 1234, "1,234 new", "red"),
        (1, 0, "broken", "red"),
        (3, 0, "unknown", "lightgrey"),
    ],
)
def test_a_badge_is_what_shields_takes(exit_code: int, new: int, message: str, color: str) -> None:
    data = badge(exit_code, new, 1_234_567)
    assert (data["schemaVersion"], data["label"], data["message"], data["color"]) == (1, "redproof", message, color)
    assert set(data) <= {"schemaVersion", "label", "message", "color", "isError"}


def test_the_command_writes_all_of_it(make_run: MakeRun, make_divergence: MakeDivergence, tmp_path: Path) -> None:
    folder = make_run([], [make_divergence()]).folder
    words = ["report", folder, "--summary", tmp_path / "s.md", "--badge", tmp_path / "b.json", "--annotations"]
    result = CliRunner().invoke(main, [str(word) for word in [*words, "--junit", tmp_path / "j.xml"]])
    assert result.exit_code == 0
    assert result.output.splitlines()[-1].startswith("::error title=redproof")
    assert json.loads((tmp_path / "b.json").read_text())["message"] == "1 new"
    assert all((tmp_path / name).exists() for name in ("s.md", "j.xml"))
