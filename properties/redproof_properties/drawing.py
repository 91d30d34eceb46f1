"""The reading of the grammar that makes histories in bulk: each piece becomes a function that draws an example of it.

What has few examples becomes a table of them, in which each stands as often as it is likely: one number drawn decides
between alternatives in alternatives, and between words in a row.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import accumulate, compress, product
from math import lcm, prod
from typing import Final, TypeAlias

from redproof_properties.grammar import (
    ODD_INTEGERS,
    Alternatives,
    Argument,
    Command,
    InOrder,
    Integer,
    Options,
    Part,
    Perhaps,
    Pool,
    Repeated,
)

Chance: TypeAlias = Callable[[], float]
"""Gives floats in [0, 1), each number as likely as any other."""
Draw: TypeAlias = Callable[[Chance, list[Argument]], None]
"""Appends one example to the list."""
_Table: TypeAlias = tuple[tuple[Argument, ...], ...]

_LARGEST_TABLE: Final = 1 << 12
_LARGEST_PRODUCT: Final = 1 << 9
"""Of the rows of a table that parts in a row make together, each of which is a tuple of its own."""
_NOTHING: Final[_Table] = ((),)
_SHARE_OF_OPTIONS: Final = 1.2
_PLAIN: Final = 0.9
"""How often an integer is one of its range, and a number in front the right one."""
_WIDEST: Final = 64
"""Of the ranges of integers that become tables."""
_WRONG_COUNTS: Final = (b"-1", b"0", b"1", b"2", b"3")


def drawer(command: Command) -> Callable[[Chance, float], list[Argument]]:
    """What draws a command of one row of a vocabulary, given chance and a number from 0 to 1 that tells of a flaw.

    An argument is missing if that is below 0.01, and there is one more if it is below 0.02.
    """
    name: Argument = command.sent_name
    arguments = _drawing(command.arguments)

    def draw(chance: Chance, flaw: float) -> list[Argument]:
        argv = [name]
        arguments(chance, argv)
        if flaw < 0.02:
            if flaw >= 0.01:
                argv.append(b"extra")
            elif len(argv) > 1:
                argv.pop()
        return argv

    return draw


@cache
def _drawing(part: Part) -> Draw:
    table = _table(part)
    if table is not None:
        return _from_table(table)
    match part:
        case InOrder(parts):
            return _in_order(parts)
        case Alternatives(parts):
            return _alternatives([_drawing(each) for each in parts])
        case Perhaps(inner, probability):
            return _perhaps(_drawing(inner), probability)
        case Repeated(inner, low, high, counted):
            return _counted(_drawing(inner), low, high) if counted else _repeated(inner, low, high)
        case Integer(low, high):
            return _integer(low, high)
        case Options(parts):
            return _options([_drawing(each) for each in parts])
    raise TypeError(f"a part of the grammar that nobody draws: {type(part).__name__}")


@cache
def _table(part: Part) -> _Table | None:
    """The examples of a part, each as often as it is likely; None if that takes too many."""
    match part:
        case Pool(items):
            return tuple((item,) for item in items)
        case Alternatives(parts):
            return _mixed([(Fraction(1, len(parts)), _table(each)) for each in parts])
        case Perhaps(inner, probability):
            share = _share(probability)
            return _mixed([(share, _table(inner)), (1 - share, _NOTHING)])
        case Integer(low, high) if high - low < _WIDEST:
            plain = tuple((b"%d" % number,) for number in range(low, high + 1))
            return _mixed([(_share(_PLAIN), plain), (1 - _share(_PLAIN), tuple((odd,) for odd in ODD_INTEGERS))])
        case InOrder(parts):
            return _joined([_table(each) for each in parts])
    return None


def _share(probability: float) -> Fraction:
    return Fraction(probability).limit_denominator(1000)


def _mixed(weighted: Sequence[tuple[Fraction, _Table | None]]) -> _Table | None:
    """One table out of several, each of which is drawn from with its probability."""
    shares = [(share / len(table), table) for share, table in weighted if table]
    size = lcm(*(share.denominator for share, _ in shares))
    if size > _LARGEST_TABLE or any(table is None for _, table in weighted):
        return None
    return tuple(row for share, table in shares for row in table * int(share * size))


def _joined(tables: Sequence[_Table | None]) -> _Table | None:
    """The table of what several in a row give together."""
    whole = [table for table in tables if table is not None]
    if len(whole) < len(tables) or prod(map(len, whole)) > _LARGEST_PRODUCT:
        return None
    return tuple(tuple(argument for row in rows for argument in row) for rows in product(*whole))


def _from_table(table: _Table) -> Draw:
    if len(table) == 1:
        return lambda chance, out: _extend(out, table[0])
    size = len(table)
    if all(len(row) == 1 for row in table):
        items = [item for (item,) in table]
        return lambda chance, out: out.append(items[int(chance() * size)])
    return lambda chance, out: _extend(out, table[int(chance() * size)])


_extend: Final[Callable[[list[Argument], Sequence[Argument]], None]] = list.extend


def _in_order(parts: Sequence[Part]) -> Draw:
    """Neighbours share a table where it does not get too large."""
    draws: list[Draw] = []
    shared = _NOTHING
    for part in parts:
        own = _table(part)
        both = _joined([shared, own])
        if both is None and shared is not _NOTHING:
            draws.append(_from_table(shared))
        if both is not None:
            shared = both
        elif own is not None:
            shared = own
        else:
            draws.append(_drawing(part))
            shared = _NOTHING
    if shared is not _NOTHING:
        draws.append(_from_table(shared))

    def in_order(chance: Chance, out: list[Argument]) -> None:
        for draw in draws:
            draw(chance, out)

    return draws[0] if len(draws) == 1 else in_order


def _alternatives(draws: Sequence[Draw]) -> Draw:
    size = len(draws)
    return lambda chance, out: draws[int(chance() * size)](chance, out)


def _perhaps(draw: Draw, probability: float) -> Draw:
    def perhaps(chance: Chance, out: list[Argument]) -> None:
        if chance() < probability:
            draw(chance, out)

    return perhaps


def _integer(low: int, high: int) -> Draw:
    span = high - low + 1
    odd = len(ODD_INTEGERS)

    def integer(chance: Chance, out: list[Argument]) -> None:
        plain = chance() < _PLAIN
        out.append(b"%d" % (low + int(chance() * span)) if plain else ODD_INTEGERS[int(chance() * odd)])

    return integer


def _repeated(part: Part, low: int, high: int) -> Draw:
    span = high - low + 1
    table = _table(part)
    if table is not None and all(len(row) == 1 for row in table):
        items = [item for (item,) in table]
        size = len(items)

        def items_repeated(chance: Chance, out: list[Argument]) -> None:
            out += [items[int(chance() * size)] for _ in range(low + int(chance() * span))]

        return items_repeated
    draw = _drawing(part)

    def repeated(chance: Chance, out: list[Argument]) -> None:
        for _ in range(low + int(chance() * span)):
            draw(chance, out)

    return repeated


def _counted(draw: Draw, low: int, high: int) -> Draw:
    """With the number in front, wrong one time in ten."""
    span = high - low + 1
    numbers = [b"%d" % number for number in range(high + 1)]

    def counted(chance: Chance, out: list[Argument]) -> None:
        count = low + int(chance() * span)
        out.append(numbers[count] if chance() < _PLAIN else _WRONG_COUNTS[int(chance() * len(_WRONG_COUNTS))])
        for _ in range(count):
            draw(chance, out)

    return counted


def _options(draws: Sequence[Draw]) -> Draw:
    """Which of them are drawn is one choice of all that are possible, each as likely as if each were drawn alone."""
    share = _SHARE_OF_OPTIONS / (1 + len(draws))
    chosen = list(product((False, True), repeat=len(draws)))
    subsets = [list(compress(draws, each)) for each in chosen]
    odds = list(accumulate(prod(share if taken else 1 - share for taken in each) for each in chosen))

    def options(chance: Chance, out: list[Argument]) -> None:
        taken = subsets[bisect(odds, chance() * odds[-1])]
        if len(taken) < 2:
            for draw in taken:
                draw(chance, out)
            return
        taken = taken.copy()
        while taken:
            taken.pop(int(chance() * len(taken)))(chance, out)

    return options
