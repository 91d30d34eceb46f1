"""Sorted sets: what they publish, their encodings, zeros and searches."""

from collections.abc import Callable

import pytest
from redproof_server.engine.client import Client

Send = Callable[..., bytes]
Events = Callable[..., list[str]]
Encoding = Callable[[str], str]

COMPACT = {"6.2": "ziplist", "7.0": "listpack"}
MANY = " ".join(f"0 m{number}" for number in range(129))


@pytest.mark.parametrize(
    ("command", "published"),
    [
        ("ZADD z 1 a", []),
        ("ZADD z 2 a", ["z zadd"]),
        ("ZADD z XX INCR 1 b", []),
        ("ZADD z GT INCR 0 a", []),
        ("ZINCRBY z 1 a", ["z zincr"]),
        ("ZREM z a", ["z zrem", "z del"]),
        ("ZREMRANGEBYSCORE z (1 2", []),
        ("ZREMRANGEBYRANK z 0 -1", ["z zremrangebyrank", "z del"]),
        ("ZREMRANGEBYLEX z - +", ["z zremrangebylex", "z del"]),
        ("ZPOPMIN z 0", []),
        ("ZPOPMAX z", ["z zpopmax", "z del"]),
        ("ZRANGESTORE d z 0 -1", ["d zrangestore"]),
        ("ZRANGESTORE z z 5 6", ["z del"]),
        ("ZUNIONSTORE d 1 z", ["d zunionstore"]),
        ("ZDIFFSTORE z 2 z z", ["z del"]),
    ],
)
def test_sorted_sets_publish_what_happened(events: Events, command: str, published: list[str]) -> None:
    events("ZADD z 1 a")
    assert events(command) == published


def test_sorted_sets_convert_beyond_their_limits_and_results_convert_back(
    send: Send, encoding: Encoding, version: str
) -> None:
    send(f"ZADD z {MANY}", "ZREM z m0", "ZUNIONSTORE u 1 z", "ZADD long 0 " + "x" * 65)
    assert [encoding(key) for key in ("z", "u", "long")] == ["skiplist", COMPACT[version], "skiplist"]


def test_a_lower_limit_converts_when_a_member_is_added_only(send: Send, encoding: Encoding, version: str) -> None:
    send("ZADD z 1 a 2 b", "CONFIG SET zset-max-ziplist-entries 1", "ZADD z 5 a")
    assert encoding("z") == COMPACT[version]
    send("ZADD z 5 c")
    assert encoding("z") == "skiplist"


@pytest.mark.parametrize("version", ["7.0"])
def test_zero_has_no_sign_in_a_listpack(send: Send) -> None:
    assert send("ZADD z INCR -0 a", "ZSCORE z a") == b"$2\r\n-0\r\n$1\r\n0\r\n"
    send(f"ZADD large {MANY}")
    assert send("ZADD large INCR -0 a", "ZSCORE large a") == b"$2\r\n-0\r\n$2\r\n-0\r\n"


@pytest.mark.parametrize("version", ["6.2"])
def test_zero_has_a_sign_in_a_ziplist(send: Send) -> None:
    assert send("ZADD z -0 a", "ZSCORE z a") == b":1\r\n$2\r\n-0\r\n"


@pytest.mark.parametrize(
    ("range_text", "members"),
    [("[a [c", ["a"]), ("[c +", []), ("[b +", ["z", "b"]), ("- [b", ["a"]), ("[b [b", []), ("[z [z", [])],
)
def test_a_compact_sorted_set_is_searched_by_member_from_its_start(
    send: Send, range_text: str, members: list[str]
) -> None:
    send("ZADD z 1 a 2 z 3 b")
    expected = b"".join(b"$1\r\n%b\r\n" % member.encode() for member in members)
    assert send(f"ZRANGEBYLEX z {range_text}") == b"*%d\r\n%b" % (len(members), expected)


def test_opposite_infinities_add_up_to_nothing(send: Send) -> None:
    send("ZADD x inf a", "ZADD y -inf a")
    assert send("ZUNION 2 x y WITHSCORES") == b"*2\r\n$1\r\na\r\n$1\r\n0\r\n"
    assert send("ZINTER 2 x y WEIGHTS 0 1 AGGREGATE MAX WITHSCORES") == b"*2\r\n$1\r\na\r\n$1\r\n0\r\n"


def test_a_waiting_client_gets_the_least_member_and_the_rest_stays(connect: Callable[[], Client], send: Send) -> None:
    waiting = connect()
    send("BZPOPMIN x z 0", client=waiting)
    assert send("ZADD z 2 b 1 a") == b":2\r\n"
    assert waiting.take_output() == b"*3\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n1\r\n"
    assert send("ZRANGE z 0 -1") == b"*1\r\n$1\r\nb\r\n"
