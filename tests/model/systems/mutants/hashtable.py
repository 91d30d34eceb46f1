"""Mutants of Valkey's hashtable."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def tables(breaks: str, before: str, after: str, caught_by: str, trace_length: int, module: str = "parts") -> Mutant:
    """A mutant of the two tables that the smallest scope shows."""
    package = "hashtable.tables"
    return Mutant(breaks, package, "system:small", module, before, after, caught_by, "explore", trace_length)


def proof(breaks: str, before: str, after: str, caught_by: str, module: str) -> Mutant:
    """A mutant of the two tables that the smallest scope does not reach, and the proof does."""
    return Mutant(breaks, "hashtable.tables", "system:tables", module, before, after, caught_by)


def chain(breaks: str, before: str, after: str, caught_by: str, trace_length: int, module: str = "buckets") -> Mutant:
    """A mutant of a chain that the smallest scope shows."""
    package = "hashtable.chain"
    return Mutant(breaks, package, "system:small", module, before, after, caught_by, "explore", trace_length)


HASHTABLE: Final = (
    tables(
        "an insertion goes to table 0 while entries are moved",
        "    to1 = is_rehashing(s)\n    tag",
        "    to1 = all_of(False)\n    tag",
        "used_counts_the_keys",
        4,
    ),
    tables(
        "a table that grows takes a bucket by the number of the old one instead of the hash",
        "ite(shrinks, s.bucket0[key], s.hash[key])",
        "s.bucket0[key]",
        "keys_lie_in_their_chains",
        4,
    ),
    tables(
        "a table that shrinks takes the bucket without the smaller mask",
        "known_bits & mask(s.size1)",
        "ite(shrinks, known_bits, known_bits & mask(s.size1))",
        "keys_lie_in_their_chains",
        11,
    ),
    tables(
        "the byte of the hash is left behind when an entry is moved",
        "ite(is_moved, s.tag0[key], s.tag1[key])",
        "s.tag1[key]",
        "tags_are_of_the_hash",
        4,
    ),
    tables(
        "a lookup leaves out the bucket that is to be moved next",
        "scope.wide(bucket) < scope.wide(s.rehash_idx)",
        "scope.wide(bucket) <= scope.wide(s.rehash_idx)",
        "lookups_are_right",
        3,
    ),
    tables(
        "a lookup does not look into table 1 when table 0 has no entry",
        "looks = used1(s) != 0",
        "looks = s.used0 != 0",
        "lookups_are_right",
        5,
    ),
    tables(
        "entries are moved under an iterator",
        "all_of(is_rehashing(s), s.pause_rehash == 0)",
        "is_rehashing(s)",
        "nothing_moves_while_paused",
        5,
    ),
    tables(
        "rehashing ends before the last bucket",
        "scope.wide(following) == scope.wide(s.size0)",
        "scope.wide(following) + 1 >= scope.wide(s.size0)",
        "the_tables_hold_the_map",
        7,
    ),
    tables(
        "a key is deleted from table 0 alone",
        "from1 = all_of(negate(from0), found_in_1(scope, s, key))",
        "from1 = all_of(False)",
        "the_tables_hold_the_map",
        5,
    ),
    tables(
        "a table is filled to the hard limit although there is no child process",
        "ite(s.policy == ALLOW, capacity * soft, capacity * hard)",
        "capacity * hard",
        "insertions_find_room",
        3,
    ),
    tables(
        "a table shrinks under an iterator (as before valkey pull 2753)",
        "old.pause_rehash == 0, size != old.size0",
        "size != old.size0",
        "nothing_moves_while_paused",
        7,
        module="system",
    ),
    tables(
        "a table is resized while entries are moved",
        "new.require(is_full(scope, old), negate(is_rehashing(old)), has_memory(scope, old))",
        "new.require(is_full(scope, old), has_memory(scope, old))",
        "the_tables_hold_the_map",
        5,
        module="system",
    ),
    proof(
        "a new table has 4/32 buckets for an entry",
        "bucket_factor: int = 5",
        "bucket_factor: int = 4",
        "growth_makes_room",
        module="scope",
    ),
    chain(
        "the byte of the hash is left behind when an entry is moved",
        "ite(moves, s.tagged[source], s.tagged[target])",
        "s.tagged[target]",
        "tags_go_with_entries",
        3,
    ),
    chain(
        "an entry is moved and stays",
        "all_of(s.present[source], negate(moves))",
        "s.present[source]",
        "no_entry_is_lost_or_doubled",
        3,
    ),
    chain(
        "the one entry of a bucket that is pruned is lost",
        "cell, all_of(prunes, is_first))",
        "cell, all_of(False, prunes, is_first))",
        "no_entry_is_lost_or_doubled",
        4,
    ),
    chain(
        "the last entry is overwritten by the pointer to the child",
        "move_entry(s, scope.cell(bucket + 1, 0), scope.last_cell(bucket), converts)",
        "s.present[scope.last_cell(bucket)] = all_of(s.present[scope.last_cell(bucket)], negate(converts))",
        "no_entry_is_lost_or_doubled",
        3,
    ),
    chain(
        "a bucket whose only free position is that of the pointer is taken for one with room",
        "any_of(s.present[last], is_chained(s, bucket))",
        "s.present[last]",
        "nothing_follows_the_last_bucket",
        4,
    ),
    chain(
        "compaction goes on after it has freed the last bucket",
        "going_on = all_of(going_on, negate(spare))",
        "going_on = all_of(going_on)",
        "assertions_hold",
        10,
    ),
    chain(
        "compaction leaves an empty bucket in the middle",
        "all_of(going_on, is_chained(s, following), empty)",
        "all_of(False, is_chained(s, following), empty)",
        "compaction_leaves_no_empty_child",
        13,
    ),
    chain(
        "a lookup ends at the first bucket",
        "looks = is_there(s, bucket)",
        "looks = all_of(bucket == 0)",
        "lookups_are_right",
        3,
    ),
    chain(
        "a hole is filled under an iterator",
        "all_of(is_chained(old, bucket), negate(old.paused))",
        "is_chained(old, bucket)",
        "iterators_miss_nothing",
        8,
        module="system",
    ),
    chain(
        "a table without entries is freed although it has child buckets (as before valkey pull 2288)",
        "old.used == 0, old.child_buckets == 0",
        "old.used == 0",
        "child_buckets_counts_the_children",
        9,
        module="system",
    ),
)
