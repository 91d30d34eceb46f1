"""The cursor of SCAN: its bits count from the top, so that it stays good while tables grow and shrink (dictScan)."""

_CURSOR_MASK = 2**64 - 1
_REVERSED_BYTES = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def next_cursor(cursor: int, mask: int) -> int:
    """The cursor after `cursor`: its reversed bits count up, within `mask` (dict.c dictScan)."""
    return reversed_bits(reversed_bits(cursor | ~mask & _CURSOR_MASK) + 1 & _CURSOR_MASK)


def reversed_bits(number: int) -> int:
    """The 64 bits of `number`, the last one first (dict.c rev)."""
    return int.from_bytes(number.to_bytes(8, "little").translate(_REVERSED_BYTES), "big")
