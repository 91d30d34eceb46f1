"""Faults in when Sentinels take a master for down, and in how far they trust their clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planted.failover.fault import failover_fault
from planted.fault import replace_attribute, substitute
from redproof_server.sentinel import agreement
from redproof_server.sentinel.instances import State
from redproof_server.sentinel.sentinel import Sentinel

if TYPE_CHECKING:
    from redproof_server.sentinel.instances import Instance, Master

QUORUM = "the_quorum_agrees_that_a_master_is_down"
TILT = "a_sentinel_does_nothing_in_tilt_mode"


@failover_fault("others-are-not-asked", "A Sentinel takes all others to agree with it", QUORUM)
def others_are_not_asked() -> None:
    substitute(agreement.agreeing, lambda master: 1 + len(master.peers))


@failover_fault("quorum-is-one-less", "One Sentinel less than the quorum is enough", QUORUM)
def quorum_is_one_less() -> None:
    honest = agreement.check_objectively_down

    def faulty(sentinel: Sentinel, master: Master) -> None:
        wanted, master.quorum = master.quorum, master.quorum - 1
        honest(sentinel, master)
        master.quorum = wanted

    substitute(honest, faulty)


@failover_fault(
    "word-of-others-does-not-lapse", "What another Sentinel said once counts for ever", QUORUM, seeds_max=200
)
def word_of_others_does_not_lapse() -> None:
    said: dict[str, None] = {}
    honest = agreement.agreeing

    def faulty(master: Master) -> int:
        said.update(dict.fromkeys(peer.name for peer in master.peers.values() if peer.has_any(State.MASTER_DOWN)))
        return max(honest(master), 1 + sum(peer.name in said for peer in master.peers.values()))

    substitute(honest, faulty)


@failover_fault("jump-is-not-noticed", "A Sentinel does not notice that its clock has jumped", TILT, scenario="clocks")
def jump_is_not_noticed() -> None:
    replace_attribute(Sentinel, "_check_tilt", lambda sentinel: None)


@failover_fault(
    "jump-back-is-not-noticed", "A Sentinel does not notice that its clock has gone back", TILT, scenario="clocks"
)
def jump_back_is_not_noticed() -> None:
    honest = Sentinel._check_tilt

    def faulty(sentinel: Sentinel) -> None:
        sentinel.previous_ms = min(sentinel.previous_ms, sentinel.now_ms)
        honest(sentinel)

    replace_attribute(Sentinel, "_check_tilt", faulty)


@failover_fault("tilt-is-ignored", "A Sentinel acts in TILT mode as ever", TILT, scenario="clocks")
def tilt_is_ignored() -> None:
    honest = Sentinel._handle

    def faulty(sentinel: Sentinel, instance: Instance) -> None:
        is_tilt = sentinel.is_tilt and sentinel.now_ms - sentinel.tilt_started_ms < sentinel.periods.tilt_period_ms
        sentinel.is_tilt = sentinel.is_tilt and not is_tilt
        honest(sentinel, instance)
        sentinel.is_tilt = sentinel.is_tilt or is_tilt

    replace_attribute(Sentinel, "_handle", faulty)
