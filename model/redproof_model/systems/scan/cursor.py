"""The cursor of SCAN: how it goes on from a bucket to the next, and what is true of that at every size (dict.c)."""

from __future__ import annotations

from typing import Final

from redproof_model.kernel.python import Definition
from redproof_model.kernel.sorts import BitVec
from redproof_model.kernel.system import System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, implies, reverse, same
from redproof_model.systems.rehash.tables import is_mask

CURSOR: Final = BitVec(64)


def successor(cursor: Term, mask: Term) -> Term:
    """The cursor after `cursor`: the bits under the mask count up from the highest to the lowest (dictScan)."""
    filled = cursor | ~mask
    return reverse(reverse(filled) + 1)


def is_at(position: Term, cursor: Term, mask: Term) -> Term:
    """Whether a hash and a cursor are in the same bucket of a table."""
    return any_of(position & mask == cursor & mask)


NEXT_CURSOR: Final = Definition(successor, {"cursor": CURSOR, "mask": CURSOR})
"""The successor of a cursor, to be computed: `NEXT_CURSOR.compiled(cursor, mask)`."""


def declare_lemmas(system: System, sort: BitVec) -> None:
    """What is true of one step at every size of table; order is that of the reversed bits."""

    @system.lemma(cursor=sort, mask=sort, hash=sort)
    def nothing_between_is_left_out(cursor: Term, mask: Term, hash: Term) -> Term:
        """What is not before a cursor is in its bucket, or is not before its successor."""
        after = successor(cursor, mask)
        rest = all_of(after != 0, reverse(hash) >= reverse(after))
        ahead = all_of(is_mask(mask), reverse(hash) >= reverse(cursor))
        return implies(ahead, any_of(is_at(hash, cursor, mask), rest))

    @system.lemma(cursor=sort, mask=sort, hash=sort)
    def nothing_is_visited_twice(cursor: Term, mask: Term, hash: Term) -> Term:
        """From a cursor at the start of a bucket, exactly what is in the bucket lies before its successor."""
        after = successor(cursor, mask)
        ahead = all_of(is_mask(mask), cursor & ~mask == 0, reverse(hash) >= reverse(cursor))
        return implies(ahead, same(is_at(hash, cursor, mask), any_of(after == 0, reverse(hash) < reverse(after))))

    @system.lemma(cursor=sort, mask=sort)
    def cursors_go_up(cursor: Term, mask: Term) -> Term:
        """A successor is 0, the end, or comes later; it is the start of a bucket."""
        after = successor(cursor, mask)
        later = any_of(after == 0, reverse(after) > reverse(cursor))
        return implies(is_mask(mask), all_of(later, after & ~mask == 0))
