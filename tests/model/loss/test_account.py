"""What the account says of losses that are known: by design, against a promise, by a bug, and what it cannot say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from redproof_model.loss.account import LAG_GRANULARITY_MS, Reason, Verdict, account, is_sound
from redproof_model.loss.record import Branch, Outcome, Record, RecordError, Seclusion, Write

MANY = 100_000
M = Branch(node="m", replid="M")
R = Branch(node="r", replid="R", former="M", offset_bytes=100, at_ms=1_000)
S = Branch(node="s", replid="S", former="M", offset_bytes=60, at_ms=2_000)
EMPTY = Branch(node="m", replid="E", at_ms=2_000)
SAVED = Branch(node="m", replid="V", former="M", offset_bytes=60, at_ms=2_000, counts_anew=True)

UNCOUNTED = Branch(node="r", replid="U", former="M", offset_bytes=60, at_ms=1_000)
SYNCED = Branch(node="r", replid="Y", former="U", offset_bytes=60, at_ms=2_000, keeps_all=True)
AGAIN = Branch(node="r", replid="A", former="U", offset_bytes=60, at_ms=2_000)


def write(value: str, at_ms: float, replid: str = "M", offset: int | None = None, **others: object) -> Write:
    """A write that was acknowledged after a millisecond."""
    fields: dict[str, object] = {"returned_ms": at_ms + 1, "replids": (replid,), "offset_bytes": offset, **others}
    return Write(client="A", value=value.encode(), invoked_ms=at_ms, **fields)  # type: ignore[arg-type]


def record(*writes: Write, found: str = "", branches: tuple[Branch, ...] = (M, R), **others: object) -> Record:
    """A record where a master with two replicas came to hold `found`, with the last history."""
    fields: dict[str, object] = {"agreed": branches[-1].replid, "replicas": 2, **others}
    values = tuple(word.encode() for word in found.split())
    return Record(writes=writes, branches=branches, found=values, **fields)  # type: ignore[arg-type]


CASES = {
    "behind": (record(write("a", 10, offset=101)), Verdict.EXPLAINED, Reason.BEHIND),
    "deposed": (record(write("a", 1_500, offset=101)), Verdict.EXPLAINED, Reason.DEPOSED),
    "another history": (
        record(write("a", 1_500, "R", 130), branches=(M, R, S)),
        Verdict.EXPLAINED,
        Reason.ANOTHER_HISTORY,
    ),
    "the promoted took it when another was promoted": (
        record(write("a", 2_500, "R", 130), branches=(M, R, S)),
        Verdict.EXPLAINED,
        Reason.DEPOSED,
    ),
    "forgotten": (record(write("a", 10, offset=50), branches=(M, EMPTY)), Verdict.EXPLAINED, Reason.FORGOTTEN),
    "behind what was saved": (
        record(write("a", 10, offset=61), branches=(M, SAVED)),
        Verdict.EXPLAINED,
        Reason.FORGOTTEN,
    ),
    "saved": (record(write("a", 10, offset=60), branches=(M, SAVED)), Verdict.BUG, Reason.NOT_KEPT),
    "taken by the master that came back": (
        record(write("a", 2_500, "V", 20), branches=(M, SAVED)),
        Verdict.BUG,
        Reason.NOT_KEPT,
    ),
    "WAIT": (record(write("a", 10, offset=101, confirmed_replicas=2)), Verdict.BROKEN_PROMISE, Reason.WAIT),
    "WAIT for one of two": (record(write("a", 10, offset=101, confirmed_replicas=1)), Verdict.EXPLAINED, Reason.BEHIND),
    "WAIT, and then a server forgot": (
        record(write("a", 10, offset=101, confirmed_replicas=2), forgot_ms=(500,)),
        Verdict.EXPLAINED,
        Reason.BEHIND,
    ),
    "WAIT, after a server forgot": (
        record(write("a", 10, offset=101, confirmed_replicas=2), forgot_ms=(5,)),
        Verdict.BROKEN_PROMISE,
        Reason.WAIT,
    ),
    "min-replicas": (
        record(
            write("a", 1_001 + LAG_GRANULARITY_MS, offset=101),
            secluded=(Seclusion(replid="M", since_ms=0, max_lag_ms=1_000),),
        ),
        Verdict.BROKEN_PROMISE,
        Reason.MIN_REPLICAS,
    ),
    "within min-replicas-max-lag": (
        record(
            write("a", 1_000 + LAG_GRANULARITY_MS, offset=101),
            secluded=(Seclusion(replid="M", since_ms=0, max_lag_ms=1_000),),
        ),
        Verdict.EXPLAINED,
        Reason.DEPOSED,
    ),
    "when the replicas may reach it again": (
        record(
            write("a", 1_001 + LAG_GRANULARITY_MS, offset=101),
            secluded=(Seclusion(replid="M", since_ms=0, max_lag_ms=1_000, until_ms=1_002 + LAG_GRANULARITY_MS),),
        ),
        Verdict.EXPLAINED,
        Reason.DEPOSED,
    ),
    "before the replicas may reach it again": (
        record(
            write("a", 1_001 + LAG_GRANULARITY_MS, offset=101),
            secluded=(Seclusion(replid="M", since_ms=0, max_lag_ms=1_000, until_ms=1_003 + LAG_GRANULARITY_MS),),
        ),
        Verdict.BROKEN_PROMISE,
        Reason.MIN_REPLICAS,
    ),
    "at the offset of the promotion": (record(write("a", 10, offset=100)), Verdict.BUG, Reason.NOT_KEPT),
    "confirmed and below the promotion": (
        record(write("a", 10, offset=50, confirmed_replicas=2)),
        Verdict.BUG,
        Reason.NOT_KEPT,
    ),
    "not answered, but propagated below the promotion": (
        record(write("a", 10, offset=50, outcome=Outcome.UNKNOWN)),
        Verdict.BUG,
        Reason.NOT_KEPT,
    ),
    "of the agreed history": (record(write("a", 1_500, "R", 130)), Verdict.BUG, Reason.NOT_KEPT),
    "before one that is kept": (
        record(write("a", 10), write("b", 20, offset=50), found="b"),
        Verdict.BUG,
        Reason.NO_ORDER,
    ),
    "at the time of one that is kept": (
        record(write("a", 10, returned_ms=30), write("b", 20, offset=50), found="b"),
        Verdict.EXPLAINED,
        Reason.BEHIND,
    ),
    "of a master without a backlog, whose first replica came": (
        record(write("a", 1_500, "U"), branches=(M, UNCOUNTED, SYNCED)),
        Verdict.BUG,
        Reason.NO_ORDER,
    ),
    "found although its first replica had come": (
        record(write("a", 2_500, "U"), found="a", branches=(M, UNCOUNTED, SYNCED)),
        Verdict.BUG,
        Reason.NO_ORDER,
    ),
    "before the promotion of a master without a backlog": (
        record(write("a", 10, offset=61), branches=(M, UNCOUNTED, SYNCED)),
        Verdict.EXPLAINED,
        Reason.BEHIND,
    ),
    "found although another follows at the same offset": (
        record(write("a", 1_500, "U"), found="a", branches=(M, UNCOUNTED, replace(AGAIN, node="s"))),
        Verdict.BUG,
        Reason.NO_ORDER,
    ),
    "found above the promotion": (record(write("a", 10, offset=101), found="a"), Verdict.BUG, Reason.DISCARDED),
    "found although refused": (record(write("a", 10, outcome=Outcome.FAILED), found="a"), Verdict.BUG, Reason.REFUSED),
    "found although never sent": (record(found="a"), Verdict.BUG, Reason.NEVER_SENT),
    "found twice": (record(write("a", 10, offset=50), found="a a"), Verdict.BUG, Reason.TWICE),
}


@pytest.mark.parametrize(("told", "verdict", "reason"), CASES.values(), ids=CASES.keys())
def test_each_kind_is_told_with_its_reason(told: Record, verdict: Verdict, reason: Reason) -> None:
    (entry,) = account(told)
    assert (entry.value, entry.verdict, entry.reason) == (b"a", verdict, reason)
    assert is_sound([entry]) == (verdict is Verdict.EXPLAINED)


def test_a_loss_is_told_with_its_promotion() -> None:
    (entry,) = account(record(write("a", 10, offset=101)))
    assert str(entry) == ("b'a': explained: behind, at offset 101 of M; r was promoted at offset 100 of M, and began R")


def test_the_side_that_was_not_agreed_on_is_the_cause_where_the_other_went_on() -> None:
    (entry,) = account(record(write("a", 1_500, "R", 130), agreed="M"))
    assert (entry.verdict, entry.reason, entry.branch) == (Verdict.EXPLAINED, Reason.DEPOSED, R)


@pytest.mark.parametrize("last", [SYNCED, AGAIN], ids=["its first replica came", "it was promoted again"])
def test_a_master_without_a_backlog_keeps_what_it_did_not_count(last: Branch) -> None:
    taken = write("a", 1_500, "U"), write("b", 2_500, last.replid, 99)
    assert account(record(*taken, found="a b", branches=(M, UNCOUNTED, last))) == []


def test_what_is_not_searched_to_the_end_is_unknown() -> None:
    lost = write("a", 10, replids=("M", "R"))
    told = record(lost, write("b", 20, offset=50), found="b")
    assert [entry.reason for entry in account(told)] == [Reason.NO_ORDER]
    (entry,) = account(told, combinations_max=0)
    assert (entry.verdict, entry.reason) == (Verdict.UNKNOWN, Reason.GIVEN_UP)
    assert not is_sound([entry])


def test_many_writes_are_looked_up_one_by_one() -> None:
    writes = [write(f"v{number}", number, offset=number + 1) for number in range(MANY)]
    branch = replace(R, offset_bytes=MANY - 10, at_ms=MANY)
    kept = tuple(each.value for each in writes[: MANY - 10])
    entries = account(Record(writes=tuple(writes), branches=(M, branch), agreed="R", found=kept, replicas=2))
    assert [entry.value for entry in entries] == [each.value for each in writes[MANY - 10 :]]
    assert is_sound(entries)


CONTRADICTIONS = {
    "an offset of two histories": lambda: write("a", 10, replids=("M", "R"), offset=50),
    "no history": lambda: write("a", 10, replids=()),
    "an end before the beginning": lambda: write("a", 10, returned_ms=5),
    "acknowledged at no time": lambda: write("a", 10, returned_ms=float("inf")),
    "refused and propagated": lambda: write("a", 10, offset=50, outcome=Outcome.FAILED),
    "an unknown history": lambda: record(write("a", 10, "X")),
    "a history that follows none": lambda: record(branches=(R,)),
    "all of no history": lambda: Branch(node="m", replid="M", keeps_all=True),
    "all of what was saved": lambda: replace(SAVED, keeps_all=True),
    "a history that begins twice": lambda: record(branches=(M, R, R)),
    "a value that is written twice": lambda: record(write("a", 10), write("a", 20)),
    "an offset of two writes": lambda: record(write("a", 10, offset=50), write("b", 20, offset=50)),
}


@pytest.mark.parametrize("make", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_record_that_contradicts_itself_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(RecordError):
        make()
