"""What Sentinel's source does otherwise than is promised: runs in which that came about are told apart.

See docs/failover.md, "What the source does otherwise"; real sentinels do so too.
"""

from __future__ import annotations

from redproof_properties.failover.elections import node_of
from redproof_properties.failover.record import Event, FailoverRecord

PROMOTED = "+promoted-slave"
ENDS = ("+switch-master", "+monitor")


def an_old_master_is_promoted_meanwhile(record: FailoverRecord) -> bool:
    """Whether an old master was promoted by one sentinel while another had not ended its failover from it.

    The other then takes the newer epoch, and keeps it when it turns to the replica that it has promoted itself: the
    epoch has two masters, for good.
    """
    promotions = [event for event in record.events if event.name == PROMOTED]
    return any(
        other.sentinel != one.sentinel
        and one.at_ms <= other.at_ms <= _ended_at_ms(record, one)
        and node_of(record, other.text) == _old_master(record, one)
        for one in promotions
        for other in promotions
    )


def _old_master(record: FailoverRecord, promotion: Event) -> str | None:
    """The master from which a sentinel failed over: it stands last in the event."""
    host, port = promotion.text.split()[-2:]
    node = record.by_address.get(f"{host}:{port}")
    return None if node is None else node.name


def _ended_at_ms(record: FailoverRecord, promotion: Event) -> float:
    """When the sentinel of a promotion turned to another master, or had started again."""
    own = (event for event in record.events if event.sentinel == promotion.sentinel and event.name in ENDS)
    return next((event.at_ms for event in own if event.at_ms > promotion.at_ms), record.ended_at_ms)
