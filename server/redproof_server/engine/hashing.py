"""What all hash tables of a server share: the keyed hash function, and whether they should resize now (dict.c)."""

from hashlib import blake2s, sha256

SEED_BYTES = 16
HASH_BYTES = 8


def seed_of_text(text: bytes) -> bytes:
    """The seed that the parameter hash-seed means: any text makes one (Valkey's server.c getHashSeedFromString)."""
    return sha256(text).digest()[:SEED_BYTES]


class Hashing:
    """A hash function, and the resize policy, which is about all tables at once.

    While `avoids_resize` is set, since a child process shares their memory, tables grow only once they are
    overfull, and a rehash stands still unless the tables differ much in size (dict_can_resize).
    """

    __slots__ = ("_keyed", "avoids_resize")

    def __init__(self, seed: bytes) -> None:
        self._keyed = blake2s(digest_size=HASH_BYTES, key=seed)
        self.avoids_resize = False

    def hash(self, key: bytes) -> int:
        """The 64-bit hash of a key; its low bits are the index of the key's bucket (dictGenHashFunction)."""
        state = self._keyed.copy()
        state.update(key)
        return int.from_bytes(state.digest(), "little")
