"""Links do what they are told, to the byte, and leave no socket behind."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from redproof_properties.replication.topologies.proxy import LinkProxy, Proxies
from redproof_properties.targets.address import TcpAddress

WAIT_S = 5.0


class Ends:
    """A link with a socket that stands for the replica, and one for the master."""

    def __init__(self, link: LinkProxy, stack: ExitStack) -> None:
        self.link = link
        self._stack = stack
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._listener.settimeout(WAIT_S)
        link.forward_to(TcpAddress(*self._listener.getsockname()))

    def dial(self) -> socket.socket:
        return self._stack.enter_context(
            socket.create_connection((self.link.address.host, self.link.address.port), WAIT_S)
        )

    def answer(self) -> socket.socket:
        accepted, _ = self._listener.accept()
        accepted.settimeout(WAIT_S)
        return self._stack.enter_context(accepted)

    def connect(self) -> tuple[socket.socket, socket.socket]:
        replica = self.dial()
        return replica, self.answer()


@pytest.fixture
def proxies() -> Iterator[Proxies]:
    with Proxies() as running:
        yield running


@pytest.fixture
def ends(proxies: Proxies) -> Iterator[Ends]:
    with ExitStack() as stack:
        yield Ends(proxies.link(), stack)


def take(source: socket.socket, count_bytes: int) -> bytes:
    """So many bytes, or fewer when the other side closes first."""
    taken = b""
    while len(taken) < count_bytes and (chunk := source.recv(count_bytes - len(taken))):
        taken += chunk
    return taken


def nothing_comes(source: socket.socket) -> bool:
    source.setblocking(False)
    try:
        source.recv(1)
    except BlockingIOError:
        return True
    finally:
        source.settimeout(WAIT_S)
    return False


def is_closed(source: socket.socket) -> bool:
    try:
        return source.recv(1) == b""
    except ConnectionError:
        return True


def test_bytes_go_both_ways_and_are_counted(ends: Ends) -> None:
    replica, master = ends.connect()
    replica.sendall(b"PSYNC")
    master.sendall(b"+CONTINUE")
    assert (take(master, 5), take(replica, 9)) == (b"PSYNC", b"+CONTINUE")
    assert ends.link.traffic.to_master_bytes == 5
    assert ends.link.traffic.to_replica_bytes == 9
    assert ends.link.traffic.connections == 1


def test_megabytes_pass_while_the_other_side_reads_slowly(ends: Ends) -> None:
    replica, master = ends.connect()
    data = os.urandom(5_000_000)
    sender = threading.Thread(target=master.sendall, args=(data,))
    sender.start()
    assert take(replica, len(data)) == data
    sender.join()
    assert ends.link.traffic.to_replica_bytes == len(data)


def test_what_was_sent_before_the_end_arrives(ends: Ends) -> None:
    replica, master = ends.connect()
    master.sendall(b"last words")
    master.close()
    assert take(replica, 100) == b"last words"


def test_a_cut_closes_both_sides_and_counts_on(ends: Ends) -> None:
    replica, master = ends.connect()
    master.sendall(b"abc")
    assert take(replica, 3) == b"abc"
    ends.link.cut()
    assert ends.link.traffic.connections == 0
    assert is_closed(replica)
    assert is_closed(master)
    replica, master = ends.connect()
    master.sendall(b"de")
    assert take(replica, 2) == b"de"
    assert ends.link.traffic.to_replica_bytes == 5


@pytest.mark.parametrize("count_bytes", [0, 1, 7, 100_000])
def test_a_link_is_cut_at_a_byte(ends: Ends, count_bytes: int) -> None:
    replica, master = ends.connect()
    ends.link.cut_at(count_bytes)
    data = os.urandom(count_bytes + 1_000)
    master.sendall(data)
    assert take(replica, len(data)) == data[:count_bytes]
    assert is_closed(master)
    replica.close()
    replica, master = ends.connect()
    master.sendall(b"again")
    assert take(replica, 5) == b"again"


def test_a_replica_gets_what_is_due_to_it_although_it_was_sending_at_the_cut(ends: Ends) -> None:
    replica, master = ends.connect()
    ends.link.cut_at(4)
    master.sendall(b"0123")
    replica.sendall(b"ACK")
    assert take(replica, 9) == b"0123"


def test_held_bytes_wait_and_are_let_go(ends: Ends) -> None:
    replica, master = ends.connect()
    ends.link.hold()
    master.sendall(b"later")
    replica.sendall(b"too")
    assert ends.link.traffic.to_replica_bytes == 0
    assert nothing_comes(replica)
    assert nothing_comes(master)
    ends.link.release()
    assert (take(replica, 5), take(master, 3)) == (b"later", b"too")


def test_held_bytes_are_lost_when_the_link_is_cut(ends: Ends) -> None:
    replica, master = ends.connect()
    ends.link.hold()
    master.sendall(b"lost")
    ends.link.cut()
    assert take(replica, 4) == b""


def test_a_held_connection_reaches_the_master_after_release(ends: Ends) -> None:
    ends.link.hold()
    replica = ends.dial()
    replica.sendall(b"hello")
    assert ends.link.traffic.to_master_bytes == 0
    ends.link.release()
    assert take(ends.answer(), 5) == b"hello"


def test_delayed_bytes_come_in_their_order_and_at_once_when_healed(ends: Ends) -> None:
    replica, master = ends.connect()
    ends.link.delay(1)
    for number in range(20):
        master.sendall(b"%02d" % number)
    assert take(replica, 40) == b"".join(b"%02d" % number for number in range(20))
    ends.link.delay(3_600_000)
    master.sendall(b"never")
    master.sendall(b" mind")
    replica.sendall(b"x")
    assert nothing_comes(replica)
    ends.link.heal()
    assert take(replica, 10) == b"never mind"


def test_a_connection_is_refused_and_accepted_again_at_the_same_port(ends: Ends) -> None:
    replica, master = ends.connect()
    ends.link.refuse()
    with pytest.raises(ConnectionRefusedError):
        ends.dial()
    master.sendall(b"still here")
    assert take(replica, 10) == b"still here"
    ends.link.accept()
    ends.connect()


def test_a_replica_waits_for_a_master_that_does_not_listen_yet(proxies: Proxies) -> None:
    link = proxies.link()
    with socket.create_connection((link.address.host, link.address.port), WAIT_S) as replica:
        replica.sendall(b"patient")
        with socket.socket() as late:
            late.bind(("127.0.0.1", 0))
            late.settimeout(WAIT_S)
            link.forward_to(TcpAddress(*late.getsockname()))
            late.listen()
            accepted, _ = late.accept()
            with accepted:
                assert take(accepted, 7) == b"patient"


def test_a_replica_that_gives_up_is_forgotten(proxies: Proxies) -> None:
    link = proxies.link()
    socket.create_connection((link.address.host, link.address.port), WAIT_S).close()
    while link.traffic.connections:
        pass


def test_links_do_not_touch_each_other(proxies: Proxies) -> None:
    with ExitStack() as stack:
        one, other = Ends(proxies.link(), stack), Ends(proxies.link(), stack)
        (replica, _), (other_replica, other_master) = one.connect(), other.connect()
        one.link.cut()
        other_master.sendall(b"ok")
        assert is_closed(replica)
        assert take(other_replica, 2) == b"ok"


def test_nothing_is_left_at_the_end() -> None:
    before = set(os.listdir("/dev/fd"))
    threads = threading.active_count()
    with ExitStack() as stack, Proxies() as proxies:
        ends = Ends(proxies.link(), stack)
        ends.connect()
        ends.link.cut_at(0)
        proxies.link().refuse()
        ends.connect()
    assert set(os.listdir("/dev/fd")) == before
    assert threading.active_count() == threads
