"""COMMAND, CONFIG, INFO and DEBUG: tables that agree with each other."""

from collections.abc import Callable

import pytest
from redproof_server.engine.categories import categories
from redproof_server.engine.command import TABLE, WRITE
from redproof_server.engine.key_specs import KEY_SPECS
from redproof_server.engine.parameters import ROWS
from redproof_server.engine.server import Server

Send = Callable[..., bytes]


def test_every_row_with_keys_says_what_it_does_with_them() -> None:
    for row in TABLE:
        first, last, step = row.keys
        specs = KEY_SPECS.get(row.name, [])
        if first and not row.is_container and row.name not in (b"object", b"stralgo"):
            assert specs, row.name
            assert specs[0].first == first, row.name
            assert specs[-1].step in (step, 1), row.name
        if specs and row.flags & WRITE:
            assert any(set(spec.flags) & {"RW", "OW", "RM"} for spec in specs), row.name
        assert last or not first


def test_every_command_belongs_to_a_category_beside_its_pace() -> None:
    ungrouped = {row.name for row in TABLE if set(categories(row, False)) <= {"fast", "slow"}}
    assert ungrouped == {b"config|help", b"pubsub|help", b"time"}


@pytest.mark.parametrize(
    ("request_line", "keys"),
    [
        ("MSET a 1 b 2", ["a", "b"]),
        ("BLPOP a b 0", ["a", "b"]),
        ("EVAL x 2 a b c", ["a", "b"]),
        ("ZUNION 2 a b", ["a", "b"]),
        ("SORT a BY x STORE b GET STORE STORE c", ["a", "c"]),
        ("OBJECT ENCODING a", ["a"]),
    ],
)
def test_keys_are_found_in_requests(send: Send, request_line: str, keys: list[str]) -> None:
    reply = send(f"COMMAND GETKEYS {request_line}").split(b"\r\n")
    assert [key.decode() for key in reply[2::2]] == keys


def test_defaults_of_parameters_are_valid_and_kept_as_they_are() -> None:
    for row in ROWS:
        assert row.read(row.default, row.default) == row.default, row.name


def test_parameters_are_set_all_or_none(version: str, send: Send) -> None:
    if version == "6.2":
        assert b"wrong number of arguments" in send("CONFIG SET hz 20 timeout 5")
    else:
        assert b"timeout" in send("CONFIG SET hz 20 timeout x")
        assert send("CONFIG GET hz") == b"*2\r\n$2\r\nhz\r\n$2\r\n10\r\n"
        assert send("CONFIG SET hz 20 timeout 5", "CONFIG GET hz timeout").startswith(b"+OK\r\n*4\r\n")


def test_ziplist_and_listpack_are_one_parameter(send: Send) -> None:
    send("CONFIG SET hash-max-ziplist-entries 2", "HSET h a 1 b 2", "HSET i a 1 b 2 c 3")
    assert send("OBJECT ENCODING i") == b"$9\r\nhashtable\r\n"
    assert set(send("CONFIG GET hash-max-*-entries").split(b"\r\n")[4::4]) == {b"2"}


def test_info_shows_the_sections_asked_for(version: str, send: Send) -> None:
    send("SET a 1", "GET a", "GET", "LPUSH a 1")
    everything = send("INFO everything")
    assert b"cmdstat_get:calls=1,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0\r\n" in everything
    assert b"cmdstat_lpush:calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1\r\n" in everything
    assert b"errorstat_ERR:count=1\r\n" in everything
    assert b"errorstat_WRONGTYPE:count=1\r\n" in everything
    assert b"# Commandstats" not in send("INFO")
    assert send("INFO keyspace") == b"$44\r\n# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n\r\n"
    assert (b"syntax error" in send("INFO server clients")) == (version == "6.2")
    assert send("CONFIG RESETSTAT", "INFO errorstats").endswith(b"# Errorstats\r\n\r\n")


@pytest.mark.parametrize("version", ["6.2"])
def test_htstats_show_both_tables_while_they_are_moved(server: Server, send: Send) -> None:
    send("DEBUG PAUSE-CRON 1", *(f"SET key:{number} v" for number in range(5)))
    stats = send("DEBUG HTSTATS 0").decode()
    assert "Hash table 0 stats (main hash table):\n table size: 4\n" in stats
    assert "Hash table 1 stats (rehashing target):\n table size: 8\n" in stats
    assert "[Expires HT]\nHash table 0 stats (main hash table):\nNo stats available" in stats
    assert b"not represented using an hash table" in send("HSET h f v", "DEBUG HTSTATS-KEY h")
