"""What has changed since an earlier run: cells with another verdict, and divergences that are new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from redproof_reports.matrix.cells import Status
from redproof_reports.matrix.document import Matrix


class Kind(StrEnum):
    """What a change means, the worst first."""

    REGRESSION = "regression"
    """It passed, and does no more."""
    LOST = "not tested any more"
    """It passed, and nobody knows now."""
    OTHER = "changed"
    GAIN = "gain"
    """It passes now."""


@dataclass(frozen=True, slots=True)
class Change:
    """A cell with another verdict than before."""

    kind: Kind
    row: str
    target: str
    was: Status
    now: Status


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes, the worst first; `new` are records of divergences that the earlier run did not see."""

    since: str
    changes: tuple[Change, ...]
    new: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = field(default=())
    """Targets that were judged in one of the runs only."""

    @property
    def regressions(self) -> tuple[Change, ...]:
        """What passed and does no more."""
        return tuple(change for change in self.changes if change.kind is Kind.REGRESSION)

    @property
    def lost(self) -> tuple[Change, ...]:
        """What passed and was not tested now."""
        return tuple(change for change in self.changes if change.kind is Kind.LOST)


def compare_matrices(before: Matrix, now: Matrix) -> Changes:
    """Compare two runs, on the targets that both of them judged; targets are known by their names."""
    judged = [[server.target for server in each.servers if server.server] for each in (before, now)]
    shared = [target for target in judged[1] if target in judged[0]]
    either = [server.target for each in (before, now) for server in each.servers]
    changes = sorted(_changes(before, now, shared), key=lambda change: list(Kind).index(change.kind))
    seen = {(found.target, found.id) for found in before.divergences.values()}
    new = [name for name, found in now.divergences.items() if (found.target, found.id) not in seen]
    return Changes(
        since=before.started,
        changes=tuple(changes),
        new=tuple(name for name in new if now.divergences[name].target in shared),
        not_compared=tuple(target for target in dict.fromkeys(either) if target not in shared),
    )


def _changes(before: Matrix, now: Matrix, shared: list[str]) -> Iterator[Change]:
    later = {row.name: row for row in now.rows}
    places = [[server.target for server in each.servers] for each in (before, now)]
    for row in before.rows:
        for target in shared:
            was = row.cells[places[0].index(target)].status
            if row.name in later:
                is_now = later[row.name].cells[places[1].index(target)].status
            else:
                is_now = Status.UNSUPPORTED if row.name in now.refused else was
            if was is not is_now:
                yield Change(_kind(was, is_now), row.name, target, was, is_now)


def _kind(was: Status, now: Status) -> Kind:
    if was is Status.PASS:
        return Kind.LOST if now is Status.UNTESTED else Kind.REGRESSION
    return Kind.GAIN if now is Status.PASS else Kind.OTHER
