"""Sets: what they publish and which encoding results have."""

from collections.abc import Callable

import pytest

Send = Callable[..., bytes]
Events = Callable[..., list[str]]
Encoding = Callable[[str], str]


@pytest.mark.parametrize(
    ("command", "published"),
    [
        ("SADD s 1", []),
        ("SADD s 3", ["s sadd"]),
        ("SREM s 1", ["s srem"]),
        ("SREM s 1 2", ["s srem", "s del"]),
        ("SPOP s", ["s spop"]),
        ("SPOP s 2", ["s spop", "s del"]),
        ("SPOP s 0", []),
        ("SMOVE s t 1", ["s srem", "t sadd"]),
        ("SMOVE s s 1", []),
        ("SMOVE s u 1", ["s srem"]),
        ("SUNIONSTORE d s u", ["d sunionstore"]),
        ("SINTERSTORE s s missing", ["missing keymiss", "s del"]),
        ("SDIFFSTORE missing s s", []),
    ],
)
def test_sets_publish_what_happened(events: Events, version: str, command: str, published: list[str]) -> None:
    events("SADD s 1 2", "SADD u 1")
    # In 6.2 what is read to be stored does not count as read.
    expected = [event for event in published if version == "7.0" or "keymiss" not in event]
    assert events(command) == expected


def test_storing_nothing_deletes_the_destination_and_storing_something_its_expiry(send: Send) -> None:
    send("SADD s 1", "SADD d 2", "PEXPIRE d 1000")
    assert send("SUNIONSTORE d s", "PTTL d") == b":1\r\n:-1\r\n"
    assert send("SDIFFSTORE d s s", "EXISTS d") == b":0\r\n:0\r\n"


def test_a_set_that_is_nearly_emptied_starts_afresh(send: Send, encoding: Encoding) -> None:
    send("SADD s a 1 2 3 4 5 6 7 8 9", "SREM s a", "SPOP s 2")
    assert encoding("s") == "hashtable"
    send("SPOP s 6")
    assert encoding("s") == "intset"


def test_a_difference_remembers_a_word_that_it_removed(send: Send, encoding: Encoding) -> None:
    send("SADD words a 1 2 3 4 5 6 7 8", "SADD one a", "SADD two 1")
    send("SDIFFSTORE removed words one two missing", "SDIFFSTORE looked-up words one")
    assert encoding("looked-up") == "intset"
    assert encoding("removed") == "hashtable"


def test_the_answer_of_a_whole_set_that_is_popped_is_sorted(send: Send) -> None:
    send("SADD s a 3 1 2", "SREM s a")
    assert send("SPOP s 3") == b"*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n"
