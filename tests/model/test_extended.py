"""The 80-bit arithmetic of INCRBYFLOAT, against results of the C library on x86-64."""

from __future__ import annotations

import pytest
from redproof_model.extended import add, extended, extended_text, to_extended

LARGEST = b"1.18973149535723176502e4932"
SMALLEST = b"3.6451995318824746025e-4951"


@pytest.mark.parametrize(
    ("left", "right", "total"),
    [
        (b"10.5", b"0.1", b"10.6"),
        (b"0.1", b"0.2", b"0.3"),
        (b"3.0e3", b"200", b"3200"),
        (b"-0", b"-0.0", b"0"),
        (b"-1e-30", b"0", b"0"),
        (b"1", b"1e-18", b"1"),
        (b"9223372036854775807", b"1", b"9223372036854775808"),
        (b"18446744073709551615", b"0.5", b"18446744073709551616"),
        (b"18446744073709551617", b"0", b"18446744073709551616"),
        (b"0x1p-17", b"0", b"0.00000762939453125"),
        (b"0xA.8", b".5", b"11"),
        (b"5e-18", b"0", b"0"),
        (b"6e-18", b"0", b"0.00000000000000001"),
        (b"1.1", b"2.2", b"3.3"),
        (b"1234567890123456789.123", b"0", b"1234567890123456789.125"),
    ],
)
def test_a_sum_is_rounded_to_64_bits_and_written_with_17_decimals(left: bytes, right: bytes, total: bytes) -> None:
    result = add(extended(left), extended(right))
    assert result is not None
    assert extended_text(result) == total


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" 1",
        b"1 ",
        b"1\0",
        b"nan",
        b"0x",
        b"0x.",
        b"0x1p",
        b"1e",
        b".",
        b"--1",
        b"1_0",
        b"1e4933",
        b"1e-4952",
        b"-0x1p16384",
        b"0x1p-16446",
        b"1e99999999999999999999",
        b"1e-99999999999999999999",
        b"1" * 5120,
    ],
)
def test_other_forms_and_numbers_out_of_range_are_refused(text: bytes) -> None:
    assert to_extended(text) is None


def test_the_largest_number_has_4933_digits_and_the_smallest_is_read() -> None:
    largest = extended(LARGEST)
    assert len(extended_text(largest)) == 4933
    total = add(largest, largest)
    assert total is not None
    assert not total.finite
    assert extended(SMALLEST) == (1, -16445)


def test_infinities_of_different_sign_do_not_add_up() -> None:
    infinity, minus_infinity = extended(b"inf"), extended(b"-Infinity")
    assert not infinity.finite
    assert add(infinity, extended(b"1")) == infinity
    assert add(extended(b"1"), minus_infinity) == minus_infinity
    assert add(infinity, infinity) == infinity
    assert add(infinity, minus_infinity) is None
