"""The table of configuration parameters, and how their values are read (config.c).

Parameters that nothing here follows are kept for the tools that ask for them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from posixpath import join, normpath

from redproof_server.engine.events import format_events, parse_events
from redproof_server.protocol.numbers import INT64_MAX, parse_int64

INT32_MAX = 2**31 - 1
UINT32_MAX = 2**32 - 1
MEGABYTE = 1024 * 1024
UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1024, "m": 1000**2, "mb": 1024**2, "g": 1000**3, "gb": 1024**3}
CLIENT_CLASSES = {"normal": "normal", "slave": "slave", "replica": "slave", "pubsub": "pubsub"}
ALWAYS = (1, 0)
NEW = (7, 0)


class InvalidValueError(Exception):
    """A parameter does not take a value. `reason` is what CONFIG SET adds, from the version `since` on."""

    def __init__(self, reason: str, since: tuple[int, int] = ALWAYS) -> None:
        super().__init__(reason)
        self.reason = reason
        self.since = since


# From the value given and the present one to the value to keep; raises InvalidValueError.
Read = Callable[[str, str], str]


def whole(low: int, high: int) -> Read:
    """An integer between two bounds (numericParseString)."""

    def read(text: str, present: str) -> str:
        number = parse_int64(text.encode("utf-8", "surrogateescape"))
        if number is None:
            raise InvalidValueError("argument couldn't be parsed into an integer")
        return str(bounded(number, low, high))

    return read


def memory(low: int, high: int) -> Read:
    """A number of bytes with an optional unit, between two bounds (util.c memtoull)."""

    def read(text: str, present: str) -> str:
        return str(bounded(bytes_of(text), low, high))

    return read


def bounded(number: int, low: int, high: int) -> int:
    """A number that must lie between two bounds (numericBoundaryCheck)."""
    if not low <= number <= high:
        raise InvalidValueError(f"argument must be between {low} and {high} inclusive")
    return number


def bytes_of(text: str) -> int:
    """The number of bytes that a text with a unit means."""
    digits = text.rstrip("bkmgBKMG")
    unit = UNITS.get(text[len(digits) :].lower())
    if unit is None or not (digits.isascii() and digits.isdigit()):
        raise InvalidValueError("argument must be a memory value")
    return int(digits) * unit


def yes_or_no(text: str, present: str) -> str:
    """A switch (yesnotoi)."""
    if text.lower() not in ("yes", "no"):
        raise InvalidValueError("argument must be 'yes' or 'no'")
    return text.lower()


def words(text: str, present: str) -> str:
    """Any text."""
    return text


def file_name(text: str, present: str) -> str:
    """The name of a file, without a folder (isValidDBfilename)."""
    if "/" in text:
        raise InvalidValueError("dbfilename can't be a path, just a filename")
    return text


def folder(text: str, present: str) -> str:
    """A folder, seen from the present one; whether it is there is not known here (setConfigDirOption)."""
    return normpath(join(present, text))


def one_of(names: str, sentence: str) -> Read:
    """One of some words (configEnumGetValue)."""

    def read(text: str, present: str) -> str:
        if text.lower() not in names.split():
            raise InvalidValueError(sentence + ", ".join(names.split()))
        return text.lower()

    return read


def events(text: str, present: str) -> str:
    """Classes of keyspace events (keyspaceEventsStringToFlags)."""
    selected = parse_events(text)
    if selected is None:
        raise InvalidValueError("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.", since=NEW)
    return format_events(selected)


def events_62(text: str, present: str) -> str:
    """Classes of keyspace events before there was one for new keys."""
    if "n" in text:
        raise InvalidValueError("")
    return events(text, present)


def output_limits(text: str, present: str) -> str:
    """Limits of output buffers by class of client; the classes not named keep theirs
    (updateClientOutputBufferLimit)."""
    given, limits = text.split(), parse_output_limits(present)
    if len(given) % 4:
        raise InvalidValueError("Wrong number of arguments in buffer limit configuration.", since=NEW)
    for name, *numbers in zip(given[::4], given[1::4], given[2::4], given[3::4], strict=True):
        if name.lower() not in CLIENT_CLASSES:
            raise InvalidValueError("Invalid client class specified in buffer limit configuration.", since=NEW)
        try:
            hard, soft, seconds = bytes_of(numbers[0]), bytes_of(numbers[1]), int(whole(0, INT32_MAX)(numbers[2], ""))
        except InvalidValueError:
            reason = "Error in hard, soft or soft_seconds setting in buffer limit configuration."
            raise InvalidValueError(reason, since=NEW) from None
        limits[CLIENT_CLASSES[name.lower()]] = hard, soft, seconds
    return " ".join(f"{name} {hard} {soft} {seconds}" for name, (hard, soft, seconds) in limits.items())


def parse_output_limits(text: str) -> dict[str, tuple[int, int, int]]:
    """Hard limit, soft limit in bytes and seconds of each class, as `output_limits` keeps them."""
    given = text.split()
    return {
        given[start]: (int(given[start + 1]), int(given[start + 2]), int(given[start + 3]))
        for start in range(0, len(given), 4)
    }


def save_points(text: str, present: str) -> str:
    """Pairs of seconds and changes (setConfigSaveOption)."""
    numbers = text.split()
    minima = [1 - position % 2 for position in range(len(numbers))]
    is_valid = all(
        number.isascii() and number.isdigit() and int(number) >= low
        for number, low in zip(numbers, minima, strict=True)
    )
    if len(numbers) % 2 or not is_valid:
        raise InvalidValueError("Invalid save parameters", since=NEW)
    return " ".join(numbers)


POLICIES = "volatile-lru volatile-lfu volatile-random volatile-ttl allkeys-lru allkeys-lfu allkeys-random noeviction"
CHOICE_62, CHOICE = "argument must be one of the following: ", "argument(s) must be one of the following: "
SIZE, COUNT, COUNT32 = memory(0, INT64_MAX), whole(0, INT64_MAX), whole(0, INT32_MAX)
ANY32, POSITIVE32 = whole(-(2**31), INT32_MAX), whole(1, INT32_MAX)


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter. `limit` names the field of `Limits` that follows it; `alias` is another name for the same.

    A hidden one is shown by CONFIG GET only under its full name; one that is protected can be set only where
    enable-protected-configs allows it. Of two rows of a name the later holds.
    """

    name: str
    read: Read
    default: str
    is_mutable: bool = True
    is_hidden: bool = False
    is_protected: bool = False
    since: tuple[int, int] = ALWAYS
    limit: str = ""
    alias: str = ""


def _compact(prefix: str, suffix: str, read: Read, default: str, limit: str) -> list[Row]:
    new, old = f"{prefix}-listpack-{suffix}", f"{prefix}-ziplist-{suffix}"
    return [
        Row(new, read, default, since=NEW, limit=limit, alias=old),
        Row(old, read, default, limit=limit),
        Row(old, read, default, since=NEW, limit=limit, alias=new),
    ]


def _aliased(name: str, alias: str, read: Read, default: str, is_mutable: bool = True) -> list[Row]:
    return [
        Row(name, read, default, is_mutable, alias=alias),
        Row(alias, read, default, is_mutable, alias=name),
    ]


def _choice(name: str, names: str, default: str, since: tuple[int, int] = ALWAYS) -> list[Row]:
    return [
        Row(name, one_of(names, CHOICE_62), default, since=since),
        Row(name, one_of(names, CHOICE), default, since=NEW),
    ]


ROWS = [
    Row("activerehashing", yes_or_no, "yes"),
    *_choice("appendfsync", "everysec always no", "everysec"),
    Row("appendonly", yes_or_no, "no"),
    Row("bind", words, "127.0.0.1 -::1"),
    Row("bind-source-addr", words, "", since=NEW),
    Row("busy-reply-threshold", COUNT, "5000", since=NEW, alias="lua-time-limit"),
    Row(
        "client-output-buffer-limit",
        output_limits,
        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    ),
    Row("client-query-buffer-limit", memory(MEGABYTE, INT64_MAX), "1073741824"),
    Row("cluster-enabled", yes_or_no, "no", is_mutable=False),
    Row("databases", whole(1, INT32_MAX), "16", is_mutable=False),
    Row("dbfilename", file_name, "dump.rdb"),
    Row("dbfilename", file_name, "dump.rdb", since=NEW, is_protected=True),
    Row("dir", folder, "."),
    Row("dir", folder, ".", since=NEW, is_protected=True),
    Row("enable-debug-command", words, "no", is_mutable=False, since=NEW),
    Row("enable-protected-configs", words, "no", is_mutable=False, since=NEW),
    *_compact("hash-max", "entries", COUNT, "512", "hash_entries"),
    *_compact("hash-max", "value", SIZE, "64", "hash_value_bytes"),
    Row("hash-seed", words, "", is_mutable=False, is_hidden=True),
    Row("hz", COUNT32, "10"),
    Row("lazyfree-lazy-expire", yes_or_no, "no"),
    Row("lazyfree-lazy-user-del", yes_or_no, "no"),
    Row("lazyfree-lazy-user-flush", yes_or_no, "no"),
    Row("lfu-decay-time", COUNT32, "1"),
    Row("lfu-log-factor", COUNT32, "10"),
    Row("list-compress-depth", COUNT32, "0"),
    *_compact("list-max", "size", ANY32, "-2", ""),
    *_choice("loglevel", "debug verbose notice warning", "notice"),
    Row("lua-time-limit", COUNT, "5000"),
    Row("lua-time-limit", COUNT, "5000", since=NEW, alias="busy-reply-threshold"),
    Row("maxclients", whole(1, UINT32_MAX), "10000"),
    Row("maxmemory", SIZE, "0"),
    *_choice("maxmemory-policy", POLICIES, "noeviction"),
    Row("maxmemory-samples", whole(1, INT32_MAX), "5"),
    Row("notify-keyspace-events", events_62, ""),
    Row("notify-keyspace-events", events, "", since=NEW),
    Row("port", whole(0, 65535), "6379", is_mutable=False),
    Row("proto-max-bulk-len", memory(MEGABYTE, INT64_MAX), "536870912"),
    Row("protected-mode", yes_or_no, "no"),
    Row("rdb-key-save-delay", ANY32, "0"),
    Row("rdb-key-save-delay", ANY32, "0", is_hidden=True, since=NEW),
    Row("masterauth", words, ""),
    Row("masteruser", words, ""),
    *_aliased("min-replicas-max-lag", "min-slaves-max-lag", COUNT32, "10"),
    *_aliased("min-replicas-to-write", "min-slaves-to-write", COUNT32, "0"),
    *_choice("propagation-error-behavior", "ignore panic panic-on-replicas", "ignore", since=NEW),
    Row("repl-backlog-size", memory(1, INT64_MAX), "1048576"),
    Row("repl-backlog-ttl", COUNT, "3600"),
    Row("repl-disable-tcp-nodelay", yes_or_no, "no"),
    *_choice("repl-diskless-load", "disabled on-empty-db swapdb", "disabled"),
    Row("repl-diskless-sync", yes_or_no, "no"),
    Row("repl-diskless-sync", yes_or_no, "yes", since=NEW),
    Row("repl-diskless-sync-delay", COUNT32, "5"),
    Row("repl-diskless-sync-max-replicas", COUNT32, "0", since=NEW),
    *_aliased("repl-ping-replica-period", "repl-ping-slave-period", POSITIVE32, "10"),
    Row("repl-timeout", POSITIVE32, "60"),
    *_aliased("replica-announce-ip", "slave-announce-ip", words, ""),
    *_aliased("replica-announce-port", "slave-announce-port", whole(0, 65535), "0"),
    Row("replica-announced", yes_or_no, "yes"),
    Row("replica-ignore-disk-write-errors", yes_or_no, "no", since=NEW),
    *_aliased("replica-ignore-maxmemory", "slave-ignore-maxmemory", yes_or_no, "yes"),
    *_aliased("replica-lazy-flush", "slave-lazy-flush", yes_or_no, "no"),
    *_aliased("replica-priority", "slave-priority", COUNT32, "100"),
    *_aliased("replica-read-only", "slave-read-only", yes_or_no, "yes"),
    *_aliased("replica-serve-stale-data", "slave-serve-stale-data", yes_or_no, "yes"),
    *_aliased("replicaof", "slaveof", words, "", is_mutable=False),
    Row("requirepass", words, ""),
    Row("save", save_points, "3600 1 300 100 60 10000"),
    Row("set-max-intset-entries", COUNT, "512", limit="intset_entries"),
    Row("stop-writes-on-bgsave-error", yes_or_no, "yes"),
    Row("tcp-keepalive", COUNT32, "300"),
    Row("timeout", COUNT32, "0"),
    Row("unixsocket", words, "", is_mutable=False),
    *_compact("zset-max", "entries", COUNT, "128", "zset_entries"),
    *_compact("zset-max", "value", SIZE, "64", "zset_value_bytes"),
]
