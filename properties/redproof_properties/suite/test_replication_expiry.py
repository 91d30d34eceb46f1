"""Keys that expire on a replica: the harness is its master, says when they do, and when they are deleted."""

from __future__ import annotations

import time
from typing import Final

import pytest
from redproof_model.reply import NULL, Error, Reply, Status
from redproof_model.versions.since import descends

from redproof_properties.judged import Judged
from redproof_properties.replication.ends.stage import Stage

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"

SOON_MS: Final = 40
CRON_MS: Final = 50
"""Long enough for many turns of a cron that runs 500 times a second."""

SCRIPTS_HIDE_EXPIRED_SINCE = ("redis", (7, 0))
"""Before, a script on a replica sees the value of a key that has expired."""

Command = tuple[str | int, ...]
WRITES: Final[tuple[Command, ...]] = (
    ("SET", "string", "1"),
    ("HSET", "hash", "field", "1"),
    ("RPUSH", "list", "1"),
    ("SADD", "set", "1"),
    ("ZADD", "zset", "1", "member"),
    ("XADD", "stream", "1-1", "field", "1"),
)
KEYS: Final = tuple(str(argv[1]) for argv in WRITES)
READS: Final[tuple[tuple[Command, Reply], ...]] = (
    (("GET", "string"), NULL),
    (("STRLEN", "string"), 0),
    (("GETRANGE", "string", 0, -1), b""),
    (("BITCOUNT", "string"), 0),
    (("EXISTS", *KEYS), 0),
    (("TTL", "string"), -2),
    (("PTTL", "hash"), -2),
    (("TYPE", "list"), Status(b"none")),
    (("DUMP", "set"), NULL),
    (("MGET", "string", "string"), [NULL, NULL]),
    (("HGET", "hash", "field"), NULL),
    (("HLEN", "hash"), 0),
    (("HGETALL", "hash"), []),
    (("LLEN", "list"), 0),
    (("LRANGE", "list", 0, -1), []),
    (("SCARD", "set"), 0),
    (("SISMEMBER", "set", "1"), 0),
    (("SMEMBERS", "set"), []),
    (("ZCARD", "zset"), 0),
    (("ZSCORE", "zset", "member"), NULL),
    (("ZRANGE", "zset", 0, -1), []),
    (("XLEN", "stream"), 0),
    (("XRANGE", "stream", "-", "+"), []),
    (("KEYS", "*"), []),
    (("SCAN", 0, "COUNT", 1000), [b"0", []]),
    (("TOUCH", *KEYS), 0),
)
"""Commands that read, with what they say of keys that are not there."""


@pytest.mark.documented(
    "A replica reports that a key does not exist once its time has come, although its master has not deleted it yet",
    source=REPLICATION,
)
def test_a_replica_never_shows_an_expired_key(judged: Judged) -> None:
    writes = [argv for argv in WRITES if argv[0] not in judged.unsupported]
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        feeder = stage.fed(snapshot)
        past_ms = time.time_ns() // 10**6 - 1_000
        feeder.feed(*writes, *(("PEXPIREAT", argv[1], past_ms) for argv in writes))
        feeder.await_ack()
        stage.script.require(stage.script.call("DBSIZE") == len(writes), "all keys, since none was deleted")
        for argv, expected in READS:
            if argv[0] in judged.unsupported:
                continue
            reply = stage.script.call(*argv)
            stage.script.require(reply == expected, "what it says of keys that are not there", repr(expected))
        hidden = descends(judged.version, *SCRIPTS_HIDE_EXPIRED_SINCE)
        reply = stage.script.call("EVAL", "return redis.call('GET', KEYS[1])", 1, "string")
        stage.script.require(reply == (NULL if hidden else b"1"), "no value from Redis 7.0 on, one before")
        stage.script.require(isinstance(stage.script.call("DEL", "string"), Error), "an error: a replica is read-only")


@pytest.mark.documented(
    "Replicas don't expire keys: they wait for the master to expire them, which sends a DEL then", source=REPLICATION
)
def test_a_replica_never_deletes_by_itself(judged: Judged) -> None:
    writes = [argv for argv in WRITES if argv[0] not in judged.unsupported]
    with Stage(judged) as stage:
        link, snapshot = stage.synchronised()
        stage.hang_up(link)
        feeder = stage.fed(snapshot)
        soon_ms = time.time_ns() // 10**6 + SOON_MS
        feeder.feed(*writes, *(("PEXPIREAT", argv[1], soon_ms) for argv in writes))
        feeder.await_ack()
        before_ms = 0
        while before_ms <= soon_ms:
            time.sleep(0.002)
            before_ms = time.time_ns() // 10**6
            reply = stage.script.call("GET", "string")
            stage.script.require(reply == NULL or before_ms <= soon_ms, "no value after the time of expiry")
        stage.script.require(reply == NULL, "no value after the time of expiry")
        time.sleep(CRON_MS / 1000)
        stage.script.require(stage.script.call("DBSIZE") == len(writes), "all keys, since none was deleted")
        for deleted, argv in enumerate(writes, 1):
            feeder.feed(("DEL", argv[1]))
            feeder.await_ack()
            held = stage.script.call("DBSIZE")
            stage.script.require(held == len(writes) - deleted, "one key less once the master has sent DEL")
