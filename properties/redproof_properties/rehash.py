"""How far the steps of a rehash have come: dictRehash told again over the lengths of the chains in the old table."""

from __future__ import annotations

from collections.abc import Sequence

from redproof_properties.tables import Table, Tables


class Rehash:
    """The old table of a dict, bucket by bucket, while a rehash empties it; `steps` counts them."""

    def __init__(self, chain_lengths: Sequence[int], empty_visits: int) -> None:
        self._chain_lengths = list(chain_lengths)
        self._empty_visits = empty_visits
        self._index = 0
        self.steps = 0

    def step(self) -> None:
        """Move the next bucket that holds anything, unless so many before it are empty (dict.c dictRehash)."""
        self.steps += 1
        for _ in range(self._empty_visits):
            if self.finished:
                return
            length, self._chain_lengths[self._index] = self._chain_lengths[self._index], 0
            self._index += 1
            if length:
                return

    @property
    def finished(self) -> bool:
        """Whether the old table is empty: then it has been given up."""
        return not any(self._chain_lengths)

    @property
    def main(self) -> Table:
        """The old table as DEBUG HTSTATS shows it."""
        used = sum(self._chain_lengths)
        return Table(len(self._chain_lengths), used, sum(map(bool, self._chain_lengths)))

    def agrees(self, tables: Tables) -> bool:
        """Whether these are the tables after so many steps."""
        return tables.target is None if self.finished else tables.target is not None and tables.main == self.main
