"""Up to what size collections stay compact."""

from dataclasses import dataclass

from redproof_server.engine.hashing import Hashing


@dataclass(slots=True)
class Limits:
    """Up to what size a collection stays compact, and what its hash table is like when it does not.

    `compact_integer_scores` tells that a compact sorted set stores whole scores as integers, without a sign of zero;
    `hash_tables_are_presized` that the table of a hash is made for all its fields when the hash gives up being compact.
    """

    hashing: Hashing
    compact_encoding: bytes
    compact_integer_scores: bool
    hash_tables_are_presized: bool
    hash_entries: int = 512
    hash_value_bytes: int = 64
    zset_entries: int = 128
    zset_value_bytes: int = 64
    intset_entries: int = 512
