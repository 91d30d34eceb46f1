"""Glob patterns: the corners in which Redis's matcher differs from a shell's."""

from __future__ import annotations

import pytest
from redproof_model.glob import matcher

CASES = [
    (b"", b"", True),
    (b"*", b"", False),
    (b"**", b"", False),
    (b"", b"a", False),
    (b"a*", b"a", True),
    (b"*a*", b"bab", True),
    (b"*a*b", b"ab\nab", True),
    (b"*a?b", b"aab", True),
    (b"*ab*ab", b"abab", True),
    (b"*ab*ab", b"aba", False),
    (b"a?c", b"a\0c", True),
    (b"[ab]", b"b", True),
    (b"[^ab]", b"b", False),
    (b"[^ab]", b"\xff", True),
    (b"[z-a]", b"m", True),
    (b"[a-\\]", b"a", True),
    (b"[\\]]", b"]", True),
    (b"[]", b"]", False),
    (b"[^]", b"]", True),
    (b"[a", b"a", True),
    (b"[ab", b"b", True),
    (b"[a-", b"-", True),
    (b"[", b"[", False),
    (b"[^", b"x", True),
    (b"[\x7f-\x80]", b"a", True),
    (b"[\x80-\xff]", b"\x90", True),
    (b"\\*", b"*", True),
    (b"\\*", b"a", False),
    (b"a\\", b"a\\", True),
    (b"\\a", b"a", True),
]


@pytest.mark.parametrize(("pattern", "string", "matches"), CASES)
def test_pattern(pattern: bytes, string: bytes, matches: bool) -> None:
    assert matcher(pattern)(string) is matches


def test_many_stars_take_no_long_time() -> None:
    assert not matcher(b"*a" * 40 + b"b")(b"a" * 2000)
