"""Replies that are due to a batch of commands: what the model expects of them, until their bytes are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from redproof_model.choice import Expected

from redproof_properties.history import Call
from redproof_properties.resp import Decoder


class Due:
    """The replies to the commands of a batch, from the one at `position` on; those before it have been taken.

    `expected` is what the model expects of the next ones, none of which is a choice, and `replies` their bytes.
    """

    __slots__ = ("argvs", "batch", "expected", "position", "replies")

    def __init__(self, batch: Sequence[Call]) -> None:
        self.batch = batch
        self.argvs: Sequence[list[bytes]] = ()
        self.position = 0
        self.expected: list[Expected] = []
        self.replies: list[bytes] = []

    @property
    def commands(self) -> Sequence[Call]:
        """The commands of the batch up to the one whose reply is the next."""
        return self.batch[: self.position + 1]

    def take_all(self, decoder: Decoder, agree: Callable[[list[bytes], Any], None] | None) -> bool:
        """Take all of `replies` if they have come and are as expected; `agree` is told each, with its command."""
        if not decoder.take_if(b"".join(self.replies)):
            return False
        if agree is not None:
            for argv, expected in zip(self.argvs[self.position :], self.expected, strict=False):
                agree(argv, expected)
        self.position += len(self.replies)
        self.expected.clear()
        self.replies.clear()
        return True

    def taken(self) -> None:
        """The next reply has been taken."""
        self.position += 1
        if self.replies:
            del self.expected[0], self.replies[0]
