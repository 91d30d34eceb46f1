"""What each version of the RDB format calls the types and what stands between them, and how it lays out what is
small (rdb.h)."""

from collections.abc import Callable
from dataclasses import dataclass

from redproof_server.persistence import listpack, ziplist

STRING, LIST, SET, ZSET, HASH, ZSET_2 = range(6)
HASH_ZIPMAP, LIST_ZIPLIST, SET_INTSET, ZSET_ZIPLIST, HASH_ZIPLIST, LIST_QUICKLIST = range(9, 15)
STREAM_LISTPACKS = 15
HASH_LISTPACK, ZSET_LISTPACK, LIST_QUICKLIST_2, STREAM_LISTPACKS_2, SET_LISTPACK, STREAM_LISTPACKS_3 = range(16, 22)
MODULE_PRE_GA, MODULE_2 = 6, 7
# Hashes whose fields may expire: those of Redis since 7.4, and that of Valkey 9, which has a number of the others.
HASH_METADATA_PRE_GA, HASH_LISTPACK_EX_PRE_GA, HASH_METADATA, HASH_LISTPACK_EX = range(22, 26)
VALKEY_HASH_2 = 22

# What stands in the place of a type in a file.
SLOT_INFO, FUNCTION2, FUNCTION_PRE_GA, MODULE_AUX, IDLE, FREQ, AUX, RESIZEDB = range(244, 252)
EXPIRETIME_MS, EXPIRETIME, SELECTDB, EOF = range(252, 256)


@dataclass(frozen=True, slots=True)
class Format:
    """A version of the format.

    `encode_compact`, `entry_bytes` and `empty_bytes` are those of ziplists or listpacks. A whole score is written
    as an integer below `whole_score_limit`. `keeps_negative_zero` is about scores that are written as text;
    `aof_field` tells whether the file begins an append-only file.
    """

    version: int
    list_type: int
    zset_compact_type: int
    hash_compact_type: int
    types_max: int
    nodes_have_containers: bool
    encode_compact: Callable[[list[bytes]], bytes]
    entry_bytes: Callable[[bytes, int], int]
    empty_bytes: int
    whole_score_limit: float
    keeps_negative_zero: bool
    aof_field: bytes


RDB_9 = Format(
    version=9,
    list_type=LIST_QUICKLIST,
    zset_compact_type=ZSET_ZIPLIST,
    hash_compact_type=HASH_ZIPLIST,
    types_max=15,
    nodes_have_containers=False,
    encode_compact=ziplist.encode,
    entry_bytes=ziplist.entry_bytes,
    empty_bytes=ziplist.EMPTY_BYTES,
    whole_score_limit=2.0**52,
    keeps_negative_zero=True,
    aof_field=b"aof-preamble",
)
RDB_10 = Format(
    version=10,
    list_type=LIST_QUICKLIST_2,
    zset_compact_type=ZSET_LISTPACK,
    hash_compact_type=HASH_LISTPACK,
    types_max=19,
    nodes_have_containers=True,
    encode_compact=listpack.encode,
    entry_bytes=listpack.entry_bytes,
    empty_bytes=listpack.EMPTY_BYTES,
    whole_score_limit=2.0**62 + 1024,
    keeps_negative_zero=False,
    aof_field=b"aof-base",
)
FORMATS = {version.version: version for version in (RDB_9, RDB_10)}
