"""What the actions of sentinels and servers are made of."""

from __future__ import annotations

from typing import Any, TypeAlias

from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import Truth, all_of, any_of, ite, negate
from redproof_model.systems.sentinel.configuration.scope import NO_ONE, NONE, RECONFIGURES, WAITS, Scope

Index: TypeAlias = int | Term
"""The number of a sentinel or a server; a term in the form that is proved."""


def is_idle(s: Any, sentinel: Index) -> Term:
    """Whether a sentinel leads no failover."""
    return all_of(s.phase[sentinel] == NONE)


def announced(s: Any, sentinel: Index) -> Term:
    """The address that a sentinel tells as that of the master (sentinelGetCurrentMasterAddress)."""
    return ite(s.phase[sentinel] == RECONFIGURES, s.promoted[sentinel], s.address[sentinel])


def is_master(s: Any, server: Index) -> Term:
    """Whether a server is a replica of no one."""
    return all_of(s.master[server] == NO_ONE)


def is_calm(scope: Scope, s: Any) -> Truth:
    """Whether nothing breaks any more."""
    return s.calm if scope.calm_epochs else False


def is_newest(scope: Scope, s: Any, sentinel: Index) -> Term:
    """Whether no sentinel knows of a newer configuration."""
    return all_of(s.config_epoch[other] <= s.config_epoch[sentinel] for other in scope.nodes)


def may_correct(scope: Scope, s: Any, sentinel: Index, server: Index) -> Term:
    """Whether a sentinel may correct a server.

    It waits for longer than a promotion takes to be seen and told, which helps once messages arrive in time.
    """
    in_work = any_of(all_of(s.phase[other] == WAITS, s.promoted[other] == server) for other in scope.nodes)
    return negate(all_of(is_calm(scope, s), any_of(negate(is_newest(scope, s, sentinel)), in_work)))


def end_failover(s: Any, sentinel: Index, wanted: Truth = True) -> None:
    """Have no failover in progress any more (sentinelResetMaster, sentinelAbortFailover)."""
    s.phase[sentinel] = ite(wanted, NONE, s.phase[sentinel])
    s.promoted[sentinel] = ite(wanted, NO_ONE, s.promoted[sentinel])
    s.leads_in[sentinel] = ite(wanted, 0, s.leads_in[sentinel])


def take_over(scope: Scope, s: Any, sentinel: Index, epoch: Term, address: Term) -> None:
    """Learn of a configuration (sentinelProcessHelloMessage).

    In the source a failover goes on if the address is the one that is known.
    """
    s.require(epoch > s.config_epoch[sentinel])
    s.config_epoch[sentinel] = epoch
    end_failover(s, sentinel, address != s.address[sentinel] if scope.keeps_going else True)
    s.address[sentinel] = address
