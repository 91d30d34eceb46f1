"""The decision about PSYNC: may a replica go on where it was, or must it be sent everything?"""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of

NO_ID: Final = 0
"""The secondary replication ID of a server that has none, which Redis shows as forty zeros."""

NO_OFFSET: Final = -1
"""`second_replid_offset` of a server without a secondary replication ID."""

_NATURAL: Final = Int(0, None)


@definition(
    asked_id=_NATURAL,
    asked_offset=_NATURAL,
    master_replid=_NATURAL,
    master_replid2=_NATURAL,
    second_replid_offset=Int(NO_OFFSET, None),
    backlog_active=Bool,
    backlog_first_byte_offset=_NATURAL,
    backlog_histlen=_NATURAL,
)
def answers_continue(
    asked_id: Term,
    asked_offset: Term,
    master_replid: Term,
    master_replid2: Term,
    second_replid_offset: Term,
    backlog_active: Term,
    backlog_first_byte_offset: Term,
    backlog_histlen: Term,
) -> Term:
    """Whether PSYNC is answered with +CONTINUE and not with +FULLRESYNC (`masterTryPartialResynchronization`).

    The arguments are those of PSYNC, where `asked_offset` is the first byte that is wanted, and the fields of INFO of
    the server that is asked. Replication IDs are numbers: equal ones for equal IDs, `NO_ID` for forty zeros.
    """
    known = any_of(
        asked_id == master_replid,
        all_of(asked_id == master_replid2, asked_offset <= second_replid_offset),
    )
    kept = all_of(
        backlog_active,
        asked_offset >= backlog_first_byte_offset,
        asked_offset <= backlog_first_byte_offset + backlog_histlen,
    )
    return all_of(known, kept)
