"""WAIT and WAITAOF, of a replica, or of a server without replicas and append-only file (`replication.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.errors import NOT_POSITIVE, ReplyError
from redproof_model.keyspace.blocking import block_until_timeout, timeout_ms_argument
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX, integer, ranged, to_int32
from redproof_model.reply import Reply

table = CommandTable()

_NOT_A_FLAG: Final = b"ERR value is out of range, value must between 0 and 1"
_NO_AOF: Final = b"ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."

_NO_WAITAOF_ON_REPLICA: Final = (
    b"ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and "
    b"are not propagated."
)


@table.command("WAIT", arity=3)
def wait(world: World, argv: list[bytes]) -> Expected:
    """WAIT numreplicas timeout (replication.c waitCommand): 0 replicas have acknowledged."""
    if world.role is not Role.MASTER:
        raise ReplyError(world.version.replication.no_wait_on_replica)
    return _await_replicas(world, integer(argv[1]), timeout_ms_argument(world, argv[2]), 0)


@table.command("WAITAOF", arity=4)
def waitaof(world: World, argv: list[bytes]) -> Expected:
    """WAITAOF numlocal numreplicas timeout (replication.c waitaofCommand): nothing is fsynced, here or there."""
    local = integer(argv[1])
    if local not in (0, 1):
        raise ReplyError(_NOT_A_FLAG)
    replicas = ranged(argv[2], 0, INT64_MAX, NOT_POSITIVE)
    wait_ms = timeout_ms_argument(world, argv[3])
    if world.role is not Role.MASTER:
        raise ReplyError(_NO_WAITAOF_ON_REPLICA)
    if local:
        raise ReplyError(_NO_AOF)
    return _await_replicas(world, replicas, wait_ms, [0, 0])


def _await_replicas(world: World, replicas: int, wait_ms: int, at_timeout: Reply) -> Expected:
    # However many were asked for at first, the client that waits waits for what its `int` says.
    nobody = replicas <= 0 or to_int32(replicas) <= 0
    return at_timeout if nobody else block_until_timeout(world, wait_ms, at_timeout)
