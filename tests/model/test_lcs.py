"""The longest common subsequence, and which of several Redis chooses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.choice import Expected
from redproof_model.keyspace.model import Model
from redproof_model.reply import Error, Map, Reply
from redproof_model.versions import REDIS_6_0, REDIS_6_2, REDIS_7_0, Version

NOT_STRINGS = Error(b"ERR The specified keys must contain string values")
TOO_LARGE = Error(b"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
TEXTS = st.text("abc", max_size=12)


def ask(version: Version, *commands: list[bytes]) -> Expected:
    """What the last of the commands is answered."""
    model = Model(version)
    model.connect("c")
    expected: Expected = 0
    for argv in commands:
        expected = model.step("c", argv, 0, 0)
    return expected


def lcs(left: bytes, right: bytes, *options: bytes) -> Expected:
    """What LCS answers of two strings."""
    return ask(REDIS_7_0, [b"MSET", b"a", left, b"b", right], [b"LCS", b"a", b"b", *options])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], b"mytext"),
        ([b"LEN"], 6),
        ([b"IDX"], Map([(b"matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]]), (b"len", 6)])),
        ([b"idx", b"MINMATCHLEN", b"4", b"WITHMATCHLEN"], Map([(b"matches", [[[4, 7], [5, 8], 4]]), (b"len", 6)])),
        ([b"MINMATCHLEN", b"-1"], b"mytext"),
        ([b"LEN", b"IDX"], Error(b"ERR If you want both the length and indexes, please just use IDX.")),
        ([b"MINMATCHLEN"], Error(b"ERR syntax error")),
        ([b"MINMATCHLEN", b"x", b"nonsense"], Error(b"ERR value is not an integer or out of range")),
    ],
)
def test_options(options: list[bytes], expected: Reply) -> None:
    assert lcs(b"ohmytext", b"mynewtext", *options) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([b"STRINGS", b"ohmytext", b"mynewtext", b"LEN"], 6),
        ([b"KEYS", b"x", b"y"], b""),
        ([b"KEYS", b"x", b"h"], NOT_STRINGS),
        ([b"LEN"], Error(b"ERR Please specify two strings: STRINGS or KEYS options are mandatory")),
        ([b"KEYS", b"x", b"y", b"STRINGS", b"a", b"b"], Error(b"ERR Either use STRINGS or KEYS")),
        ([b"STRINGS", b"a"], Error(b"ERR syntax error")),
    ],
)
def test_stralgo(arguments: list[bytes], expected: Reply) -> None:
    assert ask(REDIS_6_2, [b"HSET", b"h", b"f", b"v"], [b"STRALGO", b"LCS", *arguments]) == expected


def test_a_key_of_another_type_comes_before_what_is_wrong_with_the_options() -> None:
    assert ask(REDIS_7_0, [b"HSET", b"h", b"f", b"v"], [b"LCS", b"h", b"x", b"nonsense"]) == NOT_STRINGS


def test_a_table_of_more_than_512_mb_is_refused() -> None:
    assert lcs(b"a" * 11584, b"a" * 11584, b"LEN") == 11584
    assert lcs(b"a" * 11585, b"a" * 11585, b"LEN") == TOO_LARGE


@given(TEXTS, TEXTS)
def test_the_subsequence_is_the_one_that_the_table_of_all_lengths_leads_to(left: str, right: str) -> None:
    assert lcs(left.encode(), right.encode()) == by_table(left, right).encode()


def by_table(left: str, right: str) -> str:
    """The subsequence that `t_string.c` finds by its table of lengths."""
    lengths = [[0] * (len(right) + 1)]
    for byte in left:
        above, row = lengths[-1], [0]
        for j, other in enumerate(right):
            row.append(above[j] + 1 if byte == other else max(above[j + 1], row[j]))
        lengths.append(row)
    found = ""
    i, j = len(left), len(right)
    while i and j:
        if left[i - 1] == right[j - 1]:
            found = left[i - 1] + found
            i, j = i - 1, j - 1
        elif lengths[i - 1][j] > lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return found


def test_an_empty_hash_is_no_string() -> None:
    """HINCRBYFLOAT leaves it behind in Redis 6.0; redis-server 6.0.16 refuses it as any hash."""
    empty_hash = [b"HINCRBYFLOAT", b"h", b"f", b"inf"]
    assert ask(REDIS_6_0, empty_hash, [b"STRALGO", b"LCS", b"KEYS", b"h", b"k"]) == NOT_STRINGS
