"""Mutants of the election, and of what sentinels make of its outcome."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant

ELECTION: Final = "sentinel.election"
CONFIGURATION: Final = "sentinel.configuration"


def explored(
    package: str, breaks: str, where: str, before: str, after: str, caught_by: str, length: int, maker: str = "three"
) -> Mutant:
    """A mutant that a scope shows, with the length of the shortest trace."""
    return Mutant(breaks, package, f"system:{maker}", where, before, after, caught_by, "explore", length)


SENTINEL: Final = (
    explored(
        ELECTION,
        "a sentinel votes again in an epoch",
        "parts",
        "all_of(s.leader_epoch[voter] < epoch, current <= epoch)",
        "all_of(current <= epoch)",
        "one_leads_in_an_epoch",
        8,
    ),
    explored(
        ELECTION,
        "a vote is forgotten in a restart",
        "actions",
        "        new.failover_epoch[sentinel] = NO_FAILOVER\n        new.has_asked[sentinel] = False\n",
        "        new.failover_epoch[sentinel] = new.leader_epoch[sentinel] = NO_FAILOVER\n",
        "one_leads_in_an_epoch",
        9,
    ),
    explored(
        ELECTION,
        "the quorum elects a leader without a majority",
        "parts",
        "all_of(number >= s.known // 2 + 1, number >= s.quorum)",
        "all_of(number >= s.quorum)",
        "one_leads_in_an_epoch",
        8,
        "five",
    ),
    explored(
        ELECTION,
        "a majority elects a leader without the quorum",
        "parts",
        "all_of(number >= s.known // 2 + 1, number >= s.quorum)",
        "all_of(number >= s.known // 2 + 1)",
        "leaders_have_their_votes",
        9,
        "down",
    ),
    explored(
        ELECTION,
        "half of the sentinels are taken for a majority",
        "parts",
        "s.known // 2 + 1",
        "s.known // 2",
        "one_leads_in_an_epoch",
        8,
        "five",
    ),
    explored(
        ELECTION,
        "a failover begins in the epoch that was",
        "actions",
        "old.current_epoch[sentinel] + 1",
        "old.current_epoch[sentinel]",
        "a_sentinel_votes_once_in_an_epoch",
        6,
    ),
    explored(
        ELECTION,
        "an earlier epoch is learned",
        "actions",
        "epoch > old.current_epoch[sentinel], is_there",
        "is_there",
        "epochs_go_up",
        2,
    ),
    explored(
        ELECTION,
        "a sentinel that mistrusts its clock acts",
        "parts",
        "negate(s.tilt[sentinel]) if scope.detects else all_of()",
        "all_of()",
        "failovers_begin_with_a_quorum",
        7,
        "down",
    ),
    explored(
        ELECTION,
        "a sentinel that mistrusts its clock says that the master is down",
        "actions",
        "all_of(old.takes_for_down[sentinel], negate(old.tilt[sentinel]))",
        "all_of(old.takes_for_down[sentinel])",
        "who_mistrusts_its_clock_says_nothing_new",
        3,
        "down",
    ),
    explored(
        ELECTION,
        "a sentinel needs no other to take the master for down",
        "parts",
        "agreeing >= s.quorum)",
        "agreeing >= 1)",
        "failovers_begin_with_a_quorum",
        2,
        "down",
    ),
    explored(
        ELECTION,
        "a candidate that cannot win never gives up",
        "actions",
        "    @system.action(fair=True, sentinel=scope.node)\n    def give_up",
        "    @system.action(sentinel=scope.node)\n    def give_up",
        "a_leader_is_elected",
        5,
        "calm",
    ),
    Mutant(
        "any votes but a majority of them elect",
        ELECTION,
        "system:election",
        "parts",
        "number >= s.known // 2 + 1",
        "number * 2 >= s.known",
        "leaders_have_their_votes",
    ),
    explored(
        CONFIGURATION,
        "an earlier configuration is taken over",
        "parts",
        "s.require(epoch > s.config_epoch[sentinel])",
        "s.require(epoch != s.config_epoch[sentinel])",
        "config_epochs_go_up",
        4,
    ),
    explored(
        CONFIGURATION,
        "a configuration has the next epoch, and not that of its leader",
        "actions",
        "new.config_epoch[sentinel] = old.leads_in[sentinel]",
        "new.config_epoch[sentinel] = old.config_epoch[sentinel] + 1",
        "an_epoch_has_one_master",
        6,
    ),
    explored(
        CONFIGURATION,
        "a failover goes on although there is a newer configuration",
        "parts",
        "address != s.address[sentinel] if scope.keeps_going else True",
        "address != s.address[sentinel]",
        "an_epoch_has_one_master",
        7,
    ),
    explored(
        CONFIGURATION,
        "a promotion is announced before it is seen",
        "parts",
        "s.phase[sentinel] == RECONFIGURES, s.promoted",
        "s.phase[sentinel] != NONE, s.promoted",
        "an_epoch_has_one_master",
        1,
    ),
    explored(
        CONFIGURATION,
        "a restarted leader has its new epoch, and the old master",
        "actions",
        "        new.address[sentinel] = announced(old, sentinel)\n",
        "",
        "config_epochs_go_up",
        4,
    ),
    explored(
        CONFIGURATION,
        "an old master is not told that it is none",
        "actions",
        "new.require(old.promoted[sentinel] != server, may_correct",
        "new.require(negate(is_master(old, server)), old.promoted[sentinel] != server, may_correct",
        "all_agree",
        4,
        "calm",
    ),
    explored(
        CONFIGURATION,
        "no hello message is sure to come",
        "actions",
        "    @system.action(fair=True, sentinel=scope.node, other=scope.node)\n    def hello",
        "    @system.action(sentinel=scope.node, other=scope.node)\n    def hello",
        "all_agree",
        7,
        "calm",
    ),
)
