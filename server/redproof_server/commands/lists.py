"""LPUSH, LRANGE and BLPOP."""

from itertools import islice

from redproof_server.engine.arguments import read_deadline_ms, read_integer
from redproof_server.engine.client import Client
from redproof_server.engine.command import BLOCKING, DENYOOM, FAST, NOSCRIPT, READONLY, WRITE, command
from redproof_server.engine.events import LIST
from redproof_server.engine.values import List
from redproof_server.engine.waiting import block, delete_if_empty
from redproof_server.protocol.replies import EMPTY_ARRAY, bulks, integer, null_array


@command("lpush", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def lpush(client: Client, args: list[bytes]) -> bytes:
    """LPUSH key element [element ...] (t_list.c lpushCommand)."""
    db, key = client.db, args[1]
    items = db.write(key, List)
    if items is None:
        items = List()
        db.add(key, items)
    items.extendleft(args[2:])
    db.changed(key, LIST, b"lpush", count=len(args) - 2)
    return integer(len(items))


@command("lrange", arity=4, flags=READONLY, keys=(1, 1, 1))
def lrange(client: Client, args: list[bytes]) -> bytes:
    """LRANGE key start stop (t_list.c lrangeCommand)."""
    start, stop = read_integer(args[2]), read_integer(args[3])
    items = client.db.read(args[1], List)
    if items is None:
        return EMPTY_ARRAY
    start, stop = slice_bounds(start, stop, len(items))
    return bulks(islice(items, start, stop))


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    """Inclusive bounds that may count from the end, as a half-open slice."""
    start = max(start + length if start < 0 else start, 0)
    stop = min(stop + length if stop < 0 else stop, length - 1) + 1
    return start, max(start, stop)


@command("blpop", arity=-3, flags=WRITE | NOSCRIPT | BLOCKING, keys=(1, -2, 1))
def blpop(client: Client, args: list[bytes]) -> bytes:
    """BLPOP key [key ...] timeout (t_list.c blockingPopGenericCommand)."""
    return blocking_pop(client, args[1:-1], args[-1], from_left=True)


def blocking_pop(client: Client, keys: list[bytes], timeout: bytes, from_left: bool) -> bytes:
    """Pop from the first key that holds a list, or wait for one that does."""
    deadline = read_deadline_ms(client, timeout)
    for key in keys:
        if client.db.write(key, List) is not None:
            return pop_with_key(client, key, from_left)

    def serve(key: bytes) -> bytes:
        return pop_with_key(client, key, from_left)

    return block(client, keys, List, deadline, serve, null_array(client.resp))


def pop_with_key(client: Client, key: bytes, from_left: bool) -> bytes:
    """Pop from a list that exists and answer its key and the element."""
    db = client.db
    items = db.write(key, List)
    assert items is not None
    element = items.popleft() if from_left else items.pop()
    db.changed(key, LIST, b"lpop" if from_left else b"rpop")
    delete_if_empty(db, key, items)
    return bulks([key, element])
