"""SCAN, and the cursor and options that its relatives share with it (db.c scanGenericCommand)."""

import re
from dataclasses import dataclass
from typing import TypeVar

from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import RANDOM, READONLY, TOUCHES_ARBITRARY_KEYS, command
from redproof_server.engine.dict import Dict
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.glob import ALL, selects
from redproof_server.engine.values.value import type_name
from redproof_server.protocol.numbers import wrap_int64
from redproof_server.protocol.replies import array, bulk_integer, bulks

BUCKETS_PER_COUNT = 10
_CURSOR_TEXT = re.compile(rb"([+-]?)(?=[0-9])0*([0-9]*)")
_UINT64_MAX = 2**64 - 1

V = TypeVar("V")


@dataclass(slots=True)
class ScanOptions:
    """COUNT, MATCH and TYPE of a scan; no pattern and no type mean all."""

    count: int = 10
    pattern: bytes = ALL
    type_name: bytes | None = None


@command("scan", arity=-2, flags=READONLY | RANDOM | TOUCHES_ARBITRARY_KEYS)
def scan(client: Client, args: list[bytes]) -> bytes:
    """SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] (db.c scanCommand)."""
    cursor = parse_cursor(args[1])
    options = parse_scan_options(args[2:], with_type=True)
    cursor, keys = scan_table(client.db.keys, cursor, options.count)
    shown = [key for key in keys if key_is_shown(client, key, options)]
    return array([bulk_integer(cursor), bulks(shown)])


def parse_cursor(text: bytes) -> int:
    """A cursor as strtoul reads it: a minus sign wraps around, and a text of no bytes is 0
    (db.c parseScanCursorOrReply)."""
    match = _CURSOR_TEXT.fullmatch(text.partition(b"\0")[0] or b"0")
    digits = match[2] if match else b""
    if match is None or len(digits) > len(str(_UINT64_MAX)) or int(digits or b"0") > _UINT64_MAX:
        raise CommandError(b"ERR invalid cursor")
    number = int(digits or b"0")
    return -number & _UINT64_MAX if match[1] == b"-" else number


def parse_scan_options(options: list[bytes], with_type: bool) -> ScanOptions:
    """The options after the cursor; TYPE only for SCAN itself."""
    parsed = ScanOptions()
    for position in range(0, len(options), 2):
        option, values = read_word(options[position]), options[position + 1 : position + 2]
        if option == b"count" and values:
            parsed.count = read_integer(values[0])
            if parsed.count < 1:
                raise CommandError(SYNTAX)
        elif option == b"match" and values:
            parsed.pattern = values[0]
        elif option == b"type" and values and with_type:
            parsed.type_name = read_word(values[0])
        else:
            raise CommandError(SYNTAX)
    return parsed


def scan_table(
    table: Dict[V], cursor: int, count: int, buckets_per_count: int = BUCKETS_PER_COUNT
) -> tuple[int, list[bytes]]:
    """Visit buckets until `count` keys were seen, the end is reached, or too many buckets were empty.

    The limit of visits is a signed 64-bit number that may overflow; a negative one means no limit.
    """
    keys: list[bytes] = []
    visits_left = wrap_int64(count * buckets_per_count)
    while True:
        cursor, found = table.scan(cursor)
        keys += found
        if not cursor or not visits_left or len(keys) >= count:
            return cursor, keys
        visits_left -= 1


def key_is_shown(client: Client, key: bytes, options: ScanOptions) -> bool:
    """Whether a key that was seen is returned: pattern, type and expiry are asked in this order.

    Asking for the type deletes a key that has expired, and it is of the type "none" from then on.
    """
    if not selects(options.pattern, key):
        return False
    if options.type_name is not None:
        value = client.db.peek_read(key)
        if options.type_name != (b"none" if value is None else type_name(value)):
            return False
    return not client.db.expire_if_needed(key)
