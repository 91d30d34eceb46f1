"""The model as a replica: who may write, who sees what has expired, and what its master's stream does."""

from __future__ import annotations

import pytest
from redproof_model.choice import BLOCKED, Choice, Expected, observe
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.roles import NO_REPLICAS, READ_ONLY, STALE, Role
from redproof_model.keyspace.scripts import CALL, PCALL, TELL_ERROR
from redproof_model.reply import NULL, NULL_ARRAY, OK, QUEUED, Error, Reply, Status
from redproof_model.versions import (
    REDIS_6_0,
    REDIS_6_2,
    REDIS_7_0,
    REDIS_7_2,
    REDIS_8_0,
    VALKEY_8_0,
    VALKEY_9_1,
    VERSIONS,
    Version,
)

REFUSED = Error(READ_ONLY)
LACKS = Error(NO_REPLICAS)
ABORTED = Error(b"EXECABORT Transaction discarded because of previous errors.")
PAST_MS, NOW_MS = 500, 1000

EACH = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
FUNCTION = b"#!lua name=one\nredis.register_function('f', function(keys, args) return redis.call(unpack(args)) end)"
READER = (
    b"#!lua name=three\nredis.register_function{function_name='f', callback=function(keys, args) "
    b"return redis.call(unpack(args)) end, flags={'no-writes'}}"
)


def replica(version: Version, *stream: str) -> Model:
    """A replica with two clients, to which its master has sent these commands."""
    model = Model(version, role=Role.REPLICA)
    model.connect("A")
    model.connect("B")
    for line in stream:
        apply(model, line)
    return model


def apply(model: Model, line: str, now_ms: int = NOW_MS) -> None:
    """Let the master send a command."""
    model.apply(line.encode().split(), now_ms, now_ms)


def step(model: Model, *words: str | bytes, now_ms: int = NOW_MS, client: str = "A") -> Expected:
    """What is expected for a command, written as a line or as words of which some hold blanks."""
    texts = words[0].split() if len(words) == 1 and isinstance(words[0], str) else words
    argv = [text if isinstance(text, bytes) else text.encode() for text in texts]
    return model.step(client, argv, now_ms, now_ms)


@EACH
@pytest.mark.parametrize(
    "line",
    [
        "SET a 1",
        "DEL nokey",
        "SORT a",
        "GEORADIUS a 0 0 1 m",
        "BITFIELD a GET u8 0",
        "PFDEBUG GETREG a",
        "BLPOP a 0",
        "XREADGROUP GROUP g c STREAMS x >",
        "FLUSHALL",
        "SELECT 0 extra",
        "GET a",
        "PUBLISH c m",
        "PFCOUNT a",
        "SCRIPT FLUSH",
    ],
)
def test_what_writes_is_refused(version: Version, line: str) -> None:
    writes = line.split()[0] not in ("SELECT", "GET", "PUBLISH", "PFCOUNT", "SCRIPT")
    assert (step(replica(version), line) == REFUSED) is writes


@EACH
def test_a_transaction_with_a_write_fails(version: Version) -> None:
    model = replica(version, "SET a 1")
    assert [step(model, line) for line in ("MULTI", "GET a", "EXEC")] == [OK, QUEUED, [b"1"]]
    assert [step(model, line) for line in ("MULTI", "SET a 2", "GET a", "EXEC")] == [OK, REFUSED, QUEUED, ABORTED]


@pytest.mark.parametrize(
    ("version", "script", "expected"),
    [
        (REDIS_6_0, PCALL, Error(b"@user_script: 1: -" + READ_ONLY + b"  ")),
        (REDIS_6_2, PCALL, Error(b"@user_script: 1: -" + READ_ONLY)),
        (REDIS_6_2, TELL_ERROR, b"@user_script: 1: -" + READ_ONLY + b"\r\n"),
        (REDIS_7_0, PCALL, REFUSED),
        (REDIS_7_0, TELL_ERROR, READ_ONLY),
        (VALKEY_9_1, CALL, Error(READ_ONLY + b" script: on @user_script:1.")),
    ],
)
def test_a_script_is_refused_where_it_writes(version: Version, script: bytes, expected: Reply) -> None:
    model = replica(version)
    assert step(model, "EVAL", script, "0", "SET", "a", "1") == expected
    assert step(model, "EVAL", script, "0", "PUBLISH", "c", "m") == 0


def test_a_function_that_may_write_is_refused_before_it_is_called() -> None:
    model = replica(REDIS_7_0)
    model.apply([b"FUNCTION", b"LOAD", FUNCTION], NOW_MS, NOW_MS)
    for line in ("FCALL f 0 GET a", "FCALL_RO F 0 GET a", "FCALL f -1"):
        assert step(model, line) == REFUSED
    assert [step(model, line) for line in ("MULTI", "FCALL f 0 PING", "EXEC")] == [OK, REFUSED, ABORTED]
    model.apply([b"FUNCTION", b"LOAD", b"REPLACE", READER], NOW_MS, NOW_MS)
    model.apply([b"FUNCTION", b"DELETE", b"one"], NOW_MS, NOW_MS)
    model.apply([b"FUNCTION", b"LOAD", READER], NOW_MS, NOW_MS)
    assert step(model, "FCALL f 0 PING") == step(model, "PING")


@EACH
def test_what_has_expired_is_hidden_and_kept(version: Version) -> None:
    model = replica(version, "SET a 5", "SET b 1", f"PEXPIREAT a {PAST_MS}")
    assert step(model, "GET a") == NULL
    assert step(model, "EXISTS a b") == 1
    assert step(model, "DBSIZE") == 2
    apply(model, "INCR a")
    assert step(model, "GET a") == NULL
    apply(model, "PERSIST a")
    assert step(model, "GET a") == b"6"
    assert step(model, "DBSIZE") == 2
    apply(model, "DEL a")
    assert step(model, "DBSIZE") == 1


@EACH
def test_a_time_that_is_past_deletes_nothing(version: Version) -> None:
    model = replica(version, "SET a 5", "EXPIRE a -5")
    assert step(model, "DBSIZE") == 1
    assert step(model, "GET a") == NULL


@EACH
def test_a_key_in_doubt_is_settled_by_what_is_seen(version: Version) -> None:
    model = replica(version, "SET a 5", "PEXPIREAT a 1005")
    expected = model.step("A", [b"GET", b"a"], 1000, 1010)
    assert isinstance(expected, Choice)
    assert expected.observe(NULL, 2)
    assert step(model, "GET a", now_ms=1003) == NULL
    apply(model, "PERSIST a", now_ms=1010)
    assert step(model, "GET a", now_ms=1010) == b"5"


@pytest.mark.parametrize(("version", "seen"), [(REDIS_6_0, b"5"), (REDIS_6_2, b"5"), (REDIS_7_0, NULL)])
def test_scripts_saw_what_has_expired(version: Version, seen: Reply) -> None:
    model = replica(version, "SET a 5", f"PEXPIREAT a {PAST_MS}")
    assert step(model, "EVAL", CALL, "0", "GET", "a") == seen
    assert step(model, "GET a") == NULL
    for line in ("MULTI", "GET a"):
        step(model, line)
    step(model, "EVAL", CALL, "0", "GET", "a")
    step(model, "GET a")
    assert step(model, "EXEC") == [NULL, seen, NULL]


@pytest.mark.parametrize(("version", "counts"), [(REDIS_6_2, [1, 0]), (REDIS_7_0, [0, 0])])
def test_pfcount_of_one_key_looked_it_up_to_write(version: Version, counts: list[int]) -> None:
    model = replica(version, "PFADD p a", f"PEXPIREAT p {PAST_MS}")
    assert [step(model, "PFCOUNT p"), step(model, "PFCOUNT p nokey")] == counts


def test_randomkey_gives_up_where_all_keys_may_expire() -> None:
    model = replica(REDIS_7_0, "SET a 5", f"PEXPIREAT a {PAST_MS}")
    assert observe(step(model, "RANDOMKEY"), b"a", 2)
    apply(model, "SET b 1")
    assert not observe(step(model, "RANDOMKEY"), b"a", 2)


@pytest.mark.parametrize(("version", "picked"), [(REDIS_8_0, True), (VALKEY_9_1, False)])
def test_hrandfield_picks_what_has_expired(version: Version, picked: bool) -> None:
    model = replica(version, "HSET h a 1 b 2", "HPEXPIREAT h 1001 FIELDS 1 a")
    assert step(model, "HGET h a", now_ms=1010) == NULL
    assert observe(step(model, "HRANDFIELD h", now_ms=1010), b"a", 2) is picked


@pytest.mark.parametrize(("version", "replies"), [(REDIS_6_2, NULL_ARRAY), (REDIS_7_0, [NULL])])
def test_watching_what_has_expired(version: Version, replies: Reply) -> None:
    model = replica(version, "SET a 5", f"PEXPIREAT a {PAST_MS}")
    step(model, "WATCH a")
    apply(model, "DEL a")
    assert [step(model, line) for line in ("MULTI", "GET a", "EXEC")] == [OK, QUEUED, replies]


@EACH
def test_a_watched_key_that_expires_fails_exec(version: Version) -> None:
    model = replica(version, "SET a 5", "PEXPIREAT a 1005")
    step(model, "WATCH a")
    assert [step(model, line, now_ms=1010) for line in ("MULTI", "GET a", "EXEC")] == [OK, QUEUED, NULL_ARRAY]


@EACH
def test_a_blocked_reader_is_served_by_the_stream(version: Version) -> None:
    model = replica(version)
    assert step(model, "XREAD BLOCK 0 STREAMS x $", client="B") is BLOCKED
    apply(model, "XADD x 1-1 f v")
    assert model.deliver("B", [[b"x", [[b"1-1", [b"f", b"v"]]]]], 2, NOW_MS)


@pytest.mark.parametrize(("version", "served"), [(REDIS_6_2, True), (REDIS_7_0, True), (REDIS_7_2, False)])
def test_a_reader_that_reads_again_does_not_see_what_has_expired(version: Version, served: bool) -> None:
    model = replica(version, "XADD x 1-1 f v", f"PEXPIREAT x {PAST_MS}")
    step(model, "XREAD BLOCK 0 STREAMS x $", client="B")
    apply(model, "XADD x 1-2 f v")
    assert model.receivers() == ({"B": True} if served else {})


@pytest.mark.parametrize("version", [REDIS_6_2, REDIS_7_0, VALKEY_8_0], ids=lambda version: version.name)
def test_wait_is_refused(version: Version) -> None:
    model = Model(version, role=Role.WRITABLE_REPLICA)
    model.connect("A")
    for each in (model, replica(version)):
        expected = step(each, "WAIT x y")
        assert isinstance(expected, Error)
        assert expected.text.startswith(b"ERR WAIT cannot be used with replica instances.")
    assert step(model, "SET a 1") == OK


def test_waitaof_is_refused_after_its_arguments() -> None:
    model = replica(REDIS_8_0)
    expected = step(model, "WAITAOF 1 0 0")
    assert isinstance(expected, Error)
    assert expected.text.startswith(b"ERR WAITAOF cannot be used with replica instances.")
    assert step(model, "WAITAOF 2 0 0") == Error(b"ERR value is out of range, value must between 0 and 1")


def test_a_transaction_on_a_writable_replica_does_not_see_what_it_lets_expire() -> None:
    model = Model(REDIS_7_0, role=Role.WRITABLE_REPLICA)
    model.connect("A")
    for line in ("SET k v", "MULTI", f"PEXPIREAT k {PAST_MS}", "GET k"):
        step(model, *line.split())
    assert step(model, "EXEC") == [1, NULL]


@pytest.mark.parametrize("deletion", ["DEL", "UNLINK"])
@pytest.mark.parametrize(("seen", "allowed"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_writable_replica_may_still_have_what_it_deletes(deletion: str, seen: int, allowed: bool) -> None:
    model = Model(REDIS_7_0, role=Role.WRITABLE_REPLICA)
    model.connect("A")
    step(model, "PSETEX a 3 1")
    step(model, "SET b 1")
    assert observe(step(model, f"{deletion} a a b", now_ms=NOW_MS + 10), seen, 2) == allowed
    assert not allowed or step(model, f"{deletion} a", now_ms=NOW_MS + 10) == 0


def test_what_its_master_has_trimmed_is_exact() -> None:
    model = replica(REDIS_7_0, "XADD x 1-1 f v", "XADD x 1-2 f v", "XTRIM x MAXLEN = 0 LIMIT 1")
    assert step(model, "XLEN x") == 0


@pytest.mark.parametrize(("version", "scripted"), [(REDIS_6_0, OK), (REDIS_7_0, LACKS)])
def test_a_master_without_good_replicas_refuses_writes(version: Version, scripted: Reply) -> None:
    model = Model(version)
    model.connect("A")
    assert [step(model, line) for line in ("MULTI", "SET a 1")] == [OK, QUEUED]
    model.set_good_replicas(False)
    assert step(model, "EXEC") == Error(b"EXECABORT Transaction discarded because of: " + NO_REPLICAS)
    assert step(model, "SET a 1") == LACKS
    assert step(model, "GET a") == NULL
    assert step(model, "EVAL", PCALL, "0", "SET", "a", "1") == scripted
    model.set_good_replicas(True)
    assert step(model, "SET a 1") == OK


@pytest.mark.parametrize(("version", "text"), [(REDIS_7_0, NO_REPLICAS), (VALKEY_8_0, b"previous errors.")])
def test_whether_a_failed_transaction_still_writes(version: Version, text: bytes) -> None:
    model = Model(version)
    model.connect("A")
    for line in ("MULTI", "SET a 1", "SET"):
        step(model, line)
    model.set_good_replicas(False)
    expected = step(model, "EXEC")
    assert isinstance(expected, Error)
    assert expected.text.endswith(text)


@pytest.mark.parametrize(("version", "served"), [(REDIS_6_2, "PING"), (REDIS_7_0, "ECHO a")])
def test_stale_data_is_not_served(version: Version, served: str) -> None:
    model = replica(version, "SET a 1")
    model.set_stale(True)
    assert step(model, "GET a") == Error(STALE)
    assert step(model, "SET a 1") == REFUSED
    assert step(model, served) in (Status(b"PONG"), b"a")
    assert step(model, "EVAL", PCALL, "0", "GET", "a") == Error(STALE)
    for line in ("MULTI", "GET a"):
        step(model, line)
    assert step(model, "EXEC") == ABORTED
    model.set_stale(False)
    assert step(model, "GET a") == b"1"


def test_exec_serves_no_stale_data() -> None:
    model = replica(REDIS_7_0, "SET a 1")
    for line in ("MULTI", "GET a"):
        step(model, line)
    model.set_stale(True)
    assert step(model, "EXEC") == Error(b"EXECABORT Transaction discarded because of: " + STALE)


@EACH
def test_what_cannot_be_saved_is_refused(version: Version) -> None:
    unsaved = version.replication.unsaved
    model = Model(version)
    model.connect("A")
    model.set_saved(False)
    assert step(model, "SET a 1") == step(model, "PING") == Error(unsaved)
    assert step(model, "GET a") == NULL
    scripted = step(model, "EVAL", PCALL, "0", "SET", "a", "1")
    assert isinstance(scripted, Error)
    assert unsaved in scripted.text
    model.set_good_replicas(False)
    assert step(model, "SET a 1") == Error(unsaved)
    model.set_saved(True)
    assert step(model, "SET a 1") == LACKS


@pytest.mark.parametrize(("version", "minds"), [(REDIS_6_2, False), (REDIS_7_0, True)])
def test_whether_a_replica_minds_that_nothing_is_saved(version: Version, minds: bool) -> None:
    model = replica(version)
    model.set_saved(False)
    assert step(model, "SET a 1") == (Error(version.replication.unsaved) if minds else REFUSED)
    apply(model, "SET a 1")
    assert step(model, "GET a") == b"1"
