"""Hashes (t_hash.c)."""

from collections.abc import Iterator

from redproof_server.engine.dict import Dict
from redproof_server.engine.values.limits import Limits


class Hash:
    """A hash. `fields` has buckets once it is a hash table."""

    __slots__ = ("_limits", "fields")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.fields: Dict[bytes] = Dict(limits.hashing, indexed=False)

    def __len__(self) -> int:
        return len(self.fields.entries)

    @property
    def encoding(self) -> bytes:
        """The name of the encoding."""
        return b"hashtable" if self.fields.indexed else self._limits.compact_encoding

    def get(self, field: bytes) -> bytes | None:
        """The value of `field`, or None."""
        return self.fields.get(field)

    def set(self, field: bytes, value: bytes, checks_length: bool = True) -> bool:
        """Set `field`; whether it is new (hashTypeSet)."""
        fields = self.fields
        if checks_length and not fields.indexed:
            self.convert_if_long(field, value)
        if field in fields:
            fields.entries[field] = value
            return False
        fields.add(field, value)
        if not fields.indexed and len(fields.entries) > self._limits.hash_entries:
            self.convert()
        return True

    def convert_if_long(self, field: bytes, value: bytes) -> None:
        """Turn into a hash table for the sake of a text that is too long (hashTypeTryConversion)."""
        longest = self._limits.hash_value_bytes
        if not self.fields.indexed and (len(field) > longest or len(value) > longest):
            self.convert()

    def convert(self) -> None:
        """Give up the compact encoding (hashTypeConvert)."""
        self.fields.index(presized=len(self) if self._limits.hash_tables_are_presized else 0)

    def delete(self, field: bytes) -> bool:
        """Remove `field`; whether it was there (hashTypeDelete)."""
        deleted = self.fields.delete(field)
        if deleted and self.fields.indexed:
            self.fields.shrink_if_sparse()
        return deleted

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Fields and values, the oldest first while the hash is compact."""
        return iter(self.fields.entries.items())

    def frozen(self) -> "Hash":
        """What is to be saved: it does not change with the original."""
        duplicate = Hash(self._limits)
        duplicate.fields = self.fields.frozen()
        return duplicate

    def copy(self) -> "Hash":
        """Another hash of the same encoding (hashTypeDup)."""
        duplicate = Hash(self._limits)
        duplicate.fields = self.fields.copy()
        return duplicate
