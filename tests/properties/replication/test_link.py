"""The harness as a replica: of a scripted master, byte by byte, and of real servers."""

from __future__ import annotations

import socket

import pytest
from redproof_model.reply import Error
from redproof_properties.errors import ProtocolError, TargetClosed, TargetError, TargetSilent
from redproof_properties.replication.ends.info import MasterRole, read_info, read_role
from redproof_properties.replication.ends.link import Continue, FullResync, ReplicaLink, Snapshot
from redproof_properties.targets import Connection, Target

REPLID = "0123456789abcdef0123456789abcdef01234567"
MARK = b"ab" * 20
Ends = tuple[Connection, socket.socket]


def answered(ends: Ends, *lines: bytes) -> ReplicaLink:
    """A link to a master that has sent these lines beforehand."""
    connection, master = ends
    master.sendall(b"".join(lines))
    return ReplicaLink(connection)


@pytest.mark.parametrize("blank", [b"", b"\n", b"\n\n\n"])
def test_psync_is_answered_with_a_full_resync(ends: Ends, blank: bytes) -> None:
    link = answered(ends, blank, b"+FULLRESYNC %b 17\r\n" % REPLID.encode())
    assert link.psync() == FullResync(REPLID, 17)
    assert (link.replid, link.offset) == (REPLID, 17)
    assert ends[1].recv(100) == b"*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"


@pytest.mark.parametrize(("told", "replid"), [(REPLID[::-1], REPLID[::-1]), (None, REPLID)])
def test_psync_is_answered_with_continue(ends: Ends, told: str | None, replid: str) -> None:
    link = answered(ends, b"+CONTINUE%b\r\n*1\r\n$4\r\nPING\r\n" % (b" " + told.encode() if told else b""))
    assert link.psync(REPLID, 18) == Continue(told)
    assert [command.name for command in link.read_to(31)] == [b"PING"]
    assert (link.replid, link.stream.start_offset, link.offset) == (replid, 17, 31)


def test_an_error_of_psync_is_returned(ends: Ends) -> None:
    link = answered(ends, b"\n-NOMASTERLINK Can't SYNC while not connected with my master\r\n")
    assert link.psync(REPLID, 1) == Error(b"NOMASTERLINK Can't SYNC while not connected with my master")
    with pytest.raises(TargetError, match="no stream"):
        _ = link.offset


@pytest.mark.parametrize("line", [b"+OK\r\n", b"+FULLRESYNC x 1\r\n", b"+CONTINUE short\r\n", b":1\r\n"])
def test_what_answers_no_psync_is_refused(ends: Ends, line: bytes) -> None:
    with pytest.raises(ProtocolError, match="PSYNC was answered with"):
        answered(ends, line).psync()


@pytest.mark.parametrize(
    ("sent", "snapshot"),
    [
        (b"$9\r\nREDIS0009", Snapshot(b"REDIS0009")),
        (b"\n\n$0\r\n", Snapshot(b"")),
        (b"\n$EOF:%b\r\nREDIS\r\na%b" % (MARK, MARK), Snapshot(b"REDIS\r\na", MARK)),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 1 << 17])
def test_snapshots_come_in_two_forms(
    ends: Ends, monkeypatch: pytest.MonkeyPatch, sent: bytes, snapshot: Snapshot, chunk_bytes: int
) -> None:
    monkeypatch.setattr("redproof_properties.targets.connection.CHUNK_BYTES", chunk_bytes)
    link = answered(ends, b"+FULLRESYNC %b 0\r\n" % REPLID.encode(), sent, b"*1\r\n$4\r\nPING\r\n")
    link.psync()
    assert link.read_snapshot() == snapshot
    link.read_to(14)
    assert [command.argv for command in link.stream.commands] == [(b"PING",)]


@pytest.mark.parametrize(("goes", "error"), [(False, TargetSilent), (True, TargetClosed)])
def test_a_master_that_stops_or_goes_is_told(ends: Ends, goes: bool, error: type[TargetError]) -> None:
    connection, master = ends
    connection.timeout_ms = 20
    link = answered(ends, b"+FULLRESYNC %b 0\r\n$9\r\nREDIS" % REPLID.encode())
    link.psync()
    if goes:
        master.close()
    with pytest.raises(error, match=r"in the middle of a reply.*5 bytes"):
        link.read_snapshot()


def test_handshake_stops_where_the_master_refuses(ends: Ends) -> None:
    link = answered(ends, b"+PONG\r\n+OK\r\n-ERR Unrecognized REPLCONF option: capa\r\n")
    with pytest.raises(TargetError, match="REPLCONF capa eof capa psync2 was answered with ERR Unrecognized"):
        link.handshake()


def test_stream_of_a_real_master_byte_for_byte(server: Target, client: Connection) -> None:
    with ReplicaLink(server.connect()) as link:
        link.synchronise(client)
        start = link.offset
        for argv in (("SET", "a", 1), ("SET", "a", 1), ("GET", "a"), ("SELECT", 3), ("SET", "b", 2), ("WAIT", 1, 1)):
            client.call(*argv)
        commands = link.catch_up(client)
        assert [(command.argv, command.end_offset - command.start_offset) for command in commands] == [
            ((b"SELECT", b"0"), 23),
            ((b"SET", b"a", b"1"), 27),
            ((b"SET", b"a", b"1"), 27),
            ((b"SELECT", b"3"), 23),
            ((b"SET", b"b", b"2"), 27),
            ((b"REPLCONF", b"GETACK", b"*"), 37),
        ]
        assert link.offset == start + 23 + 27 + 27 + 23 + 27 + 37 == read_info(client).master_repl_offset


def test_acknowledgements_are_seen_by_the_master(server: Target, client: Connection) -> None:
    with ReplicaLink(server.connect()) as link:
        link.synchronise(client)
        client.call("SET", "a", 1)
        assert client.call("WAIT", 1, 1) == 0
        link.catch_up(client)
        link.ack()
        assert client.call("WAIT", 1, 5_000) == 1
        (line,) = (line for line in read_info(client).replicas if line.port == link.listening_port)
        assert (line.state, line.offset) == ("online", link.offset)
        role = read_role(client)
        assert isinstance(role, MasterRole)
        assert (link.listening_port, link.offset) in [(port, offset) for _, port, offset in role.replicas]


@pytest.mark.parametrize("diskless", [False, True])
def test_snapshot_of_a_real_master(server: Target, client: Connection, diskless: bool) -> None:
    client.call("CONFIG", "SET", "repl-diskless-sync", "yes" if diskless else "no")
    client.call("SET", "a", 1)
    with ReplicaLink(server.connect()) as link:
        snapshot = link.synchronise(client)
        assert (snapshot.eof_mark is not None) == diskless
        assert (snapshot.data[:5], snapshot.data[-9]) == (b"REDIS", 0xFF)
        assert link.replid == read_info(client).master_replid
        client.call("SET", "b", 2)
        assert link.read_until(b"SET").argv == (b"SET", b"b", b"2")


def test_an_interrupted_stream_is_continued(server: Target, client: Connection) -> None:
    with ReplicaLink(server.connect()) as link:
        link.synchronise(client)
        client.call("SET", "a", 1)
        link.catch_up(client)
    client.call("SET", "b", 2)
    with ReplicaLink(server.connect()) as again:
        again.handshake()
        assert again.psync(link.replid.upper(), link.offset + 1) == Continue(link.replid)
        assert [command.argv for command in again.catch_up(client)] == [(b"SET", b"b", b"2")]
    with ReplicaLink(server.connect()) as ahead:
        ahead.handshake()
        assert isinstance(ahead.psync(link.replid, again.offset + 2), FullResync)
