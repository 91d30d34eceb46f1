"""How large an election is looked at, and the sorts that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

from redproof_model.kernel.parts import Domain
from redproof_model.kernel.sorts import Int
from redproof_model.kernel.terms import Term

Index: TypeAlias = int | Term
"""The number of a sentinel; a term in the form that is proved."""

NO_FAILOVER: Final = 0
"""The `failover_epoch` of a sentinel that has no failover in progress, and an epoch in which no one votes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The bounds of an election.

    So many `sentinels` are followed, and in as many epochs as `followed` what they vote. In a finite scope those are
    all there are. For the proof one epoch stands for any, and all `others` are known by the number of their votes in
    it, for each of those that are followed.
    """

    sentinels: int
    epochs_max: int | None = None
    """The last epoch, or None for no last one."""
    followed: int = 1
    """Epochs of which the votes are known: the first ones, or if it is one, any."""
    others: bool = False
    quorum: int | None = None
    """The quorum, or None for any."""
    detects: bool = True
    """A failover begins when enough sentinels take the master for down; else at any time."""
    counts_current: bool = False
    """The votes of the current epoch are counted, and not those of the epoch in which the failover began."""
    calm_epochs: int = 0
    """Epochs that are left for the time when all is calm: with 0 that time never comes."""

    @property
    def nodes(self) -> range:
        """The numbers of the sentinels."""
        return range(self.sentinels)

    @property
    def node(self) -> Domain:
        """A sentinel that does something: left open in the proof, where it is any of them."""
        return Int(0, self.sentinels - 1) if self.others else self.nodes

    @property
    def every(self) -> range:
        """The numbers of the epochs that are followed."""
        return range(self.followed)

    @property
    def epoch(self) -> Int:
        """An epoch, or none."""
        return Int(NO_FAILOVER, self.epochs_max)

    @property
    def asked_epoch(self) -> Int:
        """An epoch in which a vote is asked for."""
        return Int(1, self.epochs_max)

    @property
    def number(self) -> Int:
        """A number of sentinels."""
        return Int(0, None if self.others else self.sentinels)

    @property
    def stormy_max(self) -> int | None:
        """The last epoch that may begin before all is calm."""
        return None if self.epochs_max is None else self.epochs_max - self.calm_epochs

    def at(self, followed: int, sentinel: Index) -> Index:
        """The cell of an array that has one for each epoch and sentinel."""
        return followed * self.sentinels + sentinel

    def vote(self, followed: int, voter: Index, candidate: Index) -> Index:
        """The cell for the vote of one sentinel for another in an epoch."""
        return self.at(followed, voter) * self.sentinels + candidate

    def cells(self) -> Iterator[tuple[int, int]]:
        """Each epoch with each sentinel."""
        return product(self.every, self.nodes)


PROOF: Final = Scope(sentinels=2, others=True)
"""Any number of sentinels of which any two are followed, any quorum, and epochs without end."""

THREE: Final = Scope(sentinels=3, epochs_max=2, quorum=2, detects=False)
"""Three sentinels, and two epochs."""

FIVE: Final = Scope(sentinels=5, epochs_max=1, quorum=2, detects=False)
"""Five sentinels in one epoch."""

DOWN: Final = Scope(sentinels=3, epochs_max=1, quorum=3)
"""Three sentinels that find the master down or are wrong about it, and clocks that jump."""

SOURCE: Final = Scope(sentinels=3, epochs_max=2, followed=2, quorum=2, detects=False, counts_current=True)
"""Three sentinels that count votes as the source has it."""

CALM: Final = Scope(sentinels=3, epochs_max=2, followed=2, quorum=2, detects=False, calm_epochs=1)
"""Three sentinels with a majority that stays up and connected from some time on."""
