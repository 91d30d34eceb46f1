"""Texts for people."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_properties.divergence import Divergence
from redproof_reports.again import replay_command
from redproof_reports.text import compare, count, duration, printable, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("é and 中", "é and 中"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("a\nb\r\x00\x7f\x9b", "a\\x0ab\\x0d\\x00\\x7f\\x9b"),
        ("left\u202eright", "left\\u202eright"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_printable_leaves_nothing_that_acts_on_a_terminal(text: str) -> None:
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("expected", "actual", "before", "own", "after"),
    [
        ('["a", "b", "c"]', '["a", "x", "c"]', '["a", "', ("b", "x"), '", "c"]'),
        ("(integer) 1", "(integer) 12", "(integer) 1", ("", "2"), ""),
        ("(integer) 1", "(nil)", "", ("(integer) 1", "(nil)"), ""),
        ("same text", "same text", "same text", ("", ""), ""),
    ],
)
def test_compare(expected: str, actual: str, before: str, own: tuple[str, str], after: str) -> None:
    compared = compare(expected, actual)
    assert (compared.before, (compared.expected, compared.actual), compared.after) == (before, own, after)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_compare_loses_nothing_of_short_texts(one: str, other: str, shared: str) -> None:
    expected, actual = shared + one, shared + other
    compared = compare(expected, actual)
    shown = [compared.before + own + compared.after for own in (compared.expected, compared.actual)]
    assert [text for text in shown if "characters" not in text] == [
        printable(text) for text, seen in zip((expected, actual), shown, strict=True) if "characters" not in seen
    ]


def test_compare_shortens_both_alike() -> None:
    compared = compare("x" * 5000 + "1" + "y" * 5000, "x" * 5000 + "2" + "y" * 5000)
    assert compared.before == "… 4,940 characters …" + "x" * 60
    assert (compared.expected, compared.actual) == ("1", "2")
    assert compared.after == "y" * 60 + "… 4,940 characters …"


def test_shorten() -> None:
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefgh", 4) == "ab… 4 characters …gh"


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [(1, "step", "1 step"), (0, "step", "0 steps"), (1234, "property", "1,234 properties")],
)
def test_count(number: int, noun: str, shown: str) -> None:
    assert count(number, noun) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.42, "0.4 s"), (42.4, "42 s"), (200, "3 min 20 s")])
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("server", "model", "end"),
    [
        ("redis 7.0.15", "redis 7.0", "bundled"),
        ("redis 6.2.14", "redis 7.0", "--judge-as 7.0"),
        ("fakeredis 2.40.0", "redis 7.0", "--judge-as 7.0"),
        ("fakeredis 2.40.0", "none: the property needs no model", "bundled"),
    ],
)
def test_a_record_is_replayed_by_the_version_that_judged_it(
    make_divergence: Callable[..., Divergence], server: str, model: str, end: str
) -> None:
    command = replay_command("a record.json", make_divergence(server=server, model=model))
    assert command.startswith("redproof replay 'a record.json' --target bundled")
    assert command.endswith(end)
