"""Why a write is gone, in a sentence: which promotion, at which offset, or which promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redproof_model.loss.account import Entry, Reason, Verdict
from redproof_properties.failover.record import FailoverRecord

VERDICT_TEXTS: Final[Mapping[Verdict, str]] = {
    Verdict.EXPLAINED: "lost by design",
    Verdict.BROKEN_PROMISE: "lost against a promise",
    Verdict.BUG: "a bug",
    Verdict.UNKNOWN: "unknown",
}

_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.BEHIND: "{branch}, and had not got it",
    Reason.DEPOSED: "it was taken by a server that was the master no more: {branch}",
    Reason.ANOTHER_HISTORY: "it is of a history that the promoted server did not have: {branch}",
    Reason.FORGOTTEN: "a server came back as a master without it: {branch}",
    Reason.WAIT: "WAIT confirmed it for all replicas, and yet {branch}",
    Reason.MIN_REPLICAS: "its master had no replica for longer than min-replicas-max-lag, and took it: {branch}",
    Reason.NOT_KEPT: "the agreed history has its offset, and yet it is gone",
    Reason.NO_ORDER: "there is no order of the writes in which this may be so",
    Reason.NEVER_SENT: "it is there, and no client has sent it",
    Reason.REFUSED: "it is there, and was refused",
    Reason.DISCARDED: "it is there, and {branch} without it",
    Reason.TWICE: "it is there more than once",
    Reason.GIVEN_UP: "not all orders of the writes were tried",
}


def why(entry: Entry, record: FailoverRecord) -> str:
    """The reason of an entry as a sentence, with the promotion that has parted the write from what is agreed."""
    return _SENTENCES[entry.reason].format(branch=_branch(entry, record))


def _branch(entry: Entry, record: FailoverRecord) -> str:
    """The promotion that an entry names, with its epoch where sentinels made it."""
    branch = entry.branch
    if branch is None:
        return "no promotion explains it"
    if branch.former is None:
        return f"{branch.node} began without data"
    if branch.counts_anew:
        return f"{branch.node} began with what was saved at offset {branch.offset_bytes:,}"
    epoch = next((each.epoch for each in record.promotions if each.replid == branch.replid), None)
    if epoch is None:
        return f"{branch.node} began another history at offset {branch.offset_bytes:,}"
    return f"{branch.node} was promoted in epoch {epoch} at offset {branch.offset_bytes:,}"
