"""A table takes any index that is known to lie inside it."""

from __future__ import annotations

import pytest
from redproof_model.kernel.python import compile_function
from redproof_model.kernel.sorts import Int
from redproof_model.kernel.terms import constant, variable
from redproof_model.kernel.vocabulary import look_up

TABLE = (5, 6, 7)


def test_an_index_need_not_reach_every_entry() -> None:
    index = variable("index", Int(1, 2))
    assert compile_function([index], [look_up(TABLE, index, Int(5, 7))])(2) == 7
    assert look_up(TABLE, constant(1, Int()), Int(5, 7)).payload == 6


@pytest.mark.parametrize("bounds", [Int(-1, 2), Int(0, 3), Int(0, None), Int(None, 2)])
def test_an_index_that_may_lie_outside_is_refused(bounds: Int) -> None:
    with pytest.raises(ValueError, match=r"the table has entries 0\.\.2"):
        look_up(TABLE, variable("index", bounds), Int(5, 7))


def test_an_entry_that_the_sort_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the entry 7, which is not a value of Int\(5\.\.6\)"):
        look_up(TABLE, variable("index", Int(0, 2)), Int(5, 6))
