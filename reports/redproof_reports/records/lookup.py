"""From what people type to a record: the name of a file, or the id of a divergence that some run has seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redproof_properties.divergence import Divergence
from redproof_properties.errors import UsageError

from redproof_reports.records.index import Index
from redproof_reports.records.journal import JOURNAL_NAME
from redproof_reports.results import read_record


def find_record(text: str, folders: Sequence[Path]) -> Divergence:
    """The record in this file, or of the divergence whose id begins so, in the first of the folders that has it.

    Raises UsageError where there is none.
    """
    if Path(text).is_file():
        return read_record(Path(text)).divergence
    journals = [folder / JOURNAL_NAME for folder in folders]
    refusal = UsageError(f"{text}: no such file, and no run has left {' or '.join(map(str, journals))}")
    for journal in journals:
        if journal.exists():
            try:
                with Index(journal) as index:
                    return index.find(text).divergence
            except UsageError as error:
                refusal = error
    raise refusal
