"""A leader's choice is judged by what it may have known of its replicas, and that it has found none good as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded import gave_up, missed, small_record, with_view, with_views
from redproof_properties.failover.judges.choice import the_rule_names_the_promoted
from redproof_properties.failover.judges.verdict import Verdict, conclusion
from redproof_properties.failover.record import FailoverRecord

SOUND = small_record()


def told_another_offset_before(info_age_ms: int) -> FailoverRecord:
    """The leader told before its choice what leads to another, and after it what INFO has told so long ago."""
    first = with_views(offset_bytes=101).sentinel_samples[0]
    others = (with_view(each, "r2", info_age_ms=info_age_ms) for each in SOUND.sentinel_samples[1:])
    return replace(SOUND, sentinel_samples=(first, *others))


@pytest.mark.parametrize(("info_age_ms", "verdict"), [(50, Verdict.HOLDS), (1, Verdict.BROKEN)])
def test_a_choice_is_by_what_info_had_told_before_it(info_age_ms: int, verdict: Verdict) -> None:
    findings = the_rule_names_the_promoted(told_another_offset_before(info_age_ms))
    assert conclusion(findings) is verdict, findings


@pytest.mark.parametrize(
    ("link_down_ms", "down_for_ms", "allowed"),
    [
        (1_050, (50, 145), {"r2"}),
        (1_100, (50, 145), {"r1", "r2"}),
        (1_147, (50, 145), {"r1"}),
        (1_050, (50, 5), {"r1", "r2"}),  # the master was up in between
        (1_000, (50, 5), {"r2"}),
        (1_200, (None, None), {"r1", "r2"}),  # a record of before this was asked
        (1_342, (None, None), {"r1"}),  # for longer than the run went on, and what lies between the samples
    ],
)
def test_who_was_without_its_master_for_too_long_is_passed_over(
    link_down_ms: int, down_for_ms: tuple[int | None, int | None], allowed: set[str]
) -> None:
    """`r1` is chosen, and would be the one or the other: what is first but for its link, or what comes after it."""
    judge = the_rule_names_the_promoted
    passed_over = missed(with_views("r2", offset_bytes=101, link_down_ms=link_down_ms), *down_for_ms)
    assert conclusion(judge(passed_over)) is (Verdict.HOLDS if "r1" in allowed else Verdict.BROKEN)
    promoted = missed(with_views("r1", offset_bytes=101, link_down_ms=link_down_ms), *down_for_ms)
    assert conclusion(judge(promoted)) is (Verdict.HOLDS if "r2" in allowed else Verdict.BROKEN)


def with_both(**changes: int) -> FailoverRecord:
    """As if both replicas had been others to all sentinels."""
    samples = (with_view(with_view(each, "r1", **changes), "r2", **changes) for each in SOUND.sentinel_samples)
    return replace(SOUND, sentinel_samples=tuple(samples))


@pytest.mark.parametrize(
    ("link_down_ms", "verdict"), [(1_050, Verdict.BROKEN), (1_100, Verdict.HOLDS), (1_147, Verdict.HOLDS)]
)
def test_who_gives_up_knows_no_replica_that_has_lost_its_master_lately(link_down_ms: int, verdict: Verdict) -> None:
    """Down for 50 to 145 ms by then; ten times `down-after-milliseconds` is a second."""
    findings = the_rule_names_the_promoted(gave_up(missed(with_both(link_down_ms=link_down_ms), 50, 145)))
    assert conclusion(findings) is verdict, findings


@pytest.mark.parametrize(
    "changes",
    [{"priority": 0}, {"last_ok_ping_ms": 5_200}, {"info_age_ms": 5_200}],
    ids=lambda changes: next(iter(changes)),
)
def test_who_gives_up_knows_no_replica_that_is_well_and_may_be_promoted(changes: dict[str, int]) -> None:
    unfit = gave_up(missed(with_both(**changes), 50, 145))
    assert conclusion(the_rule_names_the_promoted(unfit)) is Verdict.HOLDS
    one_is_fit = gave_up(missed(with_views("r1", **changes), 50, 145))
    (finding,) = the_rule_names_the_promoted(one_is_fit)
    assert finding.verdict is Verdict.BROKEN
    assert finding.why.endswith("the rule names r2")


def test_nothing_is_said_of_who_gives_up_and_told_of_no_replica() -> None:
    samples = tuple(replace(each, replicas=()) for each in SOUND.sentinel_samples)
    (finding,) = the_rule_names_the_promoted(gave_up(replace(SOUND, sentinel_samples=samples)))
    assert finding.verdict is Verdict.UNKNOWN


def test_a_choice_of_no_node_is_not_what_the_rule_names() -> None:
    elsewhere = (replace(each, text=each.text.replace("7001", "7009")) for each in SOUND.events)
    (finding,) = the_rule_names_the_promoted(replace(SOUND, events=tuple(elsewhere)))
    assert finding.verdict is Verdict.BROKEN
