"""What is said of the record of a failover: each judge is a function of it that claims one sentence."""

from collections.abc import Mapping
from typing import Final

from redproof_properties.failover.judges.agreement import all_agree_after_healing
from redproof_properties.failover.judges.choice import the_rule_names_the_promoted
from redproof_properties.failover.judges.deposed import what_was_taken_after_a_split_is_discarded
from redproof_properties.failover.judges.ending import a_failover_ends
from redproof_properties.failover.judges.lag import writes_end_with_the_lag
from redproof_properties.failover.judges.leaders import one_leader_in_an_epoch
from redproof_properties.failover.judges.losses import every_loss_is_explained
from redproof_properties.failover.judges.masters import one_master_for_an_epoch
from redproof_properties.failover.judges.prefixes import reads_from_replicas_are_prefixes, the_promoted_keeps_a_prefix
from redproof_properties.failover.judges.promoted import the_promoted_says_that_it_is_a_master
from redproof_properties.failover.judges.quorum import the_quorum_agrees_that_a_master_is_down
from redproof_properties.failover.judges.tilt import a_sentinel_does_nothing_in_tilt_mode
from redproof_properties.failover.judges.verdict import Judge
from redproof_properties.failover.judges.votes import one_vote_in_an_epoch

JUDGES: Final[Mapping[str, Judge]] = {
    judge.__name__: judge
    for judge in (
        one_leader_in_an_epoch,
        one_vote_in_an_epoch,
        the_promoted_keeps_a_prefix,
        the_rule_names_the_promoted,
        one_master_for_an_epoch,
        all_agree_after_healing,
        what_was_taken_after_a_split_is_discarded,
        writes_end_with_the_lag,
        reads_from_replicas_are_prefixes,
        every_loss_is_explained,
        the_quorum_agrees_that_a_master_is_down,
        the_promoted_says_that_it_is_a_master,
        a_sentinel_does_nothing_in_tilt_mode,
        a_failover_ends,
    )
}
"""All judges by their names."""
