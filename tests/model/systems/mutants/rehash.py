"""Mutants of the rehash of a dict."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def rehash(breaks: str, before: str, after: str, caught_by: str, trace_length: int, module: str = "tables") -> Mutant:
    """A mutant of the rehash that the smallest scope shows."""
    return Mutant(breaks, "rehash", "system:small", module, before, after, caught_by, "explore", trace_length)


def visiting(breaks: str, before: str, after: str, caught_by: str, trace_length: int) -> Mutant:
    """A mutant of the rehash from Redis 7.4 on that its smallest scope shows."""
    maker = "system:small_visiting"
    return Mutant(breaks, "rehash", maker, "tables", before, after, caught_by, "explore", trace_length)


REHASH: Final = (
    rehash(
        "a new key goes into table 0 while the dict is rehashed",
        "    to1 = all_of(added, is_rehashing(s))\n    to0 = all_of(added, negate(is_rehashing(s)))\n",
        "    to1 = all_of(False)\n    to0 = all_of(added)\n",
        "buckets_below_rehashidx_are_empty",
        4,
    ),
    rehash(
        "a key is deleted from table 0 alone",
        "from1 = all_of(negate(from0), found_in_1(s, key))",
        "from1 = all_of(False)",
        "lookups_are_right",
        4,
    ),
    rehash(
        "a growing table takes the old bucket's number instead of the hash",
        "hashed = s.hash[key] & s.mask1",
        "hashed = s.bucket0[key] & s.mask1",
        "lookups_are_right",
        3,
    ),
    rehash(
        "table 1 takes the place of table 0 after the first bucket",
        "_finish(scope, s, all_of(stepping, negate(gives_up), s.used0 == 0))",
        "_finish(scope, s, all_of(stepping, negate(gives_up)))",
        "lookups_are_right",
        4,
    ),
    rehash(
        "a dict is resized while it is rehashed",
        "all_of(negate(is_rehashing(s)), is_full(scope, s))",
        "is_full(scope, s)",
        "lookups_are_right",
        4,
    ),
    rehash(
        "a lookup that skips moved buckets skips the one at rehashidx too",
        "scope.as_index(bucket_of(s, key)) < s.rehashidx",
        "scope.as_index(bucket_of(s, key)) <= s.rehashidx",
        "lookups_may_skip_moved_buckets",
        2,
    ),
    rehash(
        "rehashidx passes over the bucket after the one that was moved",
        "target + cast(negate(gives_up), scope.index)",
        "target + cast(negate(gives_up), scope.index) * 2",
        "lookups_may_skip_moved_buckets",
        4,
    ),
    rehash(
        "a step is made although an iterator is open",
        "all_of(is_rehashing(s), s.pauserehash == 0, negate(is_held_back(scope, s)))",
        "all_of(is_rehashing(s), negate(is_held_back(scope, s)))",
        "iterators_pause_the_rehash",
        4,
    ),
    rehash(
        "a step is made although a child process is saving",
        "all_of(is_rehashing(s), s.pauserehash == 0, negate(is_held_back(scope, s)))",
        "all_of(is_rehashing(s), s.pauserehash == 0)",
        "a_child_holds_the_rehash_back",
        4,
    ),
    rehash(
        "a table grows at a key a bucket although a child process is saving",
        "any_of(all_of(negate(s.child), s.used0 >= s.size0), ",
        "any_of(s.used0 >= s.size0, ",
        "tables_grow_when_full",
        3,
    ),
    rehash(
        "a table shrinks although a child process is saving",
        "any_of(all_of(negate(s.child), is_little), is_least)",
        "any_of(is_little, is_least)",
        "tables_shrink_when_sparse",
        5,
    ),
    rehash(
        "a table grows to four times as many buckets as there are keys",
        "else s.used0 + 1, mask",
        "else s.used0 * 4, mask",
        "tables_grow_when_full",
        2,
    ),
    rehash(
        "a step that meets too many empty buckets stays where it is",
        "s.rehashidx = ite(passes, target + cast(negate(gives_up), scope.index), s.rehashidx)",
        "s.rehashidx = ite(all_of(passes, negate(gives_up)), target + 1, s.rehashidx)",
        "rehashing_ends",
        6,
    ),
    rehash(
        "a deleted key is still counted",
        "s.used0 - count(from0), s.used1 - count(from1)",
        "s.used0, s.used1 - count(from1)",
        "used_counts_the_keys",
        2,
    ),
    visiting(
        "rehashidx goes on from the bucket that was visited",
        "s.rehashidx = ite(passes, ",
        "s.rehashidx = ite(looks, ",
        "buckets_below_rehashidx_are_empty",
        4,
    ),
    visiting(
        "a bucket that is visited is moved although an iterator is open",
        "looks = all_of(stepping, s.used0 > 0)",
        "looks = all_of(any_of(stepping, own), s.used0 > 0)",
        "iterators_pause_the_rehash",
        4,
    ),
    visiting(
        "a growing table takes the old bucket's number as a shrinking one does",
        "ite(s.mask1 < s.mask0, ",
        "ite(s.mask1 != s.mask0, ",
        "lookups_are_right",
        3,
    ),
    visiting(
        "table 1 takes the place of table 0 after a visit",
        "_finish(scope, s, all_of(stepping, negate(gives_up), s.used0 == 0))",
        "_finish(scope, s, any_of(all_of(looks, own), all_of(stepping, negate(gives_up), s.used0 == 0)))",
        "lookups_are_right",
        4,
    ),
    visiting(
        "a table that holds keys is replaced without a rehash",
        "replaces = all_of(starts, s.used0 == 0, scope.replaces_empty)",
        "replaces = all_of(starts, scope.replaces_empty)",
        "tables_are_replaced_by_a_rehash",
        2,
    ),
    visiting(
        "a child process does not keep a table from shrinking",
        "any_of(all_of(negate(s.child), is_little), is_least)",
        "any_of(is_little, is_least)",
        "tables_shrink_when_sparse",
        5,
    ),
)
