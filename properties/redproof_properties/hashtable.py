"""Valkey's hashtable as the model's system `hashtable` has it, step by step (hashtable.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from redproof_model.systems.hashtable.tables.parts import is_full, is_sparse, may_step
from redproof_model.systems.hashtable.tables.scope import POLICY, PROOF, Scope
from redproof_model.systems.hashtable.tables.system import tables

from redproof_properties.paging import Pager
from redproof_properties.replay import IDLE, ImpossibleStepError, Machine, Replay
from redproof_properties.scannable import Scannable
from redproof_properties.tables import Tables

_ALLOW, _AVOID = map(POLICY.members.index, ("ALLOW", "AVOID"))

_LOOKUPS_TO_ADD: Final = {"SCAN": 1, "HSCAN": 0, "SSCAN": 0, "ZSCAN": 1}
"""How often a command looks a new element up before the insertion, which looks it up itself."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a version makes an operation of steps of the system, which move a chain each."""

    scope: Scope
    visits_max: int = 0
    """Empty chains that a step toward a smaller table passes before it moves one or gives up (rehashStepShrink)."""
    ends_when_empty: bool = False
    """The rehash ends once table 0 is empty, and not only after its last chain (rehashStepFinalize)."""


_VALKEY_8_1: Final = Rules(PROOF)
_VALKEY_9_0: Final = replace(_VALKEY_8_1, scope=replace(PROOF, fast_forwards=False))
VERSIONS: Final = {
    ("valkey", (8, 1)): _VALKEY_8_1,
    ("valkey", (9, 0)): _VALKEY_9_0,
    ("valkey", (9, 1)): replace(_VALKEY_9_0, visits_max=10, ends_when_empty=True),
}
"""By family and number; in Valkey 9.1 by the pull requests 3141 and 3150."""


class HashtableMachine(Machine):
    """The system for the rules of a version."""

    keyspace_shrinks_on_deletion = True
    rehashes_beside_child = False

    def __init__(self, rules: Rules) -> None:
        system = tables(rules.scope)
        super().__init__(system)
        self.rules = rules
        self.may_step = self.predicate(may_step(system.state))
        self.is_full = self.predicate(is_full(rules.scope, system.state))
        self.is_sparse = self.predicate(is_sparse(rules.scope, system.state))

    def is_full_with(self, size: int, used: int, child: bool) -> bool:
        policy = _AVOID if child else _ALLOW
        return self.is_full(self.state(size0=size, used=used, used0=used, policy=policy))

    def is_sparse_with(self, size: int, used: int) -> bool:
        return self.is_sparse(self.state(size0=size, used=used, used0=used))

    def replay(self, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes) -> Replay:
        return HashtableReplay(self, pager, scannable, hashes, tracked)


@cache
def hashtable_machine(rules: Rules) -> HashtableMachine:
    """The system for these rules; compiled once."""
    return HashtableMachine(rules)


class HashtableReplay(Replay):
    """A hashtable of the system from its beginning."""

    pieces_count = False

    def __init__(
        self, machine: HashtableMachine, pager: Pager, scannable: Scannable, hashes: Mapping[bytes, int], tracked: bytes
    ) -> None:
        self._machine = machine
        super().__init__(machine, pager, scannable, hashes, tracked)

    def add(self, elements: Sequence[bytes]) -> None:
        for element in elements:
            self.find([element] * (_LOOKUPS_TO_ADD[self._scannable.scan] + 1))
            self._expand_if_full()
            if self._has_child:
                self._rehash("move_on_write")
            self._step("add" if element == self._tracked else "add_other")
            self._elements.add(element)
            if not self._is_rehashing:
                self._chain_of(element).add(element)

    def remove(self, elements: Sequence[bytes]) -> None:
        """A command removes elements; each time the table shrinks if it is sparse (hashtablePop)."""
        for element in elements:
            self.find([element])
            chain = self._chain_of(element)
            self._step("delete" if element == self._tracked else "delete_other", from0=element in chain)
            self._elements.remove(element)
            chain.discard(element)
            self._shrink_if_sparse()

    def find(self, elements: Sequence[bytes]) -> None:
        for _ in elements:
            if self._has_child or not self._machine.may_step(self._state):
                return
            self._rehash("move")

    def cron(self) -> None:
        self._shrink_if_sparse()
        while self._machine.may_step(self._state):
            self._rehash("move")

    def do(self, name: str) -> None:
        self._step(name)

    @property
    def tables(self) -> Tables:
        used0 = self._value("used0")
        main = self._table(self._value("size0"), used0)
        if not self._is_rehashing:
            return Tables(main)
        return Tables(main, self._table(self._value("size1"), self._value("used") - used0))

    @property
    def _is_rehashing(self) -> bool:
        return self._value("rehash_idx") != IDLE

    @property
    def _has_child(self) -> bool:
        return self._value("policy") == _AVOID

    def _mask(self, table: int) -> int:
        return max(self._value(f"size{table}") - 1, 0)

    def _expand_if_full(self) -> None:
        """Begin to move to a larger table, if the system lets it; a rehash that is in the way may be ended before."""
        if not self._machine.is_full(self._state):
            return
        while self._is_rehashing:
            if not self._machine.rules.scope.fast_forwards:
                return
            self._move("move_on_write" if self._has_child else "move")
        self._step("expand")
        self._relaid()

    def _shrink_if_sparse(self) -> None:
        """Begin to move to a smaller table, if the system lets it: it may have none that is smaller."""
        after = self._after("shrink", children=False)
        if after is not None:
            self._state = after
            self._relaid()

    def _rehash(self, name: str) -> None:
        """Take a rehash further as one operation does (rehashStep)."""
        if not self._machine.may_step(self._state):
            return
        rules = self._machine.rules
        visits = rules.visits_max if self._value("size1") < self._value("size0") else 0
        passed = 0
        while passed < visits and self._is_rehashing and not self._chains[self._value("rehash_idx")]:
            self._move(name)
            passed += 1
        if self._is_rehashing and (not visits or passed < visits):
            self._move(name)
        while rules.ends_when_empty and self._is_rehashing and not self._value("used0"):
            self._move(name)

    def _move(self, name: str) -> None:
        """Move the next chain."""
        bucket = self._value("rehash_idx")
        chain = self._chains[bucket]
        self._step(name, moved=len(chain - {self._tracked}))
        self._chains[bucket] = set()
        self._relaid()

    def _relaid(self) -> None:
        """Find all elements in table 0 again, once there is no other."""
        if not self._is_rehashing:
            self._chains = self._laid_out()

    def _after(self, name: str, **given: int) -> tuple[int, ...] | None:
        """The state after a step of the system, None where it is impossible."""
        parameters = self._machine.parameters[name]
        return self._machine.steps[name](self._state, *(given[parameter] for parameter in parameters))

    def _step(self, name: str, **given: int) -> None:
        after = self._after(name, **given)
        if after is None:
            raise ImpossibleStepError(name)
        self._state = after
