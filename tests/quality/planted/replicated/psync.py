"""Faults in what PSYNC is answered, and in the backlog that it is answered from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.fault import replace_attribute, substitute
from planted.replicated.fault import replication_fault
from redproof_server.replication import psync
from redproof_server.replication.backlog import Backlog
from redproof_server.replication.replicas import Capability, replica_of

if TYPE_CHECKING:
    from redproof_server.engine.client import Client
    from redproof_server.replication.state import Replication

PSYNC = "test_psync_goes_on_exactly_when_it_may"
ROOMY = "a master whose backlog was never full"
TRIMMED = "a master whose backlog has lost its beginning"
PROMOTED = "a replica that was promoted"


def shares(second_slack: int | None) -> None:
    """Let the former id be valid for so many bytes more than it is, for any offset if None."""

    def faulty(replication: Replication, replid: bytes, offset: int) -> bool:
        name = replid.lower()
        in_second = second_slack is None or offset <= replication.second_offset + second_slack
        return name == replication.replid or (name == replication.replid2 and in_second)

    substitute(psync.shares_history, faulty)


@replication_fault(
    "second-offset-is-not-looked-at", "PSYNC with the secondary ID goes on at any offset", PSYNC, situation=PROMOTED
)
def second_offset_is_not_looked_at() -> None:
    shares(None)


@replication_fault(
    "secondary-id-is-valid-too-long", "PSYNC with the secondary ID goes on a byte too far", PSYNC, situation=PROMOTED
)
def secondary_id_is_valid_too_long() -> None:
    shares(1)


@replication_fault(
    "secondary-id-is-valid-too-short", "The last offset of the secondary ID is refused", PSYNC, situation=PROMOTED
)
def secondary_id_is_valid_too_short() -> None:
    shares(-1)


@replication_fault(
    "secondary-id-is-never-valid", "Who asks with the secondary ID gets everything", PSYNC, situation=PROMOTED
)
def secondary_id_is_never_valid() -> None:
    substitute(psync.shares_history, lambda replication, replid, offset: bool(replid.lower() == replication.replid))


@replication_fault("ids-in-upper-case-are-unknown", "An ID is known in lower case only", PSYNC, situation=ROOMY)
def ids_in_upper_case_are_unknown() -> None:
    honest = psync.shares_history
    substitute(honest, lambda replication, replid, offset: replid.islower() and honest(replication, replid, offset))


@replication_fault("any-id-will-do", "An ID that is not known is taken for the server's", PSYNC, situation=ROOMY)
def any_id_will_do() -> None:
    substitute(psync.shares_history, lambda replication, replid, offset: True)


@replication_fault("backlog-has-no-end", "PSYNC goes on beyond the backlog", PSYNC, situation=ROOMY)
def backlog_has_no_end() -> None:
    replace_attribute(Backlog, "covers", lambda backlog, offset: backlog.first_offset <= offset)


@replication_fault("backlog-ends-a-byte-late", "PSYNC goes on a byte beyond the next", PSYNC, situation=ROOMY)
def backlog_ends_a_byte_late() -> None:
    replace_attribute(
        Backlog, "covers", lambda backlog, offset: backlog.first_offset <= offset <= backlog.next_offset + 1
    )


@replication_fault("backlog-ends-a-byte-early", "Who lacks nothing gets everything", PSYNC, situation=ROOMY)
def backlog_ends_a_byte_early() -> None:
    replace_attribute(Backlog, "covers", lambda backlog, offset: backlog.first_offset <= offset < backlog.next_offset)


@replication_fault("backlog-has-no-beginning", "PSYNC goes on before what the backlog has", PSYNC, situation=TRIMMED)
def backlog_has_no_beginning() -> None:
    replace_attribute(Backlog, "covers", lambda backlog, offset: offset <= backlog.next_offset)


@replication_fault(
    "backlog-begins-a-byte-early", "PSYNC goes on with the last byte that was lost", PSYNC, situation=TRIMMED
)
def backlog_begins_a_byte_early() -> None:
    replace_attribute(
        Backlog, "covers", lambda backlog, offset: backlog.first_offset - 1 <= offset <= backlog.next_offset
    )


@replication_fault(
    "backlog-begins-a-byte-late", "The first byte of the backlog is not to be had", PSYNC, situation=TRIMMED
)
def backlog_begins_a_byte_late() -> None:
    replace_attribute(Backlog, "covers", lambda backlog, offset: backlog.first_offset < offset <= backlog.next_offset)


@replication_fault(
    "backlog-counts-lost-bytes-wrongly",
    "Each time that the backlog drops bytes it counts one less",
    PSYNC,
    situation=TRIMMED,
)
def backlog_counts_lost_bytes_wrongly() -> None:
    def faulty(backlog: Backlog, count: int) -> None:
        if count > 0:
            del backlog._held[:count]
            backlog.first_offset += count - 1

    replace_attribute(Backlog, "_drop", faulty)


@replication_fault(
    "stream-goes-on-a-byte-early", "+CONTINUE is followed by the byte before the one asked for", PSYNC, situation=ROOMY
)
def stream_goes_on_a_byte_early() -> None:
    def faulty(backlog: Backlog, offset: int) -> bytes:
        return bytes(backlog._held[max(offset - backlog.first_offset - 1, 0) :])

    replace_attribute(Backlog, "read", faulty)


@replication_fault("fullresync-tells-the-next-byte", "+FULLRESYNC tells the offset plus one", PSYNC, situation=ROOMY)
def fullresync_tells_the_next_byte() -> None:
    honest = psync.greet
    replace_attribute(psync, "greet", lambda replication, client, offset: honest(replication, client, offset + 1))


@replication_fault("continue-tells-no-id", "+CONTINUE comes without the ID", PSYNC, situation=PROMOTED)
def continue_tells_no_id() -> None:
    honest = psync.try_partial

    def faulty(replication: Replication, client: Client, replid: bytes, offset: int) -> bool:
        replica_of(client).capabilities &= ~Capability.PSYNC2
        return honest(replication, client, replid, offset)

    substitute(honest, faulty)
