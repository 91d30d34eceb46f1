"""Histories in bulk from a seed, drawn from the vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, count, islice
from math import ceil
from random import Random
from typing import Final, NamedTuple, TypeAlias

from redproof_properties.drawing import Chance, drawer
from redproof_properties.grammar import Argument
from redproof_properties.history import Call, Expire, Sleep, Step
from redproof_properties.vocabulary import GROUPS

Draw: TypeAlias = Callable[[Chance, float], list[Argument]]
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

BLOCK: Final = 256
"""Histories with seeds from a multiple of this on, which share their commands."""

FRESH: Final = 64
"""How many histories at the start of a block have commands of their own."""

KINDS: Final = 16
"""Each history of a block shares its groups, and its commands, with every so many others; this divides both above."""

_FEWEST_GROUPS: Final = 2
_MOST_GROUPS: Final = 5


class _Deck(NamedTuple):
    """The commands that the histories of a kind share, and whether another may have to follow one of them."""

    calls: list[Call]
    has_turns: bool


class Generator:
    """Draws histories from some groups of commands, each command in proportion to its weight.

    The same seed, groups and length give the same history. Of many groups a history has a few, so that its commands
    meet what others have made more often (swarm testing: Groce and others, ISSTA 2012). A transaction is more likely to
    end than a command like any other, and so is a subscription, which lets RESP2 clients do little else. With several
    clients, one client sends a few commands in a row before another's turn, and now and then one is waited for, should
    it be blocked; with `pauses` nothing is done for a few ms now and then, so that keys expire. One command in three at
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
        rows = {group: [row for row in GROUPS[group] if row.needs.isdisjoint(without)] for group in groups}
        self._rows = {group: [(row, drawer(row)) for row in some] for group, some in rows.items() if some}
        self._favourite = favourite
        self._clients = CLIENT_NAMES[:clients]
        self._pauses = pauses
        self._is_undisturbed = clients == 1 and not pauses
        self._draws_of = lru_cache(2 * KINDS)(self._make_draws)
        self._groups_of = lru_cache(2)(self._choose_groups)
        self._deck = lru_cache(2 * KINDS)(self._make_deck)

    def some_groups(self, seed: int) -> tuple[str, ...]:
        """The groups of which the history of this seed has its commands."""
        return self._groups_of(seed // BLOCK)[seed % KINDS]

    def history(self, seed: int, length: int) -> list[Step]:
        """The history of `length` commands that this seed stands for.

        To draw a command takes as long as to judge it, and what it does depends on those before it: so only the first
        `FRESH` of `BLOCK` histories have commands of their own, and the others have those, in another order.
        """
        block, place = divmod(seed, BLOCK)
        if place < FRESH:
            return self.fresh(seed, length)
        random = Random(seed)
        deck = self._deck(block, place % KINDS, length)
        calls = random.choices(deck.calls, k=length)
        if self._is_undisturbed and not deck.has_turns:
            return [*calls]
        return self._in_turns(random.random, length, iter(calls))

    def fresh(self, seed: int, length: int, groups: tuple[str, ...] | None = None) -> list[Step]:
        """As `history`, with commands of its own, of these groups or `some_groups`."""
        chance = Random(seed).random
        draws = self._draws_of(self.some_groups(seed) if groups is None else groups)
        return self._in_turns(chance, length, _drawn(chance, draws, self._clients[0]))

    def _choose_groups(self, block: int) -> list[tuple[str, ...]]:
        """The groups of each kind of history of a block, where every group comes about as often."""
        groups = [*self._rows]
        if len(groups) <= _FEWEST_GROUPS:
            return [tuple(groups)] * KINDS
        random = Random(f"groups {block}")
        turns = chain.from_iterable(random.sample(groups, len(groups)) for _ in count())
        chosen = [{*islice(turns, random.randint(_FEWEST_GROUPS, _MOST_GROUPS))} for _ in range(KINDS)]
        return [tuple(group for group in groups if group in each or self._has_favourite(group)) for each in chosen]

    def _has_favourite(self, group: str) -> bool:
        return any(row.name == self._favourite for row, _ in self._rows[group])

    def _make_draws(self, groups: tuple[str, ...]) -> list[Draw]:
        """What draws the commands of some groups, each as often as it is likely."""
        named = [(row.name, draw) for group in groups for row, draw in self._rows[group] for _ in range(row.weight)]
        favourites = [draw for draw in named if draw[0] == self._favourite]
        if favourites:
            named += favourites * ceil(len(named) / (2 * len(favourites)))
        return [draw for _, draw in named]

    def _make_deck(self, block: int, kind: int, length: int) -> _Deck:
        seeds = range(block * BLOCK + kind, block * BLOCK + FRESH, KINDS)
        calls = [step for seed in seeds for step in self.fresh(seed, length) if isinstance(step, Call)]
        return _Deck(calls, not _TURNS.isdisjoint(call.argv[0] for call in calls))

    def _in_turns(self, chance: Chance, length: int, calls: Iterator[Call]) -> list[Step]:
        """Let the clients send the calls, with what happens between, and end what they have begun."""
        steps: list[Step] = []
        client = self._clients[0]
        in_transaction: set[str] = set()
        unsubscribes: dict[str, Argument] = {}
        for _ in range(length):
            if not self._is_undisturbed:
                client = self._between(client, chance, steps)
            call = next(calls)
            if in_transaction and client in in_transaction and chance() < _TRANSACTION_ENDS:
                call = Call(client, (b"EXEC",))
            elif unsubscribes and client in unsubscribes and chance() < _SUBSCRIPTION_ENDS:
                call = Call(client, (unsubscribes.pop(client),))
            elif call.client != client:
                call = _sent_by(client, call)
            name = call.argv[0]
            if name in _TURNS:
                if name == b"MULTI":
                    in_transaction.add(client)
                elif name in _AFTER_TRANSACTION:
                    in_transaction.discard(client)
                else:
                    unsubscribes[client] = _UNSUBSCRIBE[name]
            steps.append(call)
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


def _drawn(chance: Chance, draws: Sequence[Draw], client: str) -> Iterator[Call]:
    """Commands without end."""
    size = len(draws)
    while True:
        place = chance() * size
        row = int(place)
        # What is left of the number is as good as another.
        yield Call(client, tuple(draws[row](chance, place - row)))


def _sent_by(client: str, call: Call) -> Call:
    sent = Call(client, call.argv)
    sent.request = call.request
    return sent
