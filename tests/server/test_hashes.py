"""Hashes: what they publish and when they convert."""

from collections.abc import Callable

import pytest

Send = Callable[..., bytes]
Events = Callable[..., list[str]]
Encoding = Callable[[str], str]

COMPACT = {"6.2": "ziplist", "7.0": "listpack"}
LONG = "x" * 65


@pytest.mark.parametrize(
    ("command", "published"),
    [
        ("HSET h a 1 b 2", ["h hset"]),
        ("HMSET h a 1", ["h hset"]),
        ("HSETNX h a 2", []),
        ("HSETNX h b 2", ["h hset"]),
        ("HINCRBY h a 1", ["h hincrby"]),
        ("HINCRBYFLOAT h a 1", ["h hincrbyfloat"]),
        ("HINCRBY h a x", []),
        ("HDEL h x", []),
        ("HDEL h a x a", ["h hdel", "h del"]),
        ("HGET i a", ["i keymiss"]),
    ],
)
def test_hashes_publish_what_happened(events: Events, command: str, published: list[str]) -> None:
    events("HSET h a 1")
    assert events(command) == published


def test_hashes_convert_beyond_their_limits(send: Send, encoding: Encoding, version: str) -> None:
    send("HSET h " + " ".join(f"{number} {number}" for number in range(512)), f"HSET long a {LONG}")
    assert encoding("h") == COMPACT[version]
    assert encoding("long") == "hashtable"
    send("HSET h more 1")
    assert encoding("h") == "hashtable"


def test_versions_differ_in_whether_a_field_that_is_not_set_converts(
    send: Send, encoding: Encoding, version: str
) -> None:
    send("HSET h a 1", f"HSETNX h a {LONG}")
    assert encoding("h") == ("hashtable" if version == "6.2" else "listpack")


def test_versions_differ_in_whether_an_increment_of_a_long_field_converts(
    send: Send, encoding: Encoding, version: str
) -> None:
    send(f"HINCRBY h {LONG} 1")
    assert encoding("h") == ("ziplist" if version == "6.2" else "hashtable")


def test_samples_that_no_client_could_read_end_the_connection(send: Send) -> None:
    send("HSET h a 1")
    assert send("HRANDFIELD h -9223372036854775807") == b""
