"""Strings that share a piece of memory with their key: whether one still fits in (`object.c` of Valkey 8.1, Redis 8.2).

A string that does not fit in is `raw`, and stays so whatever becomes of its key and its expiry.
"""

from __future__ import annotations

from typing import Final

from redproof_model.keyspace.values import String, Value
from redproof_model.versions import Version

_ALWAYS_FIT_BYTES: Final = 31
"""A string and its key fit in together if they are no longer than that, in every version and with an expiry."""

_SHORT_KEY_BYTES: Final = 32
_KEY_HEADER_LENGTH_BYTES: Final = 1
_VALUE_HEADER_BYTES: Final = 3
_NUL_BYTES: Final = 1


def embed(version: Version, key: bytes, value: Value, expires: bool) -> None:
    """Let a string become `raw` that does not fit in with this key, and with an expiry if it has one.

    Source: Valkey's `object.c` (objectSetKeyAndExpire, shouldEmbedStringObject), and what Redis 8.6 answers. An object
    is taken for full to its last byte; an allocator that gives more than it was asked for may leave room for an expiry
    that comes later.
    """
    embedding = version.embedding
    if embedding is None or type(value) is not String or len(key) + len(value.data) <= _ALWAYS_FIT_BYTES:
        return
    key_header = 1 if len(key) < _SHORT_KEY_BYTES else embedding.long_key_bytes
    size = embedding.object_bytes + _KEY_HEADER_LENGTH_BYTES + key_header + len(key) + _NUL_BYTES
    size += _VALUE_HEADER_BYTES + len(value.data) + _NUL_BYTES + embedding.expiry_bytes * expires
    if size > embedding.limit_bytes and value.encoding_name(version.longest_embstr) == "embstr":
        value.encoding = "raw"
