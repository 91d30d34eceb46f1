"""Where the contents of two servers differ: key by key, with what expires while they are read taken into account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from redproof_properties.history import quote
from redproof_properties.replication.data.dataset import Canonical, Content, Dataset, Interval


class Difference(NamedTuple):
    """Where two datasets differ, in what of it whatever the key, and what stands in each."""

    where: str
    what: str
    left: str
    right: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.left} and {self.right}"


def differences(left: Dataset, right: Dataset, expiry_slack_ms: int = 0) -> list[Difference]:
    """Where two datasets differ, key by key.

    A key or a field that may have expired while they were read may be missing from one of them. Times of expiry may
    differ by `expiry_slack_ms`: before Redis 7.0 a replica counts an EXPIRE from when it comes.
    """
    until_ms = max(left.read_ms.high_ms, right.read_ms.high_ms) + expiry_slack_ms
    found = [
        difference
        for key in sorted(left.keys.keys() | right.keys.keys())
        for difference in _compare_keys(str(key), left.keys.get(key), right.keys.get(key), until_ms, expiry_slack_ms)
    ]
    for name in sorted(left.functions.keys() | right.functions.keys()):
        one, other = left.functions.get(name), right.functions.get(name)
        if one != other:
            found.append(Difference(f"library {quote(name)}", "function", _show(one), _show(other)))
    return found


def _compare_keys(
    key: str, left: Content | None, right: Content | None, until_ms: int, slack_ms: int
) -> Iterator[Difference]:
    if left is None or right is None:
        present = left or right
        assert present is not None
        if not _may_be_gone(present, until_ms):
            yield Difference(key, "is in one only", _show(left and left.value), _show(right and right.value))
        return
    if left.kind != right.kind:
        yield Difference(key, "type", left.kind.decode(), right.kind.decode())
        return
    if _lasting(left, until_ms) != _lasting(right, until_ms):
        yield Difference(key, left.kind.decode(), _show(left.value), _show(right.value))
    if not _expire_alike(left.expires, right.expires, slack_ms):
        yield Difference(key, "expires", _show(left.expires), _show(right.expires))
    for name in sorted(left.fields_expire.keys() | right.fields_expire.keys()):
        one, other = left.fields_expire.get(name), right.fields_expire.get(name)
        if not _expire_alike(one, other, slack_ms) and not _gone(one, until_ms) and not _gone(other, until_ms):
            yield Difference(f"field {quote(name)} of {key}", "field expires", _show(one), _show(other))


def _lasting(content: Content, until_ms: int) -> Canonical:
    """The value without the fields that may be gone by then."""
    if not content.fields_expire:
        return content.value
    assert isinstance(content.value, tuple)
    return tuple(pair for pair in content.value if not _gone(content.fields_expire.get(pair[0]), until_ms))


def _may_be_gone(content: Content, until_ms: int) -> bool:
    """Whether the key has expired by then, or all that it holds has."""
    return _gone(content.expires, until_ms) or (bool(content.fields_expire) and not _lasting(content, until_ms))


def _gone(expires: Interval | None, until_ms: int) -> bool:
    return expires is not None and expires.low_ms <= until_ms


def _expire_alike(left: Interval | None, right: Interval | None, slack_ms: int) -> bool:
    if left is None or right is None:
        return left is right
    return left.is_near(right, slack_ms)


def _show(value: Canonical) -> str:
    match value:
        case None:
            return "nothing"
        case Interval(low_ms, high_ms):
            return f"at {low_ms} ms" if low_ms == high_ms else f"between {low_ms} and {high_ms} ms"
        case bytes():
            return quote(value)
        case float():
            return f"{value:.17g}"
        case tuple():
            return "(" + " ".join(map(_show, value)) + ")"
    return str(value)
