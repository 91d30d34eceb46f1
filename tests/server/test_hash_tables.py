"""Tables as clients see them: how often they are rehashed, what DEBUG HTSTATS tells, the seed, and a child."""

from collections.abc import Callable
from random import Random

import pytest
from redproof_server.engine.client import Client
from redproof_server.engine.dict import Dict
from redproof_server.engine.server import Server
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.value import Value
from redproof_server.engine.versions import VERSIONS
from redproof_server.protocol.fast import encode_request

Send = Callable[..., bytes]

# How many buckets of the keys a command moves in 6.2 and in 7.0, as measured in real servers; no key expires.
STEPS = {
    "GET key:1": (1, 1),
    "GET nokey": (1, 1),
    "SET key:1 v": (3, 3),
    "SET new v": (3, 3),
    "SET key:1 v XX": (4, 3),
    "SETNX new v": (4, 3),
    "SET key:1 v KEEPTTL": (2, 2),
    "SETEX new 100 v": (4, 4),
    "APPEND key:1 x": (2, 2),
    "INCR new": (2, 2),
    "EXISTS key:1 nokey": (2, 2),
    "MSET key:1 v key:2 v": (6, 6),
    "DEL nokey": (1, 1),
    "PERSIST key:1": (2, 2),
    "RENAMENX key:1 key:2": (2, 2),
    "COPY key:1 new": (3, 3),
    "HINCRBY new f 1": (2, 2),
    "BITOP NOT new key:1": (4, 4),
    "RANDOMKEY": (15, 15),
    "DBSIZE": (0, 0),
    "SCAN 0": (0, 0),
    "KEYS *": (0, 0),
}
# The same of the expiry times, where every key expires.
STEPS_OF_EXPIRES = {
    "GET key:1": (1, 1),
    "GET nokey": (1, 0),
    "SET new v": (2, 1),
    "SETNX new v": (3, 1),
    "INCR new": (1, 0),
    "EXPIRE key:1 1000": (2, 2),
    "TTL key:1": (2, 2),
    "RENAMENX key:1 key:2": (3, 3),
    "DEL nokey": (2, 2),
    "RANDOMKEY": (2, 2),
    "SCAN 0 COUNT 1 MATCH nothing": (0, 0),
    "DBSIZE": (0, 0),
}
STEPS_IN_VALUE = {
    "HSET h f1 v": 1,
    "HSET h new v": 2,
    "HSETNX h new v": 3,
    "HINCRBY h new 1": 3,
    "HGETALL h": 0,
    "HRANDFIELD h": 15,
    "SADD h f1": 1,
    "SADD h new": 1,
    "SISMEMBER h f1": 1,
    "SRANDMEMBER h -2": 30,
    "SMEMBERS h": 0,
    "ZADD h 1 f1": 1,
    "ZADD h 1 new": 2,
    "ZINCRBY h 1 f1": 1,
    "ZRANGE h 0 -1": 0,
}
ADD = {"H": "HSET h f{} 1", "S": "SADD h f{}", "Z": "ZADD h 1 f{}"}
LONG = "x" * 65


def used_buckets(table: Dict[Value] | Dict[int]) -> int:
    """How many buckets are still to be moved."""
    return sum(bucket is not None for bucket in table.tables[0])


def grow(send: Send, server: Server, count: int = 128, expiry: str = "") -> None:
    """Fill database 0 with keys, with expiry times if wanted, until its tables have just begun to grow."""
    db = server.databases[0]
    send("DEBUG PAUSE-CRON 1", *(f"SET key:{number} v {expiry}" for number in range(count)))
    while db.keys.rehash(100) or db.expires.rehash(100):
        pass
    send(f"SET last v {expiry}")
    assert len(db.keys.tables[1]) == 2 * count


def open_debug(server: Server) -> None:
    server.config.values["enable-debug-command"] = "yes"


@pytest.mark.parametrize("command", STEPS)
def test_a_command_moves_as_many_buckets_as_in_redis(server: Server, send: Send, version: str, command: str) -> None:
    grow(send, server)
    before = used_buckets(server.databases[0].keys)
    send(command)
    assert before - used_buckets(server.databases[0].keys) == STEPS[command][version == "7.0"]


@pytest.mark.parametrize("command", STEPS_OF_EXPIRES)
def test_a_command_moves_as_many_buckets_of_expiry_times(
    server: Server, send: Send, version: str, command: str
) -> None:
    grow(send, server, expiry="PX 100000")
    before = used_buckets(server.databases[0].expires)
    send(command)
    assert before - used_buckets(server.databases[0].expires) == STEPS_OF_EXPIRES[command][version == "7.0"]


def growing_value(server: Server, send: Send, kind: str) -> Dict[int]:
    """The table of a hash, a set or a sorted set at `h` that has just begun to grow."""
    send(ADD[kind].format(LONG), *(ADD[kind].format(number) for number in range(127)))
    value = server.databases[0].keys.entries[b"h"]
    table: Dict[int] = getattr(value, {"H": "fields", "S": "members", "Z": "scores"}[kind])
    while table.rehash(100):
        pass
    send(ADD[kind].format("last"))
    assert len(table.tables[1]) == 256
    return table


@pytest.mark.parametrize("command", STEPS_IN_VALUE)
def test_a_command_moves_as_many_buckets_of_a_collection(server: Server, send: Send, command: str) -> None:
    table = growing_value(server, send, command[0])
    before = used_buckets(table)
    send(command)
    assert before - used_buckets(table) == STEPS_IN_VALUE[command]


def test_htstats_has_redis_text(server: Server, send: Send) -> None:
    open_debug(server)
    empty = "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
    assert f"[Dictionary HT]\n{empty}[Expires HT]\n{empty}".encode() in send("DEBUG HTSTATS 0")
    one = (
        "Hash table 0 stats (main hash table):\n table size: 4\n number of elements: 1\n different slots: 1\n"
        " max chain length: 1\n avg chain length (counted): 1.00\n avg chain length (computed): 1.00\n"
        " Chain length distribution:\n   0: 3 (75.00%)\n   1: 1 (25.00%)\n"
    )
    assert f"[Dictionary HT]\n{one}[Expires HT]\n{empty}".encode() in send("SET k v", "DEBUG HTSTATS 0")
    assert one.encode() in send(f"HSET h {LONG} v", "DEBUG HTSTATS-KEY h")
    assert b"no such key" in send("DEBUG HTSTATS-KEY nokey")
    assert b"Out of range database" in send("DEBUG HTSTATS 16")


def test_htstats_leaves_out_chains_of_more_than_48(server: Server, send: Send) -> None:
    open_debug(server)
    server.limits.hashing.avoids_resize = True
    table = server.databases[0].keys
    table.tables = ([[b"%d" % number for number in range(49)], [b"x"], None, None], [])
    table.entries, table.used = dict.fromkeys(map(b"%d".__mod__, range(49)), b""), [50, 0]
    stats = send("DEBUG HTSTATS 0").decode()
    assert " max chain length: 49\n avg chain length (counted): 25.00\n" in stats
    assert " Chain length distribution:\n   0: 2 (50.00%)\n   1: 1 (25.00%)\n[Expires HT]" in stats


def test_a_hash_that_gives_up_being_compact_has_room_for_all_its_fields(
    server: Server, send: Send, version: str
) -> None:
    send(*(f"HSET h f{number} v" for number in range(513)))
    value = server.databases[0].keys.entries[b"h"]
    assert isinstance(value, Hash)
    sizes = [len(table) for table in value.fields.tables]
    assert sizes == ([512, 1024] if version == "6.2" else [1024, 0])


def test_the_cron_shrinks_tables_and_rehashes_one_after_the_other(server: Server, send: Send) -> None:
    for index in (0, 1):
        send(f"SELECT {index}", *(f"SET key:{number} v" for number in range(5_000)))
    for db in server.databases[:2]:
        while db.keys.rehash(100):
            pass
    send(*(f"DEL key:{number}" for number in range(4_990)), "SELECT 0", *(f"DEL key:{n}" for n in range(4_990)))
    server.cron(server.now_ms)
    sizes = [[len(table) for table in db.keys.tables] for db in server.databases[:2]]
    assert sizes == [[16, 0], [8192, 16]]
    server.cron(server.now_ms)
    assert [len(table) for table in server.databases[1].keys.tables] == [16, 0]


def test_the_cron_leaves_tables_alone_while_a_child_saves(
    server: Server, send: Send, see_to_files: Callable[[], None]
) -> None:
    grow(send, server, 512)
    send("DEBUG PAUSE-CRON 0", "CONFIG SET rdb-key-save-delay 1000000")
    assert send("BGSAVE") == b"+Background saving started\r\n"
    assert b"already in progress" in send("BGSAVE")
    before = used_buckets(server.databases[0].keys)
    server.cron(server.now_ms + 400_000)
    assert used_buckets(server.databases[0].keys) == before > 0
    assert b"rdb_bgsave_in_progress:1\r\n" in send("INFO persistence")
    server.cron(server.now_ms + 113_000)
    see_to_files()
    assert b"rdb_bgsave_in_progress:1\r\n" in send("INFO persistence")
    server.cron(server.now_ms)
    assert b"rdb_bgsave_in_progress:0\r\n" in send("INFO persistence")
    server.cron(server.now_ms)
    assert server.databases[0].keys.rehash_index == -1


def test_a_child_that_flushall_kills_is_noticed_by_the_cron(server: Server, send: Send) -> None:
    send("CONFIG SET rdb-key-save-delay 1000000", "SET k v", "BGSAVE", "FLUSHALL")
    assert server.limits.hashing.avoids_resize
    server.cron(server.now_ms)
    assert not server.limits.hashing.avoids_resize
    assert b"rdb_last_bgsave_status:ok\r\n" in send("INFO persistence")


def test_bgsave_in_a_transaction_waits_for_its_end_in_7_0(
    server: Server, send: Send, see_to_files: Callable[[], None], version: str
) -> None:
    reply = send("MULTI", "BGSAVE", "EXEC")
    assert (b"Background saving scheduled" in reply) == (version == "7.0")
    assert server.saving.is_running == (version == "6.2")
    see_to_files()
    server.cron(server.now_ms)
    assert server.saving.is_running == (version == "7.0")
    assert b"syntax error" in send("BGSAVE NOW")


def scan_order(version: str, settings: dict[str, str], seed: int) -> bytes:
    """What SCAN answers in a server with such settings."""
    server = Server(VERSIONS[version], Random(seed), 0, settings)
    client: Client = server.connect(b"", 0)
    for number in range(32):
        server.receive(client, encode_request([b"SET", b"%d" % number, b"v"]), 0)
    client.take_output()
    server.receive(client, encode_request([b"SCAN", b"0", b"COUNT", b"100"]), 0)
    return client.take_output()


def test_the_hash_seed_makes_scans_reproducible(version: str) -> None:
    assert scan_order(version, {"hash-seed": "a"}, 1) == scan_order(version, {"hash-seed": "a"}, 2)
    assert scan_order(version, {"hash-seed": "a"}, 1) != scan_order(version, {"hash-seed": "b"}, 1)
    assert scan_order(version, {}, 1) == scan_order(version, {"hash-seed": ""}, 1)
    assert scan_order(version, {}, 1) != scan_order(version, {}, 2)


def test_the_hash_seed_is_set_at_the_start_only_and_shown_when_asked_for(server: Server, send: Send) -> None:
    assert send("CONFIG SET hash-seed x").startswith(b"-ERR")
    assert send("CONFIG GET HASH-seed").endswith(b"*2\r\n$9\r\nhash-seed\r\n$0\r\n\r\n")
    assert b"hash-seed" not in send("CONFIG GET *")
    assert b"hash-seed" not in send("CONFIG GET hash-see?")


def test_a_scan_visits_ten_buckets_for_each_key_it_is_to_return(server: Server, send: Send) -> None:
    table = server.databases[0].keys
    table.expand(1024)
    send("SET k v")
    visited = {}
    for count in (1, 5, 1844674407370955162):
        cursor = int(send(f"SCAN 0 COUNT {count}").split(b"\r\n")[2])
        visited[count] = int(f"{cursor:010b}"[::-1], 2)
    assert visited == {1: 11, 5: 51, 1844674407370955162: 5}
