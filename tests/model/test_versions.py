"""Facts of versions: for each difference a command that shows it, and what each version answers."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import pytest
from redproof_model.choice import Choice, observe
from redproof_model.keyspace.model import Model
from redproof_model.number import fast_float, few_digits_text
from redproof_model.reply import NULL, NULL_ARRAY, OK, Error, Reply, Set, Status, project
from redproof_model.versions import (
    REDICT_7_3,
    REDIS_6_0,
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_7_4,
    REDIS_8_0,
    VALKEY_8_0,
    VALKEY_8_1,
    VALKEY_9_1,
    Version,
)

SYNTAX = Error(b"ERR syntax error")
NOT_INTEGER = Error(b"ERR value is not an integer or out of range")
NO_INDEX = Error(b"ERR index out of range")
NOT_NEGATABLE = Error(b"ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
NO_CURSOR = Error(b"ERR invalid cursor")
NO_RANGE = Error(b"ERR min or max is not a float")
NO_DOUBLE = Error(b"ERR One or more scores can't be converted into double")
NO_VALUES_HERE = Error(b"ERR NOVALUES option can only be used in HSCAN")
LONG_TIMEOUT = Error(b"ERR timeout is out of range")
NEGATIVE_TIMEOUT = Error(b"ERR timeout is negative")
NOT_POSITIVE = Error(b"ERR value is out of range, must be positive")
NOT_AN_INT = Error(b"ERR value is out of range, value must between -2147483648 and 2147483647")
NO_DB = Error(b"ERR DB index is out of range")
MAX, MIN = "9223372036854775807", "-9223372036854775808"
SCORED = " ".join(f"{number} {number}" for number in range(129))

VERSIONS = (REDIS_6_0, REDIS_6_2, REDIS_7_0, REDIS_7_2, REDIS_7_4, REDIS_8_0, REDICT_7_3)


class Case(NamedTuple):
    """What `command` answers after `before`: `old` before the version `since`, and `new` from it on.

    None stands for what differs further, or is a choice. Redict left Redis between 7.2 and 7.4, with all that was new.
    """

    before: tuple[str, ...]
    command: str
    old: Reply | None
    since: Version
    new: Reply | None

    def reply(self, version: Version) -> Reply | None:
        """What this version answers, None where this is told by other versions apart."""
        return self.new if version.number >= self.since.number or self._is_in_redict(version) else self.old

    def _is_in_redict(self, version: Version) -> bool:
        return version is REDICT_7_3 and self.since is REDIS_7_4


CASES = {
    # 6.2
    "hincrbyfloat_creates_first": Case(("HINCRBYFLOAT h f inf",), "EXISTS h", 1, REDIS_6_2, 0),
    "set_get_exat": Case((), "SET k v GET", SYNTAX, REDIS_6_2, NULL),
    "select_not_integer": Case((), "SELECT x", Error(b"ERR invalid DB index"), REDIS_6_2, NOT_INTEGER),
    "indexes_are_ints": Case((), "SELECT 4294967297", OK, REDIS_6_2, NOT_AN_INT),
    "indexes_are_ints in SWAPDB": Case(
        (), "SWAPDB 4294967297 0", NO_DB, REDIS_6_2, Error(b"ERR invalid first DB index")
    ),
    "move_out_of_range": Case((), "MOVE k 99", NO_INDEX, REDIS_6_2, NO_DB),
    "flush_sync": Case((), "FLUSHALL SYNC", SYNTAX, REDIS_6_2, OK),
    "expiry_wraps": Case((), f"EXPIRE k {MAX}", 0, REDIS_6_2, None),
    "expiry_wraps in SET": Case((f"SETEX k {MAX} v",), "EXISTS k", 0, REDIS_6_2, None),
    "tells_not_integer": Case((), "SPOP s x", NOT_INTEGER, REDIS_6_2, NOT_POSITIVE),
    "tells_not_integer of a range": Case((), "SPOP s -1", NO_INDEX, REDIS_6_2, NOT_POSITIVE),
    "zadd_gt_lt": Case((), "ZADD z GT 1 a", SYNTAX, REDIS_6_2, 1),
    "unified_zrange": Case((), "ZRANGE z x y NONSENSE", NOT_INTEGER, REDIS_6_2, SYNTAX),
    "no_input_keys": Case(
        (),
        "ZUNIONSTORE d 0 z",
        Error(b"ERR at least 1 input key is needed for ZUNIONSTORE/ZINTERSTORE"),
        REDIS_6_2,
        None,
    ),
    "storing_nothing_signals": Case(("WATCH d", "SUNIONSTORE d s", "MULTI"), "EXEC", NULL_ARRAY, REDIS_6_2, []),
    "storing_nothing_signals but where a set is missing": Case(
        ("WATCH d", "SINTERSTORE d s", "MULTI"), "EXEC", [], REDIS_6_2, []
    ),
    # 7.2
    "few_digits": Case(("ZADD z 0.1 a",), "ZSCORE z a", b"0.10000000000000001", REDIS_7_2, b"0.1"),
    "few_digits of a whole": Case(("ZADD z 1e17 a",), "ZSCORE z a", b"1e+17", REDIS_7_2, b"100000000000000000"),
    "listpack_lists": Case(("RPUSH l a",), "OBJECT ENCODING l", b"quicklist", REDIS_7_2, b"listpack"),
    "listpack_lists of SORT": Case(
        ("RPUSH l 1", "SORT l ALPHA STORE m"), "OBJECT ENCODING m", b"quicklist", REDIS_7_2, b"listpack"
    ),
    "lpos_wants_negatable": Case((), f"LPOS l a RANK {MIN}", NULL, REDIS_7_2, NOT_NEGATABLE),
    "lset_truncates_index": Case(("RPUSH l a",), "LSET l 4294967296 b", NO_INDEX, REDIS_7_2, OK),
    "refuses_long_timeouts": Case((), "BLPOP l 1e300", NEGATIVE_TIMEOUT, REDIS_7_2, LONG_TIMEOUT),
    "listpack_sets": Case(("SADD s a",), "OBJECT ENCODING s", b"hashtable", REDIS_7_2, b"listpack"),
    "listpack_sets told to expect many": Case(
        ("SADD s a", f"SADD s {'a ' * 129}"), "OBJECT ENCODING s", b"hashtable", REDIS_7_2, b"hashtable"
    ),
    "zadd_expects_entries": Case((f"ZADD z {'1 a ' * 129}",), "OBJECT ENCODING z", None, REDIS_7_2, b"skiplist"),
    "a rank with its score": Case(
        ("ZADD z 5 a",),
        "ZRANK z a WITHSCORE",
        Error(b"ERR wrong number of arguments for 'zrank' command"),
        REDIS_7_2,
        [0, b"5"],
    ),
    "no rank with its score": Case((), "ZREVRANK z a", NULL, REDIS_7_2, NULL),
    # 7.4, Redict 7.3
    "lrem_wants_negatable": Case((), f"LREM l {MIN} a", 0, REDIS_7_4, NOT_NEGATABLE),
    "bit_range_before_key in BITCOUNT": Case((), "BITCOUNT k x 1", 0, REDIS_7_4, NOT_INTEGER),
    "bit_range_before_key in BITPOS": Case((), "BITPOS k 1 x", -1, REDIS_7_4, NOT_INTEGER),
    "cursors_are_integers": Case((), "SCAN -1", [b"0", []], REDIS_7_4, NO_CURSOR),
    "hscan_novalues": Case(("HSET h f v",), "HSCAN h 0 NOVALUES", SYNTAX, REDIS_7_4, [b"0", [b"f"]]),
    "hscan_novalues elsewhere": Case(("SADD s 1",), "SSCAN s 0 NOVALUES", SYNTAX, REDIS_7_4, NO_VALUES_HERE),
    "skiplist_finds_nth": Case((f"ZADD z {SCORED}",), "ZRANGEBYSCORE z 5 7 LIMIT -1 9", [], REDIS_7_4, [b"7"]),
    "skiplist_finds_nth backwards": Case(
        (f"ZADD z {SCORED}",), "ZREVRANGEBYSCORE z 7 5 LIMIT -2 9", [], REDIS_7_4, [b"6", b"5"]
    ),
    "skiplist_finds_nth not in a listpack": Case(
        ("ZADD z 5 a 6 b",), "ZRANGEBYSCORE z 5 7 LIMIT -1 9", [], REDIS_7_4, []
    ),
    # 8.0
    "two_signs": Case((), "ZADD z -+inf a", Error(b"ERR value is not a valid float"), REDIS_8_0, 1),
    "two_signs in a range": Case((), "ZCOUNT z -+inf 0", NO_RANGE, REDIS_8_0, 0),
    "fast_float in a range": Case((), "ZCOUNT z 0x10 20", 0, REDIS_8_0, NO_RANGE),
}


def after(version: Version, *commands: str) -> Model:
    """A model of this version after these commands, whatever they answer."""
    model = Model(version)
    model.connect("c")
    for command in commands:
        model.step("c", command.encode().split(), 1000, 1000)
    return model


def reply(model: Model, command: str) -> Reply:
    """The only reply that is allowed, as it comes in RESP2."""
    expected = model.step("c", command.encode().split(), 1000, 1000)
    assert not isinstance(expected, Choice)
    return project(expected, 2)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_facts(version: Version, case: Case) -> None:
    seen = case.reply(version)
    if seen is not None:
        assert reply(after(version, *case.before), case.command) == project(seen, 2)


@pytest.mark.parametrize(
    ("version", "help_of_help"),
    [(REDIS_6_0, b"REFCOUNT <key> --"), (REDIS_7_0, b"    Prints this help."), (REDIS_7_2, b"    Print this help.")],
)
def test_the_last_line_of_help(version: Version, help_of_help: bytes) -> None:
    lines = reply(after(version), "OBJECT HELP")
    assert isinstance(lines, list)
    assert isinstance(lines[-1], Status)
    assert lines[-1].text.startswith(help_of_help)


def test_a_quicklist_that_has_become_short_may_be_a_listpack_until_it_is_seen() -> None:
    model = after(REDIS_7_2, f"RPUSH l {'y' * 8186} a", "LPOP l")
    expected = model.step("c", [b"OBJECT", b"ENCODING", b"l"], 0, 0)
    assert isinstance(expected, Choice)
    assert expected.observe(b"listpack", 2)
    assert reply(model, "OBJECT ENCODING l") == b"listpack"


@pytest.mark.parametrize(("version", "popped"), [(REDIS_7_0, [b"b", b"2"]), (REDIS_7_2, [b"a", b"1"])])
def test_a_blocked_command_that_runs_again_takes_from_its_first_key(version: Version, popped: list[bytes]) -> None:
    model = Model(version)
    for client in "cd":
        model.connect(client)
    model.step("d", b"BLPOP a b 0".split(), 0, 0)
    for command in (b"MULTI", b"RPUSH b 2", b"RPUSH a 1", b"EXEC"):
        model.step("c", command.split(), 0, 0)
    assert model.deliver("d", [*popped], 2, 0)


@pytest.mark.parametrize(("version", "lives"), [(REDIS_7_0, (0,)), (REDIS_7_2, (0, 1))])
def test_a_restored_time_to_live_that_overflows(version: Version, lives: tuple[int, ...]) -> None:
    for seen in (0, 1):
        model = after(version, "SET k v")
        assert observe(model.step("c", [b"DUMP", b"k"], 1000, 1000), b"payload", 2)
        model.step("c", [b"RESTORE", b"l", MAX.encode(), b"payload"], 1000, 1000)
        assert observe(model.step("c", [b"EXISTS", b"l"], 1001, 1001), seen, 2) is (seen in lives)


def test_the_cycle_may_delete_a_key_in_the_millisecond_of_its_expiry() -> None:
    for version, seen in ((REDIS_7_4, (True, False)), (REDIS_8_0, (True, True))):
        replies: list[Reply] = [b"v", NULL]
        for value, allowed in zip(replies, seen, strict=True):
            model = after(version, "PSETEX k 1 v")
            assert observe(model.step("c", b"GET k".split(), 1001, 1001), project(value, 2), 2) is allowed


def test_an_expired_key_of_type_none_is_found_up_to_7_0() -> None:
    for version, found in ((REDIS_7_0, True), (REDIS_7_2, False)):
        model = after(version, "PSETEX k 1 v")
        assert observe(model.step("c", b"SCAN 0 TYPE none".split(), 5000, 5000), [b"0", [b"k"]], 2) is found


def test_a_union_in_a_hash_table_comes_in_any_order() -> None:
    for version, allowed in ((REDIS_7_4, False), (REDIS_8_0, True)):
        model = after(version, "SADD s a 2 10", "SREM s a")
        assert observe(model.step("c", [b"SUNION", b"s"], 0, 0), [b"10", b"2"], 2) is allowed


def test_sort_reads_with_fast_float_what_strtod_refuses() -> None:
    model = after(REDIS_8_0, "RPUSH l 1e400 1")
    assert observe(model.step("c", b"SORT l".split(), 0, 0), [b"1", b"1e400"], 2)
    assert reply(after(REDIS_7_4, "RPUSH l 1e400 1"), "SORT l") == NO_DOUBLE


def test_srandmember_gave_a_set() -> None:
    replies: list[tuple[Version, Reply]] = [(REDIS_6_0, Set([b"a"])), (REDIS_6_2, [b"a"])]
    for version, seen in replies:
        model = Model(version)
        model.connect("c", 3)
        model.step("c", b"SADD s a".split(), 0, 0)
        assert observe(model.step("c", b"SRANDMEMBER s 1".split(), 0, 0), seen, 3)


@pytest.mark.parametrize(
    ("argv", "survives"),
    [
        ([b"setrange", b"k", MAX.encode(), b"v"], False),
        ([b"SETRANGE", b"k", b"536870912", b"v"], True),
        ([b"SETRANGE", b"k"], True),
        ([b"SRANDMEMBER", b"s", MIN.encode()], False),
        ([b"SPOP", b"s", MIN.encode()], True),
        ([b"SORT", b"l", b"LIMIT", b"3", MAX.encode()], False),
        ([b"SORT", b"l", b"LIMIT", b"3", b"10"], True),
        ([object()], True),
    ],
)
def test_what_a_server_does_not_survive(argv: list[object], survives: bool) -> None:
    assert REDIS_6_0.survives(argv) is survives
    assert REDIS_6_2.survives(argv)


@pytest.mark.parametrize(
    ("lifetime", "survives"), [(MAX, False), (str(2**63 - 2**40), False), (str(2**63 - 2**42), True), ("0", True)]
)
def test_valkey_8_1_does_not_survive_a_restored_key_that_lives_beyond_the_last_instant(
    lifetime: str, survives: bool
) -> None:
    argv = [b"restore", b"k", lifetime.encode(), object()]
    assert VALKEY_8_1.survives(argv) is survives
    assert VALKEY_8_0.survives(argv)
    assert VALKEY_9_1.survives(argv)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.1, b"0.1"),
        (-1.5, b"-1.5"),
        (5e-324, b"5e-324"),
        (1e23, b"99999999999999990000000"),
        (9007199254740993.0, b"9007199254740992"),
        (4.35, b"4.35"),
        (1e-7, b"1e-7"),
        (123456789e-15, b"1.23456789e-7"),
        (0.000123, b"0.000123"),
        (2.0**62, b"4611686018427387904"),
        (2.0**62 * 1.5, b"6917529027641082000"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"),
        (-0.0, b"-0"),
        (float("-inf"), b"-inf"),
    ],
)
def test_few_digits(number: float, text: bytes) -> None:
    assert few_digits_text(number) == text


@pytest.mark.parametrize("text", [" 1", "1 ", "0x10", "+-1", "--inf", "nan", ".", "1e", "+"])
def test_fast_float_refuses(text: str) -> None:
    assert fast_float(text.encode(), two_signs=True) is None


@pytest.mark.parametrize(
    ("text", "number"), [("", 0), ("+1", 1), (".5", 0.5), ("5.", 5), ("1e400", inf), ("-+INF", -inf), ("1e-400", 0)]
)
def test_fast_float(text: str, number: float) -> None:
    assert fast_float(text.encode(), two_signs=True) == number


def test_fast_float_of_two_signs_depends() -> None:
    assert fast_float(b"-+inf", two_signs=False) is None
