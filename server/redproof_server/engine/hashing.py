"""What all hash tables of a server share: the keyed hash function, and whether they should resize now (dict.c)."""

from collections.abc import Callable
from hashlib import blake2s, sha256

SEED_BYTES = 16
HASH_BYTES = 8


def seed_of_text(text: bytes) -> bytes:
    """The seed that the parameter hash-seed means: any text makes one (Valkey's server.c getHashSeedFromString)."""
    return sha256(text).digest()[:SEED_BYTES]


def keyed_hash(seed: bytes) -> Callable[[bytes], int]:
    """The function that gives the 64-bit hash of a key (dictGenHashFunction)."""
    copy_seeded, from_bytes = blake2s(digest_size=HASH_BYTES, key=seed).copy, int.from_bytes

    def hash_key(key: bytes) -> int:
        state = copy_seeded()
        state.update(key)
        return from_bytes(state.digest(), "little")

    return hash_key


class Hashing:
    """A hash function, and the resize policy, which is about all tables at once.

    The low bits of the `hash` of a key are the index of its bucket. While `avoids_resize` is set, since a child
    process shares their memory, tables grow only once they are overfull, and a rehash stands still unless the tables
    differ much in size (dict_can_resize).
    """

    __slots__ = ("avoids_resize", "hash")

    def __init__(self, seed: bytes) -> None:
        self.hash = keyed_hash(seed)
        self.avoids_resize = False
