"""A record judged: by all judges, each with the sentence that it claims, and by the account of its writes."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import Final

from redproof_model.loss.account import Entry
from redproof_model.loss.record import RecordError
from redproof_properties.failover.judges import JUDGES
from redproof_properties.failover.judges.losses import loss_account
from redproof_properties.failover.record import FailoverRecord

from redproof_reports.failover.results import JudgedRun, Judgement

_URL: Final = re.compile(r"https://[^\s,;)]+")


def judge(record: FailoverRecord, name: str) -> JudgedRun:
    """Let all judges speak of a record."""
    judgements = tuple(Judgement(told, *claim_of(told), tuple(judging(record))) for told, judging in JUDGES.items())
    return JudgedRun(name, record, _account(record), judgements)


@cache
def claim_of(name: str) -> tuple[str, str]:
    """What the module of a judge says that it claims, in a sentence, and where that is documented."""
    told = sys.modules[JUDGES[name].__module__].__doc__ or ""
    url = _URL.search(told)
    return " ".join(told.partition("\n\n")[0].split()).rstrip("."), url[0] if url is not None else ""


def _account(record: FailoverRecord) -> tuple[Entry, ...]:
    """The account; empty where it cannot be drawn up, which the judge of losses then says."""
    try:
        return tuple(loss_account(record))
    except RecordError:
        return ()
