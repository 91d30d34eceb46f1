"""The bytes of many replies compared at once give the verdict that each reply compared for itself gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

import pytest
from redproof_model.choice import Choice
from redproof_model.keyspace.model import Model
from redproof_model.reply import project
from redproof_model.versions import REDIS_7_0
from redproof_properties.comparison import Comparison
from redproof_properties.conversation import Conversation
from redproof_properties.divergence import MALFORMED, Divergence
from redproof_properties.encoding import encode
from redproof_properties.errors import TargetClosed, TargetError, TargetSilent
from redproof_properties.generate import Generator
from redproof_properties.history import FIRST_CLIENT, Call, History
from redproof_properties.resp import Decoder
from redproof_properties.seen import SeenReplies
from redproof_properties.sending import BLOCKING
from redproof_properties.targets import Connection

LENGTH = 20
GROUPS = ("strings", "lists", "hashes", "sorted_sets", "transactions")
LONGEST_STREAM_BYTES = 350
ALTERATIONS: dict[str, Callable[[bytes, int], bytes]] = {
    "flipped": lambda stream, at: stream[:at] + bytes([stream[at] ^ 1]) + stream[at + 1 :],
    "other": lambda stream, at: stream[:at] + bytes([stream[at] ^ 0x40]) + stream[at + 1 :],
    "dropped": lambda stream, at: stream[:at] + stream[at + 1 :],
    "doubled": lambda stream, at: stream[: at + 1] + stream[at:],
    "cut": lambda stream, at: stream[:at],
}
Verdict = tuple[str, ...] | None


class Recorded(Connection):
    """A connection on which a recorded stream comes, `piece_bytes` at a time, whatever is sent."""

    def __init__(self, stream: bytes, resp: int, piece_bytes: int, end: type[TargetError]) -> None:
        self._stream = stream
        self._piece_bytes = piece_bytes
        self._end = end
        self.decoder = Decoder()
        self.resp = resp

    def send(self, data: bytes) -> None:
        """Nobody listens."""

    def receive_into(self, decoder: Decoder, timeout_ms: int | None = None) -> None:  # type: ignore[override]
        """Feed the next piece; after the last the connection is as the test wants it."""
        if not self._stream:
            raise self._end("the stream ends")
        decoder.feed(self._stream[: self._piece_bytes])
        self._stream = self._stream[self._piece_bytes :]

    def close(self) -> None:
        """There is nothing to close."""


def recorded(group: str, resp: int) -> tuple[list[Call], bytes]:
    """A history without commands that wait and what only a reply tells, and the replies, which are not long."""
    generator = Generator([group])
    for seed in count():
        steps = generator.history(seed, 2 * LENGTH)
        calls = [
            step for step in steps if isinstance(step, Call) and step.argv[0] not in BLOCKING and not step.unresolved
        ][:LENGTH]
        stream = stream_of(calls, resp)
        if len(stream) < LONGEST_STREAM_BYTES:
            return calls, stream
    raise AssertionError("the seeds never end")


def stream_of(history: Sequence[Call], resp: int) -> bytes:
    """What a right server answers, any of it where it may choose."""
    model = Model(REDIS_7_0)
    model.connect(FIRST_CLIENT, resp)
    replies: list[bytes] = []
    for argv in SeenReplies().resolve(history)[0]:
        expected = model.step(FIRST_CLIENT, argv, 10**12, 10**12)
        reply = project(expected.example() if isinstance(expected, Choice) else expected, resp)
        if isinstance(expected, Choice):
            assert expected.observe(reply, resp)
        replies.append(encode(reply, resp))
    return b"".join(replies)


def verdict(link: Recorded, batches: Iterator[History], comparison: Comparison = Comparison.EXACT) -> Verdict:
    """What a conversation finds first, in full."""
    conversation = Conversation(REDIS_7_0, comparison, (0, 0), link, {FIRST_CLIENT: link})
    divergence = next(filter(None, (conversation.perform(batch) for batch in batches)), None)
    if divergence is not None and divergence.kind == MALFORMED:
        # Its text shows what had come by then.
        divergence.actual = ""
    return None if divergence is None else told(divergence)


def told(divergence: Divergence) -> tuple[str, ...]:
    """All that a divergence tells."""
    return divergence.dumps(), str(len(divergence.steps))


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redproof_properties.conversation.time.time_ns", lambda: 10**18)


@pytest.mark.parametrize("resp", [2, 3])
@pytest.mark.parametrize("group", GROUPS)
def test_altered_replies_are_judged_alike_at_once_and_one_by_one(group: str, resp: int) -> None:
    history, stream = recorded(group, resp)
    found = 0
    for alter in ALTERATIONS.values():
        for at in range(len(stream)):
            altered = alter(stream, at)
            end = (TargetSilent, TargetClosed)[at % 2]
            one_by_one = verdict(Recorded(altered, resp, len(stream) + 1, end), iter([call] for call in history))
            for piece_bytes in (len(stream) + 1, 1 + at % 7):
                at_once = verdict(Recorded(altered, resp, piece_bytes, end), iter([history]))
                assert at_once == one_by_one, (at, altered)
            found += one_by_one is not None
    assert found > 0.9 * (len(ALTERATIONS) - 1) * len(stream)


@pytest.mark.parametrize("comparison", Comparison)
def test_texts_of_errors_count_at_once_as_one_by_one(comparison: Comparison) -> None:
    history = [Call(FIRST_CLIENT, argv) for argv in ((b"SET", b"k", b"v"), (b"LLEN", b"k"), (b"GET", b"k"), (b"PING",))]
    streams = [b"+OK\r\n%b\r\n$1\r\n%b\r\n+PONG\r\n" % (error, value) for error in ERRORS for value in (b"v", b"w")]
    verdicts = [verdict(Recorded(stream, 2, 99, TargetSilent), iter([history]), comparison) for stream in streams]
    singly = [
        verdict(Recorded(stream, 2, 99, TargetSilent), iter([call] for call in history), comparison)
        for stream in streams
    ]
    assert verdicts == singly
    assert [found is None for found in verdicts[::2]] == AGREE[comparison]
    assert None not in verdicts[1::2]


ERRORS = (
    b"-WRONGTYPE Operation against a key holding the wrong kind of value",
    b"-WRONGTYPE of another text, which is longer than that of any server of the family that we know of",
    b"-ERR no",
    b":0",
)
AGREE = {
    Comparison.EXACT: [True, False, False, False],
    Comparison.ERROR_CLASS: [True, True, False, False],
    Comparison.ERROR: [True, True, True, False],
}
