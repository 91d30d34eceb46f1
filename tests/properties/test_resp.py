"""The codec: each reply has one form on the wire, and bytes of any kind never do worse than ProtocolError."""

from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redproof_model.reply import (
    OK,
    Attribute,
    BigNumber,
    Boolean,
    Double,
    Error,
    Map,
    Null,
    Push,
    Reply,
    Set,
    Status,
    Verbatim,
    project,
)
from redproof_properties.encoding import encode, encode_command
from redproof_properties.errors import ProtocolError
from redproof_properties.resp import MAX_DEPTH, Decoder

lines = st.binary(max_size=20).filter(lambda text: b"\r" not in text and b"\n" not in text)
common = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.binary(max_size=40), st.builds(Status, lines), st.builds(Error, lines)
)
doubles = st.one_of(
    st.floats(allow_nan=False).map(lambda value: repr(value).encode()),
    st.sampled_from([b"3", b"-0", b"inf", b"-inf", b"nan", b"-nan", b"1e+20", b"2.5E-7"]),
)
scalars_resp2 = common | st.sampled_from([Null.BULK, Null.ARRAY])
scalars_resp3 = st.one_of(
    common,
    st.just(Null.RESP3),
    st.booleans().map(Boolean),
    st.builds(Double, doubles),
    st.integers().map(lambda value: BigNumber(b"%d" % value)),
    st.builds(Verbatim, st.sampled_from([b"txt", b"mkd"]), st.binary(max_size=20)),
)


def aggregates_resp3(inner: st.SearchStrategy[Reply]) -> st.SearchStrategy[Reply]:
    items = st.lists(inner, max_size=4)
    pairs = st.lists(st.tuples(inner, inner), max_size=3)
    return st.one_of(
        items, st.builds(Set, items), st.builds(Push, items), st.builds(Map, pairs), st.builds(Attribute, pairs, inner)
    )


replies_resp2 = st.recursive(scalars_resp2, lambda inner: st.lists(inner, max_size=4), max_leaves=12)
replies_resp3 = st.recursive(scalars_resp3, aggregates_resp3, max_leaves=12)
conversations = st.one_of(
    st.tuples(st.just(2), st.lists(replies_resp2, min_size=1, max_size=4)),
    st.tuples(st.just(3), st.lists(replies_resp3, min_size=1, max_size=4)),
)

FORMS: list[tuple[bytes, Reply]] = [
    (b"+OK\r\n", OK),
    (b"-ERR no\r\n", Error(b"ERR no")),
    (b":-9223372036854775808\r\n", -(2**63)),
    (b"$0\r\n\r\n", b""),
    (b"$4\r\n\r\n\x00\xff\r\n", b"\r\n\x00\xff"),
    (b"$-1\r\n", Null.BULK),
    (b"*-1\r\n", Null.ARRAY),
    (b"_\r\n", Null.RESP3),
    (b"*0\r\n", []),
    (b"*2\r\n*1\r\n:1\r\n$-1\r\n", [[1], Null.BULK]),
    (b",1.50\r\n", Double(b"1.50")),
    (b"#t\r\n", Boolean(True)),
    (b"#f\r\n", Boolean(False)),
    (b"(-123456789012345678901234567890\r\n", BigNumber(b"-123456789012345678901234567890")),
    (b"=9\r\ntxt:hello\r\n", Verbatim(b"txt", b"hello")),
    (b"%1\r\n+a\r\n:1\r\n", Map([(Status(b"a"), 1)])),
    (b"~0\r\n", Set([])),
    (b">1\r\n+x\r\n", Push([Status(b"x")])),
    (b"|0\r\n:1\r\n", Attribute([], 1)),
    (b"*1\r\n|1\r\n+a\r\n:1\r\n:2\r\n", [Attribute([(Status(b"a"), 1)], 2)]),
]

NOT_RESP = [
    b"HTTP/1.1 400 Bad Request\r\n",
    b"\r\n",
    b":01\r\n",
    b":+1\r\n",
    b":-0\r\n",
    b": 1\r\n",
    b":1_0\r\n",
    b":9223372036854775808\r\n",
    b"$-2\r\n",
    b"$?\r\n",
    b"*?\r\n",
    b"~-1\r\n",
    b"=-1\r\n",
    b"$1\r\nab\r\n",
    b"$1\r\na\rb",
    b"+a\nb\r\n",
    b"#x\r\n",
    b"_x\r\n",
    b",1,5\r\n",
    b",\r\n",
    b"(1.5\r\n",
    b"=3\r\ntxt\r\n",
    b"*" + b"1" * 40,
    b"*1\r\n" * (MAX_DEPTH + 1),
]


def decode_all(decoder: Decoder) -> list[Reply]:
    replies = []
    while (reply := decoder.next_reply()) is not None:
        replies.append(reply)
    return replies


@pytest.mark.parametrize(("wire", "reply"), FORMS)
def test_each_form_is_read_and_written(wire: bytes, reply: Reply) -> None:
    decoder = Decoder()
    decoder.feed(wire)
    assert decoder.next_reply() == reply
    assert decoder.pending_bytes == 0
    assert encode(reply, 2 if b"-1\r\n" in wire else 3) == wire


@pytest.mark.parametrize("wire", NOT_RESP)
def test_what_is_not_resp_is_refused_again_and_again(wire: bytes) -> None:
    decoder = Decoder()
    decoder.feed(wire)
    for _ in range(2):
        with pytest.raises(ProtocolError):
            decoder.next_reply()
    assert decoder.position_bytes == 0


def test_the_deepest_nesting_is_read_and_written() -> None:
    wire = b"*1\r\n" * MAX_DEPTH + b":1\r\n"
    decoder = Decoder()
    decoder.feed(wire)
    reply = decoder.next_reply()
    assert reply is not None
    assert encode(reply, 2) == wire


def test_a_blob_error_reads_as_an_error() -> None:
    decoder = Decoder()
    decoder.feed(b"!8\r\nERR a\r\nb\r\n")
    assert decoder.next_reply() == Error(b"ERR a\r\nb")


@given(conversations)
def test_replies_survive_the_wire_whole_and_a_byte_at_a_time(conversation: tuple[int, list[Reply]]) -> None:
    resp, replies = conversation
    wires = [encode(reply, resp) for reply in replies]
    decoder = Decoder()
    decoder.feed(b"".join(wires))
    assert decode_all(decoder) == replies

    trickle = Decoder()
    for reply, wire in zip(replies, wires, strict=True):
        for byte in wire[:-1]:
            trickle.feed(bytes([byte]))
            assert trickle.next_reply() is None
        trickle.feed(wire[-1:])
        assert trickle.next_reply() == reply
    assert trickle.position_bytes == sum(map(len, wires))
    assert trickle.pending_bytes == 0


@given(st.sampled_from([2, 3]), replies_resp3)
def test_encoding_projects_what_the_protocol_has_no_form_for(resp: int, reply: Reply) -> None:
    assert encode(reply, resp) == encode(project(reply, resp), resp)


strings = st.sampled_from([b"", b"a", b"\r\n", b"$1\r\n", b"m\x00\r\n", b"q" * 65, b"w" * 5000])
large = st.lists(st.one_of(strings, strings, common, st.lists(strings, max_size=9)), min_size=8, max_size=20)


@given(st.lists(large, min_size=1, max_size=2), st.lists(st.integers(10, 6000), min_size=1, max_size=8))
def test_large_arrays_survive_the_wire_in_pieces_of_any_size(replies: list[Reply], sizes: list[int]) -> None:
    data = b"".join(encode(reply, 2) for reply in replies)
    decoder = Decoder()
    read: list[Reply] = []
    at = 0
    for size in cycle(sizes):
        if at >= len(data):
            break
        decoder.feed(data[at : at + size])
        at += size
        read += decode_all(decoder)
    assert read == replies
    assert decoder.position_bytes == len(data)


@pytest.mark.parametrize("bad", [b"$1\r\nab\r\n", b"$01\r\na\r\n", b"$-2\r\n", b"a\r\n"])
def test_a_large_array_with_a_string_that_is_none_is_refused_again_and_again(bad: bytes) -> None:
    decoder = Decoder()
    decoder.feed(b"*20\r\n" + b"$1\r\na\r\n" * 12 + bad)
    for _ in range(2):
        with pytest.raises(ProtocolError):
            decoder.next_reply()
    assert decoder.position_bytes == 0


ragged = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from([b"\r\n", b"*2", b"$3", b"$-1", b":1", b"%1", b"|1", b"+", b"=4", b"_", b"#t", b",1"]),
    )
).map(b"".join)


@given(ragged | st.binary())
def test_any_bytes_give_replies_a_protocol_error_or_wait_for_more(data: bytes) -> None:
    whole, trickle = Decoder(), Decoder()
    outcomes = []
    for decoder, pieces in ((whole, [data]), (trickle, [bytes([byte]) for byte in data])):
        replies: list[Reply] = []
        refused = False
        try:
            for piece in pieces:
                decoder.feed(piece)
                replies += decode_all(decoder)
        except ProtocolError:
            refused = True
        outcomes.append((replies if not refused else None, refused))
    assert outcomes[0] == outcomes[1]


HAVE_TWO_FORMS = (b"!", b"$-1", b"*-1")


@given(ragged.filter(lambda data: not any(form in data for form in HAVE_TWO_FORMS)))
def test_what_was_read_encodes_to_the_very_bytes(data: bytes) -> None:
    decoder = Decoder()
    decoder.feed(data)
    taken = 0
    try:
        while (reply := decoder.next_reply()) is not None:
            wire = data[taken : decoder.position_bytes]
            taken = decoder.position_bytes
            assert encode(reply, 3) == wire
    except ProtocolError:
        assert decoder.position_bytes == taken


@given(conversations)
def test_take_if_takes_whole_expected_bytes_only(conversation: tuple[int, list[Reply]]) -> None:
    resp, replies = conversation
    wire = b"".join(encode(reply, resp) for reply in replies)
    decoder = Decoder()
    decoder.feed(wire[:-1])
    assert decoder.take_if(wire) is None
    assert decoder.take_if(b"?" + wire) is False
    decoder.next_reply()
    decoder.feed(wire[-1:])
    decoded_bytes = decoder.position_bytes
    assert decoder.take_if(wire[decoded_bytes:]) is True
    assert decoder.position_bytes == len(wire)
    assert decoder.next_reply() is None


def test_take_if_after_half_an_aggregate_begins_at_the_aggregate() -> None:
    decoder = Decoder()
    decoder.feed(b"*2\r\n:1\r\n")
    assert decoder.next_reply() is None
    decoder.feed(b":2\r\n+OK\r\n")
    assert decoder.take_if(b"*2\r\n:1\r\n:2\r\n") is True
    assert decoder.next_reply() == OK


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=5))
def test_a_command_is_an_array_of_bulk_strings(argv: list[bytes]) -> None:
    decoder = Decoder()
    decoder.feed(encode_command(argv))
    assert decoder.next_reply() == argv


@pytest.mark.parametrize("resp", [2, 3])
def test_what_is_not_a_reply_is_a_type_error(resp: int) -> None:
    with pytest.raises(TypeError, match="not a reply"):
        encode("text", resp)  # type: ignore[arg-type]
