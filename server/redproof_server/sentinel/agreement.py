"""What Sentinels ask each other: whether a master is down, and for their votes (sentinel.c)."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from redproof_server.protocol.reply_reader import Reply
from redproof_server.sentinel.instances import FailoverState, Master, Peer, State
from redproof_server.sentinel.periods import DESYNC_MS_MAX
from redproof_server.sentinel.texts import decoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

NOBODY = "*"


# Objectively down.


def check_objectively_down(sentinel: "Sentinel", master: Master) -> None:
    """Find out whether as many Sentinels as the quorum take a master for down (sentinelCheckObjectivelyDown)."""
    count = agreeing(master)
    is_down = count >= master.quorum and master.has_any(State.S_DOWN)
    if is_down and not master.has_any(State.O_DOWN):
        sentinel.event("+odown", master, f" #quorum {count}/{master.quorum}")
        master.state |= State.O_DOWN
        master.o_down_since_ms = sentinel.now_ms
    elif not is_down and master.has_any(State.O_DOWN):
        sentinel.event("-odown", master)
        master.clear(State.O_DOWN)


def agreeing(master: Master) -> int:
    """How many Sentinels take a master for down, this one among them."""
    return 1 + sum(peer.has_any(State.MASTER_DOWN) for peer in master.peers.values())


def ask_others(sentinel: "Sentinel", master: Master, is_forced: bool = False) -> None:
    """Ask the others whether a master is down, and for their votes if a failover is under way
    (sentinelAskMasterStateToOtherSentinels)."""
    periods = sentinel.periods
    for peer in master.peers.values():
        elapsed_ms = sentinel.now_ms - peer.last_down_reply_ms
        if elapsed_ms > 5 * periods.ask_period_ms:
            peer.clear(State.MASTER_DOWN)
            peer.leader = None
        if not master.has_any(State.S_DOWN) or peer.connections.is_disconnected:
            continue
        if is_forced or elapsed_ms >= periods.ask_period_ms:
            ask(sentinel, master, peer)


def ask(sentinel: "Sentinel", master: Master, peer: Peer) -> None:
    """Ask one of them."""
    candidate = NOBODY if master.failover_state is FailoverState.NONE else sentinel.my_id
    address = [sentinel.shown(master.address), str(master.address.port)]
    words = ["SENTINEL", "is-master-down-by-addr", *address, str(sentinel.current_epoch), candidate]
    sentinel.links.send(peer, words, partial(take_answer, sentinel, peer))


def take_answer(sentinel: "Sentinel", peer: Peer, reply: Reply) -> None:
    """The answer of another Sentinel has come (sentinelReceiveIsMasterDownReply)."""
    match reply:
        case [int(is_down), bytes(leader), int(leader_epoch)]:
            peer.last_down_reply_ms = sentinel.now_ms
            if is_down == 1:
                peer.state |= State.MASTER_DOWN
            else:
                peer.clear(State.MASTER_DOWN)
            if leader != NOBODY.encode():
                peer.leader = decoded(leader)
                peer.leader_epoch = leader_epoch


# Votes.


def vote(sentinel: "Sentinel", master: Master, epoch: int, candidate: str) -> tuple[str | None, int]:
    """Vote for a candidate unless there is a vote in this epoch or a later one; whom the vote is for, and its epoch
    (sentinelVoteLeader). It is on the disk before anybody hears of it."""
    sentinel.follow_epoch(epoch, master)
    if master.leader_epoch < epoch and sentinel.current_epoch <= epoch:
        master.leader = candidate
        master.leader_epoch = sentinel.current_epoch
        sentinel.file.flush()
        sentinel.announce("+vote-for-leader", f"{candidate} {master.leader_epoch}")
        if candidate.lower() != sentinel.my_id.lower():
            master.failover_started_ms = sentinel.now_ms + sentinel.draw_ms(DESYNC_MS_MAX)
    return master.leader, master.leader_epoch


def elect(sentinel: "Sentinel", master: Master, epoch: int) -> str | None:
    """Count the votes, and give one's own; who leads, if anybody has enough (sentinelGetLeader)."""
    votes = Counter(
        peer.leader
        for peer in master.peers.values()
        if peer.leader is not None and peer.leader_epoch == sentinel.current_epoch
    )
    favourite = max(votes, key=votes.__getitem__, default=sentinel.my_id)
    mine, mine_epoch = vote(sentinel, master, epoch, favourite)
    if mine is not None and mine_epoch == epoch:
        votes[mine] += 1
    winner = max(votes, key=votes.__getitem__, default=None)
    is_enough = winner is not None and votes[winner] >= votes_needed(master)
    return winner if is_enough else None


def votes_needed(master: Master) -> int:
    """A majority of all Sentinels that are known, and no less than the quorum."""
    majority = (len(master.peers) + 1) // 2 + 1
    return max(majority, master.quorum)
