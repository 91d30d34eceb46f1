"""Replication: what masters, replicas and people say to a server about it (replication.c)."""

from ctypes import c_int

from redproof_server.engine.arguments import read_between, read_integer, read_timeout_ms, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ADMIN,
    ALLOW_BUSY,
    FAST,
    LOADING,
    NO_ASYNC_LOADING,
    NO_MULTI,
    NOSCRIPT,
    STALE,
    command,
)
from redproof_server.engine.errors import NOT_AN_INTEGER, SYNTAX, CommandError
from redproof_server.protocol.inline import split_words
from redproof_server.protocol.numbers import parse_int64
from redproof_server.protocol.replies import NO_REPLY, OK, integer, status
from redproof_server.replication import facts, psync
from redproof_server.replication.replicas import (
    Capability,
    Omit,
    Replica,
    ReplicaState,
    count_acks,
    find_replica,
    is_replica,
    replica_of,
)

ADDRESS_BYTES_MAX = 255
PORT_MAX = 65535
WAIT_ON_REPLICA = (
    b"ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured "
    b"to be writable (which is not the default) writes to replicas are just local and are not propagated."
)
FAILING_OVER = b"ERR REPLICAOF not allowed while failing over."
IS_A_REPLICA = b"ERR Command is not valid when client is a replica."
CAPABILITIES = {b"eof": Capability.EOF, b"psync2": Capability.PSYNC2}


@command("sync", arity=1, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, since="7.0")
@command("sync", arity=1, flags=ADMIN | NOSCRIPT, until="6.2")
@command("psync", arity=-3, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | NO_MULTI, since="7.0")
@command("psync", arity=-3, flags=ADMIN | NOSCRIPT, until="6.2")
def sync(client: Client, args: list[bytes]) -> bytes:
    """PSYNC replicationid offset [FAILOVER], and SYNC (replication.c syncCommand)."""
    psync.psync(client.server.replication, client, args)
    return NO_REPLY


# REPLCONF.


@command("replconf", arity=-1, flags=ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY)
def replconf(client: Client, args: list[bytes]) -> bytes:
    """REPLCONF option value [option value ...] (replication.c replconfCommand)."""
    if len(args) % 2 == 0:
        raise CommandError(SYNTAX)
    for name, value in zip(args[1::2], args[2::2], strict=True):
        option = read_word(name)
        if option == b"ack":
            take_ack(client, value)
            return NO_REPLY
        if option == b"getack":
            acknowledge(client)
            return NO_REPLY
        if option not in OPTIONS or (option in OPTIONS_70 and not client.server.version.replicas_may_omit):
            raise CommandError(b"ERR Unrecognized REPLCONF option: %b" % name)
        OPTIONS[option](replica_of(client), value)
    return OK


def set_port(replica: Replica, value: bytes) -> None:
    """The port that the replica listens on."""
    replica.listening_port = read_integer(value)


def set_address(replica: Replica, value: bytes) -> None:
    """The address that the replica wants to be known by."""
    if len(value) >= ADDRESS_BYTES_MAX:
        raise CommandError(b"ERR REPLCONF ip-address provided by replica instance is too long: %d bytes" % len(value))
    replica.ip_address = value


def add_capability(replica: Replica, value: bytes) -> None:
    """What the replica understands; unknown capabilities are none."""
    replica.capabilities |= CAPABILITIES.get(value.lower(), Capability.NONE)


def set_rdb_only(replica: Replica, value: bytes) -> None:
    """Whether the replica wants a snapshot alone."""
    replica.is_rdb_only = read_between(value, 0, 1) == 1


def set_filter(replica: Replica, value: bytes) -> None:
    """What the replica wants in its snapshot."""
    wanted = split_words(value)
    if wanted is None:
        raise CommandError(b"ERR Missing rdb-filter-only values")
    replica.omits |= Omit.DATA | Omit.FUNCTIONS
    for one in wanted:
        if one.lower() != b"functions":
            raise CommandError(b"ERR Unsupported rdb-filter-only option: %b" % one)
        replica.omits &= ~Omit.FUNCTIONS


OPTIONS = {
    b"listening-port": set_port,
    b"ip-address": set_address,
    b"capa": add_capability,
    b"rdb-only": set_rdb_only,
    b"rdb-filter-only": set_filter,
}
OPTIONS_70 = {b"rdb-filter-only"}


def take_ack(client: Client, value: bytes) -> None:
    """A replica tells how far it is."""
    offset = parse_int64(value)
    if not is_replica(client) or offset is None:
        return
    replica, replication = replica_of(client), client.server.replication
    replica.ack_offset = max(replica.ack_offset, offset)
    replica.ack_ms = client.server.now_ms
    if replica.state is ReplicaState.WAIT_BGSAVE_END and replication.snapshots.is_running:
        client.server.saving.run()
        replication.snapshots.end_if_over()
    if replica.is_online and replica.waits_for_ack:
        replication.release(client)


def acknowledge(client: Client) -> None:
    """The master wants to know how far this replica is."""
    master = client.server.replication.upstream.master
    if master is not None:
        master.acknowledge()


# Roles.


@command("slaveof", arity=3, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | STALE)
@command("replicaof", arity=3, flags=ADMIN | NOSCRIPT | NO_ASYNC_LOADING | STALE)
def replicaof(client: Client, args: list[bytes]) -> bytes:
    """REPLICAOF host port, REPLICAOF NO ONE (replication.c replicaofCommand)."""
    replication = client.server.replication
    if replication.failover.is_running:
        raise CommandError(FAILING_OVER)
    if [read_word(arg) for arg in args[1:]] == [b"no", b"one"]:
        replication.upstream.unset_master()
        return OK
    if is_replica(client):
        raise CommandError(IS_A_REPLICA)
    port = read_port(client, args[2])
    host, upstream = args[1].decode("utf-8", "surrogateescape"), replication.upstream
    if upstream.host is not None and upstream.host.lower() == host.lower() and upstream.port == port:
        return status(b"OK Already connected to specified master")
    upstream.set_master(host, port)
    return OK


def read_port(client: Client, text: bytes) -> int:
    """The port of a master; versions differ in whether it is checked."""
    message = client.server.version.master_port
    port = read_integer(text, message or NOT_AN_INTEGER)
    if message is not None and not 0 <= port <= PORT_MAX:
        raise CommandError(message)
    return port


@command("role", arity=1, flags=NOSCRIPT | LOADING | STALE | FAST)
def role(client: Client, args: list[bytes]) -> bytes:
    """ROLE (replication.c roleCommand)."""
    return facts.role(client.server)


@command("wait", arity=3, flags=NOSCRIPT)
def wait(client: Client, args: list[bytes]) -> bytes:
    """WAIT numreplicas timeout (replication.c waitCommand)."""
    server = client.server
    replication = server.replication
    if not replication.is_master:
        raise CommandError(WAIT_ON_REPLICA)
    wanted, timeout_ms = read_integer(args[1]), read_timeout_ms(args[2])
    acks = count_acks(replication.replicas, client.write_offset)
    # Who is blocked waits for what 32 bits hold of the number (blockForReplication).
    kept = c_int(wanted).value
    if acks >= min(wanted, kept) or client.deny_blocking:
        return integer(acks)
    return replication.waits.block(client, kept, server.now_ms + timeout_ms if timeout_ms else None)


@command("failover", arity=-1, flags=ADMIN | NOSCRIPT | STALE, since="6.2")
def failover(client: Client, args: list[bytes]) -> bytes:
    """FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds] (replication.c failoverCommand)."""
    replication = client.server.replication
    if [read_word(arg) for arg in args[1:]] == [b"abort"]:
        if not replication.failover.is_running:
            raise CommandError(b"ERR No failover in progress.")
        replication.failover.abort()
        return OK
    target, timeout_ms, forces = read_failover(args)
    if replication.failover.is_running:
        raise CommandError(b"ERR FAILOVER already in progress.")
    if not replication.is_master:
        raise CommandError(b"ERR FAILOVER is not valid when server is a replica.")
    if not replication.replicas:
        raise CommandError(b"ERR FAILOVER requires connected replicas.")
    if forces and not (timeout_ms and target):
        raise CommandError(b"ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
    if target is not None:
        chosen = find_replica(replication.replicas, *target)
        if chosen is None:
            raise CommandError(b"ERR FAILOVER target HOST and PORT is not a replica.")
        if not replica_of(chosen).is_online:
            raise CommandError(b"ERR FAILOVER target replica is not online.")
    replication.failover.start(target, timeout_ms, forces)
    return OK


def read_failover(args: list[bytes]) -> tuple[tuple[bytes, int] | None, int, bool]:
    """To whom, for how long at most (0 for no limit), and whether it takes over in any case then."""
    target, timeout_ms, forces, position = None, 0, False, 1
    while position < len(args):
        option, following = read_word(args[position]), len(args) - position - 1
        if option == b"timeout" and following and not timeout_ms:
            timeout_ms = read_integer(args[position + 1])
            if timeout_ms <= 0:
                raise CommandError(b"ERR FAILOVER timeout must be greater than 0")
            position += 2
        elif option == b"to" and following >= 2 and target is None:
            target = args[position + 1], read_integer(args[position + 2])
            position += 3
        elif option == b"force" and not forces:
            forces = True
            position += 1
        else:
            raise CommandError(SYNTAX)
    return target, timeout_ms, forces
