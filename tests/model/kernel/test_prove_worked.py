"""Worked examples: an election of any length, and lemmas about 64 bits, about a table and about numbers that wrap."""

from __future__ import annotations

from typing import Any

from redproof_model.kernel.prove.prove import prove
from redproof_model.kernel.sorts import BitVec, Bool, Int
from redproof_model.kernel.system import ANY, System
from redproof_model.kernel.terms import Term
from redproof_model.kernel.vocabulary import (
    all_of,
    any_of,
    cast,
    count,
    implies,
    ite,
    look_up,
    negate,
    reverse,
    value_of,
    wrap,
)

VOTERS = 3
NOBODY = VOTERS
WORD = BitVec(64)


def election(*, votes_once: bool = True) -> System:
    """Sentinels that elect a leader, in epochs without end, of which one is looked at: any.

    `vote_then` is whom a sentinel voted for in that epoch, `got[i * VOTERS + j]` whether i has the vote of j.
    """
    system = System("election")
    everyone = range(VOTERS)
    system.constant("epoch", Int(1))
    system.array("current", VOTERS, Int(0), init=0)
    system.array("voted_in", VOTERS, Int(0), init=0)
    system.array("vote", VOTERS, Int(0, NOBODY), init=NOBODY)
    system.array("stands_in", VOTERS, Int(0), init=0)
    system.array("got", VOTERS * VOTERS, Bool, init=False)
    system.array("vote_then", VOTERS, Int(0, NOBODY), init=NOBODY)
    system.array("leads", VOTERS, Bool, init=False)

    def votes(old: Any, new: Any, voter: int, candidate: int, epoch: Term) -> None:
        new.current[voter] = new.voted_in[voter] = epoch
        new.vote[voter] = candidate
        new.vote_then[voter] = ite(epoch == old.epoch, candidate, old.vote_then[voter])

    @system.action(me=everyone)
    def stand(old: Any, new: Any, me: int) -> None:
        new.stands_in[me] = old.current[me] + 1
        votes(old, new, me, me, old.current[me] + 1)
        for voter in everyone:
            new.got[me * VOTERS + voter] = voter == me

    @system.action(me=everyone, voter=everyone)
    def win_vote(old: Any, new: Any, me: int, voter: int) -> None:
        epoch = old.stands_in[me]
        new.require(me != voter, epoch >= 1, epoch == old.current[me], old.current[voter] <= epoch)
        new.require(old.voted_in[voter] < epoch if votes_once else True)
        votes(old, new, voter, me, epoch)
        new.got[me * VOTERS + voter] = True

    @system.action(me=everyone)
    def lead(old: Any, new: Any, me: int) -> None:
        votes_got = count(old.got[me * VOTERS + voter] for voter in everyone)
        new.require(old.stands_in[me] == old.epoch, 2 * votes_got > VOTERS)
        new.leads[me] = True

    @system.invariant
    def epochs_are_in_order(s: Any) -> Term:
        return all_of(all_of(s.stands_in[i] <= s.voted_in[i], s.voted_in[i] <= s.current[i]) for i in everyone)

    @system.invariant
    def the_vote_of_the_epoch_is_kept(s: Any) -> Term:
        return all_of(
            all_of(
                implies(s.voted_in[i] == s.epoch, s.vote_then[i] == s.vote[i]),
                implies(s.voted_in[i] < s.epoch, s.vote_then[i] == NOBODY),
            )
            for i in everyone
        )

    @system.invariant
    def votes_got_were_given(s: Any) -> Term:
        return all_of(
            implies(all_of(s.got[i * VOTERS + j], s.stands_in[i] == s.epoch), s.vote_then[j] == i)
            for i in everyone
            for j in everyone
        )

    @system.invariant
    def leaders_have_a_majority(s: Any) -> Term:
        return all_of(implies(s.leads[i], 2 * count(s.vote_then[j] == i for j in everyone) > VOTERS) for i in everyone)

    @system.always
    def one_leader(s: Any) -> Term:
        return negate(any_of(all_of(s.leads[i], s.leads[j]) for i in everyone for j in range(i)))

    return system


def crc16_bitwise(crc: Any, choose: Any) -> Any:
    """Eight steps of the CRC16 of Redis Cluster, XMODEM: polynomial 0x1021, most significant bit first."""
    for _ in range(8):
        crc = choose((crc & 0x8000) != 0, (crc << 1) ^ 0x1021, crc << 1)
    return crc


CRC16_TABLE = [
    crc16_bitwise(byte << 8, lambda top, yes, no: (yes if top else no) & 0xFFFF) & 0xFFFF for byte in range(256)
]


def lemmas() -> System:
    """Lemmas, the last of which is wrong."""
    system = System("lemmas")

    @system.lemma(cursor=WORD, hash=WORD, mask=WORD)
    def scan_returns_or_keeps_ahead(cursor: Term, hash: Term, mask: Term) -> Term:
        after = reverse(reverse(cursor | ~mask) + 1)
        ahead = all_of((mask & (mask + 1)) == 0, (cursor & ~mask) == 0, reverse(hash) >= reverse(cursor))
        return implies(ahead, any_of((hash & mask) == cursor, all_of(after != 0, reverse(hash) >= reverse(after))))

    @system.lemma(crc=BitVec(16), byte=BitVec(8))
    def table_is_the_polynomial(crc: Term, byte: Term) -> Any:
        index = cast(crc >> 8, BitVec(8)) ^ byte
        return (crc << 8) ^ look_up(CRC16_TABLE, index, BitVec(16)) == crc16_bitwise(
            crc ^ cast(byte, BitVec(16)) << 8, ite
        )

    @system.lemma(crc=BitVec(16))
    def slot_is_a_remainder(crc: Term) -> Any:
        return value_of(crc & 16383) == value_of(crc) % 16384

    @system.lemma(n=BitVec(64, signed=True), by=Int(-(2**63), 2**63 - 1))
    def sums_wrap_once(n: Term, by: Term) -> Term:
        lost = value_of(n + wrap(by, BitVec(64, signed=True))) - (value_of(n) + by)
        return any_of(lost == 0, lost == 2**64, lost == -(2**64))

    @system.lemma(n=BitVec(64, signed=True), by=Int(-(2**63), 2**63 - 1))
    def sums_never_wrap(n: Term, by: Term) -> Any:
        return value_of(n + wrap(by, BitVec(64, signed=True))) == value_of(n) + by

    return system


def test_election_without_end_has_one_leader() -> None:
    outcomes = list(prove(election()))
    assert {(each.claim, each.action) for each in outcomes if each.verdict != "proved"} == set()
    assert len(outcomes) == 1 + 3 + 4 + 1 + (3 + 9 + 3) * 4


def test_election_with_second_votes_is_refuted_by_a_step_that_gives_one() -> None:
    wrong = [each for each in prove(election(votes_once=False)) if each.verdict != "proved"]
    assert {each.claim for each in wrong} == {"votes_got_were_given", "leaders_have_a_majority"}
    assert {each.action for each in wrong if each.action} == {
        f"win_vote(me={i}, voter={j})" for i in range(VOTERS) for j in range(VOTERS) if i != j
    }


def test_lemmas_are_decided_at_64_bits() -> None:
    outcomes = list(prove(lemmas()))
    assert [(each.claim, each.verdict) for each in outcomes if each.verdict != "proved"] == [
        ("sums_never_wrap", "refuted")
    ]


def test_a_counter_that_wraps_around() -> None:
    system = System("wrap")
    system.variable("n", BitVec(8), init=ANY)
    system.init(lambda s: s.n >= 7)

    @system.action()
    def tick(old: Any, new: Any) -> None:
        new.n = old.n + 1

    @system.invariant
    def above(s: Any) -> Any:
        return s.n >= 7

    (wrong,) = [each for each in prove(system) if each.verdict != "proved"]
    assert wrong.counterexample is not None
    assert list(wrong.counterexample.lines()) == ["start  n=255", "    1  tick  n: 255 → 0"]
