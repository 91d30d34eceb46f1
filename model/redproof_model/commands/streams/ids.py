"""IDs of stream entries as arguments and in replies, and the arguments that several stream commands share."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NoReturn

from redproof_model.choice import Expected
from redproof_model.errors import ReplyError, c_string, one_line
from redproof_model.keyspace.streams import ID, MAX_ID, MIN_ID, UINT64_MAX, Fields, Group, Stream, next_id, previous_id
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MIN, to_integer
from redproof_model.reply import Map, Reply

NOT_AN_ID: Final = b"ERR Invalid stream ID specified as stream command argument"
_BAD_START: Final = b"ERR invalid start ID for the interval"
_BAD_END: Final = b"ERR invalid end ID for the interval"
_LONGEST_ID: Final = 127
_UNSIGNED: Final = re.compile(rb"[ \t\n\v\f\r]*+([+-]?)(\d++)")


def parse_id(text: bytes, missing: int = 0, *, strict: bool = True) -> ID | None:
    """Read `ms-sequence` or `ms` alone, None for anything else (`t_stream.c` streamGenericParseIDOrReply).

    `missing` is the sequence number of an ID without one. If not `strict`, `-` and `+` are the least and the
    greatest ID.
    """
    if len(text) > _LONGEST_ID:
        return None
    text = c_string(text)
    if text in (b"-", b"+"):
        return None if strict else MIN_ID if text == b"-" else MAX_ID
    left, dash, right = text.partition(b"-")
    ms = _unsigned(left)
    sequence = _unsigned(right) if dash else missing
    return None if ms is None or sequence is None else (ms, sequence)


def stream_id(text: bytes, *, strict: bool = True) -> ID:
    """Read an ID or end the command (`t_stream.c` streamParseStrictIDOrReply, streamParseIDOrReply)."""
    entry_id = parse_id(text, strict=strict)
    if entry_id is None:
        raise ReplyError(NOT_AN_ID)
    return entry_id


def partial_id(text: bytes) -> int | None:
    """The milliseconds of `ms-*`, None if that is not what the text says."""
    left, dash, right = c_string(text).partition(b"-")
    return _unsigned(left) if dash and right == b"*" and len(text) <= _LONGEST_ID else None


def start_id(text: bytes, *, exclusive: bool = True) -> ID:
    """Read where an interval starts, behind `(` if it is left out (`t_stream.c` streamParseIntervalIDOrReply)."""
    if not exclusive or not _is_exclusive(text):
        return _closed(text, 0)
    start = next_id(stream_id(text[1:]))
    if start is None:
        raise ReplyError(_BAD_START)
    return start


def end_id(text: bytes, *, exclusive: bool = True) -> ID:
    """Read where an interval ends, as `start_id`; an ID without a sequence number ends its millisecond."""
    if not exclusive or not _is_exclusive(text):
        return _closed(text, UINT64_MAX)
    given = parse_id(text[1:], UINT64_MAX)
    if given is None:
        raise ReplyError(NOT_AN_ID)
    end = previous_id(given)
    if end is None:
        raise ReplyError(_BAD_END)
    return end


def _is_exclusive(text: bytes) -> bool:
    return len(text) > 1 and text.startswith(b"(")


def _closed(text: bytes, missing: int) -> ID:
    given = parse_id(text, missing, strict=False)
    if given is None:
        raise ReplyError(NOT_AN_ID)
    return given


def _unsigned(text: bytes) -> int | None:
    """Read an unsigned integer of 64 bits as strtoull does where string2ll refuses it (`util.c` string2ull)."""
    number = to_integer(text)
    if number is not None:
        return number if number >= 0 else None
    match = _UNSIGNED.fullmatch(text)
    if match is None or int(match[2]) > UINT64_MAX:
        return None
    return -int(match[2]) % 2**64 if match[1] == b"-" else int(match[2])


def id_text(entry_id: ID) -> bytes:
    """An ID in a reply (`t_stream.c` addReplyStreamID)."""
    return b"%d-%d" % entry_id


def entry_reply(entry_id: ID, fields: Fields) -> Reply:
    """An entry in a reply: its ID, and its fields and values."""
    return [id_text(entry_id), [*fields]]


def entries_reply(entries: Iterable[tuple[ID, Fields]]) -> list[Reply]:
    """Entries in a reply (`t_stream.c` streamReplyWithRange)."""
    return [entry_reply(entry_id, fields) for entry_id, fields in entries]


def signed(number: int) -> int:
    """A counter as a reply tells it: a signed integer of 64 bits."""
    return (number - INT64_MIN) % 2**64 + INT64_MIN


def stream_at(world: World, key: bytes) -> Stream | None:
    """The stream at `key`, as `World.typed`."""
    return world.typed(key, Stream)


def group_at(world: World, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """A stream and one of its groups; ends the command with WRONGTYPE or NOGROUP."""
    stream = stream_at(world, key)
    group = None if stream is None else stream.groups.get(name)
    if stream is None or group is None:
        raise_formatted(b"NOGROUP No such key '%s' or consumer group '%s'", key, name)
    return stream, group


def raise_formatted(text: bytes, *arguments: bytes) -> NoReturn:
    """End the command with an error that quotes arguments (`networking.c` addReplyErrorFormat)."""
    raise ReplyError(one_line(text % tuple(map(c_string, arguments))))


def moment(world: World) -> tuple[int, int]:
    """The server's now, in ms."""
    return world.now_low_ms, world.now_high_ms


def per_key(world: World, replies: list[tuple[bytes, list[Reply]]]) -> Expected:
    """What was read from each stream: a map in RESP3, pairs in RESP2 (`t_stream.c` xreadCommand)."""
    if world.session.resp == 3:
        return Map([(key, entries) for key, entries in replies])
    return [[key, entries] for key, entries in replies]
