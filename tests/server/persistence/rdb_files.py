"""What the tests of RDB files share: what the files in `files/` hold, and servers that hold it.

Those in `files/filled` were written by the servers that their names tell, after FILL.
"""

from pathlib import Path
from random import Random

from redproof_server import commands
from redproof_server.engine.server import Server
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import Value
from redproof_server.engine.versions import VERSIONS
from redproof_server.persistence.rdb import LoadedAux, load
from redproof_server.persistence.snapshot import ReplicationState
from redproof_server.protocol.fast import encode_request

assert commands.__all__, "importing the commands fills the table"

NOW_MS = 1_700_000_000_000
FAR_MS = 32_503_680_000_000
FOLDER = Path(__file__).with_name("files")
FILLED = sorted((FOLDER / "filled").glob("*.rdb"))
REFUSED = sorted((FOLDER / "refused").glob("*.rdb"))
NUMBERS = [str(number) for power in (3, 7, 12, 15, 23, 31, 62) for number in (2**power, -(2**power) - 1)]
NOISE = Random(7).randbytes(200).hex()
LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
FILL: list[list[str]] = [
    *(["SET", f"s:{number}", text] for number, text in enumerate(["", "a", *NUMBERS, "ab" * 100, NOISE])),
    ["RPUSH", "l", "a", *NUMBERS, "x" * 70, "ab" * 3000],
    ["SADD", "set:16", "1", "-3"],
    ["SADD", "set:32", "1", "70000"],
    ["SADD", "set:64", *NUMBERS],
    ["SADD", "set:texts", "a", "1", "b"],
    ["HSET", "h", "f", "1", "g", "text", "", "x" * 64],
    ["ZADD", "z", "1", "a", "2.5", "b", "inf", "c", "-inf", "d", "-7", "e", "1e300", "f"],
    ["CONFIG", "SET", "list-max-ziplist-size", "2"],
    ["CONFIG", "SET", "hash-max-ziplist-entries", "1"],
    ["CONFIG", "SET", "zset-max-ziplist-entries", "1"],
    ["CONFIG", "SET", "set-max-intset-entries", "1"],
    ["CONFIG", "SET", "set-max-listpack-entries", "1"],
    ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", "100b"],
    ["RPUSH", "l:nodes", "a", "b", "c", NOISE, *NUMBERS],
    ["SADD", "set:table", *NUMBERS, "a", ""],
    ["HSET", "h:table", "f", "1", "g", NOISE, "", "2"],
    ["ZADD", "z:table", "1", "a", "2.5", "b", "inf", "c", "-inf", "d", "-7", "e", "1e-300", "f"],
    ["PEXPIREAT", "s:1", str(FAR_MS)],
    ["PEXPIREAT", "h", str(FAR_MS + 1)],
    ["SELECT", "9"],
    ["SET", "s:1", "other"],
    ["FUNCTION", "LOAD", LIBRARY],
]
Dataset = dict[tuple[int, bytes], tuple[object, int | None]]
STATE = ReplicationState(stream_db=9, replid=b"0123456789abcdef" * 2 + b"01234567", offset_bytes=77)


def contents(value: Value) -> object:
    """What a value holds, in a form that can be compared."""
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, Hash):
        return dict(value.items())
    if isinstance(value, Set):
        return set(value)
    return list(value.ranking) if isinstance(value, SortedSet) else list(value)


def dataset(server: Server) -> Dataset:
    """What a server holds, and when it expires."""
    return {
        (db.index, key): (contents(value), db.expires.entries.get(key))
        for db in server.databases
        for key, value in db.keys.entries.items()
    }


def new_server(version: str = "7.0", policy: str = "noeviction") -> Server:
    return Server(VERSIONS[version], Random(1), NOW_MS, {"maxmemory-policy": policy})


def filled(version: str = "7.0", requests: list[list[str]] = FILL) -> Server:
    """A server that was sent requests; those that a version does not know are refused."""
    server = new_server(version)
    client = server.connect(b"", NOW_MS)
    for request in requests:
        server.receive(client, encode_request([word.encode() for word in request]), NOW_MS)
    return server


def loaded(
    data: bytes, version: str = "7.0", keeps_expired: bool = False, policy: str = "noeviction"
) -> tuple[Server, LoadedAux]:
    server = new_server(version, policy)
    return server, load(server, data, keeps_expired)
