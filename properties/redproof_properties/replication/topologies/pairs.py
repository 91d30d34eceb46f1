"""Which servers can replicate which: a replica must be able to load the snapshot that its master sends."""

from __future__ import annotations

from typing import Final

from redproof_model.versions import commands_absent
from redproof_model.versions.since import descends

from redproof_properties.errors import TargetError
from redproof_properties.judged import Judged, model_version
from redproof_properties.targets import Target
from redproof_properties.unsupported import unsupported_commands

LAST_COMMON_RDB_VERSION: Final = 11
"""That of Redis 7.2, which all forks have in common; Redis and Redict count on from 12, Valkey from 80."""

FIRST_RDB_VERSION_OF_VALKEY: Final = 80
_FOOTER_BYTES: Final = 10


def loads(replica: int, master: int) -> bool:
    """Whether a server that writes RDB version `replica` loads version `master` (rdb.c rdbLoadRioWithLoadingCtx).

    Its own and older ones, but for those between the common ones and the first of its family.
    """
    same_line = (replica >= FIRST_RDB_VERSION_OF_VALKEY) == (master >= FIRST_RDB_VERSION_OF_VALKEY)
    return master <= replica and (master <= LAST_COMMON_RDB_VERSION or same_line)


def rdb_version(target: Target) -> int:
    """The RDB version that a running target writes, as the footer of DUMP tells (cluster.c createDumpPayload)."""
    with target.connect() as connection:
        connection.call("SET", "dumped", "x")
        payload = connection.call("DUMP", "dumped")
        connection.call("DEL", "dumped")
    if not isinstance(payload, bytes) or len(payload) <= _FOOTER_BYTES:
        raise TargetError(f"{target.spelling}: DUMP was answered with {payload!r}")
    return int.from_bytes(payload[-_FOOTER_BYTES : 2 - _FOOTER_BYTES], "little")


def why_not(master: Target, replica: Target) -> str | None:
    """Why one running target is not held to another as its replica, None if it is.

    It must be able to load the snapshot, and descend from its master's version, so that it knows all that may come.
    """
    written, own = rdb_version(master), rdb_version(replica)
    if not loads(own, written):
        return f"{replica.version} has RDB version {own} and cannot load version {written} of {master.version}"
    above, below = model_version(master), model_version(replica)
    if not descends(below, above.family, above.number):
        return f"{replica.version} does not descend from {master.version} and need not know its commands"
    return None


def commands_of_one(judged: Judged, replica: Target) -> frozenset[str]:
    """The commands that a master has and its replica has not."""
    version = model_version(replica)
    return frozenset({*commands_absent(version), *unsupported_commands(replica, version)})
