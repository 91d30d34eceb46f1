"""Strings by their bytes: APPEND, STRLEN, GETRANGE, SUBSTR and SETRANGE."""

from redproof_server.engine.arguments import read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import CommandError
from redproof_server.engine.events import STRING
from redproof_server.engine.values.strings import RawString
from redproof_server.protocol.replies import EMPTY_BULK, bulk, integer

STRING_TOO_LONG = b"ERR string exceeds maximum allowed size (proto-max-bulk-len)"


@command("append", arity=3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def append(client: Client, args: list[bytes]) -> bytes:
    """APPEND key value (t_string.c appendCommand)."""
    db, key = client.db, args[1]
    value = db.write(key, bytes)
    if value is None:
        result = args[2]
        db.add(key, result)
    else:
        check_string_length(client, len(value) + len(args[2]))
        result = RawString(value + args[2])
        db.edit(key, result)
    db.changed(key, STRING, b"append")
    return integer(len(result))


def check_string_length(client: Client, length: int) -> None:
    """Refuse to make a string longer than `proto-max-bulk-len` (t_string.c checkStringLength)."""
    if length > client.server.request_limits.bulk_bytes_max:
        raise CommandError(STRING_TOO_LONG)


@command("strlen", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def strlen(client: Client, args: list[bytes]) -> bytes:
    """STRLEN key (t_string.c strlenCommand)."""
    return integer(len(client.db.read(args[1], bytes) or b""))


@command("setrange", arity=4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def setrange(client: Client, args: list[bytes]) -> bytes:
    """SETRANGE key offset value (t_string.c setrangeCommand)."""
    db, key, patch = client.db, args[1], args[3]
    offset = read_integer(args[2])
    if offset < 0:
        raise CommandError(b"ERR offset is out of range")
    value = db.write(key, bytes)
    if not patch:
        return integer(len(value or b""))
    check_string_length(client, offset + len(patch))
    store_edited(client, key, overlaid(value or b"", offset, patch), value is None)
    db.changed(key, STRING, b"setrange")
    return integer(len(db.keys.entries[key]))


def overlaid(text: bytes, offset: int, patch: bytes) -> bytes:
    """`text` with `patch` written over it from `offset`, padded with zeros when it does not reach that far."""
    return text[:offset].ljust(offset, b"\0") + patch + text[offset + len(patch) :]


def store_edited(client: Client, key: bytes, text: bytes, is_new: bool) -> None:
    """Keep a string that was edited in place (db.c dbUnshareStringValue)."""
    if is_new:
        client.db.add(key, RawString(text))
    else:
        client.db.edit(key, RawString(text))


@command("getrange", arity=4, flags=READONLY, keys=(1, 1, 1))
def getrange(client: Client, args: list[bytes]) -> bytes:
    """GETRANGE key start end (t_string.c getrangeCommand)."""
    start, end = read_integer(args[2]), read_integer(args[3])
    value = client.db.read(args[1], bytes)
    if value is None:
        return EMPTY_BULK
    first, last = byte_range(start, end, len(value))
    return bulk(value[first : last + 1])


@command("substr", arity=4, flags=READONLY, keys=(1, 1, 1))
def substr(client: Client, args: list[bytes]) -> bytes:
    """SUBSTR key start end, an old name of GETRANGE (t_string.c getrangeCommand)."""
    return getrange(client, args)


def byte_range(start: int, end: int, length: int) -> tuple[int, int]:
    """Inclusive positions that may count from the end, clamped to `length`; the second is less for an empty range.

    Both before the start mean the first byte, unless they are in the wrong order.
    """
    if start < 0 and end < 0 and start > end:
        return 0, -1
    first = max(start + length, 0) if start < 0 else start
    last = max(end + length, 0) if end < 0 else end
    return first, min(last, length - 1)
