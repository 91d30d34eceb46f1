"""Promotion, demotion, failover, and what a role means for clients."""

import pytest
from network import Network, dataset, info
from redproof_server.engine.server import Server

MASTER, REPLICA, CHAINED = 1, 2, 3
NO_ID = "0" * 40
READ_ONLY = b"-READONLY You can't write against a read only replica.\r\n"


@pytest.fixture
def servers(network: Network, version: str) -> list[Server]:
    """A master, a replica of it, and a replica of that."""
    made = [network.add(port, version) for port in (MASTER, REPLICA, CHAINED)]
    for server, port in zip(made[1:], (MASTER, REPLICA), strict=True):
        network.ask(server, "REPLICAOF", "127.0.0.1", str(port))
        network.run(2)
    network.ask(made[0], "SET", "a", "1")
    network.run(1)
    return made


def test_a_promotion_begins_a_history_that_continues_the_old_one(network: Network, servers: list[Server]) -> None:
    master, replica, chained = servers
    offset = replica.replication.offset
    assert network.ask(replica, "REPLICAOF", "NO", "ONE") == b"+OK\r\n"
    told = info(replica)
    assert told["role"] == "master"
    assert told["master_replid2"] == info(master)["master_replid"] != told["master_replid"]
    assert told["second_repl_offset"] == str(offset + 1)
    assert told["connected_slaves"] == "0"
    network.run(3)
    assert info(chained)["master_replid"] == told["master_replid"]
    assert info(chained)["second_repl_offset"] == str(offset + 1)
    assert (replica.stats.sync_full, replica.stats.sync_partial_ok) == (1, 1)


def test_a_clean_switchover_costs_no_snapshot(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(replica, "REPLICAOF", "NO", "ONE")
    network.ask(master, "REPLICAOF", "127.0.0.1", str(REPLICA))
    network.run(2)
    network.ask(replica, "SET", "b", "2")
    network.run(1)
    assert info(master)["role"] == "slave"
    assert dataset(master) == dataset(replica)
    assert replica.stats.sync_full == 1
    assert master.replication.offset == replica.replication.offset


def test_one_write_on_the_old_master_makes_it_need_a_snapshot(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(replica, "REPLICAOF", "NO", "ONE")
    network.ask(replica, "SET", "b", "2")
    network.ask(master, "SET", "lost", "1")
    network.ask(master, "REPLICAOF", "127.0.0.1", str(REPLICA))
    network.run(3)
    assert dataset(master) == dataset(replica)
    assert network.ask(master, "GET", "lost") == b"$-1\r\n"
    assert replica.stats.sync_full == 2


def test_a_failover_hands_over_without_losing_a_write(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    waiting = master.connect(b"127.0.0.1:7", network.now_ms)
    network.ask(master, "SET", "b", "1")
    assert network.ask(master, "FAILOVER", "TO", "127.0.0.1", str(REPLICA), "TIMEOUT", "5000") == b"+OK\r\n"
    assert info(master)["master_failover_state"] == "waiting-for-sync"
    master.receive(waiting, b"SET b 2\r\n", network.now_ms)
    assert waiting.wait is not None
    network.run(3)
    assert info(master)["role"] == "slave"
    assert info(replica)["role"] == "master"
    assert info(master)["master_failover_state"] == "no-failover"
    assert waiting.take_output() == READ_ONLY
    assert (replica.stats.sync_full, master.stats.sync_full) == (1, 1)
    assert dataset(master) == dataset(replica)


def test_a_failover_to_nobody_who_follows_is_given_up(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.hold(replica)
    network.ask(master, "SET", "b", "2")
    assert network.ask(master, "FAILOVER", "TIMEOUT", "500") == b"+OK\r\n"
    network.run(0.3)
    assert info(master)["master_failover_state"] == "waiting-for-sync"
    network.run(1)
    assert info(master)["master_failover_state"] == "no-failover"
    assert info(master)["role"] == "master"
    assert network.ask(master, "SET", "b", "3") == b"+OK\r\n"


def test_wait_counts_replicas_that_have_the_client_s_last_write(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    client = master.connect(b"127.0.0.1:7", network.now_ms)
    master.receive(client, b"SET b 2\r\nWAIT 1 0\r\n", network.now_ms)
    assert client.take_output() == b"+OK\r\n"
    network.settle()
    assert client.take_output() == b":1\r\n"
    network.hold(replica)
    master.receive(client, b"SET b 3\r\nWAIT 1 300\r\n", network.now_ms)
    network.run(0.2)
    assert client.take_output() == b"+OK\r\n"
    network.run(0.3)
    assert client.take_output() == b":0\r\n"


def test_writes_need_replicas_that_acknowledge(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(master, "CONFIG", "SET", "min-replicas-to-write", "1")
    network.ask(master, "CONFIG", "SET", "min-replicas-max-lag", "2")
    assert network.ask(master, "SET", "b", "2") == b"+OK\r\n"
    network.hold(replica)
    network.run(4)
    assert info(master)["min_slaves_good_slaves"] == "0"
    assert network.ask(master, "SET", "b", "3") == b"-NOREPLICAS Not enough good replicas to write.\r\n"
    assert network.ask(master, "GET", "b") == b"$1\r\n2\r\n"


def test_a_replica_refuses_writes_and_old_data(network: Network, servers: list[Server]) -> None:
    _, replica, _ = servers
    assert network.ask(replica, "SET", "a", "2") == READ_ONLY
    network.ask(replica, "MULTI")
    assert network.ask(replica, "SET", "a", "2") == READ_ONLY
    assert network.ask(replica, "EXEC").startswith(b"-EXECABORT")
    network.ask(replica, "CONFIG", "SET", "replica-serve-stale-data", "no")
    assert network.ask(replica, "GET", "a") == b"$1\r\n1\r\n"
    network.refused.add(MASTER)
    network.cut_all()
    assert network.ask(replica, "GET", "a").startswith(b"-MASTERDOWN Link with MASTER is down")
    assert network.ask(replica, "INFO").startswith(b"$")


WRITES, READS, STALE = (f"#!lua{flags}\nreturn 1" for flags in ("", " flags=no-writes", " flags=no-writes,allow-stale"))
DOWN = b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n"


@pytest.mark.parametrize(
    ("script", "read_only", "stale"),
    [(WRITES, READ_ONLY, READ_ONLY), (READS, b"+QUEUED\r\n", DOWN), (STALE, b"+QUEUED\r\n", b"+QUEUED\r\n"),
     ("return 1", b"+QUEUED\r\n", b"+QUEUED\r\n")],
)  # fmt: skip
def test_the_flags_of_a_script_count_before_it_is_queued(
    network: Network, script: str, read_only: bytes, stale: bytes
) -> None:
    """As redis-server 7.0.15 answers; a script that declares nothing is refused as it runs."""
    replica = network.add(REPLICA, "7.0")
    network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER))
    for setting, expected in (("yes", read_only), ("no", stale)):
        network.ask(replica, "CONFIG", "SET", "replica-serve-stale-data", setting)
        network.ask(replica, "MULTI")
        assert network.ask(replica, "EVAL", script, "0") == expected
        network.ask(replica, "DISCARD")
    network.ask(replica, "CONFIG", "SET", "replica-serve-stale-data", "yes")
    sha = network.ask(replica, "SCRIPT", "LOAD", script).split(b"\r\n")[1].decode()
    network.ask(replica, "MULTI")
    assert network.ask(replica, "EVALSHA", sha, "0") == read_only


def test_a_transaction_with_one_command_that_needs_fresh_data_is_refused(network: Network, version: str) -> None:
    """As redis-server 6.2.14 and 7.0.15 answer, whatever stands behind that command (mstate.cmd_inv_flags)."""
    replica = network.add(REPLICA, version)
    client = replica.connect(b"127.0.0.1:7", network.now_ms)
    network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER))
    replica.receive(client, b"MULTI\r\nGET a\r\nCLIENT ID\r\n", network.now_ms)
    network.ask(replica, "CONFIG", "SET", "replica-serve-stale-data", "no")
    client.take_output()
    replica.receive(client, b"EXEC\r\n", network.now_ms)
    assert client.take_output().startswith(b"-EXECABORT Transaction discarded because of: MASTERDOWN ")


def test_a_blocked_client_is_sent_away_when_its_server_becomes_a_replica(network: Network, version: str) -> None:
    server = network.add(MASTER, version)
    client = server.connect(b"127.0.0.1:7", network.now_ms)
    server.receive(client, b"BLPOP l 0\r\n", network.now_ms)
    network.ask(server, "REPLICAOF", "127.0.0.1", "99")
    assert client.take_output().startswith(b"-UNBLOCKED force unblock from blocking operation")
    assert client.closing


def test_keys_expire_on_a_replica_when_the_master_says_so(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(master, "SET", "e", "v", "PX", "500")
    network.settle()
    for server in (master, replica):
        server.databases_cron.may_expire = False
    when_ms = replica.databases[0].expires.entries[b"e"]
    network.now_ms = replica.now_ms = when_ms
    assert network.ask(replica, "GET", "e") == b"$1\r\nv\r\n"
    network.now_ms += 1
    assert network.ask(replica, "GET", "e") == b"$-1\r\n"
    assert network.ask(replica, "DBSIZE") == b":2\r\n"
    seen = network.ask(replica, "EVAL", "return redis.call('get', KEYS[1])", "1", "e")
    assert seen == (b"$1\r\nv\r\n" if replica.version.name == "6.2" else b"$-1\r\n")
    network.run(3)
    assert network.ask(replica, "DBSIZE") == b":2\r\n"
    assert network.ask(master, "GET", "e") == b"$-1\r\n"
    network.settle()
    assert network.ask(replica, "DBSIZE") == b":1\r\n"


def test_a_writable_replica_expires_its_own_keys(network: Network, servers: list[Server]) -> None:
    _, replica, _ = servers
    offset = replica.replication.offset
    network.ask(replica, "CONFIG", "SET", "replica-read-only", "no")
    assert network.ask(replica, "SET", "own", "v", "PX", "300") == b"+OK\r\n"
    assert network.ask(replica, "EXPIRE", "a", "-1") == b":1\r\n"
    assert network.ask(replica, "DBSIZE") == b":2\r\n"
    assert replica.replication.offset == offset
    network.run(1)
    assert network.ask(replica, "DBSIZE") == b":0\r\n"


def test_an_unused_backlog_is_let_go_with_its_history(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(master, "CONFIG", "SET", "repl-backlog-ttl", "2")
    network.ask(replica, "REPLICAOF", "NO", "ONE")
    before = info(master)["master_replid"]
    network.run(1)
    assert info(master)["repl_backlog_active"] == "1"
    network.run(4)
    told = info(master)
    assert (told["repl_backlog_active"], told["repl_backlog_histlen"]) == ("0", "0")
    assert told["master_replid"] != before
    assert told["master_replid2"] == NO_ID
    offset = told["master_repl_offset"]
    network.ask(master, "SET", "b", "2")
    assert info(master)["master_repl_offset"] == offset


def test_a_master_that_is_silent_is_given_up(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(replica, "CONFIG", "SET", "repl-timeout", "3")
    network.hold(master)
    network.run(5)
    assert info(replica)["master_link_status"] == "down"
    assert int(info(replica)["master_link_down_since_seconds"]) <= 2


def test_a_replica_that_is_silent_is_dropped(network: Network, servers: list[Server]) -> None:
    master, replica, _ = servers
    network.ask(master, "CONFIG", "SET", "repl-timeout", "3")
    network.hold(replica)
    network.run(5)
    assert info(master)["connected_slaves"] == "0"


def test_what_a_file_tells_goes_on(network: Network, servers: list[Server], version: str) -> None:
    master, replica, _ = servers
    state = master.replication.saved_state()
    assert state is not None
    restarted = network.add(MASTER, version)
    restarted.replication.restore(state, [(3, b"gone")])
    network.cut_all()
    network.run(3)
    assert info(replica)["master_link_status"] == "up"
    continues = version != "6.2"
    assert (restarted.stats.sync_partial_ok, restarted.stats.sync_full) == (int(continues), int(not continues))
    deletion = len(b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*2\r\n$3\r\nDEL\r\n$4\r\ngone\r\n")
    ping = 14
    assert restarted.replication.offset == (state.offset_bytes + deletion if continues else 0) + ping
    assert replica.replication.offset == restarted.replication.offset


def test_debug_can_break_a_history(network: Network, servers: list[Server]) -> None:
    master, _, _ = servers
    before = info(master)["master_replid"]
    assert network.ask(master, "DEBUG", "CHANGE-REPL-ID") == b"+OK\r\n"
    assert info(master)["master_replid"] != before
    network.cut_all()
    network.run(3)
    assert master.stats.sync_full == 2
