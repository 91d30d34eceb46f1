"""Histories in bulk from a seed, drawn from the vocabularies."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import ceil
from random import Random

from redproof_properties.drawing import Chance, drawer
from redproof_properties.grammar import Argument
from redproof_properties.history import Call, Expire, Sleep, Step
from redproof_properties.vocabulary import GROUPS

CLIENT_NAMES = ("A", "B", "C", "D")
_RUN_ENDS = 0.25
_PAUSES = 0.05
_LONGEST_PAUSE_MS = 5
_TIMES_OUT = 0.02
_TRANSACTION_ENDS = 0.15
_AFTER_TRANSACTION = frozenset({b"EXEC", b"DISCARD"})
_SUBSCRIPTION_ENDS = 0.1
_UNSUBSCRIBE: dict[Argument, Argument] = {
    name: name.replace(b"SUBSCRIBE", b"UNSUBSCRIBE") for name in (b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE")
}
_TURNS = {b"MULTI", *_AFTER_TRANSACTION, *_UNSUBSCRIBE}
"""After these another command than drawn may follow, or no more."""


class Generator:
    """Draws histories from some groups of commands, each command in proportion to its weight.

    The same seed, groups and length give the same history. A transaction is more likely to end than a command
    like any other, and so is a subscription, which lets RESP2 clients do little else. With several clients, one
    client sends a few commands in a row before another's turn, and now and then one is waited for, should it be
    blocked; with `pauses` nothing is done for a few ms now and then, so that keys expire. One command in three at
    least is the `favourite`, where the groups have a command of this name, and those named in `without` are none.
    Raises KeyError for a group that does not exist.
    """

    def __init__(
        self,
        groups: Iterable[str] = GROUPS,
        clients: int = 1,
        pauses: bool = False,
        favourite: str = "",
        without: Collection[str] = (),
    ) -> None:
        rows = [command for group in groups for command in GROUPS[group] if command.needs.isdisjoint(without)]
        draws = [(row.name, drawer(row)) for row in rows for _ in range(row.weight)]
        favourites = [draw for draw in draws if draw[0] == favourite]
        if favourites:
            draws += favourites * ceil(len(draws) / (2 * len(favourites)))
        self._draws = [draw for _, draw in draws]
        self._clients = CLIENT_NAMES[:clients]
        self._pauses = pauses

    def history(self, seed: int, length: int) -> list[Step]:
        """The history of `length` commands that this seed stands for."""
        chance = Random(seed).random
        draws, size = self._draws, len(self._draws)
        steps: list[Step] = []
        client = self._clients[0]
        undisturbed = len(self._clients) == 1 and not self._pauses
        in_transaction: set[str] = set()
        unsubscribes: dict[str, Argument] = {}
        for _ in range(length):
            if not undisturbed:
                client = self._between(client, chance, steps)
            place = chance() * size
            row = int(place)
            # What is left of the number is as good as another.
            argv = draws[row](chance, place - row)
            if in_transaction and client in in_transaction and chance() < _TRANSACTION_ENDS:
                argv = [b"EXEC"]
            elif unsubscribes and client in unsubscribes and chance() < _SUBSCRIPTION_ENDS:
                argv = [unsubscribes.pop(client)]
            name = argv[0]
            if name in _TURNS:
                if name == b"MULTI":
                    in_transaction.add(client)
                elif name in _AFTER_TRANSACTION:
                    in_transaction.discard(client)
                else:
                    unsubscribes[client] = _UNSUBSCRIBE[name]
            steps.append(Call(client, tuple(argv)))
        return steps

    def _between(self, client: str, chance: Chance, steps: list[Step]) -> str:
        """Add what happens between two commands of this client, and give the client whose turn it is then."""
        several = len(self._clients) > 1
        if several and chance() < _RUN_ENDS:
            client = self._clients[int(chance() * len(self._clients))]
        if self._pauses and chance() < _PAUSES:
            steps.append(Sleep(1 + int(chance() * _LONGEST_PAUSE_MS)))
        if several and chance() < _TIMES_OUT:
            steps.append(Expire(self._clients[int(chance() * len(self._clients))]))
        return client
