"""Decisions of the server that a reply need not tell: each alternative goes on in a world of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from redproof_model.choice import Choice, Expected, describe, example, observe
from redproof_model.keyspace.blocking import serve_ready
from redproof_model.keyspace.world import World
from redproof_model.reply import Reply

T = TypeVar("T")


class Splitting(Choice):
    """A choice in a world that may have heirs (`World.heirs`) once the reply was seen."""


def split(world: World, options: Sequence[T], act: Callable[[World, T], Expected]) -> Expected:
    """Let the server take any of the options; `act` carries one out in the world that it is given.

    Nothing may have been changed before, and what `act` uses of the world it must look up in the one given.
    """
    if len(options) == 1:
        return act(world, options[0])
    heirs = [(world.copy(), option) for option in options]
    return _Split(world, [(heir, act(heir, option)) for heir, option in heirs])


class _Split(Splitting):
    """What each alternative may answer, with its world."""

    def __init__(self, world: World, outcomes: list[tuple[World, Expected]]) -> None:
        self._world = world
        self._outcomes = outcomes

    def observe(self, reply: Reply, resp: int) -> bool:
        agreeing = [heir for heir, expected in self._outcomes if observe(expected, reply, resp)]
        heirs = [last for heir in agreeing for last in heir.successors()]
        for heir in heirs:
            if not heir.in_exec:
                serve_ready(heir)
        self._world.heirs = heirs
        return bool(heirs)

    def example(self) -> Reply:
        return example(self._outcomes[0][1])

    def describe(self) -> str:
        return " or ".join(dict.fromkeys(describe(expected) for _, expected in self._outcomes))
