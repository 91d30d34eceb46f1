"""Expectations: the replies that are allowed, and the state that follows from the one that was seen.

A command that leaves the server no choice is expected to give one `Reply`. Every other command
gives a `Choice`, which is shown the reply that came and then knows how the state goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from redproof_model.reply import Map, Reply, Set, project


class Choice:
    """An expectation with more than one allowed reply; its subclasses say which.

    Not an abstract base class of `abc`, whose `isinstance` costs as much as a simple command.
    """

    def observe(self, reply: Reply, resp: int) -> bool:
        """Take the reply as it came on a connection of protocol `resp`.

        True means that it is allowed and that the state has followed it; after False neither this
        expectation nor the world that it belongs to may be used again.
        """
        raise NotImplementedError

    def example(self) -> Reply:
        """Give one allowed reply, not yet projected, without changing the state."""
        raise NotImplementedError

    def describe(self) -> str:
        """Say in a line what is allowed, for people who read a divergence."""
        raise NotImplementedError


Expected: TypeAlias = "Reply | Choice"


def observe(expected: Expected, reply: Reply, resp: int) -> bool:
    """Whether `reply`, as it came on a connection of protocol `resp`, is what was expected."""
    if isinstance(expected, Choice):
        return expected.observe(reply, resp)
    return project(expected, resp) == reply


def example(expected: Expected) -> Reply:
    """One reply that is allowed."""
    return expected.example() if isinstance(expected, Choice) else expected


def describe(expected: Expected) -> str:
    """What is allowed, in a line."""
    return expected.describe() if isinstance(expected, Choice) else repr(expected)


class AnyOrder(Choice):
    """The items of an array or set, or the pairs of a map, each exactly once and in any order."""

    def __init__(self, reply: list[Reply] | Set | Map) -> None:
        self._reply = reply

    def observe(self, reply: Reply, resp: int) -> bool:
        return _bag(self._reply, project(self._reply, resp)) == _bag(self._reply, reply)

    def example(self) -> Reply:
        return self._reply

    def describe(self) -> str:
        return f"{self._reply!r} in any order"


def _bag(shape: Reply, reply: Reply) -> tuple[type, dict[object, int]] | None:
    """The parts of a reply, counted, and what they are in; `shape` says whether a flat array is to be read as pairs."""
    match reply:
        case Map(pairs):
            return Map, _counted(pairs)
        case Set(items):
            return Set, _counted(items)
        case list() if isinstance(shape, Map):
            return None if len(reply) % 2 else (list, _counted(list(zip(reply[::2], reply[1::2], strict=True))))
        case list():
            return list, _counted(reply)
    return type(reply), _counted([reply])


def _counted(parts: Sequence[object]) -> dict[object, int]:
    """How often each part comes; those that are arrays themselves have no hash, but a text."""
    try:
        return dict(Counter(parts))
    except TypeError:
        return dict(Counter(map(repr, parts)))


class OneOf(Choice):
    """One of a few replies; `then` is told which (an index) and changes the state."""

    def __init__(self, replies: Sequence[Reply], then: Callable[[int], None] | None = None) -> None:
        self._replies = replies
        self._then = then

    def observe(self, reply: Reply, resp: int) -> bool:
        for index, allowed in enumerate(self._replies):
            if project(allowed, resp) == reply:
                if self._then is not None:
                    self._then(index)
                return True
        return False

    def example(self) -> Reply:
        return self._replies[0]

    def describe(self) -> str:
        return "one of " + ", ".join(map(repr, self._replies))


class IntegerIn(Choice):
    """An integer between `low` and `high`, both allowed; `then` is told which and changes the state."""

    def __init__(self, low: int, high: int, then: Callable[[int], None] | None = None) -> None:
        self._low = low
        self._high = high
        self._then = then

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, int) or not self._low <= reply <= self._high:
            return False
        if self._then is not None:
            self._then(reply)
        return True

    def example(self) -> Reply:
        return self._low

    def describe(self) -> str:
        return f"an integer from {self._low} to {self._high}"


class Satisfying(Choice):
    """Whatever `accept` takes: it is shown the reply and the protocol, checks it, and changes the state."""

    def __init__(self, accept: Callable[[Reply, int], bool], sample: Callable[[], Reply], text: str) -> None:
        self._accept = accept
        self._sample = sample
        self._text = text

    def observe(self, reply: Reply, resp: int) -> bool:
        return self._accept(reply, resp)

    def example(self) -> Reply:
        return self._sample()

    def describe(self) -> str:
        return self._text


class NoReply(Choice):
    """Nothing comes for now; `text` says why."""

    def __init__(self, text: str) -> None:
        self._text = text

    def observe(self, reply: Reply, resp: int) -> bool:
        return False

    def example(self) -> Reply:
        raise LookupError(self._text)

    def describe(self) -> str:
        return self._text


BLOCKED = NoReply("no reply: the client is blocked")
"""Until a key is ready or its time is up."""
SILENT = NoReply("no reply of its own")
"""The command has none, whatever else the client is sent."""
