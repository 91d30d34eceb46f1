"""The harness as a master: of a scripted replica, and of real servers that it feeds rightly and wrongly."""

from __future__ import annotations

import socket

import pytest
from redproof_model.reply import NULL, Error
from redproof_properties.encoding import encode_command
from redproof_properties.errors import ProtocolError, TargetClosed, TargetSilent
from redproof_properties.replication.ends.false_master import FalseMaster, MasterLink, PsyncRequest, framed, told_port
from redproof_properties.replication.ends.info import ReplicaRole, read_info, read_role
from redproof_properties.replication.ends.link import ReplicaLink, Snapshot
from redproof_properties.targets import Connection, Target

REPLID = "0123456789abcdef0123456789abcdef01234567"
MARK = b"m" * 40
Ends = tuple[Connection, socket.socket]


@pytest.fixture
def snapshot(server: Target, client: Connection) -> Snapshot:
    """One of two keys, of the server itself, which has another key now."""
    client.call("CONFIG", "SET", "repl-diskless-sync", "no")
    client.call("MSET", "new", 1, "newer", 2)
    with ReplicaLink(server.connect()) as link:
        taken = link.synchronise(client)
    client.call("FLUSHALL")
    client.call("SET", "old", 1)
    return taken


def follow(client: Connection, master: FalseMaster) -> MasterLink:
    """Send the server to the false master; give the link, on which PSYNC is to be answered."""
    client.call("REPLICAOF", master.address.host, master.address.port)
    link = master.accept()
    link.await_psync()
    return link


def test_a_handshake_is_answered_and_recorded(ends: Ends) -> None:
    connection, replica = ends
    replica.sendall(b"*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n*2\r\n$8\r\nreplconf\r\n$1\r\ny\r\n")
    replica.sendall(b"*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n")
    link = MasterLink(connection)
    assert link.await_psync() == PsyncRequest("?", -1)
    assert replica.recv(100) == b"+PONG\r\n+OK\r\n+OK\r\n"
    assert [argv[0] for argv in link.requests] == [b"PING", b"AUTH", b"replconf", b"PSYNC"]


def test_other_words_before_psync_are_refused(ends: Ends) -> None:
    connection, replica = ends
    replica.sendall(b"*1\r\n$4\r\nSYNC\r\n")
    with pytest.raises(ProtocolError, match="before PSYNC"):
        MasterLink(connection).await_psync()


def test_an_acknowledgement_that_is_too_small_does_not_answer(ends: Ends) -> None:
    connection, replica = ends
    connection.timeout_ms = 20
    link = MasterLink(connection)
    link.go_on(REPLID, 5)
    replica.sendall(b"\n*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n4\r\n")
    with pytest.raises(TargetSilent):
        link.await_ack()
    assert link.acks == [4]


def test_forms_of_a_snapshot() -> None:
    assert framed(Snapshot(b"REDIS")) == b"$5\r\nREDIS"
    assert framed(Snapshot(b"REDIS"), announced_bytes=7) == b"$7\r\nREDIS"
    assert framed(Snapshot(b"REDIS", MARK)) == b"$EOF:%b\r\nREDIS%b" % (MARK, MARK)


def test_no_replica_and_no_listener_at_the_end() -> None:
    with FalseMaster(1, timeout_ms=10) as master, pytest.raises(TargetSilent, match="of port 1 has connected within"):
        master.accept()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((master.address.host, master.address.port))


def connected(master: FalseMaster, *commands: bytes) -> socket.socket:
    """Somebody who has connected to the false master, and has sent this."""
    somebody = socket.create_connection((master.address.host, master.address.port))
    somebody.sendall(b"".join(encode_command(command.split()) for command in commands))
    return somebody


def test_who_is_not_the_replica_is_sent_away(server: Target, client: Connection) -> None:
    """Ports are used again: replicas, sentinels and clients ask at one where another server was a moment ago."""
    with FalseMaster(told_port(client)) as master:
        connected(master).close()
        others = connected(master, b"PING", b"REPLCONF listening-port 1"), connected(master, b"INFO")
        assert follow(client, master).requests[-1][0] == b"PSYNC"
        for other in others:
            with other:
                while other.recv(100):
                    pass
    client.call("REPLICAOF", "NO", "ONE")


def test_an_error_tells_who_was_sent_away() -> None:
    with (
        FalseMaster(1, timeout_ms=100) as master,
        connected(master, b"PING", b"REPLCONF listening-port 2"),
        pytest.raises(TargetSilent, match="within 100 ms; sent away: a replica of port 2"),
    ):
        master.accept()


@pytest.mark.parametrize("mark", [None, MARK])
def test_a_real_replica_follows(server: Target, client: Connection, snapshot: Snapshot, mark: bytes | None) -> None:
    with FalseMaster(told_port(client)) as master:
        link = follow(client, master)
        link.full_resync(REPLID, 1_000)
        link.send_snapshot(Snapshot(snapshot.data, mark))
        link.feed(("SELECT", 0), ("SET", "fed", 1))
        assert link.await_ack() == 1_000 + 23 + 29
        assert client.call("MGET", "old", "new", "newer", "fed") == [NULL, b"1", b"2", b"1"]
        told, role = read_info(client), read_role(client)
        assert (told.role, told.master_replid, told.master_link_status) == ("slave", REPLID, "up")
        assert told.slave_repl_offset == told.master_repl_offset == link.offset
        assert role == ReplicaRole(master.address.host, master.address.port, "connected", link.offset)
    client.call("REPLICAOF", "NO", "ONE")


def test_a_real_replica_takes_another_id_with_continue(server: Target, client: Connection, snapshot: Snapshot) -> None:
    with FalseMaster(told_port(client)) as master:
        link = follow(client, master)
        link.full_resync(REPLID, 50)
        link.send_snapshot(snapshot)
        link.await_ack()
        link.close()
        again = master.accept()
        assert again.await_psync() == PsyncRequest(REPLID, link.offset + 1)
        again.go_on(REPLID[::-1], link.offset)
        assert again.await_ack() == link.offset
        told = read_info(client)
        assert (told.master_replid, told.master_replid2) == (REPLID[::-1], REPLID)
        assert told.second_repl_offset == link.offset + 1
    client.call("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize("load", ["disabled", "swapdb"])
@pytest.mark.parametrize("kept_bytes", [0, 1, 8, 30, -9, -1])
def test_a_snapshot_that_is_cut_harms_nothing(
    server: Target, client: Connection, snapshot: Snapshot, load: str, kept_bytes: int
) -> None:
    client.call("CONFIG", "SET", "repl-diskless-load", load)
    with FalseMaster(told_port(client)) as master:
        link = follow(client, master)
        link.full_resync(REPLID, 0)
        link.send(framed(snapshot)[:kept_bytes])
        link.close()
        again = master.accept()
        again.await_psync()
        assert client.call("KEYS", "*") == [b"old"]
        again.full_resync(REPLID, 0)
        again.send_snapshot(snapshot)
        again.await_ack()
        assert client.call("DBSIZE") == 2
    client.call("REPLICAOF", "NO", "ONE")


def test_a_length_that_is_too_great_is_waited_for(server: Target, client: Connection, snapshot: Snapshot) -> None:
    with FalseMaster(told_port(client)) as master:
        link = follow(client, master)
        link.full_resync(REPLID, 0)
        link.send(framed(snapshot, len(snapshot.data) + 1))
        link.close()
        again = master.accept()
        again.await_psync()
        assert client.call("KEYS", "*") == [b"old"]
    client.call("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize("error", [b"NOMASTERLINK Can't SYNC", b"LOADING is loading the dataset"])
def test_a_real_replica_comes_again_after_an_error(
    server: Target, client: Connection, snapshot: Snapshot, error: bytes
) -> None:
    with FalseMaster(told_port(client)) as master:
        link = follow(client, master)
        link.refuse(error)
        with pytest.raises(TargetClosed):
            link.await_ack()
        again = master.accept()
        again.await_psync()
        assert client.call("GET", "old") == b"1"
        assert isinstance(client.call("SET", "a", 1), Error)
    client.call("REPLICAOF", "NO", "ONE")
