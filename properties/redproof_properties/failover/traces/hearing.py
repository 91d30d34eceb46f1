"""What sentinels publish while a trace is played, in the order in which each of them says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from redproof_model.reply import Reply

from redproof_properties.closing import Closing
from redproof_properties.encoding import encode_command
from redproof_properties.failover.group import Group
from redproof_properties.targets import Connection


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a sentinel, such as `+sdown`, and its text."""

    sentinel: str
    event: str
    text: str


class Hearing(Closing):
    """Subscriptions to what the sentinels of a group publish; `events` is a pattern."""

    def __init__(self, group: Group, events: str) -> None:
        self._cleanup = ExitStack()
        self._connections: dict[str, Connection] = {}
        for sentinel in group.sentinels:
            connection = self._cleanup.enter_context(group.connect(sentinel))
            connection.send(encode_command([b"PSUBSCRIBE", events.encode()]))
            self._connections[sentinel] = connection

    def close(self) -> None:
        """Close the connections."""
        self._cleanup.close()

    def take(self) -> Iterator[Heard]:
        """What was published since the last time."""
        for sentinel, connection in self._connections.items():
            while connection.readable():
                connection.receive_into(connection.decoder)
                while (told := connection.decoder.next_reply()) is not None:
                    yield from _events(sentinel, told)


def _events(sentinel: str, told: Reply) -> Iterator[Heard]:
    match told:
        case [b"pmessage", _, bytes(event), bytes(text)]:
            yield Heard(sentinel, event.decode(), text.decode())
