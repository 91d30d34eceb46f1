"""The payload of DUMP and RESTORE: a value, the version of the format, a checksum (cluster.c createDumpPayload)."""

from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.value import Value
from redproof_server.persistence.crc64 import crc64
from redproof_server.persistence.formats import FORMATS
from redproof_server.persistence.loading import load_value
from redproof_server.persistence.saving import save_value
from redproof_server.persistence.stream import Reader

VERSION_BYTES, CHECKSUM_BYTES = 2, 8


def dump(value: Value, rdb_version: int, list_fill: int) -> bytes:
    """The payload for a value. `list_fill` is the setting list-max-ziplist-size."""
    return sealed(save_value(value, FORMATS[rdb_version], list_fill), rdb_version)


def sealed(body: bytes, rdb_version: int) -> bytes:
    """`body` with the version of the format and a checksum."""
    body += rdb_version.to_bytes(VERSION_BYTES, "little")
    return body + crc64(body).to_bytes(CHECKSUM_BYTES, "little")


def is_intact(payload: bytes, rdb_version: int) -> bool:
    """Whether a payload is of this version of the format or an older one, and its checksum right
    (verifyDumpPayload)."""
    if len(payload) < VERSION_BYTES + CHECKSUM_BYTES:
        return False
    body, checksum = payload[:-CHECKSUM_BYTES], payload[-CHECKSUM_BYTES:]
    if int.from_bytes(body[-VERSION_BYTES:], "little") > rdb_version:
        return False
    return int.from_bytes(checksum, "little") == crc64(body)


def restore(payload: bytes, rdb_version: int, limits: Limits) -> Value:
    """The value of an intact payload.

    Raises:
        CorruptPayloadError: it holds no value that this version knows.
    """
    return load_value(Reader(payload), FORMATS[rdb_version], limits)
