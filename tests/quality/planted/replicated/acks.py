"""Faults in what a replica acknowledges and passes on, and in what WAIT and the master make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute, wrap
from planted.replicated.fault import replication_fault
from redproof_server.commands import replication as commands
from redproof_server.protocol.fast import encode_request
from redproof_server.protocol.replies import integer
from redproof_server.replication import replicas
from redproof_server.replication.replicas import replica_of
from redproof_server.replication.state import Replication
from redproof_server.replication.stream import Master
from redproof_server.replication.waits import Waits

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.engine.command import Handler
    from redproof_server.engine.propagation import Sink

ACKS = "test_acks_are_what_was_processed"
COUNTS = "test_wait_counts_what_was_acknowledged"
VERBATIM = "test_a_replica_passes_the_stream_on_verbatim"
WHOLE = "test_a_transaction_that_is_cut_off_comes_again"


def acknowledge(slack_bytes: int) -> None:
    """Let a replica acknowledge so many bytes more than it has processed."""

    def faulty(master: Master) -> None:
        if master.link is not None:
            master.link.send(b"REPLCONF", b"ACK", b"%d" % (master.applied_offset + slack_bytes))
            master._replication.upstream.attend(master.link)

    replace_attribute(Master, "acknowledge", faulty)


@replication_fault("ack-of-what-was-read", "A replica acknowledges what it has read, not what it has processed", ACKS)
def ack_of_what_was_read() -> None:
    def faulty(master: Master) -> None:
        if master.link is not None:
            master.link.send(b"REPLCONF", b"ACK", b"%d" % master.read_offset)
            master._replication.upstream.attend(master.link)

    replace_attribute(Master, "acknowledge", faulty)


@replication_fault("ack-is-a-byte-ahead", "A replica acknowledges one byte more than it has", ACKS)
def ack_is_a_byte_ahead() -> None:
    acknowledge(1)


@replication_fault("getack-counts-itself", "The answer to GETACK counts the question", ACKS)
def getack_counts_itself() -> None:
    question = len(encode_request([b"REPLCONF", b"GETACK", b"*"]))

    def faulty(client: Client) -> None:
        master = client.server.replication.upstream.master
        if master is not None:
            master.applied_offset += question
            master.acknowledge()
            master.applied_offset -= question

    substitute(commands.acknowledge, faulty)


@replication_fault(
    "transaction-counts-before-exec", "What comes of a transaction counts as processed before EXEC", WHOLE
)
def transaction_counts_before_exec() -> None:
    honest = Master.command_done

    def faulty(master: Master) -> None:
        kept, master.client.transaction = master.client.transaction, None
        honest(master)
        master.client.transaction = kept

    replace_attribute(Master, "command_done", faulty)


@replication_fault("stream-is-told-in-own-words", "A replica passes on what it would propagate as a master", VERBATIM)
def stream_is_told_in_own_words() -> None:
    def sink(replication: Replication) -> Sink | None:
        return None if replication.backlog is None else propagate(replication)

    def propagate(replication: Replication) -> Sink:
        return lambda db_index, request: honest_feed(replication, encode_request(request))

    def faulty(replication: Replication, data: bytes) -> None:
        if replication.is_master:
            honest_feed(replication, data)

    honest_feed = Replication.feed
    replace_attribute(Replication, "feed", faulty)
    replace_attribute(Replication, "sink", property(sink))


@replication_fault("ping-is-not-passed-on", "A replica keeps PINGs of its master to itself", VERBATIM)
def ping_is_not_passed_on() -> None:
    honest = Replication.feed
    ping = encode_request([b"PING"])

    def faulty(replication: Replication, data: bytes) -> None:
        if data.upper() != ping:
            honest(replication, data)

    replace_attribute(Replication, "feed", faulty)


@replication_fault("wait-counts-the-silent", "WAIT counts replicas that have acknowledged nothing", COUNTS)
def wait_counts_the_silent() -> None:
    substitute(replicas.count_acks, lambda known, offset: sum(replica_of(client).is_online for client in known))


@replication_fault("wait-is-a-byte-short", "WAIT counts replicas that lack the last byte", COUNTS)
def wait_is_a_byte_short() -> None:
    honest = replicas.count_acks
    substitute(honest, lambda known, offset: honest(known, offset - 1))


@replication_fault("wait-wants-a-byte-more", "WAIT does not count replicas that have just what was written", COUNTS)
def wait_wants_a_byte_more() -> None:
    honest = replicas.count_acks
    substitute(honest, lambda known, offset: honest(known, offset + 1))


@replication_fault("wait-ignores-the-write", "WAIT counts all replicas, whatever the client has written", COUNTS)
def wait_ignores_the_write() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.write_offset = 0
        return honest(client, args)

    wrap("wait", faulty)


@replication_fault(
    "wait-is-about-all-writes",
    "WAIT waits for what others wrote after the client's last command",
    "test_wait_of_a_client_that_only_reads",
)
def wait_is_about_all_writes() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        client.write_offset = client.server.replication.offset
        return honest(client, args)

    wrap("wait", faulty)


@replication_fault("wait-answers-what-was-asked", "WAIT answers the number it was given once its time is up", COUNTS)
def wait_answers_what_was_asked() -> None:
    def faulty(waiting: Waits, client: Client, count: int, deadline_ms: int | None) -> bytes:
        reply = honest(waiting, client, count, deadline_ms)
        assert client.wait is not None
        client.wait.timeout_reply = integer(count)
        return reply

    honest = Waits.block
    replace_attribute(Waits, "block", faulty)


@replication_fault("ping-does-not-count", "A PING is sent, and the offset stands still", "test_pings_count_as_stream")
def ping_does_not_count() -> None:
    honest = Replication.ping_replicas

    def faulty(replication: Replication) -> None:
        offset = replication.offset
        honest(replication)
        replication.offset = offset

    replace_attribute(Replication, "ping_replicas", faulty)
