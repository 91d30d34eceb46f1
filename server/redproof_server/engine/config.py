"""Configuration parameters: a table of rows, and their values (config.c)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.engine.events import format_events, parse_events

if TYPE_CHECKING:
    from redproof_server.engine.server import Server

_MEMORY_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1024,
    "m": 1000**2,
    "mb": 1024**2,
    "g": 1000**3,
    "gb": 1024**3,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of a parameter are read: `parse` returns the text to keep, or None for an invalid one.

    `reason` is what CONFIG SET then says, from the version `reason_since` on.
    """

    parse: Callable[[str], str | None]
    reason: str
    reason_since: tuple[int, int] = (1, 0)


def _parse_integer(text: str) -> str | None:
    return text if text.removeprefix("-").isdecimal() else None


def _parse_yes_no(text: str) -> str | None:
    return text.lower() if text.lower() in ("yes", "no") else None


def _parse_memory(text: str) -> str | None:
    digits = text.rstrip("bkmgBKMG")
    unit = _MEMORY_UNITS.get(text[len(digits) :].lower())
    return str(int(digits) * unit) if digits.isdecimal() and unit is not None else None


def _parse_events(text: str) -> str | None:
    events = parse_events(text)
    return None if events is None else format_events(events)


INTEGER = Kind(_parse_integer, "argument couldn't be parsed into an integer")
YES_NO = Kind(_parse_yes_no, "argument must be 'yes' or 'no'")
MEMORY = Kind(_parse_memory, "argument must be a memory value")
TEXT = Kind(str, "")
EVENTS_62 = Kind(lambda text: None if "n" in text else _parse_events(text), "", reason_since=(7, 0))
EVENTS = Kind(_parse_events, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter. `limit` names the field of `Limits` that follows it. Of two rows of a name the later holds."""

    name: str
    kind: Kind
    default: str
    is_mutable: bool = True
    since: tuple[int, int] = (1, 0)
    limit: str = ""


def _listpack_and_ziplist(prefix: str, suffix: str, default: str, limit: str) -> list[Row]:
    return [
        Row(f"{prefix}-listpack-{suffix}", INTEGER, default, since=(7, 0), limit=limit),
        Row(f"{prefix}-ziplist-{suffix}", INTEGER, default, limit=limit),
    ]


ROWS = [
    Row("activerehashing", YES_NO, "yes"),
    Row("appendonly", YES_NO, "no"),
    Row("bind", TEXT, "127.0.0.1 -::1"),
    Row("databases", INTEGER, "16", is_mutable=False),
    Row("enable-debug-command", TEXT, "no", is_mutable=False, since=(7, 0)),
    *_listpack_and_ziplist("hash-max", "entries", "512", "hash_entries"),
    *_listpack_and_ziplist("hash-max", "value", "64", "hash_value_bytes"),
    Row("hz", INTEGER, "10"),
    *_listpack_and_ziplist("list-max", "size", "-2", ""),
    Row("maxclients", INTEGER, "10000"),
    Row("maxmemory", MEMORY, "0"),
    Row("maxmemory-policy", TEXT, "noeviction"),
    Row("notify-keyspace-events", EVENTS_62, ""),
    Row("notify-keyspace-events", EVENTS, "", since=(7, 0)),
    Row("port", INTEGER, "6379"),
    Row("proto-max-bulk-len", MEMORY, "536870912"),
    Row("requirepass", TEXT, ""),
    Row("save", TEXT, "3600 1 300 100 60 10000"),
    Row("set-max-intset-entries", INTEGER, "512", limit="intset_entries"),
    Row("timeout", INTEGER, "0"),
    Row("unixsocket", TEXT, "", is_mutable=False),
    *_listpack_and_ziplist("zset-max", "entries", "128", "zset_entries"),
    *_listpack_and_ziplist("zset-max", "value", "64", "zset_value_bytes"),
]


class Config:
    """The values of the parameters that a version knows, as text, by name."""

    def __init__(self, number: tuple[int, int]) -> None:
        self.rows = {row.name: row for row in ROWS if row.since <= number}
        self.values = {name: row.default for name, row in self.rows.items()}

    @property
    def requirepass(self) -> bytes:
        """The password of the default user, empty for none."""
        return self.values["requirepass"].encode("utf-8", "surrogateescape")

    @property
    def counts_uses(self) -> bool:
        """Whether the eviction policy is about how often keys are used, and not when."""
        return self.values["maxmemory-policy"].endswith("-lfu")

    def integer(self, name: str) -> int:
        """The value of a numeric parameter."""
        return int(self.values[name])

    def is_yes(self, name: str) -> bool:
        """The value of a yes-no parameter."""
        return self.values[name] == "yes"

    def parse(self, name: str, text: str) -> str | None:
        """What `text` means for a parameter, or None when it is invalid."""
        return self.rows[name].kind.parse(text)

    def apply(self, server: "Server", name: str, value: str) -> None:
        """Set a parsed value and let the server follow it."""
        row = self.rows[name]
        for other in self.rows.values():
            if other is row or (row.limit and other.limit == row.limit):
                self.values[other.name] = value
        if row.limit:
            setattr(server.limits, row.limit, int(value))
        elif name == "notify-keyspace-events":
            server.notify_events = parse_events(value) or server.notify_events.NONE
        elif name == "proto-max-bulk-len":
            server.request_limits.bulk_bytes_max = int(value)
        elif name == "maxmemory-policy":
            for db in server.databases:
                db.count_uses(self.counts_uses)
