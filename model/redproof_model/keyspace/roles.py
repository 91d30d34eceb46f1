"""What a server is in replication, and what follows for its clients: who may write, and who sees what has expired.

A replica never deletes a key for its time: it hides it from those who read, and keeps it until its master sends the
deletion. Its master's commands meet all that is kept. Sources: `server.c` processCommand, `db.c` expireIfNeeded and
lookupKeyReadWithFlags, `script.c` scriptVerifyWriteCommandAllow.

A replica whose link to its master is down may be told to refuse what depends on its data.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from redproof_model.errors import ReplyError
from redproof_model.keyspace.programs import PROGRAM_CALLS_SENT

if TYPE_CHECKING:
    from redproof_model.keyspace.session import Session
    from redproof_model.keyspace.world import World


class Role(Enum):
    """A server's part: a master, its replica, or a replica whose setting `replica-read-only` is `no`."""

    MASTER = "master"
    REPLICA = "replica"
    WRITABLE_REPLICA = "writable replica"


MASTER_CLIENT: Final = "the master"
"""The name of a replica's client through which its master's stream comes."""

READ_ONLY: Final = b"READONLY You can't write against a read only replica."
NO_REPLICAS: Final = b"NOREPLICAS Not enough good replicas to write."
STALE: Final = b"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."


@dataclass(frozen=True, slots=True)
class Refusals:
    """What clients are refused: `writes` with this text, those and PING where nothing can be `saved`, and all but a few
    commands where data is `stale`.
    """

    writes: bytes | None = None
    saved: bool = True
    stale: bool = False


NO_REFUSALS: Final = Refusals()

_WRITES: Final = """
    APPEND BITFIELD BITOP BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN COPY DECR DECRBY DEL DELEX
    DELIFEQ EXPIRE EXPIREAT FLUSHALL FLUSHDB FUNCTION|DELETE FUNCTION|FLUSH FUNCTION|LOAD GEOADD GEORADIUS
    GEORADIUSBYMEMBER GEOSEARCHSTORE GETDEL GETEX GETSET HDEL HEXPIRE HEXPIREAT HGETDEL HGETEX HINCRBY HINCRBYFLOAT
    HMSET HPERSIST HPEXPIRE HPEXPIREAT HSET HSETEX HSETNX INCR INCRBY INCRBYFLOAT LINSERT LMOVE LMPOP LPOP LPUSH
    LPUSHX LREM LSET LTRIM MOVE MSET MSETEX MSETNX PERSIST PEXPIRE PEXPIREAT PFADD PFDEBUG PFMERGE PSETEX RENAME
    RENAMENX RESTORE RPOP RPOPLPUSH RPUSH RPUSHX SADD SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTERSTORE SMOVE
    SORT SPOP SREM SUNIONSTORE SWAPDB UNLINK XACK XACKDEL XADD XAUTOCLAIM XCLAIM XDEL XDELEX XGROUP
    XGROUP|CREATE XGROUP|CREATECONSUMER XGROUP|DELCONSUMER XGROUP|DESTROY XGROUP|SETID XREADGROUP XSETID XTRIM ZADD
    ZDIFFSTORE ZINCRBY ZINTERSTORE ZMPOP ZPOPMAX ZPOPMIN ZRANGESTORE ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK
    ZREMRANGEBYSCORE ZUNIONSTORE
    """
WRITES: Final = frozenset(_WRITES.split())
"""The commands with the flag `write`, as COMMAND tells them: also where they only read, as SORT and BITFIELD may.

A version without a flag for each subcommand takes all of XGROUP for a write.
"""


def refuse_unsaved(world: World) -> None:
    """Refuse a command, by raising ReplyError, where a snapshot could not be saved (writeCommandsDeniedByDiskError)."""
    facts = world.version.replication
    minds = world.role is Role.MASTER or facts.replicas_mind_unsaved
    if not world.refusals.saved and minds and not world.session.is_master:
        raise ReplyError(facts.unsaved)


def refuse_writes(world: World, minds_replicas: bool = True) -> None:
    """Refuse a command that writes, by raising ReplyError, unless its client may.

    A script of a master may not mind how many replicas there are.
    """
    refuse_unsaved(world)
    minded = minds_replicas or world.role is not Role.MASTER
    if world.refusals.writes is not None and minded and not world.session.is_master:
        raise ReplyError(world.refusals.writes)


def refuse_stale(world: World, served: bool) -> None:
    """Refuse a command, by raising ReplyError, unless it is one that a replica whose link is down has `served`."""
    if world.refusals.stale and not served and not world.session.is_master:
        raise ReplyError(STALE)


def sees_expired(world: World, session: Session, name: bytes, arguments: int) -> bool:
    """Whether a command that a replica executes meets keys whose time has come.

    Its master's do. Of a client's, where only commands that read are kept from it, scripts do, and PFCOUNT of one key,
    which looks it up to write.
    """
    if session.is_master:
        return True
    looks_up_to_write = name in PROGRAM_CALLS_SENT or (name == b"PFCOUNT" and arguments == 2)
    return looks_up_to_write and world.version.replication.hides_from_reads_only


def look(world: World, argv: list[bytes]) -> None:
    """Let the command that a replica is about to execute meet the keys that it sees, and no others."""
    if sees_expired(world, world.session, argv[0].upper(), len(argv)):
        for db in world.databases:
            db.reveal()
    else:
        for db in world.databases:
            db.conceal()
