"""Expiry when the server's clock is known as an interval only: what is certain, what is not, what replies tell."""

from __future__ import annotations

import pytest
from redproof_model.choice import describe, observe
from redproof_model.keyspace.model import Model
from redproof_model.reply import NULL, OK, QUEUED, Reply
from redproof_model.versions import REDIS_7_0


class Talk:
    """A model with one client, told at which instants its commands were executed."""

    def __init__(self) -> None:
        self.model = Model(REDIS_7_0)
        self.model.connect("c")

    def accepts(self, line: str, reply: Reply, low_ms: int, high_ms: int | None = None) -> bool:
        """Whether the reply is allowed to a command executed then."""
        argv = [word.encode() for word in line.split()]
        return observe(self.model.step("c", argv, low_ms, low_ms if high_ms is None else high_ms), reply, 2)


@pytest.fixture
def talk() -> Talk:
    """A model in which k expires somewhere from 1100 to 1105 ms."""
    talk = Talk()
    assert talk.accepts("SET k v", OK, 1000)
    assert talk.accepts("PEXPIRE k 100", 1, 1000, 1005)
    return talk


def test_a_key_lives_through_the_millisecond_of_its_expiry() -> None:
    talk = Talk()
    assert talk.accepts("SET k v PX 100", OK, 1000)
    assert talk.accepts("GET k", b"v", 1100)
    assert talk.accepts("GET k", NULL, 1101)


def test_alive_for_sure_and_gone_for_sure(talk: Talk) -> None:
    assert talk.accepts("GET k", b"v", 1100)
    assert talk.accepts("GET k", NULL, 1106)


@pytest.mark.parametrize("reply", [b"v", NULL])
def test_in_doubt_either_is_allowed(talk: Talk, reply: Reply) -> None:
    assert talk.accepts("GET k", reply, 1099, 1103)
    assert len(talk.model.worlds) == 1


def test_what_is_gone_does_not_come_back(talk: Talk) -> None:
    assert talk.accepts("GET k", NULL, 1099, 1103)
    assert not talk.accepts("GET k", b"v", 1099, 1103)


def test_what_was_seen_alive_was_not_due_by_then(talk: Talk) -> None:
    assert talk.accepts("GET k", b"v", 1104, 1110)
    assert talk.accepts("PEXPIRETIME k", 1104, 1104)


def test_a_command_that_does_not_see_the_key_makes_no_worlds(talk: Talk) -> None:
    assert talk.accepts("GET other", NULL, 1099, 1103)
    assert len(talk.model.worlds) == 1


@pytest.mark.parametrize(("ttl", "instant"), [(95, 1007), (100, 1005), (90, 1010)])
def test_pttl_tells_when(talk: Talk, ttl: int, instant: int) -> None:
    assert talk.accepts("PTTL k", ttl, 1005, 1010)
    assert not talk.accepts("PTTL k", 105, 1005, 1010)


def test_a_reply_narrows_the_expiry(talk: Talk) -> None:
    assert talk.accepts("PEXPIRETIME k", 1103, 1005)
    assert talk.accepts("GET k", b"v", 1103)
    assert talk.accepts("GET k", NULL, 1104)


def test_ttl_rounds_half_up(talk: Talk) -> None:
    assert talk.accepts("PEXPIREAT k 2500", 1, 1000)
    assert talk.accepts("TTL k", 2, 1000)
    assert talk.accepts("TTL k", 1, 1001)


def test_ttl_of_a_key_in_its_last_millisecond_may_be_zero(talk: Talk) -> None:
    assert talk.accepts("PEXPIREAT k 1500", 1, 1000)
    assert talk.accepts("PTTL k", 0, 1500, 1501)


@pytest.mark.parametrize("count", [0, 1])
def test_dbsize_may_count_an_expired_key(talk: Talk, count: int) -> None:
    assert talk.accepts("DBSIZE", count, 1200)


def test_dbsize_no_longer_counts_what_it_did_not_count(talk: Talk) -> None:
    assert talk.accepts("DBSIZE", 0, 1200)
    assert not talk.accepts("DBSIZE", 1, 1200)


def test_scan_by_type_none_may_return_an_expired_key(talk: Talk) -> None:
    assert talk.accepts("SCAN 0 TYPE none", [b"0", [b"k"]], 1200)


def test_keys_expire_in_the_order_of_their_expiries() -> None:
    talk = Talk()
    for key, instant in (("a", 1010), ("b", 1020), ("c", 1020)):
        assert talk.accepts(f"SET {key} v", OK, 1000)
        assert talk.accepts(f"PEXPIREAT {key} {instant}", 1, 1000)
    assert talk.accepts("DBSIZE", 2, 1005, 1030)
    assert talk.accepts("KEYS *", [b"c", b"b"], 1015)


def test_a_transaction_sees_one_instant(talk: Talk) -> None:
    assert talk.accepts("MULTI", OK, 1010)
    assert talk.accepts("GET k", QUEUED, 1010)
    assert talk.accepts("GET k", QUEUED, 1010)
    assert not talk.accepts("EXEC", [b"v", NULL], 1090, 1120)


@pytest.mark.parametrize(
    ("line", "reply"),
    [("EXPIRE k 1 GT", 1), ("EXPIRE k 1 LT", 0), ("EXPIRE k 1 NX", 0), ("EXPIRE k 1 XX", 1), ("PEXPIRE k 90 GT", 0)],
)
def test_conditions(talk: Talk, line: str, reply: int) -> None:
    assert talk.accepts(line, reply, 1005)


@pytest.mark.parametrize(
    ("condition", "reply", "known"),
    [("LT", 0, "from 1100 to 1102"), ("GT", 0, "from 1102 to 1105"), ("GT", 1, "from 1102 to 1102")],
)
def test_a_condition_on_what_is_uncertain(talk: Talk, condition: str, reply: int, known: str) -> None:
    assert talk.accepts(f"PEXPIREAT k 1102 {condition}", reply, 1010)
    expected = talk.model.step("c", [b"PEXPIRETIME", b"k"], 1010, 1010)
    assert describe(expected) == f"an integer {known}"


@pytest.mark.parametrize("line", ["EXPIRE k 0", "PEXPIRE k -5", "PEXPIREAT k 1010", "EXPIREAT k 1"])
def test_a_past_expiry_deletes(talk: Talk, line: str) -> None:
    assert talk.accepts(line, 1, 1010, 1011)
    assert talk.accepts("EXISTS k", 0, 1010, 1011)
