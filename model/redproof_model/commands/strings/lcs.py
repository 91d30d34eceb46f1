"""The longest common subsequence of two strings: LCS, and STRALGO as it was called before (`t_string.c`)."""

from __future__ import annotations

from typing import Final, NamedTuple

from redproof_model.choice import Expected
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import String
from redproof_model.keyspace.world import World
from redproof_model.number import integer
from redproof_model.reply import Map, Reply

table = CommandTable()

_FLAGS: Final = frozenset([b"IDX", b"LEN", b"WITHMATCHLEN"])
_CELL_BYTES: Final = 4

_NOT_STRINGS: Final = b"ERR The specified keys must contain string values"
_TWO_SOURCES: Final = b"ERR Either use STRINGS or KEYS"
_NO_SOURCE: Final = b"ERR Please specify two strings: STRINGS or KEYS options are mandatory"
_AMBIGUOUS: Final = b"ERR If you want both the length and indexes, please just use IDX."
_TABLE_TOO_LARGE: Final = b"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"

_Strings = tuple[bytes, bytes]


class _Match(NamedTuple):
    """A run of bytes that both strings have: where it starts in each, and its length."""

    left: int
    right: int
    length: int


class _Request(NamedTuple):
    """What is asked for: IDX, LEN and WITHMATCHLEN by name, and the length from which IDX tells of a match."""

    strings: _Strings
    flags: frozenset[bytes]
    shortest: int


@table.command("LCS", arity=-3)
def lcs(world: World, argv: list[bytes]) -> Expected:
    """LCS key key [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN] (t_string.c lcsCommand)."""
    return _reply(world, _parse(world, argv[3:], _strings_at(world, argv[1:3])))


@table.command("STRALGO", arity=-2)
def stralgo(world: World, argv: list[bytes]) -> Expected:
    """STRALGO LCS STRINGS string string | KEYS key key, with the options of LCS (t_string.c stralgoCommand)."""
    if c_string(argv[1]).upper() != b"LCS":
        raise ReplyError(SYNTAX)
    return _reply(world, _parse(world, argv[2:], None))


def _strings_at(world: World, keys: list[bytes]) -> _Strings:
    found = [world.get(key) for key in keys]
    # An empty hash, which Redis 6.0 may leave behind, counts as false and is there all the same.
    left, right = (String(b"") if value is None else value for value in found)
    if not isinstance(left, String) or not isinstance(right, String):
        raise ReplyError(_NOT_STRINGS)
    return left.data, right.data


def _parse(world: World, arguments: list[bytes], given: _Strings | None) -> _Request:
    """Read the options, and unless they are given, the strings."""
    strings, flags, shortest = given, set[bytes](), 0
    position = 0
    while position < len(arguments):
        option = c_string(arguments[position]).upper()
        operands = arguments[position + 1 : position + 3]
        if option in _FLAGS:
            flags.add(option)
        elif option == b"MINMATCHLEN" and operands:
            shortest = integer(operands[0])
            position += 1
        elif given is None and option in (b"STRINGS", b"KEYS") and len(operands) == 2:
            if strings is not None:
                raise ReplyError(_TWO_SOURCES)
            strings = (operands[0], operands[1]) if option == b"STRINGS" else _strings_at(world, operands)
            position += 2
        else:
            raise ReplyError(SYNTAX)
        position += 1
    if strings is None:
        raise ReplyError(_NO_SOURCE)
    if {b"IDX", b"LEN"} <= flags:
        raise ReplyError(_AMBIGUOUS)
    return _Request(strings, frozenset(flags), shortest)


def _reply(world: World, request: _Request) -> Reply:
    left, right = request.strings
    limit = world.version.lcs_table_limit_bytes
    if limit is not None and (len(left) + 1) * (len(right) + 1) * _CELL_BYTES > limit:
        raise ReplyError(_TABLE_TOO_LARGE)
    rows = _growth(left, right)
    length = rows[-1].bit_count()
    if b"LEN" in request.flags:
        return length
    matches = _matches(left, right, rows)
    if b"IDX" not in request.flags:
        return b"".join(left[match.left : match.left + match.length] for match in reversed(matches))
    with_length = b"WITHMATCHLEN" in request.flags
    shown: list[Reply] = [_index(match, with_length) for match in matches if match.length >= request.shortest]
    return Map([(b"matches", shown), (b"len", length)])


def _index(match: _Match, with_length: bool) -> Reply:
    last = match.length - 1
    places: list[Reply] = [[match.left, match.left + last], [match.right, match.right + last]]
    return [*places, match.length] if with_length else places


def _growth(left: bytes, right: bytes) -> list[int]:
    """Where the longest common subsequence grows: a row for each start of `left`, a bit for each byte of `right`.

    With L(i, j) for the length that the first i and the first j bytes have in common, bit j - 1 of row i is
    L(i, j) - L(i, j - 1). Rows are made whole by the bit-parallel method of Crochemore and others (2001), whose
    vectors are the complement of these.
    """
    every = (1 << len(right)) - 1
    places = dict.fromkeys(left, 0)
    for position, byte in enumerate(right):
        if byte in places:
            places[byte] |= 1 << position
    still = every
    rows = [0]
    for byte in left:
        kept = still & places[byte]
        still = (still + kept | still - kept) & every
        rows.append(still ^ every)
    return rows


def _matches(left: bytes, right: bytes, rows: list[int]) -> list[_Match]:
    """The runs that make up the subsequence which Redis chooses, the last first.

    Where two bytes differ Redis goes back in the first string if L(i - 1, j) > L(i, j - 1), else in the second. The
    lengths next to each other differ by one at most, so that is to say: if the subsequence grows at this place.
    """
    matches: list[_Match] = []
    i, j = len(left), len(right)
    while i > 0 and j > 0:
        if left[i - 1] == right[j - 1]:
            end = i
            while i > 0 and j > 0 and left[i - 1] == right[j - 1]:
                i, j = i - 1, j - 1
            matches.append(_Match(i, j, end - i))
        elif rows[i] >> j - 1 & 1:
            i -= 1
        else:
            j -= 1
    return matches
