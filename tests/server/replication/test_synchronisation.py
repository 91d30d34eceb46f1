"""Full and partial synchronisation, with connections that break at every byte."""

import pytest
from network import Network, dataset, info
from redproof_server.engine.server import Server
from redproof_server.persistence.rdb_writing import write_rdb

MASTER, REPLICA, CHAINED = 1, 2, 3
FORMS = {
    "disk": {"repl_diskless_sync": "no"},
    "diskless": {"repl_diskless_sync": "yes"},
}
WRITES = [
    ["SET", "s", "1"],
    ["SELECT", "3"],
    ["RPUSH", "l", "a", "b"],
    ["MULTI"],
    ["HSET", "h", "f", "v"],
    ["SET", "e", "v", "PX", "100000"],
    ["EXEC"],
    ["SELECT", "0"],
    ["INCR", "s"],
]


def pair(network: Network, version: str, **settings: str) -> tuple[Server, Server]:
    """A master with data, and a replica that follows it."""
    master, replica = network.add(MASTER, version, **settings), network.add(REPLICA, version, **settings)
    for number in range(3):
        network.ask(master, "SET", f"before:{number}", "x" * 50)
    assert network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER)) == b"+OK\r\n"
    return master, replica


def write(network: Network, server: Server) -> None:
    """Send a server writes of several kinds."""
    for words in WRITES:
        network.ask(server, *words)


def assert_equal(master: Server, replica: Server) -> None:
    """The replica has everything and says so."""
    assert info(replica)["master_link_status"] == "up"
    assert replica.replication.offset == master.replication.offset
    assert info(replica)["slave_repl_offset"] == str(master.replication.offset)
    assert replica.replication.replid == master.replication.replid
    assert dataset(replica) == dataset(master)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("piece_bytes", [1, 1 << 20])
def test_a_replica_has_what_was_there_before_during_and_after(version: str, form: str, piece_bytes: int) -> None:
    network = Network(piece_bytes)
    master, replica = pair(network, version, **FORMS[form])
    network.settle()
    write(network, master)
    network.run(2)
    write(network, master)
    network.run()
    assert_equal(master, replica)
    assert network.ask(replica, "DBSIZE") == network.ask(master, "DBSIZE")


@pytest.mark.parametrize("form", FORMS)
def test_a_snapshot_is_shared_with_whoever_comes_while_it_is_made(network: Network, version: str, form: str) -> None:
    master = network.add(MASTER, version, rdb_key_save_delay="100000", **FORMS[form])
    replicas = [network.add(port, version) for port in (2, 3)]
    for number in range(10):
        network.ask(master, "SET", str(number), "v")
    network.ask(replicas[0], "REPLICAOF", "127.0.0.1", str(MASTER))
    network.run(0.2)
    network.ask(master, "SET", "meanwhile", "1")
    network.ask(replicas[1], "REPLICAOF", "127.0.0.1", str(MASTER))
    network.run(0.2)
    states = [info(master)[f"slave{number}"].split(",")[2] for number in range(2)]
    assert states == ["state=wait_bgsave"] * 2
    saves = {client.replica.initial_offset for client in master.replication.replicas if client.replica is not None}
    assert saves == {0}
    network.run(4)
    for replica in replicas:
        assert_equal(master, replica)


def test_a_diskless_snapshot_waits_for_more_replicas(network: Network, version: str) -> None:
    master = network.add(MASTER, version, repl_diskless_sync="yes", repl_diskless_sync_delay="3")
    replicas = [network.add(port, version) for port in (2, 3)]
    for replica in replicas:
        network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER))
        network.run(1)
    assert info(replicas[0])["master_link_status"] == "down"
    assert not master.replication.snapshots.is_running
    network.run(4)
    for replica in replicas:
        assert_equal(master, replica)


def test_a_cut_at_every_byte_of_a_synchronisation_harms_nothing(version: str) -> None:
    count = total = 0
    while count == 0 or count < total:
        network = Network(1)
        master, replica = pair(network, version, repl_diskless_sync="no")
        old = network.ask(replica, "GET", "before:0")
        total = network.deliver_until(count)
        if replica.replication.upstream.master is None:
            assert network.ask(replica, "GET", "before:0") == old
        network.cut_all()
        network.run(3)
        write(network, master)
        network.run(1)
        assert_equal(master, replica)
        count += 1 if count > total - 20 else 7


@pytest.mark.parametrize("cut_after", range(0, 330, 3))
def test_a_cut_at_any_byte_of_the_stream_costs_no_snapshot(version: str, cut_after: int) -> None:
    network = Network()
    master, replica = pair(network, version)
    network.run(2)
    write(network, master)
    network.cut_after(cut_after)
    write(network, master)
    network.run(2)
    assert_equal(master, replica)
    assert (master.stats.sync_full, master.stats.sync_partial_ok) == (1, 1)


def test_a_replica_that_missed_more_than_the_backlog_needs_everything(network: Network, version: str) -> None:
    master, replica = pair(network, version, repl_backlog_size="16384")
    network.run(2)
    network.refused.add(MASTER)
    network.cut_all()
    for number in range(60):
        network.ask(master, "SET", "k", "x" * 1000)
        if number == 5:
            network.ask(master, "SET", "other", "y")
    network.refused.clear()
    network.run(3)
    assert_equal(master, replica)
    assert (master.stats.sync_full, master.stats.sync_partial_ok) == (2, 0)


def test_what_is_applied_counts_and_not_what_has_come(network: Network, version: str) -> None:
    _, replica = pair(network, version)
    network.run(2)
    start = replica.replication.offset
    assert replica.replication.upstream.master is not None
    link = replica.replication.upstream.master.link
    assert link is not None
    stream = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$4"
    for position in range(len(stream)):
        replica.replication.link_received(link, stream[position : position + 1], network.now_ms)
        done = 56 if position >= 55 else 0
        told = info(replica)
        assert int(told["slave_read_repl_offset"]) == start + position + 1
        assert int(told["slave_repl_offset"]) == int(told["master_repl_offset"]) == start + (done and 15 + 27 + 14)
    assert network.ask(replica, "GET", "a") == b"$1\r\n1\r\n"


def test_a_replica_acknowledges_without_the_question(network: Network, version: str) -> None:
    _, replica = pair(network, version)
    network.run(2)
    upstream = replica.replication.upstream.master
    assert upstream is not None
    assert upstream.link is not None
    before = replica.replication.offset
    question = b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"
    replica.replication.link_received(upstream.link, question, network.now_ms)
    assert upstream.link.take_output().endswith(b"$%d\r\n%d\r\n" % (len(str(before)), before))
    assert replica.replication.offset == before + len(question) == before + 37


def test_a_chained_replica_has_the_same_bytes(network: Network, version: str) -> None:
    master, replica = pair(network, version)
    chained = network.add(CHAINED, version)
    network.run(2)
    network.ask(chained, "REPLICAOF", "127.0.0.1", str(REPLICA))
    network.run(2)
    write(network, master)
    network.run(1)
    assert_equal(master, chained)
    streams = [server.replication.backlog for server in (replica, chained)]
    assert streams[0] is not None
    assert streams[1] is not None
    first = streams[1].first_offset
    assert streams[0].read(first) == streams[1].read(first)


@pytest.mark.parametrize("load", ["disabled", "swapdb"])
def test_a_snapshot_that_is_broken_off_leaves_the_old_data(network: Network, version: str, load: str) -> None:
    _, replica = pair(network, version, repl_diskless_load=load)
    network.run(2)
    network.ask(replica, "REPLICAOF", "NO", "ONE")
    network.ask(replica, "SET", "own", "1")
    before = dataset(replica)
    replica.config.apply(replica, "repl-diskless-load", load)
    network.piece_bytes = 1
    network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER))
    network.deliver_until(150)
    assert info(replica)["master_sync_in_progress"] == "1"
    assert dataset(replica) == before
    network.cut_all()
    assert dataset(replica) == before


@pytest.mark.parametrize("load", ["disabled", "on-empty-db", "swapdb"])
def test_a_damaged_snapshot_leaves_the_old_data(network: Network, version: str, load: str) -> None:
    replica = network.add(REPLICA, version, repl_diskless_load=load)
    network.ask(replica, "SET", "own", "1")
    network.ask(replica, "REPLICAOF", "127.0.0.1", "99")
    (link,) = replica.replication.take_links()
    replica.replication.link_opened(link, b"127.0.0.1:1", network.now_ms)
    replies = [b"+PONG", b"+OK", b"+OK", b"+FULLRESYNC " + b"a" * 40 + b" 7", b"$9"]
    replica.replication.link_received(link, b"\r\n".join(replies) + b"\r\nREDIS0009", network.now_ms)
    assert link.is_closed
    assert network.ask(replica, "EXISTS", "own") == b":1\r\n"


def test_a_wrong_password_ends_the_handshake(network: Network, version: str) -> None:
    master = network.add(MASTER, version, requirepass="secret")
    replica = network.add(REPLICA, version, masterauth="wrong")
    network.ask(replica, "REPLICAOF", "127.0.0.1", str(MASTER))
    network.run(3)
    assert info(replica)["master_link_status"] == "down"
    assert b"$7\r\nconnect" in network.ask(replica, "ROLE")
    network.ask(replica, "CONFIG", "SET", "masterauth", "secret")
    network.run(3)
    assert info(replica)["master_link_status"] == "up"
    assert master.replication.replicas


@pytest.mark.parametrize("mark_bytes", [0, 1, 39])
def test_a_snapshot_that_breaks_off_in_its_mark_is_taken_by_6_2(
    network: Network, version: str, mark_bytes: int
) -> None:
    master = network.add(MASTER, version)
    network.ask(master, "SET", "new", "1")
    replica = network.add(REPLICA, version, repl_diskless_load="swapdb")
    network.ask(replica, "SET", "old", "1")
    network.ask(replica, "REPLICAOF", "127.0.0.1", "99")
    (link,) = replica.replication.take_links()
    replica.replication.link_opened(link, b"127.0.0.1:1", network.now_ms)
    mark, snapshot = b"m" * 40, b"".join(write_rdb(master.saving.snapshot()))
    replies = [b"+PONG", b"+OK", b"+OK", b"+FULLRESYNC " + b"a" * 40 + b" 7", b"$EOF:" + mark]
    data = b"\r\n".join(replies) + b"\r\n" + snapshot + mark[:mark_bytes]
    replica.replication.link_received(link, data, network.now_ms)
    replica.replication.link_lost(link, network.now_ms)
    kept, taken = ((0, b"old"), (0, b"new")) if version != "6.2" else ((0, b"new"), (0, b"old"))
    assert set(dataset(replica)) == {kept} != {taken}
    assert info(replica)["master_link_status"] == "down"
