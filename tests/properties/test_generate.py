"""Which commands histories in bulk have: of which groups, which of them are new, and whose they are."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest
from redproof_properties.encoding import encode_command
from redproof_properties.generate import BLOCK, FRESH, KINDS, Generator
from redproof_properties.grammar import Seen
from redproof_properties.history import Call, Step
from redproof_properties.seen import SeenReplies
from redproof_properties.vocabulary import GROUPS

LENGTH = 40
SHARING = range(3 * BLOCK + FRESH, 3 * BLOCK + FRESH + 20)
"""Seeds of histories that have the commands of others."""


def calls(steps: list[Step]) -> list[Call]:
    return [step for step in steps if isinstance(step, Call)]


@pytest.mark.parametrize("seed", [0, FRESH - 1, FRESH, BLOCK - 1, BLOCK, SHARING[0]])
@pytest.mark.parametrize("clients", [1, 3])
def test_a_seed_stands_for_one_history_whatever_was_drawn_before(seed: int, clients: int) -> None:
    used, new = (Generator(clients=clients, pauses=clients > 1) for _ in range(2))
    before = used.history(seed, LENGTH)
    for other in (*range(5), *SHARING, 7 * BLOCK - 1):
        used.history(other, LENGTH)
    assert before == used.history(seed, LENGTH) == new.history(seed, LENGTH)
    assert len(calls(before)) == LENGTH


def test_histories_of_a_block_share_the_commands_of_its_first_ones() -> None:
    generator = Generator(["strings"])
    first = {call.argv for seed in range(3 * BLOCK, 3 * BLOCK + FRESH) for call in calls(generator.fresh(seed, LENGTH))}
    shared = [[call.argv for call in calls(generator.history(seed, LENGTH))] for seed in SHARING]
    assert set(chain.from_iterable(shared)) <= first
    assert len({*map(tuple, shared)}) == len(SHARING)
    others = {
        call.argv for seed in range(4 * BLOCK, 4 * BLOCK + FRESH) for call in calls(generator.history(seed, LENGTH))
    }
    assert not others <= first


def test_a_history_has_commands_of_few_groups_and_all_groups_come() -> None:
    generator = Generator()
    chosen = [generator.some_groups(seed) for seed in range(KINDS)]
    assert {*map(len, chosen)} <= {1, 2, 3, 4, 5}
    assert len({*chosen}) == KINDS
    assert {*chain.from_iterable(chosen)} == {*GROUPS}
    for seed in (*range(20), *SHARING):
        names = {row.name.upper() for group in generator.some_groups(seed) for row in GROUPS[group]}
        added = {"EXEC", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"}
        assert {call.name for call in calls(generator.history(seed, LENGTH))} <= names | added


def test_of_two_groups_a_history_has_both() -> None:
    assert {Generator(["sets", "lists"]).some_groups(seed) for seed in range(KINDS)} == {("sets", "lists")}


def test_a_group_without_commands_is_not_chosen() -> None:
    all_of_it = {need for row in GROUPS["transactions"] for need in row.needs}
    chosen = {Generator(["sets", "transactions", "lists"], without=all_of_it).some_groups(seed) for seed in range(20)}
    assert chosen == {("sets", "lists")}


def test_the_group_of_the_favourite_is_always_there() -> None:
    generator = Generator(favourite="GETDEL")
    assert all("strings" in generator.some_groups(seed) for seed in range(50))
    names = Counter(call.name for seed in SHARING for call in calls(generator.history(seed, LENGTH)))
    assert 0.3 < names["GETDEL"] / names.total() < 0.7


@pytest.mark.parametrize("first_seed", [0, SHARING[0]])
def test_each_client_has_a_share_and_transactions_end(first_seed: int) -> None:
    generator = Generator(["strings", "transactions"], clients=3)
    drawn = [call for seed in range(first_seed, first_seed + 20) for call in calls(generator.history(seed, 100))]
    senders = Counter(call.client for call in drawn)
    assert {*senders} == {"A", "B", "C"}
    assert min(senders.values()) > 0.2 * len(drawn)
    names = Counter(call.name for call in drawn)
    assert names["EXEC"] + names["DISCARD"] > 0.8 * names["MULTI"] > 0


def test_the_bytes_of_a_command_are_kept_and_never_those_of_another() -> None:
    drawn = [call for seed in SHARING for call in calls(Generator(["hashes"]).history(seed, LENGTH))]
    argvs, request = SeenReplies().resolve(drawn)
    assert request == b"".join(map(encode_command, argvs))
    assert {call.request for call in drawn if call.unresolved} == {b""}
    assert all(call.request == encode_command(argv) for call, argv in zip(drawn, argvs, strict=True) if call.request)
    assert not any(replace(call, argv=(b"PING",)).request for call in drawn)


def test_what_was_seen_takes_the_place_of_what_was_to_be() -> None:
    seen = SeenReplies()
    seen.remember([b"HSCAN", b"h", b"0"], [b"17", []])
    scan = Call("A", (b"HSCAN", b"h", Seen.CURSOR))
    for _ in range(2):
        argvs, request = seen.resolve([Call("A", (b"PING",)), scan])
        assert argvs == [[b"PING"], [b"HSCAN", b"h", b"17"]]
        assert request == encode_command([b"PING"]) + encode_command([b"HSCAN", b"h", b"17"])
        assert scan.request == b""


def test_what_it_remembers_does_not_grow_with_the_groups_that_were_together() -> None:
    generator = Generator()
    draw_in_blocks(generator, range(10))
    before = lists_alive()
    draw_in_blocks(generator, range(10, 40))
    assert lists_alive() - before < KINDS


def draw_in_blocks(generator: Generator, blocks: range) -> None:
    for block in blocks:
        for kind in range(KINDS):
            generator.fresh(block * BLOCK + kind, 1)


def lists_alive() -> int:
    gc.collect()
    return sum(isinstance(each, list) for each in gc.get_objects())
