"""A conversation: when a server may have executed a command whose reply comes with the rest of another."""

from __future__ import annotations

import time
from socket import socket, socketpair
from threading import Thread

from redproof_model.versions import REDIS_7_0
from redproof_properties.comparison import Comparison
from redproof_properties.conversation import Conversation
from redproof_properties.history import Call
from redproof_properties.targets import Connection

PAUSE_S = 0.03
BEGINNING_BYTES = 9


def new_entry() -> bytes:
    """The reply to an XADD that is executed now."""
    text = b"%d-0" % (time.time_ns() // 1_000_000)
    return b"$%d\r\n%s\r\n" % (len(text), text)


def answer_in_pieces(link: socket) -> None:
    link.recv(1 << 16)
    first = new_entry()
    link.sendall(first[:BEGINNING_BYTES])
    time.sleep(PAUSE_S)
    link.sendall(first[BEGINNING_BYTES:] + new_entry())


def test_a_command_may_be_executed_when_the_rest_of_the_reply_before_it_comes() -> None:
    ours, theirs = socketpair()
    server = Thread(target=answer_in_pieces, args=(theirs,))
    adds = [Call("A", (b"XADD", key, b"*", b"field", b"value")) for key in (b"x", b"y")]
    with theirs, Connection(ours, "pieces", timeout_ms=10_000) as link:
        server.start()
        conversation = Conversation(REDIS_7_0, Comparison.EXACT, (0, 0), link, {"A": link})
        divergence = conversation.perform(adds)
        server.join()
    assert divergence is None
    assert conversation.commands == len(adds)
