"""INFO and TIME: what is asked of a server as a whole."""

from collections.abc import Callable

from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    FAST,
    LOADING,
    RANDOM,
    STALE,
    Command,
    command,
)
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.server import Server
from redproof_server.protocol.replies import bulks, verbatim
from redproof_server.replication.facts import replication_facts

Fact = tuple[bytes, object]


def server_facts(server: Server) -> list[Fact]:
    """What is running, and since when."""
    uptime_seconds = (server.now_ms - server.started_ms) // 1000
    return [
        (b"redis_version", server.version.release),
        (b"redis_mode", b"standalone"),
        (b"process_id", server.usage.process_id),
        (b"run_id", server.run_id),
        (b"tcp_port", server.config.values["port"].encode()),
        (b"server_time_usec", server.now_ms * 1000),
        (b"uptime_in_seconds", uptime_seconds),
        (b"uptime_in_days", uptime_seconds // 86400),
        (b"hz", server.config.integer("hz")),
        (b"configured_hz", server.config.integer("hz")),
    ]


def clients_facts(server: Server) -> list[Fact]:
    """Who is connected."""
    blocked = sum(client.postponed is None for client in server.blocking.clients)
    return [
        (b"connected_clients", len(server.clients)),
        (b"cluster_connections", 0),
        (b"maxclients", server.config.integer("maxclients")),
        (b"blocked_clients", blocked),
        (b"tracking_clients", 0),
        (b"clients_in_timeout_table", blocked),
    ]


def memory_facts(server: Server) -> list[Fact]:
    """Memory of the whole process, at its highest: the engine knows no more."""
    peak_bytes, most_bytes = server.usage.peak_memory_bytes, server.config.integer("maxmemory")
    return [
        (b"used_memory", peak_bytes),
        (b"used_memory_human", human(peak_bytes)),
        (b"used_memory_rss", peak_bytes),
        (b"used_memory_peak", peak_bytes),
        (b"used_memory_peak_human", human(peak_bytes)),
        (b"maxmemory", most_bytes),
        (b"maxmemory_human", human(most_bytes)),
        (b"maxmemory_policy", server.config.values["maxmemory-policy"].encode()),
    ]


def human(size_bytes: int) -> bytes:
    """A size with a unit (bytesToHuman)."""
    if size_bytes < 1024:
        return b"%dB" % size_bytes
    size = float(size_bytes)
    units = list(b"KMGTP")
    while size >= 1024 * 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return b"%.2f%c" % (size / 1024, units[0])


def persistence_facts(server: Server) -> list[Fact]:
    """What is kept on disk."""
    saving = server.saving
    last_ms, started_ms = saving.last_child_ms, saving.child_started_ms
    return [
        (b"loading", 0),
        (b"rdb_changes_since_last_save", saving.changes),
        (b"rdb_bgsave_in_progress", int(saving.is_running)),
        (b"rdb_last_save_time", saving.saved_ms // 1000),
        (b"rdb_last_bgsave_status", b"err" if saving.has_failed else b"ok"),
        (b"rdb_last_bgsave_time_sec", -1 if last_ms is None else last_ms // 1000),
        (b"rdb_current_bgsave_time_sec", -1 if started_ms is None else (server.now_ms - started_ms) // 1000),
        (b"aof_enabled", 0),
        (b"aof_rewrite_in_progress", 0),
        (b"aof_last_bgrewrite_status", b"ok"),
        (b"aof_last_write_status", b"ok"),
    ]


def stats_facts(server: Server) -> list[Fact]:
    """What has happened."""
    stats = server.stats
    return [
        (b"total_connections_received", stats.connections_received),
        (b"total_commands_processed", stats.commands_processed),
        (b"rejected_connections", stats.rejected_connections),
        (b"sync_full", stats.sync_full),
        (b"sync_partial_ok", stats.sync_partial_ok),
        (b"sync_partial_err", stats.sync_partial_err),
        (b"expired_keys", stats.expired_keys),
        (b"evicted_keys", 0),
        (b"keyspace_hits", stats.keyspace_hits),
        (b"keyspace_misses", stats.keyspace_misses),
        (b"pubsub_channels", len(server.pubsub.channels)),
        (b"pubsub_patterns", len(server.pubsub.patterns)),
        *([(b"pubsubshard_channels", len(server.pubsub.shard_channels))] if b"ssubscribe" in server.commands else []),
        (b"total_error_replies", sum(stats.errors.values())),
        (b"client_output_buffer_limit_disconnections", stats.output_limit_disconnections),
    ]


def cpu_facts(server: Server) -> list[Fact]:
    """Processor time of the process."""
    return [
        (b"used_cpu_sys", b"%.6f" % server.usage.system_seconds),
        (b"used_cpu_user", b"%.6f" % server.usage.user_seconds),
    ]


def command_facts(server: Server) -> list[Fact]:
    """How often each command ran, failed or was refused; nobody measured how long it took."""
    stats = server.stats
    counted = stats.calls | stats.rejections
    found: dict[bytes, list[int]] = {}
    for row in counted:
        counts = found.setdefault(b"cmdstat_" + stat_name(server, row), [0, 0, 0])
        for position, counter in enumerate((stats.calls, stats.rejections, stats.failures)):
            counts[position] += counter.get(row, 0)
    shape = b"calls=%d,usec=0,usec_per_call=0.00,rejected_calls=%d,failed_calls=%d"
    return [(name, shape % tuple(counts)) for name, counts in found.items()]


def stat_name(server: Server, row: Command) -> bytes:
    """The name under which a command is counted."""
    return row.name if server.version.subcommands_have_arity else row.name.partition(b"|")[0]


def error_facts(server: Server) -> list[Fact]:
    """How often each code was answered."""
    return [(b"errorstat_" + code, b"count=%d" % count) for code, count in server.stats.errors.items()]


def cluster_facts(server: Server) -> list[Fact]:
    """There is no cluster."""
    return [(b"cluster_enabled", 0)]


def keyspace_facts(server: Server) -> list[Fact]:
    """The databases that hold keys."""
    return [
        (b"db%d" % db.index, b"keys=%d,expires=%d,avg_ttl=0" % (len(db.keys), len(db.expires)))
        for db in server.databases
        if len(db.keys)
    ]


SECTIONS: dict[bytes, Callable[[Server], list[Fact]]] = {
    b"Server": server_facts,
    b"Clients": clients_facts,
    b"Memory": memory_facts,
    b"Persistence": persistence_facts,
    b"Stats": stats_facts,
    b"Replication": replication_facts,
    b"CPU": cpu_facts,
    b"Modules": lambda server: [],
    b"Commandstats": command_facts,
    b"Errorstats": error_facts,
    b"Cluster": cluster_facts,
    b"Keyspace": keyspace_facts,
}
NAMES = {name.lower(): name for name in SECTIONS}
NOT_BY_DEFAULT = {b"Commandstats"}
NOT_IN_ALL = {b"Modules"}


def chosen_sections(wanted: list[bytes]) -> list[bytes]:
    """The sections that arguments name, in their order (genInfoSectionDict)."""
    shown: set[bytes] = set()
    for name in wanted or [b"default"]:
        if name == b"everything":
            shown |= SECTIONS.keys()
        elif name == b"all":
            shown |= SECTIONS.keys() - NOT_IN_ALL
        elif name == b"default":
            shown |= SECTIONS.keys() - NOT_BY_DEFAULT
        elif name in NAMES:
            shown.add(NAMES[name])
    return [name for name in SECTIONS if name in shown]


@command("info", arity=-1, flags=LOADING | STALE | RANDOM)
def info(client: Client, args: list[bytes]) -> bytes:
    """INFO [section ...] (server.c infoCommand)."""
    if len(args) > 2 and not client.server.version.info_sections_many:
        raise CommandError(SYNTAX)
    shown = chosen_sections([arg.lower() for arg in args[1:]])
    text = b"\r\n".join(section_text(client.server, name) for name in shown)
    return verbatim(text, b"txt", client.resp)


def section_text(server: Server, name: bytes) -> bytes:
    """One section with its heading."""
    return written(name, SECTIONS[name](server))


def written(name: bytes, facts: list[Fact]) -> bytes:
    """A heading, and facts below it."""
    lines = [b"%b:%b" % (fact, value if isinstance(value, bytes) else str(value).encode()) for fact, value in facts]
    return b"\r\n".join([b"# " + name, *lines, b""])


@command("time", arity=1, flags=LOADING | STALE | FAST | RANDOM)
def time(client: Client, args: list[bytes]) -> bytes:
    """TIME (server.c timeCommand), to the millisecond that the engine was given."""
    seconds, rest_ms = divmod(client.server.now_ms, 1000)
    return bulks([b"%d" % seconds, b"%d" % (rest_ms * 1000)])
