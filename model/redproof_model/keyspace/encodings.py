"""When sets and hashes leave their compact encodings, which they never take up again (`t_set.c`, `t_hash.c`).

The limits are the default ones of `set-max-intset-entries`, `set-max-listpack-entries`, `set-max-listpack-value`,
`hash-max-ziplist-entries` and `hash-max-ziplist-value`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Final

from redproof_model.keyspace.values import Hash, SetValue
from redproof_model.number import to_integer
from redproof_model.versions import Version

HASHTABLE: Final = "hashtable"
INTSET: Final = "intset"
LISTPACK: Final = "listpack"

_MAX_ENTRIES: Final = {INTSET: 512, LISTPACK: 128}
_MAX_LISTPACK_BYTES: Final = 64
_MAX_HASH_ENTRIES: Final = 512
_MAX_HASH_BYTES: Final = 64


def expecting(version: Version, encoding: str, count: int) -> str:
    """What the encoding becomes for so many arguments, were there twins among them (`t_set.c` setTypeMaybeConvert)."""
    return HASHTABLE if version.listpack_sets and count > _MAX_ENTRIES.get(encoding, count) else encoding


def grown(version: Version, encoding: str, size: int, added: Collection[bytes]) -> str:
    """The encoding of a set after `added` members have made it grow to `size` (`t_set.c` setTypeAdd)."""
    if encoding == INTSET and size <= _MAX_ENTRIES[INTSET] and all_integers(added):
        return INTSET
    if encoding == HASHTABLE or not version.listpack_sets or size > _MAX_ENTRIES[LISTPACK]:
        return HASHTABLE
    return LISTPACK if max(map(len, added), default=0) <= _MAX_LISTPACK_BYTES else HASHTABLE


def all_integers(members: Iterable[bytes]) -> bool:
    """Whether an intset can hold each of these members (`object.c` isSdsRepresentableAsLongLong)."""
    return None not in map(to_integer, members)


def set_of(version: Version, members: set[bytes]) -> SetValue:
    """The set that results from adding these members, one at a time, to an empty intset (`t_set.c` setTypeAdd)."""
    return SetValue(members, grown(version, INTSET, len(members), members))


def add_members(version: Version, value: SetValue, members: Sequence[bytes]) -> int:
    """Add members to a set and return how many were new (`t_set.c` setTypeAdd)."""
    held = value.members
    before = len(held)
    held.update(members)
    if value.encoding != HASHTABLE:
        value.encoding = grown(version, value.encoding, len(held), members)
    return len(held) - before


def set_restored(version: Version, value: SetValue) -> SetValue:
    """What a set becomes by DUMP and RESTORE: compact again if it is small (`rdb.c` rdbLoadObject)."""
    return set_of(version, value.members.copy()) if value.encoding == HASHTABLE else value.copy()


def convert_if_many(value: Hash) -> None:
    """Convert a hash that has grown over the number of fields that it may compactly hold (`t_hash.c` hashTypeSet)."""
    if len(value.fields) > _MAX_HASH_ENTRIES and value.encoding != HASHTABLE:
        to_hashtable(value)


def convert_for(value: Hash, texts: Iterable[bytes]) -> None:
    """Convert a hash that is to hold these fields and values if one is too long (`t_hash.c` hashTypeTryConversion)."""
    if value.encoding != HASHTABLE and max(map(len, texts)) > _MAX_HASH_BYTES:
        to_hashtable(value)


def to_hashtable(value: Hash) -> None:
    """Convert a hash; from now on the order of its fields is the server's choice (`t_hash.c` hashTypeConvert)."""
    value.encoding = HASHTABLE
    value.ordered = False


def hash_restored(value: Hash, compact_encoding: str) -> Hash:
    """What a hash becomes by DUMP and RESTORE: compact again if it is small (`rdb.c` rdbLoadObject)."""
    twin = value.copy()
    small = (
        len(value.fields) <= _MAX_HASH_ENTRIES
        and max(map(len, chain(*value.fields.items())), default=0) <= _MAX_HASH_BYTES
    )
    if value.encoding == HASHTABLE and small:
        twin.encoding = compact_encoding
    return twin
