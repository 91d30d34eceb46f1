"""What the documentation promises, each property named by its sentence and checked without the model."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Reply

from redproof_properties.generate import Generator
from redproof_properties.history import Call
from redproof_properties.judged import Judged
from redproof_properties.script import Script
from redproof_properties.sending import BLOCKING

COMMANDS = "https://redis.io/docs/latest/commands/"
TRANSACTIONS = "https://redis.io/docs/latest/develop/using-commands/transactions/"
NO_EXPIRY = -1

members = st.sets(st.binary(min_size=1, max_size=8), min_size=1, max_size=12)


def commands(seed: int, length: int) -> list[list[bytes]]:
    """Commands of the five types, drawn from a seed; none that blocks."""
    history = Generator(["strings", "bitmaps", "lists", "hashes", "sets", "sorted_sets"]).fresh(seed, length)
    calls = [step for step in history if isinstance(step, Call) and step.argv[0] not in BLOCKING]
    return [[argument for argument in call.argv if isinstance(argument, bytes)] for call in calls]


def contents(script: Script) -> Reply:
    """Every key that does not expire with its serialised value, in an order that does not depend on the server."""
    keys = script.call("KEYS", "*")
    assert isinstance(keys, list)
    found: list[Reply] = []
    for key in sorted(key for key in keys if isinstance(key, bytes)):
        if script.call("PTTL", key) == NO_EXPIRY:
            found += [key, script.call("TYPE", key), script.call("DUMP", key)]
    return found


@pytest.mark.documented("A command that fails leaves every key as it was", source=TRANSACTIONS)
@given(seed=st.integers(0, 2**32))
def test_errors_change_nothing(judged: Judged, seed: int) -> None:
    drawn = commands(seed, 20)
    if judged.version.hincrbyfloat_creates_first:
        # Redis 6.0 breaks its promise there: it leaves an empty hash, which the model knows.
        drawn = [argv for argv in drawn if argv[0] != b"HINCRBYFLOAT"]
    with Script(judged) as script:
        for argv in drawn:
            before = contents(script)
            if isinstance(script.call(*argv), Error):
                script.require(contents(script) == before, "the keyspace as it was before the error")


@pytest.mark.documented("All the commands in a transaction are executed sequentially", source=TRANSACTIONS)
@given(values=st.lists(st.binary(max_size=6), min_size=1, max_size=8), at=st.integers(0, 8))
def test_transactions_are_isolated(judged: Judged, values: list[bytes], at: int) -> None:
    with Script(judged) as script:
        script.call("MULTI")
        for position, value in enumerate(values):
            script.call("RPUSH", "l", value)
            if position == at:
                script.call("RPUSH", "l", "between", client="B")
        outside = [b"between"] if at < len(values) else []
        script.call("EXEC")
        reply = script.call("LRANGE", "l", 0, -1)
        script.require(
            reply == [*outside, *values], "the transaction's values in a row, after those of the other client"
        )


@pytest.mark.documented(
    "If at least one watched key is modified before the EXEC, the whole transaction aborts", source=TRANSACTIONS
)
@given(touched=st.booleans(), by_other=st.booleans())
def test_exec_fails_if_and_only_if_a_watched_key_changed(judged: Judged, touched: bool, by_other: bool) -> None:
    with Script(judged) as script:
        script.call("SET", "watched", "1")
        script.call("WATCH", "watched")
        script.call("SET", "watched" if touched else "other", "2", client="B" if by_other else "A")
        script.call("MULTI")
        script.call("SET", "result", "done")
        reply = script.call("EXEC")
        script.require(reply == (NULL_ARRAY if touched else [OK]), "a null array if the watched key was set, else [OK]")
        done = script.call("GET", "result")
        script.require(done == (NULL if touched else b"done"), "the transaction's write if and only if EXEC succeeded")


@pytest.mark.documented(
    "RESTORE creates a key with the value that was serialised with DUMP", source=COMMANDS + "restore/"
)
@given(seed=st.integers(0, 2**32))
def test_dump_and_restore_is_a_round_trip(judged: Judged, seed: int) -> None:
    with Script(judged) as script:
        for argv in commands(seed, 30):
            script.call(*argv)
        keys = script.call("KEYS", "*")
        assert isinstance(keys, list)
        for key in keys:
            assert isinstance(key, bytes)
            payload = script.call("DUMP", key)
            kind = script.call("TYPE", key)
            assume(isinstance(payload, bytes))
            assert isinstance(payload, bytes)
            script.call("RESTORE", "copy", 0, payload, "REPLACE")
            script.require(script.call("TYPE", "copy") == kind, "a copy of the same type")
            again = script.call("SORT", "copy", "BY", "nosort", "ALPHA") if kind.text in _SORTABLE else None  # type: ignore[union-attr]
            if again is not None:
                original = script.call("SORT", key, "BY", "nosort", "ALPHA")
                script.require(_as_bag(again) == _as_bag(original), "a copy of the same elements")


_SORTABLE = (b"list", b"set", b"zset")


def _as_bag(reply: Reply) -> list[str]:
    return sorted(map(repr, reply)) if isinstance(reply, list) else [repr(reply)]


@pytest.mark.documented(
    "The union, the intersection and the difference are those of mathematics", source=COMMANDS + "sinter/"
)
@given(one=members, other=members)
def test_set_algebra(judged: Judged, one: set[bytes], other: set[bytes]) -> None:
    with Script(judged) as script:
        script.call("SADD", "one", *one)
        script.call("SADD", "other", *other)
        for name, wanted in (("SUNION", one | other), ("SINTER", one & other), ("SDIFF", one - other)):
            reply = script.call(name, "one", "other")
            script.require(_as_bag(reply) == _as_bag(list(wanted)), f"the members that {name} stands for")
            stored = script.call(name + "STORE", "into", "one", "other")
            script.require(stored == len(wanted), "the number of members stored")
            script.require(script.call("EXISTS", "into") == bool(wanted), "a key if and only if it has members")


@pytest.mark.documented(
    "Elements are ordered by score, and those with the same score lexicographically", source=COMMANDS + "zrange/"
)
@given(scores=st.dictionaries(st.binary(min_size=1, max_size=5), st.integers(-3, 3), min_size=1, max_size=200))
def test_sorted_sets_are_sorted(judged: Judged, scores: dict[bytes, int]) -> None:
    ordered = sorted(scores, key=lambda member: (scores[member], member))
    with Script(judged) as script:
        script.call("ZADD", "z", *[part for member, score in scores.items() for part in (score, member)])
        script.require(script.call("ZRANGE", "z", 0, -1) == ordered, "the members by score, then by bytes")
        script.require(script.call("ZREVRANGE", "z", 0, -1) == ordered[::-1], "the same members backwards")
        rank = script.call("ZRANK", "z", ordered[-1])
        script.require(rank == len(ordered) - 1, "the last member's rank one below the number of members")


@pytest.mark.documented("SET discards the key's time to live, unless KEEPTTL is given", source=COMMANDS + "set/")
@given(keep=st.booleans(), ttl=st.integers(100, 10**6))
def test_set_discards_the_ttl(judged: Judged, keep: bool, ttl: int) -> None:
    with Script(judged) as script:
        script.call("SET", "k", "1", "EX", ttl)
        script.call("SET", "k", "2", *(["KEEPTTL"] if keep else []))
        left = script.call("TTL", "k")
        script.require(
            isinstance(left, int) and (0 < left <= ttl if keep else left == -1), "a time to live only with KEEPTTL"
        )


@pytest.mark.documented("The time to live is transferred to the new key name", source=COMMANDS + "expire/")
@given(ttl=st.integers(100, 10**6))
def test_rename_moves_the_ttl(judged: Judged, ttl: int) -> None:
    with Script(judged) as script:
        script.call("SET", "old", "1", "EX", ttl)
        script.call("SET", "new", "2", "EX", 10 * ttl)
        script.call("RENAME", "old", "new")
        left = script.call("TTL", "new")
        script.require(isinstance(left, int) and 0 < left <= ttl, "the time to live of the key that was renamed")


@pytest.mark.documented("The increment is atomic: no client's is lost", source=COMMANDS + "incr/")
@given(steps=st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-(2**40), 2**40)), min_size=1, max_size=20))
def test_increments_add_up(judged: Judged, steps: list[tuple[str, int]]) -> None:
    with Script(judged) as script:
        total = 0
        for client, amount in steps:
            total += amount
            reply = script.call("INCRBY", "n", amount, client=client)
            script.require(reply == total, "the sum of all increments so far")
