"""The hash of an element where the seed can be known: computed here again, from the documents of the servers alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2s, sha256
from typing import Final, TypeAlias

import pytest

from redproof_properties.judged import Judged
from redproof_properties.siphash import siphash

HashOf: TypeAlias = Callable[[bytes], int]
"""Gives the 64 bits of an element's hash."""


def _keyed_blake2s(seed: bytes) -> HashOf:
    """The hash of the bundled server with this text as its seed (docs/bundled-server.md, the bucket of a key)."""
    key = sha256(seed).digest()[:16]
    return lambda element: int.from_bytes(blake2s(element, digest_size=8, key=key).digest(), "little")


def _siphash_1_2(seed: bytes) -> HashOf:
    """The hash of a Valkey from 9.1 on with this text as its setting hash-seed: SipHash-1-2 (siphash.c, config.c)."""
    key = sha256(seed).digest()
    return lambda element: siphash(element, key[:16], c_rounds=1, d_rounds=2)


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a server makes of its setting hash-seed, and whether that is so for collections as well as for the keys."""

    hash_with: Callable[[bytes], HashOf]
    in_collections: bool


BY_FAMILY: Final = {"redis": Seeded(_keyed_blake2s, True), "valkey": Seeded(_siphash_1_2, False)}
"""By family; no Redis has the setting, so that it is the bundled server's."""


def find_hash(judged: Judged, scan: str) -> HashOf | None:
    """The hash that the target's setting hash-seed says for what this command scans; None where it is not known."""
    with judged.target.connect() as connection:
        told = connection.call("CONFIG", "GET", "hash-seed")
    seeded = BY_FAMILY.get(judged.target.version.family)
    match told:
        case [_, bytes(seed)] if seed and seeded is not None and (seeded.in_collections or scan == "SCAN"):
            return seeded.hash_with(seed)
    return None


def known_hash(judged: Judged, scan: str) -> HashOf:
    """As `find_hash`; skips the property, with the reason, where the hash is not known."""
    hash_of = find_hash(judged, scan)
    if hash_of is None:
        pytest.skip(f"{judged.target.spelling}: the hash seed of what {scan} goes over cannot be known")
    return hash_of
