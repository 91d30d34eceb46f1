"""What Sentinels send, and when they take something for down."""

from __future__ import annotations

import pytest
from redproof_server.sentinel.instances import Role
from scripted_world import DOWN_AFTER_MS, MASTER, Host, ScriptedWorld, watched


def test_a_silent_master_is_down_after_its_time_and_up_again() -> None:
    world, (host,) = watched(1, 2)
    world.part_ports({host.port}, {MASTER})
    assert DOWN_AFTER_MS <= world.run_until("+sdown") <= DOWN_AFTER_MS + 1_400
    world.heal()
    assert world.run_until("-sdown") <= 1_500
    assert not host.named("+odown")


@pytest.mark.parametrize(
    ("pong", "is_down"), [(b"-LOADING x\r\n", False), (b"-MASTERDOWN x\r\n", False), (b"-ERR x\r\n", True)]
)
def test_what_counts_as_alive(pong: bytes, is_down: bool) -> None:
    world, (host,) = watched(1, 2)
    world.nodes[MASTER].pong = pong
    world.run(3 * DOWN_AFTER_MS)
    assert bool(host.named("+sdown")) is is_down


def test_a_script_that_runs_too_long_is_killed_once() -> None:
    world, _ = watched(1, 2)
    world.nodes[MASTER].pong = b"-BUSY x\r\n"
    world.run(3 * DOWN_AFTER_MS)
    assert world.nodes[MASTER].told.count(["SCRIPT", "KILL"]) == 1


def test_a_master_that_calls_itself_a_replica_is_down_after_some_time() -> None:
    world, (host,) = watched(1, 2)
    world.nodes[MASTER].master_port = 7001
    world.run_until("-role-change")
    assert world.run_until("+sdown") >= DOWN_AFTER_MS + 20_000
    assert host.sentinel.masters["m"].role_reported is Role.REPLICA


def test_a_jump_of_the_clock_is_no_reason_to_act() -> None:
    world, (host, *_) = watched()
    world.step_clocks(60_000)
    world.run(100)
    assert host.named("+tilt") == ["#tilt mode entered"]
    world.kill(MASTER)
    world.run(10_000)
    assert not host.named("+sdown")
    down = host.call("SENTINEL", "IS-MASTER-DOWN-BY-ADDR", "127.0.0.1", "7000", "0", "*")
    assert down.startswith(b"*3\r\n:0\r\n")
    world.run_until("-tilt")
    world.run_until("+switch-master")


def test_nobody_is_told_in_tilt_mode_that_a_master_is_down() -> None:
    world, (host,) = watched(1, 2)
    question = ("SENTINEL", "IS-MASTER-DOWN-BY-ADDR", "127.0.0.1", "7000", "0", "*")
    world.kill(MASTER)
    world.run_until("+sdown")
    assert host.call(*question).startswith(b"*3\r\n:1\r\n")
    world.step_clocks(3_000)
    world.run_until("+tilt")
    assert host.call(*question).startswith(b"*3\r\n:0\r\n")


def test_another_process_is_noticed() -> None:
    world, (host,) = watched(1, 2)
    world.nodes[MASTER].run_id = "f" * 40
    world.run_until("+reboot")
    assert host.sentinel.masters["m"].run_id == "f" * 40


def test_a_master_that_starts_again_and_again_is_down_from_7_0_on() -> None:
    world, (host,) = watched(1, 2, more="sentinel master-reboot-down-after-period m 1000\n")
    world.nodes[MASTER].run_id = "f" * 40
    world.nodes[MASTER].pong = b"-LOADING x\r\n"
    world.run_until("+reboot")
    assert world.run_until("+sdown") >= 1_000
    world.nodes[MASTER].pong = b"+PONG\r\n"
    assert world.run_until("-sdown") <= 1_500
    assert host.sentinel.masters["m"].address.port == MASTER


def sent(world: ScriptedWorld, host: Host, command: str) -> list[list[str]]:
    """What a Sentinel has sent under a name."""
    return [words for port, words in world.sent if port == host.port and words[0] == command]


def test_it_introduces_itself() -> None:
    world, (host,) = watched(1, 1, replicas=1, more="sentinel auth-user m u\nsentinel auth-pass m p\n")
    name = f"sentinel-{host.sentinel.my_id[:8]}"
    assert sent(world, host, "AUTH") == [["AUTH", "u", "p"]] * 4
    named = [["CLIENT", "SETNAME", f"{name}-{kind}"] for kind in ("cmd", "pubsub")] * 2
    assert sorted(sent(world, host, "CLIENT")) == sorted(named)
    assert len(sent(world, host, "SUBSCRIBE")) == 2


def test_commands_go_by_the_names_that_they_have_there() -> None:
    world, (host,) = watched(1, 1, replicas=0, more="sentinel rename-command m publish say\n")
    assert sent(world, host, "say")
    assert not sent(world, host, "PUBLISH")


def test_hello_tells_where_it_is() -> None:
    world, (host,) = watched(1, 1, replicas=0)
    mine = f"26001,{host.sentinel.my_id},0,m,127.0.0.1,7000,0"
    assert sent(world, host, "PUBLISH")[-1] == ["PUBLISH", "__sentinel__:hello", f"127.0.0.1,{mine}"]
    host.call("SENTINEL", "CONFIG", "SET", "announce-ip", "10.0.0.9")
    host.call("SENTINEL", "CONFIG", "SET", "announce-port", "99")
    world.run(3_000)
    assert sent(world, host, "PUBLISH")[-1][2] == f"10.0.0.9,99,{host.sentinel.my_id},0,m,127.0.0.1,7000,0"
    assert 'sentinel announce-ip "10.0.0.9"\n' in host.file


def test_info_is_asked_for_more_often_while_it_matters() -> None:
    world, (host,) = watched(1, 2, replicas=1)
    world.run(10_000)
    before = len(sent(world, host, "INFO"))
    world.run(20_000)
    assert len(sent(world, host, "INFO")) - before in (3, 4)
    world.nodes[7001].link_is_up = False
    world.run(10_000)
    before = len(sent(world, host, "INFO"))
    world.run(10_000)
    assert len(sent(world, host, "INFO")) - before >= 9


@pytest.mark.parametrize(("version", "remembers"), [("6.2", True), ("7.0", False)])
def test_a_sentinel_in_the_place_of_another(version: str, remembers: bool) -> None:
    _, (host, *_) = watched(3, 2, version=version)
    old = host.call("SENTINEL", "SENTINELS", "m").split(b"\r\n")
    assert b"26002" in old
    message = f"127.0.0.1,26002,{'e' * 40},0,m,127.0.0.1,7000,0"
    host.call("PUBLISH", "__sentinel__:hello", message)
    peers = host.sentinel.masters["m"].peers
    assert len(host.named("+sentinel-invalid-addr")) == 1
    assert len(peers) == 2 + remembers
    assert sorted(peer.address.port for peer in peers.values()) == [*([0] if remembers else []), 26002, 26003]


def test_a_sentinel_that_has_moved() -> None:
    _, (host, other, _) = watched()
    peer = other.sentinel.my_id
    host.call("PUBLISH", "__sentinel__:hello", f"127.0.0.1,26999,{peer},0,m,127.0.0.1,7000,0")
    where = f"master m 127.0.0.1 7000 ip 127.0.0.1 port 26999 for {peer}"
    assert host.named("+sentinel-address-switch") == [where]
    assert host.sentinel.masters["m"].peers[peer].address.port == 26999


def test_sentinels_of_two_masters_share_connections() -> None:
    world, hosts = watched()
    world.add_node(8000)
    for host in hosts:
        host.call("SENTINEL", "MONITOR", "n", "127.0.0.1", "8000", "2")
    world.run(5_000)
    sentinel = hosts[0].sentinel
    for run_id, peer in sentinel.masters["n"].peers.items():
        assert peer.connections is sentinel.masters["m"].peers[run_id].connections
        assert peer.connections.owners == 2
    hosts[0].call("SENTINEL", "REMOVE", "m")
    world.run(5_000)
    assert [peer.connections.owners for peer in sentinel.masters["n"].peers.values()] == [1, 1]
    assert not any(peer.connections.is_disconnected for peer in sentinel.masters["n"].peers.values())
