"""Replies with choices inside: an array or a map of which some parts are known exactly and others are not."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_model.choice import Choice, Expected, describe, example, observe
from redproof_model.reply import Map, Reply


def array(items: Sequence[Expected]) -> Expected:
    """An array of these items; a choice if one of them is."""
    return _Array(items) if any(isinstance(item, Choice) for item in items) else [*_exact(items)]


def mapping(pairs: Sequence[tuple[bytes, Expected]]) -> Expected:
    """A map of these names to what is expected of each; a choice if one of them is."""
    if any(isinstance(value, Choice) for _, value in pairs):
        return _Map(pairs)
    return Map([(name, value) for name, value in pairs if not isinstance(value, Choice)])


def _exact(items: Sequence[Expected]) -> list[Reply]:
    return [item for item in items if not isinstance(item, Choice)]


class _Array(Choice):
    """Items of which each must be as expected."""

    def __init__(self, items: Sequence[Expected]) -> None:
        self._items = items

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != len(self._items):
            return False
        return all(observe(item, seen, resp) for item, seen in zip(self._items, reply, strict=True))

    def example(self) -> Reply:
        return [example(item) for item in self._items]

    def describe(self) -> str:
        return f"[{', '.join(map(describe, self._items))}]"


class _Map(Choice):
    """Names with values, a flat array in RESP2."""

    def __init__(self, pairs: Sequence[tuple[bytes, Expected]]) -> None:
        self._pairs = pairs

    def observe(self, reply: Reply, resp: int) -> bool:
        if isinstance(reply, Map):
            parts = [part for pair in reply.pairs for part in pair] if resp == 3 else []
        else:
            parts = reply if isinstance(reply, list) and resp == 2 else []
        expected = [part for pair in self._pairs for part in pair]
        if len(parts) != len(expected):
            return False
        return all(observe(part, seen, resp) for part, seen in zip(expected, parts, strict=True))

    def example(self) -> Reply:
        return Map([(name, example(value)) for name, value in self._pairs])

    def describe(self) -> str:
        return f"{{{', '.join(f'{name.decode()}: {describe(value)}' for name, value in self._pairs)}}}"
