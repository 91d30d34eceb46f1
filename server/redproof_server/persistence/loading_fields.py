"""Hashes whose fields may expire, and the small sets of later versions: read as far as they can be held here.

A field that does expire is refused: kept without its time it would stay for ever (rdb.c rdbLoadObject). All
functions raise CorruptPayloadError, or UnsupportedValueError for such a field.
"""

from collections.abc import Iterable

from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.value import Value
from redproof_server.persistence import formats, listpack
from redproof_server.persistence.loading import LOADERS, Load
from redproof_server.persistence.stream import CorruptPayloadError, Reader, UnsupportedValueError
from redproof_server.persistence.strings import read_string

TIME_BYTES = 8
VALKEY_NO_EXPIRY = -1


def _load_listpack_set(reader: Reader, limits: Limits) -> Value:
    value = Set(limits)
    for member in listpack.decode(read_string(reader)):
        if not value.add(member):
            raise CorruptPayloadError("the same member twice")
    return value


def _filled_hash(pairs: Iterable[tuple[bytes, bytes]], limits: Limits) -> Hash:
    value = Hash(limits)
    for field, text in pairs:
        if not value.set(field, text):
            raise CorruptPayloadError("the same field twice")
    return value


def _refuse_expiry(field: bytes, expires: bool) -> None:
    if expires:
        raise UnsupportedValueError(f"field {field!r} of a hash, which expires")


def _hash_loader(has_first_expiry: bool) -> Load:
    """Fields behind their expiry times, 0 for none; all behind the first of those times, if it is there."""

    def load(reader: Reader, limits: Limits) -> Value:
        reader.take(TIME_BYTES if has_first_expiry else 0)
        return _filled_hash([_read_field(reader) for _ in range(reader.count())], limits)

    return load


def _read_field(reader: Reader) -> tuple[bytes, bytes]:
    expires = reader.length() != 0
    field, text = read_string(reader), read_string(reader)
    _refuse_expiry(field, expires)
    return field, text


def _compact_hash_loader(has_first_expiry: bool) -> Load:
    """A listpack of fields, values and expiry times."""

    def load(reader: Reader, limits: Limits) -> Value:
        reader.take(TIME_BYTES if has_first_expiry else 0)
        texts = listpack.decode(read_string(reader))
        if len(texts) % 3:
            raise CorruptPayloadError("the last expiry time is missing")
        for field, when in zip(texts[::3], texts[2::3], strict=True):
            _refuse_expiry(field, when != b"0")
        return _filled_hash(zip(texts[::3], texts[1::3], strict=True), limits)

    return load


def _load_valkey_hash(reader: Reader, limits: Limits) -> Value:
    """Fields, values and expiry times, which are negative for none."""
    return _filled_hash([_read_valkey_field(reader) for _ in range(reader.count())], limits)


def _read_valkey_field(reader: Reader) -> tuple[bytes, bytes]:
    field, text = read_string(reader), read_string(reader)
    _refuse_expiry(field, reader.integer(TIME_BYTES, signed=True) != VALKEY_NO_EXPIRY)
    return field, text


_COMMON = LOADERS | {formats.SET_LISTPACK: _load_listpack_set}
FIELD_TTL_LOADERS: dict[int, Load] = _COMMON | {
    formats.HASH_METADATA_PRE_GA: _hash_loader(has_first_expiry=False),
    formats.HASH_LISTPACK_EX_PRE_GA: _compact_hash_loader(has_first_expiry=False),
    formats.HASH_METADATA: _hash_loader(has_first_expiry=True),
    formats.HASH_LISTPACK_EX: _compact_hash_loader(has_first_expiry=True),
}
VALKEY_LOADERS: dict[int, Load] = _COMMON | {formats.VALKEY_HASH_2: _load_valkey_hash}
