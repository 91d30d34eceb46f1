"""Mutants of the keyspace's arithmetic and of the slot of a key."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant


def ranges(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of ranges and indexes."""
    return Mutant(breaks, "arithmetic", "ranges:ranges", "ranges", before, after, caught_by)


def counters(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of counting."""
    return Mutant(breaks, "arithmetic", "counters:counters", "counters", before, after, caught_by)


def expiry(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of instants of expiry."""
    return Mutant(breaks, "arithmetic", "expiry:expiry", "expiry", before, after, caught_by)


def bitfield(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of BITFIELD."""
    return Mutant(breaks, "arithmetic", "bitfield:bitfield", "bitfield", before, after, caught_by)


def positions(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of LPOS."""
    return Mutant(breaks, "arithmetic", "positions:positions", "positions", before, after, caught_by)


def crc16(breaks: str, before: str, after: str, caught_by: str) -> Mutant:
    """A mutant of the slot of a key."""
    return Mutant(breaks, "", "crc16:crc16_system", "crc16", before, after, caught_by)


ARITHMETIC: Final = (
    ranges(
        "GETRANGE does not look whether negative ends have crossed",
        "any_of(crossed, start > end, length == 0)",
        "any_of(start > end, length == 0)",
        "getrange_differs",
    ),
    ranges(
        "GETRANGE leaves an end before the string where it is",
        "    end = ite(end < 0, 0, end)\n",
        "",
        "getrange_differs",
    ),
    ranges(
        "LRANGE takes an element after the last",
        "ite(end >= length, length - 1, end)",
        "ite(end > length, length - 1, end)",
        "lrange_is_slice",
    ),
    ranges(
        "LINDEX -1 is the last but one",
        "-index - 1, index)",
        "-index, index)",
        "lindex_finds_element",
    ),
    ranges(
        "SETRANGE does not mind that the length wraps",
        "any_of(total > limit, total < size, total < append)",
        "total > limit",
        "setrange_is_bounded",
    ),
    counters(
        "INCRBY refuses the greatest number",
        "increment > LLONG_MAX - old",
        "increment >= LLONG_MAX - old",
        "incrby_is_sum",
    ),
    counters(
        "INCRBY looks for an overflow by an overflow",
        "all_of(increment < 0, old < 0, increment < LLONG_MIN - old)",
        "all_of(increment < 0, increment < LLONG_MIN - old)",
        "incrby_is_defined",
    ),
    counters(
        "DECRBY of 7.0 refuses one number more",
        "decrement == LLONG_MIN)\n    return refused, ite",
        "decrement <= LLONG_MIN + 1)\n    return refused, ite",
        "decrby_differs_in_7_0",
    ),
    expiry(
        "EXPIRE lets seconds wrap",
        "LLONG_MAX // 1000\n",
        "LLONG_MAX // 999\n",
        "expire_differs",
    ),
    expiry(
        "EXPIRE lets negative seconds wrap",
        "any_of(amount > _SECONDS_MAX, amount < -_SECONDS_MAX)",
        "amount > _SECONDS_MAX",
        "expire_differs",
    ),
    expiry(
        "PEXPIRE looks at the sum, as SET does",
        "amount_ms > LLONG_MAX - from_ms",
        "amount_ms + from_ms < 0",
        "pexpire_is_sum",
    ),
    expiry(
        "SET does not look at the sum",
        "refused = any_of(invalid, when_ms <= 0)",
        "refused = invalid",
        "set_refuses_what_overflows",
    ),
    expiry(
        "RESTORE takes the last instant for one that does not fit",
        "ite(ttl_ms != 0, ttl_ms + from_ms, ttl_ms)",
        "ite(ttl_ms > LLONG_MAX - from_ms, LLONG_MAX, ite(ttl_ms != 0, ttl_ms + from_ms, ttl_ms))",
        "restore_differs",
    ),
    bitfield(
        "INCRBY of i64 does not mind that it wraps",
        "        all_of(value >= 0, increment > 0, increment > room_above),\n",
        "",
        "signed_incrby_is_sum",
    ),
    bitfield(
        "INCRBY of an unsigned integer does not reach 0",
        "increment < signed(-value)",
        "increment <= signed(-value)",
        "unsigned_incrby_is_sum",
    ),
    bitfield(
        "SET with SAT takes the nearer end for any number",
        "room_above = signed(unsigned(largest) - unsigned(value))",
        "room_above = ite(value < 0, LLONG_MAX, largest - value)",
        "signed_set_differs",
    ),
    bitfield(
        "GET looks at the bit above the sign",
        "negative = low_bits & (_ONE << (bits - 1)) != 0",
        "negative = low_bits & (_ONE << bits) != 0",
        "signed_get_is_twos_complement",
    ),
    bitfield(
        "an offset may lie behind the longest string",
        "offset >> 3 < limit_bytes",
        "offset >> 3 <= limit_bytes",
        "offset_differs",
    ),
    positions(
        "LPOS reports one match more than COUNT",
        "match - first + 1 >= count",
        "match - first >= count",
        "lpos_reports_count",
    ),
    positions(
        "LPOS counts places from behind the tail",
        "length - index - 1, index)",
        "length - index, index)",
        "lpos_place_is_distance",
    ),
    crc16("an entry of the table is wrong", "0x1ef0", "0x1ef1", "table_divides_by_polynomial"),
    crc16("the slot is a bit of the CRC", "crc & (SLOTS - 1)", "crc & SLOTS", "slot_is_remainder"),
)
