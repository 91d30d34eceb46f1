"""The replies of SENTINEL commands, held to those of real Sentinels, and what else Sentinel mode allows."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest
from redproof_server.protocol.reply_reader import Reply, ReplyReader
from scripted_world import ScriptedWorld, watched
from sentinel_processes import Group

ID = "e" * 40
ASK = "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1"
SCRIPT = f"""\
PING
PING text
SENTINEL
SENTINEL FOO
SENTINEL MASTER
SENTINEL MASTER x
SENTINEL MASTERS x
SENTINEL MYID 3
SENTINEL SET m
SENTINEL SET m quorum
SENTINEL SET m quorum 0
SENTINEL SET m quorum 3 foo bar
SENTINEL SET m foo
SENTINEL SET x quorum 1
SENTINEL SET m auth-pass x down-after-milliseconds 40000
SENTINEL SET m notification-script /bin/sh
SENTINEL SET m rename-command GET
SENTINEL SET m rename-command CONFIG other
SENTINEL SET m master-reboot-down-after-period 5
SENTINEL CONFIG
SENTINEL CONFIG GET
SENTINEL CONFIG FOO a
SENTINEL CONFIG GET *
SENTINEL CONFIG GET an*
SENTINEL CONFIG SET foo bar
SENTINEL CONFIG SET announce-port x
SENTINEL CONFIG SET announce-port 70000
SENTINEL CONFIG SET resolve-hostnames maybe
SENTINEL CONFIG SET sentinel-user u
SENTINEL SIMULATE-FAILURE
SENTINEL SIMULATE-FAILURE foo
SENTINEL SIMULATE-FAILURE crash-after-election crash-after-promotion
INFO sentinel
SENTINEL FAILOVER m
SENTINEL FAILOVER
SENTINEL FAILOVER z
SENTINEL GET-MASTER-ADDR-BY-NAME z
SENTINEL GET-MASTER-ADDR-BY-NAME m
SENTINEL CKQUORUM m
SENTINEL CKQUORUM z
SENTINEL MONITOR m 127.0.0.1 1 1
SENTINEL MONITOR n localhost 1 1
SENTINEL MONITOR n 127.0.0.1 99999 1
SENTINEL MONITOR n 127.0.0.1 1 0
SENTINEL MONITOR n 127.0.0.1 x 1
SENTINEL MONITOR n 127.0.0.1 1 x
SENTINEL MONITOR n ::1 1 1
SENTINEL GET-MASTER-ADDR-BY-NAME n
SENTINEL RESET n*
SENTINEL REMOVE n
SENTINEL REMOVE n
SENTINEL INFO-CACHE
SENTINEL INFO-CACHE m
SENTINEL INFO-CACHE z
{ASK} 2 0 *
{ASK} x 0 *
{ASK} 2 x *
{ASK} 3 0 *
{ASK} 2 5 first
{ASK} 2 5 second
{ASK} 2 4 second
{ASK} 2 6 *
{ASK} 3 9 second
SENTINEL IS-MASTER-DOWN-BY-ADDR nowhere 2 9 second
SENTINEL DEBUG
SENTINEL DEBUG foo 1
SENTINEL DEBUG ping-period
SENTINEL DEBUG ping-period 0
SENTINEL DEBUG PING-period 2000 ask-period 7
SENTINEL DEBUG
SENTINEL MASTER m
SENTINEL REPLICAS m
SENTINEL SLAVES
SENTINEL SENTINELS m
SENTINEL FLUSHCONFIG
SENTINEL PENDING-SCRIPTS
ROLE
PUBLISH other text
PUBLISH __sentinel__:hello text
PUBLISH __sentinel__:hello 127.0.0.1,3,{ID},7,m,127.0.0.1,4,3
SENTINEL GET-MASTER-ADDR-BY-NAME m
SENTINEL REPLICAS m
SENTINEL SENTINELS m
SENTINEL MASTERS
HELLO 2
HELLO 4
GET a
CONFIG GET port
RESET
SHUTDOWN foo
MULTI
SELECT 0
CLIENT SETNAME x
CLIENT GETNAME
AUTH x
PSUBSCRIBE +*
PUNSUBSCRIBE
SENTINEL SIMULATE-FAILURE help
QUIT""".splitlines()
CHANGING = re.compile(
    rb"^(last-ping-sent|last-ok-ping-reply|last-ping-reply|role-reported-time|link-pending-commands|last-hello-message|id)$"
)


def converse(port: int) -> list[Reply]:
    """What is answered to the script."""
    reader, replies = ReplyReader(), list[Reply]()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for line in SCRIPT:
            connection.sendall(f"{line}\r\n".encode())
            while not (found := reader.receive(connection.recv(1 << 16))):
                pass
            replies += [steady(reply) for reply in found]
    return replies


def steady(reply: Reply) -> Reply:
    """A reply without what is another at each time."""
    if not isinstance(reply, list):
        return reply
    parts = [steady(part) for part in reply]
    for position, part in enumerate(parts[:-1]):
        if isinstance(part, bytes) and CHANGING.match(part):
            parts[position + 1] = None
    return parts


@pytest.mark.parametrize("version", ["6.2", "7.0"])
def test_replies_are_those_of_a_real_sentinel(tmp_path: Path, version: str) -> None:
    with Group(tmp_path) as group:
        bundled, real = (group.sentinel(kind, version, 2, quickly=False) for kind in ("bundled", "real"))
        own, theirs = converse(bundled), converse(real)
        assert [(type(reply), reply) for reply in own] == [(type(reply), reply) for reply in theirs]


def test_what_a_real_sentinel_has_written_is_taken_over(tmp_path: Path) -> None:
    with Group(tmp_path) as group:
        real = group.sentinel("real", "7.0", 2, quickly=False)
        converse(real)
        group.kill(real)
        (path,) = tmp_path.glob("*.conf")
        host = ScriptedWorld().watch(1, path.read_text())
        master = host.sentinel.masters["m"]
        assert (master.address.port, master.quorum, master.config_epoch, master.leader_epoch) == (4, 3, 3, 5)
        assert list(master.replicas) == ["127.0.0.1:2"]
        assert list(master.peers) == [ID]
        assert host.sentinel.current_epoch == 7


def test_help_names_every_subcommand() -> None:
    _, (host, *_) = watched()
    told = host.call("SENTINEL", "HELP").decode()
    names = {name.decode().upper() for container, name in host.sentinel.server.subcommands if container == b"sentinel"}
    assert all(name in told for name in names - {"SLAVES"})


def test_scripts_are_refused_where_they_would_be_allowed() -> None:
    _, (host,) = watched(1, 1, more="sentinel deny-scripts-reconfig no\n")
    assert b"it runs no scripts" in host.call("SENTINEL", "SET", "m", "notification-script", "/bin/sh")


def test_quorum_is_checked() -> None:
    world, (host, *others) = watched()
    usable = b"+OK 3 usable Sentinels. Quorum and failover authorization can be reached\r\n"
    assert host.call("SENTINEL", "CKQUORUM", "m") == usable
    for other in others:
        world.kill(other.port)
    world.run(5_000)
    assert host.call("SENTINEL", "CKQUORUM", "m").startswith(b"-NOQUORUM 1 usable Sentinels. Not enough")


def test_fields_tell_of_the_failover() -> None:
    world, (host,) = watched(1, 1, replicas=1)
    world.nodes[7001].is_stuck = True
    world.kill(7000)
    world.run_until("+failover-state-wait-promotion")
    told = host.call("SENTINEL", "MASTER", "m")
    assert b"s_down,o_down,master,disconnected,failover_in_progress" in told
    assert b"$14\r\nfailover-state\r\n$14\r\nwait_promotion\r\n" in told
    assert b"slave,promoted\r\n" in host.call("SENTINEL", "REPLICAS", "m")


def test_replicas_that_are_not_announced_are_not_told_of() -> None:
    _, (host,) = watched(1, 1, replicas=1)
    (replica,) = host.sentinel.masters["m"].replicas.values()
    replica.is_announced = False
    assert host.call("SENTINEL", "REPLICAS", "m") == b"*0\r\n"


def test_resp3_has_maps() -> None:
    _, (host,) = watched(1, 1)
    server = host.sentinel.server
    client = server.connect(b"127.0.0.1:1", server.now_ms)
    server.receive(client, b"HELLO 3\r\nSENTINEL MASTER m\r\n", server.now_ms)
    hello, _, master = client.take_output().partition(b"modules\r\n*0\r\n")
    assert hello.startswith(b"%6\r\n")
    assert master.startswith(b"%20\r\n$4\r\nname\r\n$1\r\nm\r\n")
