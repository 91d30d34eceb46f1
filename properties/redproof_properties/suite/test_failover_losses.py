"""What a failover loses, write by write: each acknowledged write that is gone must be gone by design.

The harness promotes, there are no sentinels: a master with two replicas, which replicate through proxies of ours. What
is said of each write is the account of `redproof_model.loss`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from random import Random
from typing import Final

import pytest
from redproof_model.loss.account import Entry, Reason, Verdict

from redproof_properties.judged import Judged
from redproof_properties.replication.schedules.journal import VALUES, Journal
from redproof_properties.replication.schedules.play import Play
from redproof_properties.replication.topologies.nodes import need_nodes
from redproof_properties.replication.topologies.topology import Topology, fork

REPLICATION = "https://redis.io/docs/latest/operate/oss_and_stack/management/replication/"
WAIT = "https://redis.io/docs/latest/commands/wait/"

ROUNDS: Final = 3
WRITES: Final = 5
UNANSWERED: Final = 40
REPLICAS: Final = "rs"


def three(judged: Judged, *, restarts: bool) -> Topology:
    """A master with two replicas of the target's kind, of which one is started again, or none is."""
    need_nodes(judged, restarts=restarts)
    return fork(judged.target.spelling, judged.target.spelling)


def repeat(judged: Judged, scenario: Callable[[Play, Journal, str], None]) -> None:
    """Let the same servers fail over some times, each as if they were new, with a replica that chance promotes."""
    topology = three(judged, restarts=True)
    random = Random(judged.run.seed)
    with Play(judged, topology) as play:
        for number in range(ROUNDS):
            if number:
                play.deployment.reset()
            with Journal(play, "m") as journal:
                scenario(play, journal, random.choice(REPLICAS))


def write_and_confirm(play: Play, journal: Journal) -> None:
    """Write what WAIT confirms for both replicas."""
    journal.observe("m")
    journal.write("m", WRITES)
    confirmed = journal.confirm("m", len(REPLICAS))
    play.require(confirmed == len(REPLICAS), "both replicas, which are linked", confirmed)
    journal.observe("m")


def isolate(play: Play) -> None:
    """Let nothing more come from the master to a replica."""
    for name in REPLICAS:
        play.suffer("isolate", name)


def rejoin(play: Play, journal: Journal, new: str) -> None:
    """Let the others replicate the new master, and see that all hold the same then."""
    for name in play.deployment.names:
        if name != new:
            play.suffer("repoint", name, new)
    play.settle()
    held = {name: journal.found(name) for name in play.deployment.names}
    play.require(len(set(held.values())) == 1, "the same data in all", held)


def values(entries: Collection[Entry], reason: Reason) -> set[bytes]:
    """The values that are in the account for a reason."""
    return {entry.value for entry in entries if entry.reason is reason}


@pytest.mark.documented(
    "When a master is killed and a replica promoted, acknowledged writes are gone only if they lie above its offset or "
    "were taken by the old master when it came back; those that WAIT confirmed for all replicas are there",
    source=WAIT,
)
def test_failover_after_a_kill_loses_what_is_explained(judged: Judged) -> None:
    repeat(judged, fail_over)


def fail_over(play: Play, journal: Journal, new: str) -> None:
    """Kill the master while writes are on their way, promote a replica, and account for all writes."""
    write_and_confirm(play, journal)
    isolate(play)
    journal.write("m", WRITES)
    journal.observe("m")
    saved_offset = play.info("m").master_repl_offset
    play.suffer("save", "m")
    journal.send("m", UNANSWERED)
    play.suffer("kill", "m")
    journal.promote(new)
    journal.write(new, WRITES)
    journal.come_back("m", saved_offset)
    journal.write("m", WRITES)
    rejoin(play, journal, new)
    journal.write(new, WRITES)
    entries = journal.require_sound(new)
    for reason in (Reason.BEHIND, Reason.DEPOSED):
        lost = values(entries, reason)
        play.require(len(lost) == WRITES, f"as many writes that are gone as were {reason.value}", sorted(lost))


@pytest.mark.documented(
    "Of writes that were not answered when the master was killed a promoted replica has a beginning, or none",
    source=REPLICATION,
)
def test_failover_may_keep_what_was_not_answered(judged: Judged) -> None:
    repeat(judged, lose_a_burst)


def lose_a_burst(play: Play, journal: Journal, new: str) -> None:
    """Kill the master while it is sent more than it answers, promote a replica, and see what that has."""
    write_and_confirm(play, journal)
    saved_offset = play.info("m").master_repl_offset
    play.suffer("save", "m")
    journal.send("m", UNANSWERED)
    play.suffer("kill", "m")
    journal.promote(new)
    journal.come_back("m", saved_offset)
    rejoin(play, journal, new)
    journal.require_sound(new)
    kept = journal.found(new)
    sent = [b"m%d" % each for each in range(WRITES + UNANSWERED)]
    play.require(list(kept) == sent[: len(kept)], "a beginning of what was sent", kept)


@pytest.mark.documented(
    "What a master takes after another was promoted is discarded when it rejoins: all of that, and nothing else",
    source=REPLICATION,
)
def test_failover_discards_what_the_old_master_took(judged: Judged) -> None:
    topology = three(judged, restarts=False)
    with Play(judged, topology) as play, Journal(play, "m") as journal:
        split(play, journal)
        rejoin(play, journal, "r")
        entries = journal.require_sound("r")
        lost = {entry.value for entry in entries}
        expected = {b"m%d" % each for each in range(WRITES, 2 * WRITES)}
        play.require(lost == values(entries, Reason.DEPOSED) == expected, "what was written after the split", lost)


def split(play: Play, journal: Journal) -> None:
    """Promote a replica while the master is cut off, and write to both."""
    write_and_confirm(play, journal)
    isolate(play)
    journal.promote("r")
    journal.observe("r")
    journal.write("m", WRITES)
    journal.write("r", WRITES)
    journal.observe("m")
    journal.observe("r")


@pytest.mark.documented(
    "A write that is gone although the new master had its offset is a bug, and so is a discarded one that is there",
    source=REPLICATION,
)
def test_failover_does_not_explain_what_is_changed_by_hand(judged: Judged) -> None:
    topology = three(judged, restarts=False)
    with Play(judged, topology) as play, Journal(play, "m") as journal:
        split(play, journal)
        rejoin(play, journal, "r")
        kept, discarded = b"m0", b"m%d" % WRITES
        play.call("r", "LREM", VALUES, 1, kept.decode())
        play.call("r", "RPUSH", VALUES, discarded.decode())
        wrong = {(entry.value, entry.reason) for entry in journal.account("r") if entry.verdict is Verdict.BUG}
        expected = {(kept, Reason.NOT_KEPT), (discarded, Reason.DISCARDED)}
        play.require(wrong == expected, "the two values that were changed by hand", wrong)
