"""What INFO shows: counters that CONFIG RESETSTAT clears, and what the process uses."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redproof_server.engine.command import Command

ERRORS_SHOWN_MAX = 128


@dataclass(frozen=True, slots=True)
class Usage:
    """What the process takes from the machine, as the shell tells it."""

    process_id: int = 0
    peak_memory_bytes: int = 0
    user_seconds: float = 0.0
    system_seconds: float = 0.0


@dataclass(slots=True)
class Stats:
    """What has happened since the start or the last reset.

    `calls`, `failures` and `rejections` count by command: runs, runs that ended in an error, and requests that
    were refused before they ran. `errors` counts error replies by their code.
    """

    connections_received: int = 0
    rejected_connections: int = 0
    output_limit_disconnections: int = 0
    sync_full: int = 0
    sync_partial_ok: int = 0
    sync_partial_err: int = 0
    expired_keys: int = 0
    keyspace_hits: int = 0
    keyspace_misses: int = 0
    calls: dict["Command", int] = field(default_factory=dict)
    failures: dict["Command", int] = field(default_factory=dict)
    rejections: dict["Command", int] = field(default_factory=dict)
    errors: dict[bytes, int] = field(default_factory=dict)

    @property
    def commands_processed(self) -> int:
        """How many commands have run."""
        return sum(self.calls.values())

    def count_failure(self, command: "Command", message: bytes) -> None:
        """A command has run and answered an error."""
        self.failures[command] = self.failures.get(command, 0) + 1
        self._count_error(message)

    def count_rejection(self, command: "Command | None", message: bytes) -> None:
        """A request was refused before it ran."""
        if command is not None:
            self.rejections[command] = self.rejections.get(command, 0) + 1
        self._count_error(message)

    def _count_error(self, message: bytes) -> None:
        code = message.partition(b" ")[0]
        if code in self.errors or len(self.errors) < ERRORS_SHOWN_MAX:
            self.errors[code] = self.errors.get(code, 0) + 1
