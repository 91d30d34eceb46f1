"""The hash of an element where the seed can be known: computed here again, from the documents of the servers alone."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2s, sha256
from typing import Final, TypeAlias

import pytest

from redproof_properties.judged import Judged

HashOf: TypeAlias = Callable[[bytes], int]
"""Gives the 64 bits of an element's hash."""


def _keyed_blake2s(seed: bytes) -> HashOf:
    """The hash of the bundled server with this text as its seed (docs/bundled-server.md, the bucket of a key)."""
    key = sha256(seed).digest()[:16]
    return lambda element: int.from_bytes(blake2s(element, digest_size=8, key=key).digest(), "little")


BY_FAMILY: Final[dict[str, Callable[[bytes], HashOf]]] = {"redis": _keyed_blake2s}
"""What a server of a family makes of its setting hash-seed; no Redis has one, so that it is the bundled server's."""


def find_hash(judged: Judged) -> HashOf | None:
    """The hash that the target's setting hash-seed says; None where it is not known."""
    with judged.target.connect() as connection:
        told = connection.call("CONFIG", "GET", "hash-seed")
    family = judged.target.version.family
    match told:
        case [_, bytes(seed)] if seed and family in BY_FAMILY:
            return BY_FAMILY[family](seed)
    return None


def known_hash(judged: Judged) -> HashOf:
    """The hash that the target's setting hash-seed says; skips the property, with the reason, where it is not known."""
    hash_of = find_hash(judged)
    if hash_of is None:
        pytest.skip(f"{judged.target.spelling}: its hash seed cannot be known")
    return hash_of
