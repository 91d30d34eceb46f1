"""Faults in bitmaps and bit fields."""

from __future__ import annotations

from planted.fault import fault, substitute, wrap
from redproof_server.commands import bitfields, bitmaps
from redproof_server.commands.bitfields import Operation
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.protocol.replies import integer

BITMAPS = ("bitmaps",)


@fault(
    "bitpos-never-beyond-the-end",
    "BITPOS of 0 in ones alone answers -1 although no end was given",
    BITMAPS,
    "BITPOS",
    script=4,
)
def bitpos_never_beyond_the_end() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        value = client.db.read(args[1], bytes)
        return integer(-1) if value and reply == integer(len(value) * 8) else reply

    wrap("bitpos", faulty)


@fault(
    "bitcount-end-is-exclusive",
    "BITCOUNT and BITPOS leave the last byte or bit of the range out",
    BITMAPS,
    "BITCOUNT BITPOS",
    within=500,
)
def bitcount_end_is_exclusive() -> None:
    def faulty(start: int, end: int, length_bytes: int, is_bits: bool) -> tuple[int, int]:
        first, last = honest(start, end, length_bytes, is_bits)
        return first, last - 1

    honest = bitmaps.bit_range
    substitute(honest, faulty)


@fault(
    "setbit-answers-the-new-bit",
    "SETBIT answers the bit that it set, not the one before",
    BITMAPS,
    "SETBIT",
    within=500,
    script=2,
)
def setbit_answers_the_new_bit() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        honest(client, args)
        return integer(int(args[3]))

    wrap("setbit", faulty)


@fault(
    "bitop-skips-absent-keys",
    "BITOP AND leaves absent keys out where they count as zeros",
    BITMAPS,
    "BITOP GETBIT SETBIT BITCOUNT BITPOS BITFIELD BITFIELD_RO",
    within=50_000,
)
def bitop_skips_absent_keys() -> None:
    honest = bitmaps.combined

    def faulty(operation: bytes, sources: list[bytes]) -> bytes:
        present = [source for source in sources if source]
        return honest(operation, present if operation == b"and" and present else sources)

    substitute(honest, faulty)


@fault(
    "bitfield-saturates-at-zero",
    "BITFIELD OVERFLOW SAT takes an underflow of a signed field to 0",
    BITMAPS,
    "BITFIELD BITFIELD_RO GETBIT SETBIT BITCOUNT BITPOS",
    within=10_000,
    script=2,
)
def bitfield_saturates_at_zero() -> None:
    honest = bitfields.new_number

    def faulty(operation: Operation, old: int) -> int | None:
        new = honest(operation, old)
        saturates = operation.overflow == bitfields.SAT and operation.name == b"incrby"
        return 0 if saturates and new == operation.field.minimum else new

    substitute(honest, faulty)


@fault(
    "bitfield-counts-bits-after-hash",
    "BITFIELD takes the offset #1 for bit 1",
    BITMAPS,
    "BITFIELD BITFIELD_RO GETBIT SETBIT BITCOUNT BITPOS",
    within=500,
    script=2,
)
def bitfield_counts_bits_after_hash() -> None:
    honest = bitfields.read_field

    def faulty(client: Client, type_text: bytes, offset_text: bytes) -> bitfields.Field:
        return honest(client, type_text, offset_text.removeprefix(b"#"))

    substitute(honest, faulty)
