"""What a replay of the model's system `hashtable` makes of a trace, by the rules of each version of Valkey."""

from __future__ import annotations

import pytest
from redproof_properties.hashtable import VERSIONS, HashtableReplay, Rules, hashtable_machine
from redproof_properties.paging import sound_pager
from redproof_properties.population import Page
from redproof_properties.replay import ImpossibleStepError
from redproof_properties.scannable import SCANNABLES
from redproof_properties.tables import Table, Tables, parse_tables

V_8_1, V_9_0, V_9_1 = (VERSIONS["valkey", number] for number in ((8, 1), (9, 0), (9, 1)))
every_rules = pytest.mark.parametrize("rules", [V_8_1, V_9_0, V_9_1], ids=["8.1", "9.0", "9.1"])


def names(*numbers: int) -> list[bytes]:
    """Elements, each named after its hash."""
    return [b"%d" % number for number in numbers]


def replay(rules: Rules, number: int, scan: str = "SSCAN") -> HashtableReplay:
    """A set, or what else is scanned, with so many elements, whose hashes are 0, 1, 2 and so on."""
    hashes = {b"%d" % each: each for each in range(2 * number)}
    made = HashtableReplay(hashtable_machine(rules), sound_pager(), SCANNABLES[scan], hashes, b"3")
    made.add(names(*range(number)))
    return made


def test_statistics_of_a_hashtable_tell_buckets_and_places_apart() -> None:
    told = (
        "Hash table 0 stats (main hash table):\n table size: 28\n number of entries: 14\n rehashing index: 2\n"
        " top-level buckets: 4\n child buckets: 0\n"
        "Hash table 1 stats (rehashing target):\n table size: 56\n number of entries: 16\n top-level buckets: 8\n"
    )
    assert parse_tables(told) == Tables(Table(4, 14, 0), Table(8, 16, 0))
    empty = "Hash table 0 stats (main hash table):\nNo stats available for empty hash tables\n"
    assert parse_tables(empty) == Tables(Table(0, 0, 0))


def test_thresholds_of_valkey() -> None:
    machine = hashtable_machine(V_8_1)
    assert [machine.fullest(4, child) for child in (False, True)] == [28, 140]
    assert [machine.sparsest(size) for size in (2, 4, 8, 16)] == [2, 4, 8, 15]


@every_rules
def test_a_full_table_grows_and_each_lookup_moves_a_chain(rules: Rules) -> None:
    made = replay(rules, 28)
    assert made.tables == Tables(Table(4, 28, 0))
    made.add(names(28))
    assert made.tables == Tables(Table(4, 28, 0), Table(8, 1, 0))
    made.find([b"1"])
    assert made.tables == Tables(Table(4, 21, 0), Table(8, 8, 0))
    assert made.next_page() == Page(2, sorted(names(*range(0, 29, 4))))
    made.find([b"1"] * 3)
    assert made.tables == Tables(Table(8, 29, 0))


@pytest.mark.parametrize(
    ("rules", "lookups"), [(V_8_1, 32), (V_9_0, 32), (V_9_1, 7)], ids=["a chain at a time", "the same", "ten empty"]
)
def test_lookups_that_take_a_rehash_to_a_smaller_table_to_its_end(rules: Rules, lookups: int) -> None:
    """What is left lies in the last five of 32 chains: before them are twice ten empty ones, and seven."""
    made = replay(rules, 7 * 32)
    kept = [number for number in range(7 * 32) if number % 32 > 27] + [27]
    made.remove(names(*(number for number in range(7 * 32) if number not in kept)))
    assert made.tables == Tables(Table(32, 29, 0), Table(0, 0, 0))
    taken = 0
    while made.tables.target is not None:
        made.find([b"1"])
        taken += 1
    assert (taken, made.tables) == (lookups, Tables(Table(8, 29, 0)))


def test_a_rehash_ends_where_a_deletion_has_emptied_the_table() -> None:
    made = replay(V_9_1, 28)
    made.remove(names(*(number for number in range(28) if number not in (0, 2, 4))))
    made.remove(names(2))
    assert made.tables == Tables(Table(0, 0, 0), Table(1, 2, 0))
    made.find([b"0"])
    assert made.tables == Tables(Table(1, 2, 0))


def test_a_child_process_lets_insertions_alone_move_chains() -> None:
    made = replay(V_8_1, 28)
    made.add(names(28))
    made.fork()
    made.find([b"1"] * 9)
    assert made.tables == Tables(Table(4, 28, 0), Table(8, 1, 0))
    made.add(names(29))
    assert made.tables == Tables(Table(4, 21, 0), Table(8, 9, 0))
    made.reap()
    made.find([b"1"] * 3)
    assert made.tables == Tables(Table(8, 30, 0))


def test_what_the_system_cannot_do_is_refused() -> None:
    made = replay(V_9_1, 4)
    made.fork()
    with pytest.raises(ImpossibleStepError, match="fork"):
        made.fork()
