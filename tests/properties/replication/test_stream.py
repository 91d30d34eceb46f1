"""The stream is split into commands at their exact offsets, however its bytes come."""

from __future__ import annotations

import pytest
from redproof_properties.encoding import encode_command
from redproof_properties.errors import ProtocolError
from redproof_properties.replication.ends.stream import ReplicationStream, StreamCommand

COMMANDS = [
    ((b"PING",), 14),
    ((b"SELECT", b"0"), 23),
    ((b"SET", b"a", b"1"), 27),
    ((b"REPLCONF", b"GETACK", b"*"), 37),
    ((b"SET", b"k\r\n", b"*1\r\n$4\r\nPING\r\n"), 43),
]
RAW = b"".join(encode_command(argv) for argv, _ in COMMANDS)


@pytest.mark.parametrize("piece_bytes", [1, 7, len(RAW)])
def test_commands_have_their_offsets(piece_bytes: int) -> None:
    stream = ReplicationStream(100)
    for start in range(0, len(RAW), piece_bytes):
        stream.feed(RAW[start : start + piece_bytes])
    start, expected = 100, []
    for argv, size_bytes in COMMANDS:
        expected.append(StreamCommand(argv, start, start + size_bytes))
        start += size_bytes
    assert stream.commands == expected
    assert (stream.raw, stream.offset, stream.received_offset) == (RAW, start, start)


def test_offset_counts_whole_commands_only() -> None:
    stream = ReplicationStream(0)
    stream.feed(RAW[:36])
    assert (stream.offset, stream.received_offset, stream.pending_bytes) == (14, 36, 22)
    stream.feed(RAW[36:37])
    assert (stream.offset, stream.received_offset, stream.pending_bytes) == (37, 37, 0)


def test_bytes_between_two_offsets() -> None:
    stream = ReplicationStream(10)
    stream.feed(RAW[:37])
    assert stream.between(10, 24) == RAW[:14]
    assert stream.between(47, 47) == b""
    for start, end in ((9, 24), (20, 48), (24, 23)):
        with pytest.raises(ValueError, match="not all in the stream, which has 10 to 47"):
            stream.between(start, end)


@pytest.mark.parametrize(
    ("argv", "asks"),
    [
        ((b"ping",), False),
        ((b"replconf", b"getack", b"*"), True),
        ((b"REPLCONF",), False),
        ((b"set", b"a", b"1"), False),
    ],
)
def test_questions_for_an_acknowledgement(argv: tuple[bytes, ...], asks: bool) -> None:
    assert StreamCommand(argv, 0, 1).asks_for_ack is asks


@pytest.mark.parametrize("wrong", [b"PING\r\n", b"+OK\r\n", b"*0\r\n", b"*1\r\n:1\r\n", b"$1\r\na\r\n"])
def test_what_is_no_command_is_refused(wrong: bytes) -> None:
    stream = ReplicationStream(0)
    stream.feed(wrong)
    with pytest.raises(ProtocolError):
        _ = stream.commands
    assert stream.raw == wrong
