"""Faults in how Sentinels vote, count votes, and number their tries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planted.failover.fault import failover_fault
from planted.fault import substitute
from redproof_properties.failover.simulated.run import RETRYING
from redproof_server.sentinel import agreement, failover, keeping

if TYPE_CHECKING:
    from redproof_server.sentinel.instances import Master
    from redproof_server.sentinel.sentinel import Sentinel

LEADER = "one_leader_in_an_epoch"
VOTE = "one_vote_in_an_epoch"
ENDS = "a_failover_ends"


def written_otherwise(option: str, value: int) -> None:
    """Let a Sentinel write this number for an option of a master or of its own, whatever it is."""
    honest = keeping._written

    def faulty(sentinel: Sentinel) -> Iterator[str]:
        for line in honest(sentinel):
            words = line.split()
            yield " ".join([*words[:-1], str(value)]) if words[0] == option else line

    substitute(honest, faulty)


@failover_fault(
    "vote-is-not-kept",
    "A Sentinel does not write down in which epoch it has voted",
    VOTE,
    scenario="votes over restarts",
)
def vote_is_not_kept() -> None:
    written_otherwise("leader-epoch", 0)


@failover_fault("vote-is-given-again", "A Sentinel votes whenever it is asked", VOTE, scenario="elections")
def vote_is_given_again() -> None:
    honest = agreement.vote

    def faulty(sentinel: Sentinel, master: Master, epoch: int, candidate: str) -> tuple[str | None, int]:
        if master.leader != candidate:
            master.leader_epoch = 0
        return honest(sentinel, master, epoch, candidate)

    substitute(honest, faulty)


@failover_fault(
    "own-vote-counts-twice",
    "A Sentinel counts its own vote twice",
    LEADER,
    scenario="elections",
)
def own_vote_counts_twice() -> None:
    honest = agreement.votes_needed
    substitute(honest, lambda master: honest(master) - 1)


@failover_fault(
    "quorum-is-enough-to-lead",
    "A leader needs no votes but its own",
    LEADER,
    scenario="elections",
)
def quorum_is_enough_to_lead() -> None:
    substitute(agreement.votes_needed, lambda master: 1)


@failover_fault(
    "epoch-is-not-raised",
    "A Sentinel tries to fail over in the epoch that it has",
    ENDS,
    plan=RETRYING,
    scenario="absence",
)
def epoch_is_not_raised() -> None:
    honest = failover.start

    def faulty(sentinel: Sentinel, master: Master) -> None:
        sentinel.current_epoch -= 1
        honest(sentinel, master)

    substitute(honest, faulty)
