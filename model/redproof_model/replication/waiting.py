"""What WAIT is about, and what it may answer: the offset after a client's last command, and who has acknowledged it.

Sources: `replication.c` waitCommand, replicationCountAcksByOffset; `server.c` processCommand, from Redis 7.2 on call.
"""

from __future__ import annotations

from collections.abc import Iterable

from redproof_model.versions.replication import ReplicationFacts


class WaitTargets:
    """The offset in bytes that each client waits for: 0 for one that has not sent a command yet."""

    def __init__(self, facts: ReplicationFacts) -> None:
        self._facts = facts
        self._targets: dict[str, int] = {}

    def executed(self, client: str, before: int, after: int) -> None:
        """A client's command was executed, also WAIT, while the offset went from `before` to `after`.

        Commands that are queued by MULTI, or refused, are none: EXEC is.
        """
        if self._facts.reads_are_waited_for or after != before:
            self._targets[client] = after

    def target(self, client: str) -> int:
        """What the client's WAIT is about."""
        return self._targets.get(client, 0)


def reached(target: int, acknowledged: Iterable[int]) -> int:
    """How many replicas have acknowledged an offset: what WAIT answers when its time is up."""
    return sum(offset >= target for offset in acknowledged)


def answers_at_once(target: int, acknowledged: Iterable[int], replicas: int) -> int | None:
    """What WAIT for so many replicas answers without waiting; None where it waits."""
    count = reached(target, acknowledged)
    return count if count >= replicas else None
