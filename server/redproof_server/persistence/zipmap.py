"""Zipmaps: the small hashes of Redis 2.4, which later versions still read (zipmap.c)."""

from redproof_server.persistence.stream import CorruptPayloadError, Reader

END = 0xFF
LONG_LENGTH = 0xFE


def decode(data: bytes) -> list[bytes]:
    """Fields and values in turn; raises CorruptPayloadError (zipmapValidateIntegrity)."""
    reader = Reader(data)
    reader.byte()
    texts: list[bytes] = []
    while (first := reader.byte()) != END:
        texts.append(reader.take(_length(reader, first)))
        first = reader.byte()
        if first == END:
            raise CorruptPayloadError("zipmap ends behind a field")
        length = _length(reader, first)
        unused = reader.byte()
        texts.append(reader.take(length))
        reader.take(unused)
    if not reader.is_at_end:
        raise CorruptPayloadError("bytes behind the end of a zipmap")
    return texts


def _length(reader: Reader, first: int) -> int:
    return reader.integer(4) if first == LONG_LENGTH else first
