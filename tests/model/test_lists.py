"""Lists: indices at their edges, ends, and which refusal comes first."""

from __future__ import annotations

import pytest
from redproof_model.choice import Expected
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, NULL_ARRAY, Error
from redproof_model.versions import REDIS_6_2, REDIS_7_0, Version

WRONG_TYPE = Error(b"WRONGTYPE Operation against a key holding the wrong kind of value")
SYNTAX = Error(b"ERR syntax error")
NOT_INTEGER = Error(b"ERR value is not an integer or out of range")
NOT_POSITIVE = Error(b"ERR value is out of range, must be positive")
LOWEST, HIGHEST = "-9223372036854775808", "9223372036854775807"


def last(version: Version, *lines: str) -> Expected:
    """What is expected of the last command when `l` is the list a b c a b and `s` a string."""
    model = Model(version)
    model.connect("A")
    expected: Expected = 0
    for line in ("RPUSH l a b c a b", "SET s x", *lines):
        expected = model.step("A", line.encode().split(), 0, 0)
    return expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("LPUSH new 1 2 3", 3),
        ("LPUSHX new 1", 0),
        ("LPUSHX s 1", WRONG_TYPE),
        ("LRANGE l 0 -1", [b"a", b"b", b"c", b"a", b"b"]),
        (f"LRANGE l {LOWEST} {HIGHEST}", [b"a", b"b", b"c", b"a", b"b"]),
        ("LRANGE l -2 -1", [b"a", b"b"]),
        ("LRANGE l 3 -4", []),
        (f"LRANGE l 0 {LOWEST}", []),
        ("LRANGE s x 1", NOT_INTEGER),
        ("LRANGE s 0 1", WRONG_TYPE),
        ("LINDEX l -5", b"a"),
        ("LINDEX l -6", NULL),
        ("LINDEX nokey x", NULL),
        ("LSET nokey x y", Error(b"ERR no such key")),
        ("LSET l 5 y", Error(b"ERR index out of range")),
        ("LINSERT nokey beside a x", SYNTAX),
        ("LINSERT l before z x", -1),
        ("LINSERT l after b x", 6),
        (f"LREM l {LOWEST} a", 2),
        ("LREM s x a", NOT_INTEGER),
        ("LPOP nokey", NULL),
        ("LPOP nokey 0", NULL_ARRAY),
        ("LPOP l 0", []),
        ("LPOP s 0", WRONG_TYPE),
        ("LPOP s -1", NOT_POSITIVE),
        ("LPOP l x", NOT_POSITIVE),
        ("RPOP l 2", [b"b", b"a"]),
        (f"RPOP l {HIGHEST}", [b"b", b"a", b"c", b"b", b"a"]),
        ("RPOP l 1 2", Error(b"ERR wrong number of arguments for 'rpop' command")),
        ("LMOVE nokey s left right", NULL),
        ("LMOVE l s left right", WRONG_TYPE),
        ("LMOVE s nokey left middle", SYNTAX),
        ("LPOS l b", 1),
        ("LPOS l b RANK -1", 4),
        ("LPOS l b RANK 3", NULL),
        ("LPOS l b COUNT 0", [1, 4]),
        ("LPOS l b COUNT 1 RANK -1 MAXLEN 1", [4]),
        ("LPOS nokey b COUNT 1", []),
        ("LPOS nokey b COUNT", SYNTAX),
        ("LPOS nokey b COUNT -1", Error(b"ERR COUNT can't be negative")),
        ("LPOS s b MAXLEN x", Error(b"ERR MAXLEN can't be negative")),
        (f"LPOS l a RANK {LOWEST}", 3),
        (f"LPOS l a RANK {LOWEST} COUNT 1", [3, 0]),
    ],
)
@pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0])
def test_reply(version: Version, line: str, expected: Expected) -> None:
    assert last(version, line) == expected


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("LPUSH l 1 2", [b"2", b"1", b"a", b"b", b"c", b"a", b"b"]),
        ("LTRIM l 1 -2", [b"b", b"c", b"a"]),
        ("LTRIM l 5 9", []),
        ("LREM l 1 a", [b"b", b"c", b"a", b"b"]),
        ("LREM l -1 a", [b"a", b"b", b"c", b"b"]),
        ("LSET l -1 z", [b"a", b"b", b"c", b"a", b"z"]),
        ("LMOVE l l left right", [b"b", b"c", b"a", b"b", b"a"]),
        ("LMOVE l s left right", [b"a", b"b", b"c", b"a", b"b"]),
        ("RPOPLPUSH l l", [b"b", b"a", b"b", b"c", b"a"]),
        ("LPOP l 5", []),
    ],
)
def test_change(change: str, left: list[bytes]) -> None:
    assert last(REDIS_6_2, change, "LRANGE l 0 -1") == left
    assert last(REDIS_6_2, change, "EXISTS l") == bool(left)


def test_a_list_of_one_moves_within_itself() -> None:
    assert last(REDIS_7_0, "RPUSH m x", "RPOPLPUSH m m") == b"x"
    assert last(REDIS_7_0, "RPUSH m x", "RPOPLPUSH m m", "LRANGE m 0 -1") == [b"x"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("LMPOP 2 nokey l RIGHT COUNT 2", [b"l", [b"b", b"a"]]),
        ("LMPOP 2 nokey nolist LEFT", NULL_ARRAY),
        ("LMPOP 2 nokey s LEFT", WRONG_TYPE),
        ("LMPOP 0 l LEFT", Error(b"ERR numkeys should be greater than 0")),
        ("LMPOP x l LEFT", Error(b"ERR numkeys should be greater than 0")),
        ("LMPOP 2 l LEFT", SYNTAX),
        (f"LMPOP {HIGHEST} l LEFT", SYNTAX),
        ("LMPOP 1 s LEFT COUNT 0", Error(b"ERR count should be greater than 0")),
        ("LMPOP 1 s LEFT COUNT 1 COUNT 1", SYNTAX),
        ("LMPOP 1 s LEFT COUNT", SYNTAX),
    ],
)
def test_lmpop(line: str, expected: Expected) -> None:
    assert last(REDIS_7_0, line) == expected


def test_versions() -> None:
    assert last(REDIS_6_2, "LMPOP 1 l LEFT") == Error(
        b"ERR unknown command `LMPOP`, with args beginning with: `1`, `l`, `LEFT`, "
    )
    assert last(REDIS_6_2, "LPOS l a RANK 0") == Error(
        b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second, ..."
    )
    assert last(REDIS_7_0, "LPOS l a RANK 0") == Error(
        b"ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... "
        b"or use negative to start from the end of the list"
    )
