"""INFO and COMMAND COUNT."""

from collections.abc import Callable

from redproof_server.commands.subcommands import refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import LOADING, STALE, command, container
from redproof_server.engine.server import Server
from redproof_server.protocol.replies import integer, verbatim

Fact = tuple[bytes, object]


def server_facts(server: Server) -> list[Fact]:
    """What is running, and since when."""
    uptime_seconds = (server.now_ms - server.started_ms) // 1000
    return [
        (b"redis_version", server.version.release),
        (b"redis_mode", b"standalone"),
        (b"run_id", server.run_id),
        (b"tcp_port", server.config.values["port"].encode()),
        (b"uptime_in_seconds", uptime_seconds),
        (b"uptime_in_days", uptime_seconds // 86400),
        (b"hz", server.config.integer("hz")),
    ]


def clients_facts(server: Server) -> list[Fact]:
    """Who is connected."""
    return [
        (b"connected_clients", len(server.clients)),
        (b"maxclients", server.config.integer("maxclients")),
        (b"blocked_clients", len(server.blocking.clients)),
    ]


def stats_facts(server: Server) -> list[Fact]:
    """What has happened."""
    stats = server.stats
    return [
        (b"total_connections_received", stats.connections_received),
        (b"total_commands_processed", stats.commands_processed),
        (b"expired_keys", stats.expired_keys),
        (b"keyspace_hits", stats.keyspace_hits),
        (b"keyspace_misses", stats.keyspace_misses),
        (b"pubsub_channels", len(server.pubsub.channels)),
        (b"pubsub_patterns", len(server.pubsub.patterns)),
    ]


def replication_facts(server: Server) -> list[Fact]:
    """The role."""
    return [(b"role", b"master"), (b"connected_slaves", 0), (b"master_repl_offset", 0)]


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
    b"Stats": stats_facts,
    b"Replication": replication_facts,
    b"Keyspace": keyspace_facts,
}
ALL_SECTIONS = {b"default", b"all", b"everything"}


@command("info", arity=-1, flags=LOADING | STALE)
def info(client: Client, args: list[bytes]) -> bytes:
    """INFO [section ...] (server.c infoCommand)."""
    wanted = {arg.lower() for arg in args[1:]} or ALL_SECTIONS
    shown = [name for name in SECTIONS if wanted & ALL_SECTIONS or name.lower() in wanted]
    text = b"\r\n".join(section_text(client.server, name) for name in shown)
    return verbatim(text, b"txt", client.resp)


def section_text(server: Server, name: bytes) -> bytes:
    """One section with its heading."""
    lines = [b"# " + name]
    lines += [b"%b:%b" % (fact, value_text(value)) for fact, value in SECTIONS[name](server)]
    return b"\r\n".join(lines) + b"\r\n"


def value_text(value: object) -> bytes:
    """A value as INFO writes it."""
    return value if isinstance(value, bytes) else str(value).encode()


container("command", refuse_subcommand, flags=LOADING | STALE)


@command("command|count", arity=2, flags=LOADING | STALE)
def command_count(client: Client, args: list[bytes]) -> bytes:
    """COMMAND COUNT (server.c commandCountCommand)."""
    return integer(len(client.server.commands) // 2)
