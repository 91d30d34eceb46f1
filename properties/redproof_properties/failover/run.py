"""A failover run: a group, a schedule of faults, clients that write and read meanwhile, and the record of it all."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from redproof_properties.errors import TargetError
from redproof_properties.failover.bounds import agreement_within_ms
from redproof_properties.failover.clients import Reader, Writer
from redproof_properties.failover.clock import RunClock
from redproof_properties.failover.director import Director
from redproof_properties.failover.nodes import ASKED_EVERY_S, Nodes
from redproof_properties.failover.observers import EventListener, Sampler
from redproof_properties.failover.promotions import promotions
from redproof_properties.failover.record import FailoverRecord, Read
from redproof_properties.failover.schedule import FaultSchedule
from redproof_properties.waiting import wait_until

FINAL_CLIENT: Final = "final"
"""The client that reads what all have in the end."""

SAMPLED_WITHIN_MS: Final = 10_000


def run_failover(group: Nodes, schedule: FaultSchedule, seed: int, target: str) -> FailoverRecord:
    """Take a schedule on a running group, and give the record; raises `TargetError` when a process fails.

    Two clients write, one that asks for the master each time and one that stays where it is, and one reads.
    """
    clock = RunClock()
    sampler = Sampler(group, clock)
    listeners = [EventListener(group, clock, name) for name in group.sentinels]
    writers = [
        Writer(group, clock, "asks", f"{seed} asks", stays=False),
        Writer(group, clock, "stays", f"{seed} stays", stays=True),
    ]
    reader = Reader(group, clock, "reads", f"{seed} reads")
    director = Director(group, clock, sampler)
    with ExitStack() as observers:
        for observer in (sampler, *listeners):
            observers.enter_context(observer).start()
        wait_until(lambda: len(sampler.server_samples) >= len(group.servers), SAMPLED_WITHIN_MS)
        with ExitStack() as clients:
            for client in (*writers, reader):
                clients.enter_context(client).start()
            director.play(schedule)
        final = _final(group, clock, director, seed)
        ended_at_ms = clock.now_ms()
    record = FailoverRecord(
        target=target,
        seed=seed,
        settings=group.plan.settings,
        nodes=group.nodes,
        writes=tuple(sorted((each for writer in writers for each in writer.writes), key=lambda each: each.sent_at_ms)),
        reads=tuple(reader.reads),
        events=tuple(sorted((each for listener in listeners for each in listener.events), key=lambda e: e.at_ms)),
        server_samples=tuple(sampler.server_samples),
        sentinel_samples=tuple(sampler.sentinel_samples),
        faults=tuple(director.spans),
        loaded=tuple(director.loads),
        final=final,
        healed_at_ms=director.healed_at_ms,
        ended_at_ms=ended_at_ms,
    )
    return replace(record, promotions=tuple(promotions(record)))


def _final(group: Nodes, clock: RunClock, director: Director, seed: int) -> tuple[Read, ...]:
    """What each server that is up has once nobody writes, as soon as all agree and have the same, or when they do not.

    Where a sentinel has missed the master once more, as none of the faults has made it, that comes to an end first.
    """
    found: list[tuple[Read, ...]] = [()]

    def are_alike() -> bool:
        if not director.agree():
            return False
        found[0] = _read_all(group, clock, seed)
        return len(found[0]) == len(group.servers) and len({each.values for each in found[0]}) == 1 and director.agree()

    if not wait_until(are_alike, agreement_within_ms(group.plan.settings), ASKED_EVERY_S):
        return _read_all(group, clock, seed)
    return found[0]


def _read_all(group: Nodes, clock: RunClock, seed: int) -> tuple[Read, ...]:
    with Reader(group, clock, FINAL_CLIENT, f"{seed} final") as reader:
        for name in group.servers:
            if group.is_up(name):
                try:
                    reader.read(name)
                except TargetError:
                    reader.hang_up()
    return tuple(reader.reads)
