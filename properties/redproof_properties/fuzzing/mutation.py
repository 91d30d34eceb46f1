"""Histories made of others: what reached something new once may reach more with a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final, TypeAlias

from redproof_properties.generate import Generator
from redproof_properties.grammar import Argument
from redproof_properties.history import Call, History, Step

_FRESH_MAX: Final = 8
_CHANGES_MAX: Final = 4
LONGEST: Final = 3
"""How many times `length` a history has at most before the new steps."""
_REPEATED_MAX: Final = 4
_TIMES_LOG2_MAX: Final = 7
_SIMPLE: Final = (
    b"", b"a", b"0", b"1", b"-1", b"2", b"10", b"128", b"9223372036854775807", b"-9223372036854775808", b"3.5", b"inf",
    b"x" * 44, b"y" * 45, b"z" * 64, b"w" * 65, b"\x00\r\n\xff", b"s1", b"l1", b"h1", b"t1", b"z1", b"x1",
)  # fmt: skip
"""Values about the limits of encodings, and keys."""

_KEPT: Final = frozenset({b"CLIENT", b"client"})
"""Commands that keep their arguments: drawn ones end no connection of the harness, and no server that is known to."""

_Change: TypeAlias = Callable[[Random, list[Step], History, Generator], list[Step]]


def mutate(random: Random, history: History, other: History, generator: Generator, length: int) -> list[Step]:
    """One history with one to three changes and `length` new steps after it; the same of the same `random`.

    `other` lends steps and arguments, `generator` draws new ones: what a rare state makes of commands is seen after it.
    """
    steps = list(history)
    for _ in range(random.randint(1, 3)):
        steps = random.choice(_CHANGES)(random, steps, other, generator)[: LONGEST * length]
    return [*steps, *generator.fresh(random.getrandbits(32), length)]


def _splice(random: Random, steps: list[Step], other: History, generator: Generator) -> list[Step]:
    """The beginning of one and the end of another."""
    return [*steps[: random.randint(0, len(steps))], *other[random.randint(0, len(other)) :]]


def _insert(random: Random, steps: list[Step], other: History, generator: Generator) -> list[Step]:
    """New steps somewhere."""
    fresh = generator.fresh(random.getrandbits(32), random.randint(1, _FRESH_MAX))
    place = random.randint(0, len(steps))
    return [*steps[:place], *fresh, *steps[place:]]


def _drop(random: Random, steps: list[Step], other: History, generator: Generator) -> list[Step]:
    """Without some steps that follow each other."""
    start = random.randint(0, len(steps))
    return [*steps[:start], *steps[start + random.randint(1, _FRESH_MAX) :]]


def _change(random: Random, steps: list[Step], other: History, generator: Generator) -> list[Step]:
    """With other arguments in some commands: of the same place in another call, or any value."""
    changed = list(steps)
    for _ in range(random.randint(1, _CHANGES_MAX) if steps else 0):
        place = random.randrange(len(changed))
        step = changed[place]
        if isinstance(step, Call) and len(step.argv) > 1 and step.argv[0] not in _KEPT:
            position = random.randrange(1, len(step.argv))
            argument = _argument(random, step, position, other)
            changed[place] = replace(step, argv=(*step.argv[:position], argument, *step.argv[position + 1 :]))
    return changed


def _argument(random: Random, call: Call, position: int, other: History) -> Argument:
    lent = [
        step.argv[position]
        for step in other
        if isinstance(step, Call) and len(step.argv) > position and step.argv[0] == call.argv[0]
    ]
    return random.choice(lent) if lent and random.random() < 0.5 else random.choice(_SIMPLE)


def _repeat(random: Random, steps: list[Step], other: History, generator: Generator) -> list[Step]:
    """With some steps many times over, and another last argument each time or not: values grow, and change encoding."""
    start = random.randint(0, len(steps))
    some = steps[start : start + random.randint(1, _REPEATED_MAX)]
    times = 1 << random.randint(1, _TIMES_LOG2_MAX)
    numbered = random.random() < 0.5
    copies = [_numbered(step, number) if numbered else step for number in range(times) for step in some]
    return [*steps[:start], *copies, *steps[start + len(some) :]]


def _numbered(step: Step, number: int) -> Step:
    """The step with a number as the end of its last argument, if that is a text.

    A number below 0 stays as it is: it may say how many members to pick, of which a server then sends millions.
    """
    if not isinstance(step, Call) or len(step.argv) < 3 or not isinstance(last := step.argv[-1], bytes):
        return step
    if last[:1] == b"-" and last[1:].isdigit():
        return step
    return replace(step, argv=(*step.argv[:-1], last + b"%d" % number))


_CHANGES: Final[tuple[_Change, ...]] = (_splice, _insert, _drop, _change, _change, _repeat)
