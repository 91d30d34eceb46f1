"""What depends on more than replies: the server's clock, its background work, its end and its start."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.reply import NULL, Error

from redproof_properties.judged import Judged
from redproof_properties.script import Script

EXPIRE = "https://redis.io/docs/latest/commands/expire/"
PERSISTENCE = "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/"


@pytest.mark.documented(
    "A key is passively expired when some client tries to access it and the key is found to be timed out", source=EXPIRE
)
@given(ttl_ms=st.integers(1, 5))
def test_expired_keys_are_never_seen(judged: Judged, ttl_ms: int) -> None:
    judged.need("can_debug")
    with Script(judged) as script:
        script.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        try:
            script.call("SET", "gone", "x", "PX", ttl_ms)
            script.call("SET", "stays", "x")
            time.sleep((ttl_ms + 2) / 1000)
            script.require(script.call("KEYS", "*") == [b"stays"], "the key without a time to live alone")
            script.require(script.call("TTL", "gone") == -2, "-2, as for a key that does not exist")
            script.require(
                isinstance(script.call("RENAME", "gone", "back"), Error), "an error, for there is no such key"
            )
            script.require(script.call("GET", "gone") == NULL, "no value")
            script.require(script.call("DBSIZE") == 1, "1, since looking at the expired key has deleted it")
        finally:
            script.call("DEBUG", "SET-ACTIVE-EXPIRE", 1)


@pytest.mark.documented("Without persistence the data exists only as long as the server is running", source=PERSISTENCE)
def test_nothing_outlives_the_server_unless_it_is_kept(judged: Judged) -> None:
    judged.need("can_restart")
    with Script(judged) as script:
        script.call("MSET", "a", "1", "b", "2")
    judged.target.restart()
    with judged.target.connect() as connection:
        held = connection.call("DBSIZE")
    assert held == (2 if judged.target.capabilities.keeps_data_on_restart else 0)


@pytest.mark.documented(
    "Commands sent to a server that is stopped for a while are answered, in their order, when it goes on",
    source="https://redis.io/docs/latest/develop/using-commands/pipelining/",
)
def test_a_pause_loses_nothing(judged: Judged) -> None:
    judged.need("can_pause")
    with judged.target.connect() as connection:
        connection.call("FLUSHALL")
        judged.target.pause()
        try:
            for number in range(50):
                connection.send(b"*3\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$2\r\n%02d\r\n" % number)
        finally:
            judged.target.resume()
        assert [connection.receive() for _ in range(50)] == list(range(1, 51))
        assert connection.call("LRANGE", "l", 0, -1) == [b"%02d" % number for number in range(50)]
