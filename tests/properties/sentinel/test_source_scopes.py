"""Real sentinels do what the scopes `source` of Sentinel's systems say, where that is not what is documented."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from played import Hello, Played, PlayedServer, RealSentinel, eventually, listening, running
from redproof_model.reply import OK, Reply
from redproof_properties.suites.root import Root
from redproof_properties.suites.store import store_folder

SERVERS = ("redis-server", "trixie/redis", "sid/valkey")
FIRST, SECOND, THIRD = (digit * 40 for digit in "123")
LATER = 5


def command(server: str) -> list[str]:
    """The command that starts a server: one on PATH, or a package that was unpacked before."""
    if "/" not in server:
        if shutil.which(server) is None:
            pytest.skip(f"there is no {server} on PATH")
        return [server]
    if not (folder := store_folder() / server).exists():
        pytest.skip(f"{server} has not been fetched: a run of the properties with suite:{server} does it")
    return Root(folder).command()


@dataclass
class Voter:
    """A peer who takes the master for down, and votes for whoever asks, but in some epochs for another."""

    votes: dict[int, str]
    asked_in: set[int]

    def answer(self, request: list[bytes]) -> Reply:
        """Answer a command, of which SENTINEL IS-MASTER-DOWN-BY-ADDR is the one that matters."""
        match request:
            case [b"SENTINEL", b"is-master-down-by-addr", _, _, _, b"*"]:
                return [1, b"*", 0]
            case [b"SENTINEL", b"is-master-down-by-addr", _, _, epoch, run_id]:
                self.asked_in.add(int(epoch))
                return [1, self.votes.get(int(epoch), run_id.decode()).encode(), int(epoch)]
            case _:
                return OK


@dataclass
class Stage:
    """A real sentinel, two peers and three servers that are played, with the master about to be missed."""

    sentinel: RealSentinel
    peers: dict[str, Played]
    voters: list[Voter]
    master: PlayedServer
    replica: PlayedServer

    def hear(self, run_id: str, current_epoch: int, config_epoch: int) -> None:
        """Let a peer tell of the old master, with these epochs."""
        self.sentinel.hear(Hello(self.peers[run_id].port, run_id, current_epoch, self.master.port, config_epoch))

    def told(self) -> list[Hello]:
        """What the sentinel has told of the replica as the master, to those it reaches."""
        hellos = [*self.replica.hellos, *(each for peer in self.peers.values() for each in peer.hellos)]
        return [each for each in hellos if each.master_port == self.replica.port]

    def config_epoch(self) -> int:
        """The configuration epoch that the sentinel has."""
        return int(self.sentinel.fields()["config-epoch"])

    def until_promoted(self) -> None:
        """Wait until the replica has been told to be a master."""
        eventually("a replica is promoted", lambda: [b"NO", b"ONE"] in self.replica.orders)


@pytest.fixture(params=SERVERS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    master = PlayedServer("a" * 40)
    # Of two replicas with the same offset the first run ID is promoted; the other keeps the failover going on.
    replica, other = PlayedServer("b" * 40, master), PlayedServer("c" * 40, master)
    voters = [Voter({}, set()), Voter({}, set())]
    peers = {run_id: Played(voter.answer) for run_id, voter in zip((FIRST, SECOND), voters, strict=True)}
    with (
        listening(master, replica, other, *peers.values()),
        running(command(request.param), master.port, tmp_path) as sentinel,
    ):
        made = Stage(sentinel, peers, voters, master, replica)
        for run_id in peers:
            made.hear(run_id, 0, 0)
        eventually("replicas are known", lambda: sentinel.fields()["num-slaves"] == "2")
        eventually("peers are known", lambda: sentinel.fields()["num-other-sentinels"] == "2")
        yield made


def test_votes_of_one_epoch_elect_a_leader_of_another(stage: Stage) -> None:
    """In epoch 1 another has two votes of three; those of epoch 2 make a second leader of epoch 1."""
    for voter in stage.voters:
        voter.votes[1] = FIRST
    stage.master.up = False
    eventually("both were asked in epoch 1", lambda: all(1 in voter.asked_in for voter in stage.voters))
    stage.hear(SECOND, 2, 0)
    stage.until_promoted()
    stage.replica.master = None
    eventually("the new master is told", lambda: bool(stage.told()))
    assert {(each.current_epoch, each.config_epoch) for each in stage.told()} == {(2, 1)}
    assert all(voter.asked_in == {1, 2} for voter in stage.voters)


def test_one_configuration_epoch_gets_two_masters(stage: Stage) -> None:
    """A peer has promoted the old master again in a later epoch, which this one tells with its own replica."""
    stage.master.up = False
    stage.until_promoted()
    stage.replica.master = None
    eventually("the new master is told", lambda: bool(stage.told()))
    assert {each.config_epoch for each in stage.told()} == {1}
    stage.hear(FIRST, LATER, LATER)
    eventually("it is told with the later epoch", lambda: stage.told()[-1].config_epoch == LATER)


def test_a_configuration_epoch_goes_back(stage: Stage) -> None:
    """A peer's configuration is heard before the promotion is seen."""
    stage.master.up = False
    stage.until_promoted()
    stage.hear(FIRST, LATER, LATER)
    assert stage.config_epoch() == LATER
    stage.replica.master = None
    eventually("the new master is told", lambda: bool(stage.told()))
    assert stage.config_epoch() == 1
