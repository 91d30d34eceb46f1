"""XPENDING: what consumers have got and have not acknowledged (`t_stream.c` xpendingCommand)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from redproof_model.choice import Choice, Expected
from redproof_model.commands.streams.ids import end_id, group_at, id_text, signed, start_id
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.streams import ID, MAX_ID, MIN_ID, Group, Moment, Pending
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import NULL, NULL_ARRAY, Reply
from redproof_model.versions.streams import StreamFacts

table = CommandTable()

_LEAST: Final = 6
_MOST: Final = 9
_MOST_WITHOUT_IDLE: Final = 7


@dataclass(slots=True, frozen=True)
class _Question:
    """Which pending entries are asked for; `consumer` is None for those of all."""

    start: ID = MIN_ID
    end: ID = MAX_ID
    count: int = 0
    consumer: bytes | None = None
    idle_ms: int = 0


@table.command("XPENDING", arity=-3)
def xpending(world: World, argv: list[bytes]) -> Expected:
    """XPENDING key group [[IDLE ms] start end count [consumer]] (t_stream.c xpendingCommand)."""
    facts = world.version.streams
    if len(argv) != 3 and not _LEAST <= len(argv) <= (_MOST if facts.xpending_idle else _MOST_WITHOUT_IDLE):
        raise ReplyError(SYNTAX)
    question = _question(facts, argv) if len(argv) != 3 else None
    _, group = group_at(world, argv[1], argv[2])
    if question is None:
        return _summary(group)
    if question.consumer is not None and question.consumer not in group.consumers:
        return []
    asked = [
        (entry_id, nack)
        for entry_id, nack in group.pending_of(question.consumer)
        if question.start <= entry_id <= question.end
    ]
    return _IdleEntries(asked, question, (world.now_low_ms, world.now_high_ms)) if asked and question.count else []


def _question(facts: StreamFacts, argv: list[bytes]) -> _Question:
    """Read the arguments behind the group, the count before the interval; raises ReplyError."""
    position, idle_ms = 3, 0
    if facts.xpending_idle and c_string(argv[3]).upper() == b"IDLE":
        idle_ms = integer(argv[4])
        if len(argv) < _LEAST + 2:
            raise ReplyError(SYNTAX)
        position = 5
    count = max(integer(argv[position + 2]), 0)
    start = start_id(argv[position], exclusive=facts.exclusive_ranges)
    end = end_id(argv[position + 1], exclusive=facts.exclusive_ranges)
    consumer = argv[position + 3] if position + 3 < len(argv) else None
    return _Question(start, end, count, consumer, idle_ms)


def _summary(group: Group) -> Reply:
    """How many entries are pending, from which ID to which, and how many for each consumer."""
    if not group.pending:
        return [0, NULL, NULL, NULL_ARRAY]
    counts = Counter(nack.consumer for nack in group.pending.values())
    consumers: list[Reply] = [[name, b"%d" % counts[name]] for name in sorted(counts)]
    return [len(group.pending), id_text(min(group.pending)), id_text(max(group.pending)), consumers]


def idle_range_ms(nack: Pending, now: Moment) -> tuple[int, int]:
    """For how long an entry has been pending, at least and at most."""
    return now[0] - nack.delivered[1], now[1] - nack.delivered[0]


class _IdleEntries(Choice):
    """Pending entries in order, those left out that have not been idle for long enough.

    What the reply says of an entry's idle time, or by leaving it out, narrows when it was delivered.
    """

    def __init__(self, asked: list[tuple[ID, Pending]], question: _Question, now: Moment) -> None:
        self._asked = asked
        self._question = question
        self._now = now

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) > self._question.count:
            return False
        shown = iter(reply)
        seen = next(shown, None)
        for entry_id, nack in self._asked:
            if seen is None and len(reply) == self._question.count:
                break
            if isinstance(seen, list) and seen[:1] == [id_text(entry_id)]:
                if not self._agrees(entry_id, nack, seen):
                    return False
                seen = next(shown, None)
            elif not self._is_left_out(nack):
                return False
        return seen is None

    def _agrees(self, entry_id: ID, nack: Pending, seen: list[Reply]) -> bool:
        """Whether an entry may be shown like this; if so, it is known better when it was delivered."""
        match seen:
            case [_, name, int(idle_ms), deliveries] if (name, deliveries) == self._known(nack):
                low_ms, high_ms = idle_range_ms(nack, self._now)
                if not max(low_ms, 0) <= idle_ms <= max(high_ms, 0) or self._is_too_short(idle_ms):
                    return False
                if idle_ms > 0:
                    self._narrow(nack, self._now[0] - idle_ms, self._now[1] - idle_ms)
                return True
        return False

    def _known(self, nack: Pending) -> tuple[bytes, int]:
        return nack.consumer, signed(nack.deliveries)

    def _is_too_short(self, idle_ms: int) -> bool:
        return self._question.idle_ms != 0 and idle_ms < self._question.idle_ms

    def _is_left_out(self, nack: Pending) -> bool:
        low_ms, _ = idle_range_ms(nack, self._now)
        if not self._is_too_short(low_ms):
            return False
        self._narrow(nack, self._now[0] - self._question.idle_ms + 1, nack.delivered[1])
        return True

    @staticmethod
    def _narrow(nack: Pending, low_ms: int, high_ms: int) -> None:
        nack.delivered = (max(nack.delivered[0], low_ms), min(nack.delivered[1], high_ms))

    def example(self) -> Reply:
        return [*islice(self._longest_idle(), self._question.count)]

    def _longest_idle(self) -> Iterator[Reply]:
        for entry_id, nack in self._asked:
            _, high_ms = idle_range_ms(nack, self._now)
            if not self._is_too_short(high_ms):
                yield [id_text(entry_id), nack.consumer, max(high_ms, 0), signed(nack.deliveries)]

    def describe(self) -> str:
        known = (f"{entry_id[0]}-{entry_id[1]} {nack}" for entry_id, nack in self._asked)
        return (
            f"at most {self._question.count}, idle for {self._question.idle_ms} ms at {self._now}: {', '.join(known)}"
        )
