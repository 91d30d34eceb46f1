"""The values of the configuration parameters, and what follows when one changes (config.c)."""

from typing import TYPE_CHECKING

from redproof_server.engine.events import parse_events
from redproof_server.engine.parameters import ROWS, parse_output_limits

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

HZ_MIN, HZ_MAX = 1, 500
BACKLOG_BYTES_MIN = 16 * 1024
REPLICATION_PARAMETERS = {
    "min-replicas-max-lag",
    "min-replicas-to-write",
    "min-slaves-max-lag",
    "min-slaves-to-write",
    "repl-backlog-size",
}


class Config:
    """The values of the parameters that a version knows, as text, by name."""

    def __init__(self, number: tuple[int, int]) -> None:
        self.rows = {row.name: row for row in ROWS if row.since <= number}
        self.values = {name: row.default for name, row in self.rows.items()}

    @property
    def requirepass(self) -> bytes:
        """The password of the default user, empty for none."""
        return self.encoded("requirepass")

    @property
    def counts_uses(self) -> bool:
        """Whether the eviction policy is about how often keys are used, and not when."""
        return self.values["maxmemory-policy"].endswith("-lfu")

    def encoded(self, name: str) -> bytes:
        """The value of a parameter as it was sent."""
        return self.values[name].encode("utf-8", "surrogateescape")

    def integer(self, name: str) -> int:
        """The value of a numeric parameter."""
        return int(self.values[name])

    def is_yes(self, name: str) -> bool:
        """The value of a yes-no parameter."""
        return self.values[name] == "yes"

    def output_limit(self, client_class: str) -> tuple[int, int, int]:
        """Hard limit, soft limit in bytes and seconds for the output of a class of clients."""
        return parse_output_limits(self.values["client-output-buffer-limit"])[client_class]

    def parse(self, name: str, text: str) -> str:
        """What `text` means for a parameter.

        Raises:
            InvalidValueError: nothing.
        """
        return self.rows[name].read(text, self.values[name])

    def apply(self, server: "Server", name: str, value: str) -> None:
        """Set a parsed value and let the server follow it."""
        row = self.rows[name]
        if name == "hz":
            value = str(min(max(int(value), HZ_MIN), HZ_MAX))
        elif name == "repl-backlog-size" and server.databases:
            value = str(max(int(value), BACKLOG_BYTES_MIN))
        self.values[name] = value
        if row.alias in self.values:
            self.values[row.alias] = value
        if row.limit:
            setattr(server.limits, row.limit, int(value))
        elif name == "notify-keyspace-events":
            server.notify_events = parse_events(value) or server.notify_events.NONE
        elif name == "proto-max-bulk-len":
            server.request_limits.bulk_bytes_max = int(value)
        elif name in REPLICATION_PARAMETERS and server.databases:
            server.replication.configured()
        elif name == "maxmemory-policy":
            for db in server.databases:
                db.count_uses(self.counts_uses)
