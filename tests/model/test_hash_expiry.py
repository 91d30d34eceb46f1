"""Hash fields that expire: what Redis 8.0 and Valkey 9.1 answered, where fields stand, and instants in doubt."""

from __future__ import annotations

import pytest
from redproof_model.choice import Choice, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.values import Hash
from redproof_model.reply import NULL, Error, Map, Reply
from redproof_model.versions import REDIS_7_2, REDIS_8_0, VALKEY_9_1, Version

NOW_MS = 1_000_000
FAR = "33177117420000"
FILL = "HSET h a 1 b 2 c 3 d 4"
WRONG_NUMBER = b"ERR numfields should be greater than 0 and match the provided number of fields"
MISMATCH = b"ERR The `numfields` parameter must match the number of arguments"
NO_FIELDS = b"ERR Mandatory argument FIELDS is missing or not at the right position"


def run(version: Version, *lines: str, wide_ms: int = 0) -> tuple[Model, Expected]:
    """A model after these commands, each executed within `wide_ms`, and what it expects of the last."""
    model = Model(version)
    model.connect("c")
    expected: Expected = 0
    for line in lines:
        expected = model.step("c", line.encode().split(), NOW_MS, NOW_MS + wide_ms)
    return model, expected


def last(version: Version, *lines: str) -> Expected:
    return run(version, *lines)[1]


def times(version: Version, *lines: str) -> Reply:
    """The only list of times that the last command may give, with a clock that is known to the millisecond."""
    expected = last(version, *lines)
    assert isinstance(expected, Choice)
    example = expected.example()
    assert observe(expected, example, 2)
    return example


def hash_at(model: Model, key: bytes) -> Hash:
    value = model.worlds[0].databases[0].values[key]
    assert isinstance(value, Hash)
    return value


@pytest.mark.parametrize("version", [REDIS_8_0, VALKEY_9_1])
def test_answers(version: Version) -> None:
    assert last(version, FILL, "HEXPIRE h 100 FIELDS 2 a zz") == [1, -2]
    assert last(version, FILL, "HEXPIRE h 0 FIELDS 2 a zz") == [2, -2]
    assert last(version, FILL, "HEXPIRE h 100 XX FIELDS 1 a") == [0]
    assert last(version, FILL, "HEXPIRE h 100 FIELDS 1 a", "HEXPIRE h 200 NX FIELDS 2 a b") == [0, 1]
    assert last(version, FILL, "HEXPIRE h 100 LT FIELDS 2 a a") == [1, 0]
    assert last(version, FILL, "HEXPIRE h 0 FIELDS 4 a b c d", "EXISTS h") == 0
    assert last(version, FILL, "HEXPIRE h 100 FIELDS 1 a", "HPERSIST h FIELDS 3 a b zz") == [1, -1, -2]
    assert last(version, "HTTL nokey FIELDS 2 a b") == [-2, -2]
    assert last(version, FILL, "HGETDEL h FIELDS 2 a zz") == [b"1", NULL]
    assert last(version, FILL, "HGETEX h EX 0 FIELDS 1 a", "HGET h a") == NULL
    assert last(version, FILL, "HSETEX h FNX EX 100 FIELDS 2 n 1 a 2") == 0
    assert last(version, FILL, "HSETEX h FXX EX 100 FIELDS 1 a 2") == 1


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("HSET h a 2", -1),
        ("HSETEX h FIELDS 1 a 2", -1),
        ("HSETEX h KEEPTTL FIELDS 1 a 2", 100),
        ("HINCRBY h a 1", 100),
        ("HGETEX h FIELDS 1 a", 100),
        ("HGETEX h PERSIST FIELDS 1 a", -1),
        ("HDEL h a", -2),
    ],
)
@pytest.mark.parametrize("version", [REDIS_8_0, VALKEY_9_1])
def test_what_ends_an_expiry(version: Version, command: str, kept: int) -> None:
    lines = (FILL, "HEXPIRE h 100 FIELDS 1 a", command, "HTTL h FIELDS 1 a")
    assert (times(version, *lines) if kept > 0 else last(version, *lines)) == [kept]


@pytest.mark.parametrize(("fill", "is_found"), [(FILL, True), (f"{FILL} e {'x' * 65}", False)])
def test_a_field_of_a_listpack_has_no_time_left_in_the_millisecond_in_which_it_expires(
    fill: str, is_found: bool
) -> None:
    """HGET still finds it then: redis-server 8.0.2, t_hash.c httlGenericCommand. Else the cycle has deleted it."""
    model, _ = run(REDIS_8_0, fill, f"HPEXPIREAT h {NOW_MS + 5} FIELDS 1 a")
    assert observe(model.step("c", b"HPTTL h FIELDS 1 a".split(), NOW_MS + 5, NOW_MS + 5), [-2], 2)
    assert observe(model.step("c", b"HGET h a".split(), NOW_MS + 5, NOW_MS + 5), b"1", 2) is is_found


def test_seconds_are_rounded_up_by_redis_and_to_the_nearest_by_valkey() -> None:
    lines = (FILL, "HPEXPIREAT h 33177117420400 FIELDS 1 a", "HEXPIRETIME h FIELDS 1 a")
    assert times(REDIS_8_0, *lines) == [33177117421]
    assert times(VALKEY_9_1, *lines) == [33177117420]


def test_a_small_hash_of_redis_has_fields_that_expire_first() -> None:
    """The orders that redis-server 8.0.2 gave."""
    lines = [FILL, f"HPEXPIREAT h {FAR} FIELDS 2 c d", "HKEYS h"]
    assert last(REDIS_8_0, *lines) == [b"d", b"c", b"a", b"b"]
    lines[2:] = ["HPEXPIREAT h 33177117410000 FIELDS 1 b", "HKEYS h"]
    assert last(REDIS_8_0, *lines) == [b"b", b"d", b"c", b"a"]
    assert last(REDIS_8_0, *lines[:-1], "HSET h b 9 n 1 d 2", "HKEYS h") == [b"c", b"a", b"b", b"n", b"d"]


def test_encodings() -> None:
    assert last(REDIS_8_0, FILL, "HEXPIRE h 100 FIELDS 1 zz", "OBJECT ENCODING h") == b"listpackex"
    assert last(VALKEY_9_1, FILL, "HEXPIRE h 100 FIELDS 1 zz", "OBJECT ENCODING h") == b"listpack"
    assert last(VALKEY_9_1, FILL, "HEXPIRE h 100 FIELDS 1 a", "OBJECT ENCODING h") == b"hashtable"
    long = "HSETEX h EX 0 FIELDS 1 n " + "w" * 65
    assert last(REDIS_8_0, FILL, long, "OBJECT ENCODING h") == b"hashtable"
    assert last(VALKEY_9_1, FILL, long, "OBJECT ENCODING h") == b"listpack"


@pytest.mark.parametrize(
    ("command", "redis", "valkey"),
    [
        (
            "HEXPIRE h -1 FIELDS 1 a",
            b"ERR invalid expire time, must be >= 0",
            b"ERR invalid expire time in 'hexpire' command",
        ),
        ("HPEXPIREAT h 70368744177664 FIELDS 1 a", b"ERR invalid expire time in 'hpexpireat' command", None),
        ("HEXPIRE h 100 FOO FIELDS 1 a", NO_FIELDS, b"ERR Unsupported option FOO"),
        ("HEXPIRE h 100 FIELDS 2 a", MISMATCH, WRONG_NUMBER),
        ("HEXPIRE text x FIELDS 1 a", None, b"ERR value is not an integer or out of range"),
        ("HTTL h FIELDS 2 a", MISMATCH, b"ERR syntax error"),
        ("HPERSIST h FIELDS 2 a", MISMATCH, WRONG_NUMBER),
        ("HGETEX h EX 100 PERSIST FIELDS 1 a", NO_FIELDS, b"ERR syntax error"),
        ("HGETEX h EX 10 FIELDS", b"ERR wrong number of arguments for 'hgetex' command", WRONG_NUMBER),
        ("HSETEX h NX FIELDS 1 a 1", b"ERR unknown argument: NX", None),
        ("HSETEX h FIELDS 2 a 1", b"ERR wrong number of arguments for 'hsetex' command", WRONG_NUMBER),
    ],
)
def test_refusals(command: str, redis: bytes | None, valkey: bytes | None) -> None:
    """Each as the family says it; None where it does not refuse for this reason."""
    for version, error in ((REDIS_8_0, redis), (VALKEY_9_1, valkey)):
        expected = last(version, FILL, "SET text x", command)
        if error is not None:
            assert expected == Error(error)
        else:
            assert not isinstance(expected, Error) or expected.text.startswith(b"WRONGTYPE")


def test_conditions_on_instants_that_are_not_known_may_hold_or_not() -> None:
    lines = (FILL, "HEXPIRE h 100 FIELDS 1 a", "HEXPIRE h 100 GT FIELDS 1 a")
    for verdict in (0, 1):
        assert observe(run(REDIS_8_0, *lines, wide_ms=5)[1], [verdict], 2)
    assert last(REDIS_8_0, *lines) == [0]


def test_what_was_told_makes_an_expiry_narrower() -> None:
    model, expected = run(REDIS_8_0, FILL, "HPEXPIRE h 1000 FIELDS 1 a", "HPEXPIRETIME h FIELDS 1 a", wide_ms=50)
    assert observe(expected, [NOW_MS + 1020], 2)
    assert hash_at(model, b"h").expiries == {b"a": (NOW_MS + 1020, NOW_MS + 1020)}
    assert not observe(model.step("c", b"HPEXPIRETIME h FIELDS 1 a".split(), NOW_MS, NOW_MS), [NOW_MS + 1021], 2)


def test_a_copy_expires_by_itself() -> None:
    lines = (FILL, "HEXPIRE h 100 FIELDS 1 a", "COPY h twin", "HPERSIST h FIELDS 1 a", "HTTL twin FIELDS 1 a")
    assert times(REDIS_8_0, *lines) == [100]


def test_redis_7_2_has_none_of_this() -> None:
    expected = last(REDIS_7_2, FILL, "HTTL h FIELDS 1 a")
    assert isinstance(expected, Error)
    assert expected.text.startswith(b"ERR unknown command 'HTTL'")
    assert last(REDIS_7_2, FILL, "HGETALL h") == Map([(b"a", b"1"), (b"b", b"2"), (b"c", b"3"), (b"d", b"4")])


def haunted(version: Version, *fill: str) -> Model:
    """A model with a hash of which the fields x and y have expired at an instant that is past."""
    model = Model(version)
    model.connect("c")
    for line in (*fill, "HSET h x 7 y 8", "HPEXPIRE h 1 FIELDS 2 x y"):
        model.step("c", line.encode().split(), NOW_MS, NOW_MS)
    return model


def later(model: Model, line: str) -> Expected:
    return model.step("c", line.encode().split(), NOW_MS + 50, NOW_MS + 50)


@pytest.mark.parametrize(
    ("command", "redis", "valkey"),
    [
        ("HLEN h", {3, 4, 5}, {3, 4, 5}),
        ("HDEL h x y", {0, 1, 2}, {0}),
        ("HSET h x 1", {0, 1}, {1}),
        ("HSETNX h x 1", {1}, {1}),
        ("HEXISTS h x", {0}, {0}),
    ],
)
def test_expired_fields_may_be_counted(command: str, redis: set[int], valkey: set[int]) -> None:
    """As redis-server 8.0.2 and valkey-server 9.1.2 answer with and without their cycles that delete such fields."""
    for version, allowed in ((REDIS_8_0, redis), (VALKEY_9_1, valkey)):
        replies = {n for n in range(7) if observe(later(haunted(version, "HSET h a 1 b 2 c 3"), command), n, 2)}
        assert replies == allowed


@pytest.mark.parametrize("version", [REDIS_8_0, VALKEY_9_1])
def test_expired_fields_are_not_seen(version: Version) -> None:
    for command, reply in (("HGET h x", NULL), ("HGETALL h", []), ("HRANDFIELD h", NULL), ("HRANDFIELD h 5", [])):
        assert observe(later(haunted(version), command), reply, 2)
        assert not observe(later(haunted(version), command), [b"x", b"7"], 2)


@pytest.mark.parametrize("version", [REDIS_8_0, VALKEY_9_1])
def test_a_field_is_seen_in_its_last_millisecond_unless_the_cycle_has_taken_it(version: Version) -> None:
    for reply in (b"7", NULL):
        assert observe(haunted(version).step("c", [b"HGET", b"h", b"x"], NOW_MS + 1, NOW_MS + 1), reply, 2)
        assert not observe(haunted(version).step("c", [b"HGET", b"h", b"x"], NOW_MS, NOW_MS), NULL, 2)
    assert not observe(haunted(version).step("c", [b"HGET", b"h", b"x"], NOW_MS + 2, NOW_MS + 2), b"7", 2)


@pytest.mark.parametrize("version", [REDIS_8_0, VALKEY_9_1])
def test_a_hash_of_expired_fields_is_there_until_they_are_deleted(version: Version) -> None:
    model = haunted(version)
    assert observe(later(model, "EXISTS h"), 1, 2)
    assert observe(later(model, "EXISTS h"), 0, 2)
    assert not observe(later(model, "EXISTS h"), 1, 2)


def test_expired_fields_may_be_deleted_in_the_millisecond_in_which_they_were_last_looked_past() -> None:
    for size in (0, 1):
        model = haunted(VALKEY_9_1)
        later(model, "PING")
        assert observe(later(model, "DBSIZE"), size, 2)


def test_redis_revives_an_expired_field_with_its_value() -> None:
    model = haunted(REDIS_8_0)
    assert observe(later(model, "HEXPIRE h 100 FIELDS 1 x"), [1], 2)
    assert observe(later(model, "HGET h x"), b"7", 2)
    assert not observe(later(haunted(VALKEY_9_1), "HEXPIRE h 100 FIELDS 1 x"), [1], 2)


@pytest.mark.parametrize(("version", "kept"), [(VALKEY_9_1, True), (REDIS_8_0, False)])
def test_a_copy_of_expired_fields_is_an_empty_hash(version: Version, kept: bool) -> None:
    """As Valkey 9.1.2 answers; in Redis 8.0 who comes next deletes the copy's fields, and with the last the copy."""
    model = Model(version)
    model.connect("A")
    for line, now_ms in (("HSET h a 1", 0), ("HPEXPIRE h 5 FIELDS 1 a", 0), ("COPY h c", 100)):
        copied = model.step("A", line.encode().split(), now_ms, now_ms)
    assert isinstance(copied, Choice)
    assert observe(copied, 1, 2)
    copies = [world.databases[0].values[b"c"] for world in model.worlds]
    assert all(isinstance(copy, Hash) and not copy.fields and bool(copy.ghosts) is not kept for copy in copies)
