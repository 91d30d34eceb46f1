"""What a full synchronisation takes: the blocks in which a snapshot is sent, and the stream that waits meanwhile.

A replica that is synchronised is sent the stream only after the snapshot. Until then the master keeps it in the
replica's output buffer, and where that comes to `client-output-buffer-limit` the link is closed and all begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from redproof_model.kernel.python import definition
from redproof_model.kernel.sorts import Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import all_of, any_of, cast, implies, ite, negate, same, value_of
from redproof_model.systems.arithmetic.long_long import UNSIGNED, declare_lemmas

BLOCK_BYTES: Final = 16 * 1024
"""What a master reads of a snapshot and sends at a time: PROTO_IOBUF_LEN of `server.h`, in Redis 6.0 to 8.0."""


@definition(size_bytes=UNSIGNED)
def block_count(size_bytes: Term) -> Term:
    """How many blocks a snapshot has, if each is sent whole (`replication.c` sendBulkToSlave, rdbPipeReadHandler)."""
    return size_bytes // BLOCK_BYTES + cast(size_bytes % BLOCK_BYTES != 0, UNSIGNED)


def blocks_hold_the_snapshot(size_bytes: Term) -> Term:
    """All blocks together hold a snapshot, and one less does not."""
    blocks = value_of(block_count(size_bytes))
    size = value_of(size_bytes)
    return all_of(blocks * BLOCK_BYTES >= size, implies(size > 0, (blocks - 1) * BLOCK_BYTES < size))


def size_over_rate_is_less_than_a_block_short(size_bytes: Term) -> Term:
    """Whole blocks instead of the bytes there are would be too many by less than one."""
    surplus = value_of(block_count(size_bytes)) * BLOCK_BYTES - value_of(size_bytes)
    return all_of(surplus >= 0, surplus < BLOCK_BYTES)


def fewer_writes_do_not_suffice(size_bytes: Term, writes: Term) -> Term:
    """Where the socket takes a part of a block only, the next begins there: there may be more writes, never fewer."""
    suffices = value_of(writes) * BLOCK_BYTES >= value_of(size_bytes)
    return implies(suffices, value_of(writes) >= value_of(block_count(size_bytes)))


def adding_before_dividing_differs(size_bytes: Term) -> Term:
    """(size + block - 1) / block, computed in 64 bits, is the same until the sum wraps around."""
    usual = (size_bytes + (BLOCK_BYTES - 1)) // BLOCK_BYTES
    wraps = value_of(size_bytes) + (BLOCK_BYTES - 1) > UNSIGNED.high
    return same(usual != block_count(size_bytes), wraps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How long a synchronisation takes at most, how much is written in a unit of time, and the greatest limit."""

    duration_max: int | None = None
    rate_max: int | None = None
    limit_max: int | None = None


def transfer(scope: Scope | None = None) -> System:
    """A replica that is synchronised, and a master that is written to."""
    scope = scope or Scope()
    system = System("transfer", "replication.c, networking.c checkClientOutputBufferLimits")
    declare_lemmas(
        system,
        [
            blocks_hold_the_snapshot,
            size_over_rate_is_less_than_a_block_short,
            fewer_writes_do_not_suffice,
            adding_before_dividing_differs,
        ],
        size_bytes=UNSIGNED,
        writes=UNSIGNED,
    )
    _declare_variables(system, scope)
    _declare_actions(system, scope)
    _declare_claims(system)
    return system


def small() -> System:
    """Up to three units of time, two bytes in each, and a limit of up to five bytes."""
    return transfer(Scope(duration_max=3, rate_max=2, limit_max=5))


def _declare_variables(system: System, scope: Scope) -> None:
    """`left` is the time until the replica is online, `spent` what has been written in the present unit of it."""
    system.constant("duration", Int(1, scope.duration_max), ANY)
    system.constant("rate", Int(0, scope.rate_max), ANY)
    system.constant("limit", Int(1, scope.limit_max), ANY)
    system.variable("left", Int(0, scope.duration_max), ANY)
    system.variable("spent", Int(0, scope.rate_max), 0)
    system.variable("buffered", Int(0, scope.limit_max), 0)
    system.variable("restarted", Bool, False)

    @system.init
    def begins(s: Any) -> Term:
        return all_of(s.left == s.duration)


def _declare_actions(system: System, scope: Scope) -> None:
    @system.action(fair=True)
    def pass_time(old: Any, new: Any) -> None:
        """The snapshot is written, sent or loaded for a unit of time."""
        new.require(old.left > 0)
        new.left = old.left - 1
        new.spent = 0

    @system.action(size=Int(1, scope.rate_max))
    def write(old: Any, new: Any, size: Term) -> None:
        """A command is put on the stream; at the limit the link is closed (checkClientOutputBufferLimits)."""
        new.require(old.left > 0, old.spent + size <= old.rate)
        reached = old.buffered + size >= old.limit
        new.left = ite(reached, old.duration, old.left)
        new.spent = ite(reached, 0, old.spent + size)
        new.buffered = ite(reached, 0, old.buffered + size)
        new.restarted = any_of(old.restarted, reached)


def _fits(s: Any) -> Term:
    """Whether all that can be written meanwhile is less than the limit."""
    return all_of(s.rate * s.duration < s.limit)


def _declare_claims(system: System) -> None:
    @system.invariant
    def no_more_waits_than_was_written(s: Any) -> Term:
        """What waits was written since the synchronisation began."""
        return all_of(
            s.left <= s.duration,
            s.spent <= s.rate,
            s.buffered < s.limit,
            s.buffered <= s.rate * (s.duration - s.left) + s.spent,
            implies(s.left == 0, s.spent == 0),
        )

    @system.invariant
    def what_fits_never_starts_over(s: Any) -> Term:
        """Where rate times duration is less than the limit, no synchronisation starts over."""
        return implies(_fits(s), negate(s.restarted))

    @system.leads_to(measure=lambda s: s.left, helpful="pass_time")
    def what_fits_ends(s: Any) -> tuple[Term, Term]:
        """There the replica is online some time."""
        return all_of(_fits(s), s.left > 0), s.left == 0

    @system.sometimes
    def what_does_not_fit_starts_over(s: Any) -> Term:
        """Where it is the limit there is a run in which it does."""
        return all_of(s.restarted, s.rate * s.duration == s.limit)
