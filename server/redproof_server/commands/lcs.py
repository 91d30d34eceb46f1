"""The longest common subsequence: LCS, which was STRALGO LCS up to 6.2.

The table of lengths is kept as a row of bits for each byte of the first string: bit j is 0 where the length
grows from column j to j + 1. A row follows from the one before by an addition and a subtraction over all
columns at once (the bit-parallel method of Hyyrö, 2004).
"""

from dataclasses import dataclass

from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import MOVABLE_KEYS, READONLY, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.protocol.replies import array, bulk, integer, mapping

NOT_STRINGS = b"ERR The specified keys must contain string values"
LENGTH_OR_INDEXES = b"ERR If you want both the length and indexes, please just use IDX."
STRINGS_OR_KEYS = b"ERR Either use STRINGS or KEYS"
NO_STRINGS = b"ERR Please specify two strings: STRINGS or KEYS options are mandatory"
TABLE_CELL_BYTES = 4


@dataclass(slots=True)
class LcsOptions:
    """What is asked for; by default the subsequence itself."""

    wants_length: bool = False
    wants_indexes: bool = False
    wants_match_lengths: bool = False
    match_length_min: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """Bytes in common without a gap: where they start in both strings, and how many."""

    first_start: int
    second_start: int
    length: int


@command("lcs", arity=-3, flags=READONLY, keys=(1, 2, 1), since="7.0")
def lcs(client: Client, args: list[bytes]) -> bytes:
    """LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN] (t_string.c lcsCommand)."""
    first, second = read_strings(client, args[1], args[2])
    options = LcsOptions()
    position = 3
    while position < len(args):
        position = parse_lcs_option(args, position, options)
    return compare(client, first, second, options)


@command("stralgo", arity=-2, flags=READONLY | MOVABLE_KEYS, until="6.2")
def stralgo(client: Client, args: list[bytes]) -> bytes:
    """STRALGO LCS KEYS key1 key2 | STRINGS string1 string2 [options] (t_string.c stralgoLCS)."""
    if read_word(args[1]) != b"lcs":
        raise CommandError(SYNTAX)
    strings: tuple[bytes, bytes] | None = None
    options = LcsOptions()
    position = 2
    while position < len(args):
        source = read_word(args[position])
        if source not in (b"strings", b"keys") or position + 2 >= len(args):
            position = parse_lcs_option(args, position, options)
            continue
        if strings is not None:
            raise CommandError(STRINGS_OR_KEYS)
        first, second = args[position + 1 : position + 3]
        strings = (first, second) if source == b"strings" else read_strings(client, first, second)
        position += 3
    if strings is None:
        raise CommandError(NO_STRINGS)
    return compare(client, *strings, options)


def read_strings(client: Client, first_key: bytes, second_key: bytes) -> tuple[bytes, bytes]:
    """The strings at two keys, empty where there is none."""
    values = [client.db.lookup_read(key) for key in (first_key, second_key)]
    strings = [value for value in values if isinstance(value, bytes | None)]
    if len(strings) != len(values):
        raise CommandError(NOT_STRINGS)
    return strings[0] or b"", strings[1] or b""


def parse_lcs_option(args: list[bytes], position: int, options: LcsOptions) -> int:
    """Read the option at `position`; the position of the next one."""
    option = read_word(args[position])
    if option == b"idx":
        options.wants_indexes = True
    elif option == b"len":
        options.wants_length = True
    elif option == b"withmatchlen":
        options.wants_match_lengths = True
    elif option == b"minmatchlen" and position + 1 < len(args):
        options.match_length_min = max(read_integer(args[position + 1]), 0)
        return position + 2
    else:
        raise CommandError(SYNTAX)
    return position + 1


def compare(client: Client, first: bytes, second: bytes, options: LcsOptions) -> bytes:
    """Answer what was asked for about two strings."""
    if options.wants_length and options.wants_indexes:
        raise CommandError(LENGTH_OR_INDEXES)
    check_table_size(client, (len(first) + 1) * (len(second) + 1) * TABLE_CELL_BYTES)
    rows = growth_rows(first, second)
    length = length_at(rows[-1], len(second))
    if options.wants_length:
        return integer(length)
    matches = find_matches(first, second, rows)
    if options.wants_indexes:
        shown = [match_reply(match, options) for match in matches if match.length >= options.match_length_min]
        return mapping([bulk(b"matches"), array(shown), bulk(b"len"), integer(length)], client.resp)
    parts = [first[match.first_start : match.first_start + match.length] for match in reversed(matches)]
    return bulk(b"".join(parts))


def check_table_size(client: Client, table_bytes: int) -> None:
    """Refuse what Redis has no memory for: 6.2 says so only when the system does."""
    version = client.server.version
    if table_bytes > (version.lcs_table_bytes_max or client.server.request_limits.bulk_bytes_max):
        raise CommandError(version.lcs_no_memory)


def growth_rows(first: bytes, second: bytes) -> list[int]:
    """The rows of the table, from that of no byte of `first` to that of all."""
    places: dict[int, int] = {}
    for column, byte in enumerate(second):
        places[byte] = places.get(byte, 0) | 1 << column
    all_columns = (1 << len(second)) - 1
    rows = [all_columns]
    for byte in first:
        row = rows[-1]
        common = row & places.get(byte, 0)
        rows.append(((row + common) | (row - common)) & all_columns)
    return rows


def length_at(row: int, column: int) -> int:
    """The length of the subsequence in common with the first `column` bytes of the second string."""
    return column - (row & ((1 << column) - 1)).bit_count()


def find_matches(first: bytes, second: bytes, rows: list[int]) -> list[Match]:
    """The matches that Redis chooses, the last ones first."""
    matches: list[Match] = []
    row, column, length = len(first), len(second), 0
    while row > 0 and column > 0:
        if first[row - 1] == second[column - 1]:
            row, column, length = row - 1, column - 1, length + 1
            continue
        if length:
            matches.append(Match(row, column, length))
            length = 0
        if length_at(rows[row - 1], column) > length_at(rows[row], column - 1):
            row -= 1
        else:
            column -= 1
    if length:
        matches.append(Match(row, column, length))
    return matches


def match_reply(match: Match, options: LcsOptions) -> bytes:
    """Both ranges of a match, with its length if it is wanted."""
    starts = match.first_start, match.second_start
    items = [array([integer(start), integer(start + match.length - 1)]) for start in starts]
    if options.wants_match_lengths:
        items.append(integer(match.length))
    return array(items)
