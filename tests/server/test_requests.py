"""The request parser: pieces of any size, hiredis beside the parser of our own, Redis's errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_server.protocol.fast import BatchReader, encode_request
from redproof_server.protocol.requests import Request, RequestLimits, RequestParser

LIMITS = RequestLimits(arguments_max=2**31 - 1, bulk_bytes_max=512 * 1024 * 1024)

requests = st.lists(st.lists(st.binary(max_size=12), min_size=1, max_size=4), max_size=4)
FRAGMENTS = [
    *(b"*1\r\n", b"*2\r\n", b"*0\r\n", b"*-1\r\n", b"*01\r\n", b"*10\r\n", b"*2000000000\r\n"),
    *(b"$1\r\na\r\n", b"$0\r\n\r\n", b"$-1\r\n", b"$01\r\n", b"$1\r\naXX", b"\0", b"\r\n"),
    *(b"+OK\r\n", b":1\r\n", b"=7\r\ntxt:abc\r\n", b"(12\r\n", b"_\r\n", b",1\r\n", b"#t\r\n"),
    *(b"|1\r\n", b">1\r\n", b"~1\r\n", b"%1\r\n", b"PING\r\n", b"SET 'a\\'b'\n", b'"\r\n'),
]
almost_protocol = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map(b"".join)


def parse(data: bytes, piece_bytes: int, batches: BatchReader | None) -> tuple[list[Request], bytes | None]:
    """All requests in `data`, fed in pieces, and the protocol error behind them."""
    parser = RequestParser(LIMITS, batches)
    found: list[Request] = []
    for start in range(0, len(data), piece_bytes):
        found += parser.receive(data[start : start + piece_bytes])
        if parser.error is not None:
            return found, parser.error.message
    return found, None


@given(requests, st.integers(1, 40))
def test_requests_arrive_whole_however_they_are_cut(sent: list[Request], piece_bytes: int) -> None:
    data = b"".join(map(encode_request, sent))
    assert parse(data, piece_bytes, None) == (sent, None)
    assert parse(data, piece_bytes, BatchReader()) == (sent, None)


@given(almost_protocol, st.integers(1, 60))
def test_hiredis_and_our_parser_agree_on_anything(data: bytes, piece_bytes: int) -> None:
    slow = parse(data, 1, None)
    assert parse(data, piece_bytes, None) == slow
    assert parse(data, piece_bytes, BatchReader()) == slow


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"*x\r\n", b"invalid multibulk length"),
        (b"*2147483648\r\n", b"invalid multibulk length"),
        (b"*1\r\n:1\r\n", b"expected '$', got ':'"),
        (b"*1\r\n$-1\r\n", b"invalid bulk length"),
        (b"*1\r\n$536870913\r\n", b"invalid bulk length"),
        (b"GET 'a\r\n", b"unbalanced quotes in request"),
        (b"a" * 65537, b"too big inline request"),
        (b"*" + b"1" * 65536, b"too big mbulk count string"),
        (b"*1\r\n$" + b"1" * 65536, b"too big bulk count string"),
    ],
)
def test_broken_protocol_is_named_as_redis_names_it(data: bytes, message: bytes) -> None:
    assert parse(data, len(data), BatchReader())[1] == message


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"*11\r\n", b"unauthenticated multibulk length"), (b"*1\r\n$16385\r\n", b"unauthenticated bulk length")],
)
def test_lengths_are_limited_before_authentication(data: bytes, message: bytes) -> None:
    parser = RequestParser(LIMITS, BatchReader())
    assert parser.receive(data, authenticated=False) == []
    assert parser.error is not None
    assert parser.error.message == message


def test_one_request_at_a_time_before_authentication() -> None:
    parser = RequestParser(LIMITS, BatchReader())
    sent = [[b"AUTH", b"x"], [b"PING"], [b"PING"]]
    assert parser.receive(b"".join(map(encode_request, sent)), authenticated=False) == sent[:1]
    assert parser.receive(b"") == sent[1:]


def test_inline_words_may_be_quoted() -> None:
    line = b'set "a\\x41\\n" \'b\\\'c\' d"e f"\r\n'
    assert parse(line, 3, None) == ([[b"set", b"aA\n", b"b'c", b"de f"]], None)


def test_a_request_may_break_the_protocol_after_pieces_that_end_between_its_arguments() -> None:
    parser = RequestParser(LIMITS, BatchReader())
    assert parser.receive(b"*2\r\n$3\r\nGET\r\n") == []
    assert parser.receive(b"*1\r\n$4\r\nPING\r\n") == []
    assert parser.error is not None
    assert parser.error.message == b"expected '$', got '*'"
