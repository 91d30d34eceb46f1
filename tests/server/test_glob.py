"""Glob patterns: the empty name, signed ranges, and what case does to sets. Each row was seen on Redis 6.2.14 and
7.0.15."""

import pytest
from redproof_server.engine.glob import matches, selects


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        (b"", b"", True),
        (b"*", b"", False),
        (b"**", b"", False),
        (b"*", b"a", True),
        (b"a***", b"a", True),
        (b"[a-\xff]", b"b", False),
        (b"[a-\xff]", b"\xff", True),
        (b"[^\xfe-a]", b"b", True),
        (b"[^\xfe-a]", b"\xff", False),
        (b"[", b"a", False),
        (b"[^", b"a", True),
        (b"[\\a", b"a", True),
        (b"[]", b"]", False),
        (b"?", b"\n", True),
        (b"A", b"a", False),
    ],
)
def test_a_pattern_matches(pattern: bytes, text: bytes, is_match: bool) -> None:
    assert matches(pattern, text) is is_match


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [(b"PORT", True), (b"[O-Q]ORT", True), (b"[Z-a]ort", False), (b"[\\P]ort", False), (b"[P]ort", True)],
)
def test_case_is_dropped_after_a_range_is_put_in_order_and_never_behind_a_backslash_in_a_set(
    pattern: bytes, is_match: bool
) -> None:
    assert matches(pattern, b"port", ignore_case=True) is is_match


def test_a_star_alone_selects_the_empty_name() -> None:
    assert selects(b"*", b"")
    assert not selects(b"**", b"")
