"""Scripts: what Lua makes of replies, what fails them, and which the server knows."""

from __future__ import annotations

import pytest
from redproof_model.keyspace.known import knows
from redproof_model.keyspace.model import Model
from redproof_model.keyspace.scripts import BROKEN, CALL, PCALL, SET_THEN_GET, TELL_ERROR, digest
from redproof_model.number import INT64_MIN
from redproof_model.reply import NULL, OK, Error, Reply, Status
from redproof_model.versions import REDICT_7_3, REDIS_6_0, REDIS_6_2, REDIS_7_0, VALKEY_8_0, VALKEY_9_1, Version

SHA = digest(CALL).decode()


def after(version: Version, *commands: list[bytes]) -> object:
    model = Model(version)
    model.connect("A")
    reply: object = None
    for argv in commands:
        reply = model.step("A", argv, 0, 0)
    return reply


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (REDIS_6_0, f"ERR Error running script (call to f_{SHA}): @user_script:1: WRONGTYPE Operation against a key "
                    "holding the wrong kind of value"),
        (REDIS_7_0, f"WRONGTYPE Operation against a key holding the wrong kind of value script: {SHA}, "
                    "on @user_script:1."),
        (VALKEY_9_1, "WRONGTYPE Operation against a key holding the wrong kind of value script: on @user_script:1."),
    ],
)  # fmt: skip
def test_an_error_ends_the_script_unless_it_is_caught(version: Version, text: str) -> None:
    wrong = [b"LPUSH", b"s", b"x"]
    assert after(version, [b"SET", b"s", b"v"], [b"EVAL", CALL, b"0", *wrong]) == Error(text.encode())
    caught = b"WRONGTYPE Operation against a key holding the wrong kind of value"
    assert after(version, [b"SET", b"s", b"v"], [b"EVAL", PCALL, b"0", *wrong]) == Error(caught)
    assert after(version, [b"SET", b"s", b"v"], [b"EVAL", TELL_ERROR, b"0", *wrong]) == caught


@pytest.mark.parametrize(
    ("called", "reply"),
    [
        ([b"GET", b"k"], NULL),
        ([b"LPOP", b"k"], NULL),
        ([b"SET", b"k", b"v"], OK),
        ([b"INCRBY", b"k", b"9007199254740993"], 9007199254740992),
        ([b"INCRBY", b"k", b"9223372036854775807"], INT64_MIN),
        ([b"MGET", b"k", b"l"], [NULL, NULL]),
    ],
)
def test_replies_come_back_as_lua_has_them(called: list[bytes], reply: Reply) -> None:
    assert after(REDIS_7_0, [b"EVAL", CALL, b"0", *called]) == reply


def test_what_was_written_before_an_error_stays() -> None:
    failing = b"redis.call('SET', 's1', 'written'); return redis.call('LPUSH', 's1', 'x')"
    assert after(REDIS_7_0, [b"EVAL", failing, b"0"], [b"GET", b"s1"]) == b"written"


@pytest.mark.parametrize(
    ("version", "unknown"),
    [
        (REDIS_6_2, b"@user_script: 1: Unknown Redis command called from Lua script"),
        (REDIS_7_0, b"ERR Unknown Redis command called from script"),
        (REDICT_7_3, b"ERR Unknown Redict command called from script"),
        (VALKEY_8_0, b"ERR Unknown command called from script"),
    ],
)
def test_each_version_has_words_of_its_own(version: Version, unknown: bytes) -> None:
    assert after(version, [b"EVAL", PCALL, b"0", b"NOSUCH"]) == Error(unknown)


@pytest.mark.parametrize(("version", "encoding"), [(VALKEY_8_0, b"int"), (VALKEY_9_1, b"embstr")])
@pytest.mark.parametrize("called", [[b"SET", b"s1", b"12"], [b"APPEND", b"s1", b"12"]])
def test_whether_a_number_that_a_script_sets_stays_text(version: Version, encoding: bytes, called: list[bytes]) -> None:
    tell = [b"OBJECT", b"ENCODING", b"s1"]
    assert after(version, [b"EVAL", CALL, b"0", *called], tell) == encoding
    assert after(version, [b"EVAL", CALL, b"0", *called], [b"SET", b"s1", b"12"], tell) == b"int"


def test_the_client_of_scripts_is_subscribed_to_nothing() -> None:
    queued = [[b"SUBSCRIBE", b"a"], [b"EVAL", CALL, b"0", b"PING"], [b"PING"], [b"UNSUBSCRIBE", b"a"]]
    replies = after(REDIS_7_0, [b"MULTI"], *queued, [b"EXEC"])
    assert isinstance(replies, list)
    assert replies[1:3] == [Status(b"PONG"), [b"pong", b""]]


def test_a_script_for_reading_does_not_write() -> None:
    refusal = Error(b"ERR Write commands are not allowed from read-only scripts.")
    assert after(REDIS_7_0, [b"EVAL_RO", PCALL, b"0", b"SET", b"k", b"v"]) == refusal
    assert after(REDIS_7_0, [b"EVAL_RO", PCALL, b"0", b"GET", b"k"]) is NULL


def test_a_script_is_known_once_it_was_sent_until_all_are_flushed() -> None:
    sha = digest(SET_THEN_GET)
    call = [b"EVALSHA", sha.upper(), b"1", b"k", b"v"]
    missing = Error(b"NOSCRIPT No matching script. Please use EVAL.")
    assert after(REDIS_7_0, call) == missing
    assert after(REDIS_7_0, [b"SCRIPT", b"LOAD", SET_THEN_GET]) == sha
    assert after(REDIS_7_0, [b"SCRIPT", b"LOAD", SET_THEN_GET], call) == b"v"
    assert after(REDIS_7_0, [b"EVAL", SET_THEN_GET, b"1", b"k", b"v"], call) == b"v"
    assert after(REDIS_7_0, [b"SCRIPT", b"LOAD", SET_THEN_GET], [b"SCRIPT", b"FLUSH"], call) == missing
    assert after(REDIS_7_0, [b"EVAL", BROKEN, b"0"], [b"SCRIPT", b"EXISTS", digest(BROKEN)]) == [0]


@pytest.mark.parametrize(
    ("argv", "known"),
    [
        ((b"EVAL", CALL, b"0"), True),
        ((b"eval_ro", b"return 2", b"0"), False),
        ((b"SCRIPT", b"load", b"return 2"), False),
        ((b"SCRIPT", b"EXISTS", b"x"), True),
        ((b"GET", b"k"), True),
    ],
)
def test_which_scripts_the_model_knows(argv: tuple[bytes, ...], known: bool) -> None:
    assert knows(argv) is known
