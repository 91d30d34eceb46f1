"""Which commands came with which release; what is in no list, all versions have.

From the field `since` of the command tables of each release (src/commands/*.json, before 7.0 server.c).
"""

from __future__ import annotations

from typing import Final

from redproof_model.versions.facts import Version

ADDED: Final = {
    ("redis", (6, 2)): """
        BLMOVE COPY GETDEL GETEX GEOSEARCH GEOSEARCHSTORE HRANDFIELD LMOVE RESET SMISMEMBER XAUTOCLAIM
        XGROUP|CREATECONSUMER ZDIFF ZDIFFSTORE ZINTER ZMSCORE ZRANDMEMBER ZRANGESTORE ZUNION FAILOVER
        CLIENT|INFO CLIENT|TRACKINGINFO CLIENT|UNPAUSE
        """,
    ("redis", (7, 0)): """
        BLMPOP BZMPOP EVAL_RO EVALSHA_RO EXPIRETIME FCALL FCALL_RO LCS LMPOP PEXPIRETIME SINTERCARD SORT_RO SPUBLISH
        SSUBSCRIBE SUNSUBSCRIBE ZINTERCARD ZMPOP ACL|DRYRUN CLIENT|NO-EVICT FUNCTION FUNCTION|DELETE FUNCTION|DUMP
        FUNCTION|FLUSH FUNCTION|HELP FUNCTION|KILL FUNCTION|LIST FUNCTION|LOAD FUNCTION|RESTORE FUNCTION|STATS
        PUBSUB|SHARDCHANNELS PUBSUB|SHARDNUMSUB
        """,
    ("redis", (7, 2)): "CLIENT|NO-TOUCH CLIENT|SETINFO WAITAOF",
    ("redis", (7, 4)): """
        HEXPIRE HEXPIREAT HEXPIRETIME HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HTTL
        """,
    ("redis", (8, 0)): "HGETDEL HGETEX HSETEX",
    ("redis", (8, 2)): "XACKDEL XDELEX",
    ("redis", (8, 4)): "DELEX DIGEST MSETEX",
    ("valkey", (9, 0)): """
        DELIFEQ HEXPIRE HEXPIREAT HEXPIRETIME HGETEX HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HSETEX HTTL
        """,
    ("valkey", (9, 1)): "HGETDEL MSETEX",
}
"""Subcommands stand with their container, as `OBJECT|FREQ`."""

REMOVED: Final = {("redis", (7, 0)): "STRALGO"}


def commands_absent(version: Version) -> frozenset[str]:
    """The commands of other versions that this one does not have."""
    everywhen = _names(ADDED, None)
    return (everywhen - _names(ADDED, version)) | _names(REMOVED, version)


def _names(lists: dict[tuple[str, tuple[int, int]], str], version: Version | None) -> frozenset[str]:
    """The names in the lists of all releases, or of those that a version is or comes from."""
    included = (names for release, names in lists.items() if version is None or descends(version, *release))
    return frozenset(name for names in included for name in names.split())


def descends(version: Version, family: str, number: tuple[int, int]) -> bool:
    """Whether a version is this release or a later one, or comes from one by a fork."""
    if family == version.family:
        return number <= version.number
    return family == "redis" and version.forked_from is not None and number <= version.forked_from
