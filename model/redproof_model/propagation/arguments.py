"""Arguments of propagated commands of which a part is known only as an interval, and their lengths on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from redproof_model.keyspace.values import Interval


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number from `low` to `high`, both allowed: mostly an instant in ms that the server's clock decided."""

    low: int
    high: int

    def matches(self, text: bytes) -> bool:
        """Whether a text is such a number, spelled as the server spells it."""
        try:
            number = int(text)
        except ValueError:
            return False
        return self.low <= number <= self.high and text == b"%d" % number


Argument: TypeAlias = bytes | Number
Command: TypeAlias = tuple[Argument, ...]


def number(interval: Interval) -> Argument:
    """An argument that tells an instant, whether it is known exactly or not."""
    low, high = interval
    return b"%d" % low if low == high else Number(low, high)


def without(argv: Sequence[bytes], word: bytes, first: int) -> list[bytes]:
    """The arguments without those from `first` on that are `word`, in any case."""
    return [text for at, text in enumerate(argv) if at < first or text.upper() != word]


def matches(command: Command, argv: Sequence[bytes]) -> bool:
    """Whether `argv` is what was expected."""
    return len(command) == len(argv) and all(
        argument.matches(text) if isinstance(argument, Number) else argument == text
        for argument, text in zip(command, argv, strict=True)
    )


def length_bytes(command: Command) -> Interval:
    """The fewest and the most bytes that a command has on the wire, as an array of bulk strings."""
    header = len(b"*%d\r\n" % len(command))
    spans = [_length_bytes(argument) for argument in command]
    return header + sum(low for low, _ in spans), header + sum(high for _, high in spans)


def _length_bytes(argument: Argument) -> Interval:
    if isinstance(argument, bytes):
        length = _bulk_bytes(len(argument))
        return length, length
    digits = sorted(len(b"%d" % end) for end in (argument.low, argument.high))
    shortest = 1 if argument.low <= 0 <= argument.high else digits[0]
    return _bulk_bytes(shortest), _bulk_bytes(digits[1])


def _bulk_bytes(size: int) -> int:
    return len(b"$%d\r\n" % size) + size + 2


def show(command: Command) -> str:
    """A command for people."""
    return " ".join(_shown(argument) for argument in command)


def _shown(argument: Argument) -> str:
    return f"<{argument.low} to {argument.high}>" if isinstance(argument, Number) else repr(argument)[1:]
