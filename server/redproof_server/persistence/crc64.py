"""The 64-bit checksum behind every payload: Jones's polynomial, bits reflected (crc64.c)."""

_REFLECTED_POLYNOMIAL = 0x95AC9329AC4BC9B5


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_REFLECTED_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_table_entry(byte) for byte in range(256)]


def crc64(data: bytes, crc: int = 0) -> int:
    """The checksum of `data`, or of what had the checksum `crc` with `data` behind it."""
    table = _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc
