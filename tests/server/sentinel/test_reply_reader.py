"""Replies are read in any pieces, and what is none is refused."""

from __future__ import annotations

import pytest
from redproof_server.protocol.reply_reader import BadReplyError, ErrorReply, Reply, ReplyReader, Status

DATA = b"+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*2\r\n$0\r\n\r\n*1\r\n+x\r\n"
REPLIES: list[Reply] = [Status(b"OK"), ErrorReply(b"ERR no"), -7, b"a\r\nbc", None, None, [b"", [Status(b"x")]]]


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 1000])
def test_replies_come_in_pieces(piece_bytes: int) -> None:
    reader = ReplyReader()
    pieces = [DATA[start : start + piece_bytes] for start in range(0, len(DATA), piece_bytes)]
    replies = [reply for piece in pieces for reply in reader.receive(piece)]
    assert replies == REPLIES
    assert [type(reply) for reply in replies] == [type(reply) for reply in REPLIES]


@pytest.mark.parametrize("data", [b"HTTP/1.1 400\r\n", b"%1\r\n", b"$x\r\n", b"\r\n", b"_\r\n"])
def test_other_protocols_are_refused(data: bytes) -> None:
    with pytest.raises(BadReplyError):
        ReplyReader().receive(data)
