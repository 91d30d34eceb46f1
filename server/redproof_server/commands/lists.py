"""Lists: pushing, popping at either end, reading and editing; those that move or wait are in `list_moves`."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from redproof_server.engine.arguments import read_at_least, read_integer, read_positive, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, FAST, READONLY, WRITE, command
from redproof_server.engine.errors import INDEX_OUT_OF_RANGE, NO_SUCH_KEY, SYNTAX, WRONG_ARITY, CommandError
from redproof_server.engine.events import LIST
from redproof_server.engine.values.value import List
from redproof_server.engine.waiting import delete_if_empty
from redproof_server.protocol.numbers import INT64_MIN
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    OK,
    array,
    bulk,
    bulk_or_null,
    bulks,
    integer,
    null,
    null_array,
)

UNLIMITED = 0


@command("lpush", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def lpush(client: Client, args: list[bytes]) -> bytes:
    """LPUSH key element [element ...] (t_list.c lpushCommand)."""
    return push_generic(client, args, to_left=True, must_exist=False)


@command("rpush", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def rpush(client: Client, args: list[bytes]) -> bytes:
    """RPUSH key element [element ...] (t_list.c rpushCommand)."""
    return push_generic(client, args, to_left=False, must_exist=False)


@command("lpushx", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def lpushx(client: Client, args: list[bytes]) -> bytes:
    """LPUSHX key element [element ...] (t_list.c lpushxCommand)."""
    return push_generic(client, args, to_left=True, must_exist=True)


@command("rpushx", arity=-3, flags=WRITE | DENYOOM | FAST, keys=(1, 1, 1))
def rpushx(client: Client, args: list[bytes]) -> bytes:
    """RPUSHX key element [element ...] (t_list.c rpushxCommand)."""
    return push_generic(client, args, to_left=False, must_exist=True)


def push_generic(client: Client, args: list[bytes], to_left: bool, must_exist: bool) -> bytes:
    """Push the elements one after the other and answer the length (t_list.c pushGenericCommand)."""
    db, key = client.db, args[1]
    items = db.write(key, List)
    if items is None:
        if must_exist:
            return integer(0)
        items = List()
        db.add(key, items)
    elements = args[2:]
    if to_left:
        items.extendleft(elements)
    else:
        items.extend(elements)
    db.changed(key, LIST, b"lpush" if to_left else b"rpush", count=len(elements))
    return integer(len(items))


@command("lpop", arity=-2, flags=WRITE | FAST, keys=(1, 1, 1))
def lpop(client: Client, args: list[bytes]) -> bytes:
    """LPOP key [count] (t_list.c lpopCommand)."""
    return pop_generic(client, args, b"lpop", from_left=True)


@command("rpop", arity=-2, flags=WRITE | FAST, keys=(1, 1, 1))
def rpop(client: Client, args: list[bytes]) -> bytes:
    """RPOP key [count] (t_list.c rpopCommand)."""
    return pop_generic(client, args, b"rpop", from_left=False)


def pop_generic(client: Client, args: list[bytes], name: bytes, from_left: bool) -> bytes:
    """Pop one element, or with a count an array of elements (t_list.c popGenericCommand)."""
    if len(args) > 3:
        raise CommandError(WRONG_ARITY % name)
    has_count = len(args) == 3
    count = read_positive(args[2]) if has_count else 1
    items = client.db.write(args[1], List)
    if items is None:
        return null_array(client.resp) if has_count else null(client.resp)
    if not count:
        return EMPTY_ARRAY
    elements = pop_elements(client, args[1], items, count, from_left)
    return bulks(elements) if has_count else bulk(elements[0])


def pop_elements(client: Client, key: bytes, items: List, count: int, from_left: bool) -> list[bytes]:
    """Pop up to `count` elements of a list that exists, with its events (t_list.c listElementsRemoved)."""
    pop = items.popleft if from_left else items.pop
    elements = [pop() for _ in range(min(count, len(items)))]
    client.db.changed(key, LIST, pop_event(from_left), count=len(elements))
    delete_if_empty(client.db, key, items)
    return elements


def pop_event(from_left: bool) -> bytes:
    """The keyspace event of taking an element from an end."""
    return b"lpop" if from_left else b"rpop"


@command("llen", arity=2, flags=READONLY | FAST, keys=(1, 1, 1))
def llen(client: Client, args: list[bytes]) -> bytes:
    """LLEN key (t_list.c llenCommand)."""
    items = client.db.read(args[1], List)
    return integer(0 if items is None else len(items))


@command("lrange", arity=4, flags=READONLY, keys=(1, 1, 1))
def lrange(client: Client, args: list[bytes]) -> bytes:
    """LRANGE key start stop (t_list.c lrangeCommand)."""
    start, stop = read_integer(args[2]), read_integer(args[3])
    items = client.db.read(args[1], List)
    if items is None:
        return EMPTY_ARRAY
    return bulks(elements_between(items, *slice_bounds(start, stop, len(items))))


def slice_bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    """Inclusive bounds that may count from the end, as a half-open slice."""
    start = min(max(start + length if start < 0 else start, 0), length)
    stop = min(stop + length if stop < 0 else stop, length - 1) + 1
    return start, max(start, stop)


def elements_between(items: List, start: int, stop: int) -> list[bytes]:
    """The elements of a half-open slice, reached from the nearer end."""
    length = len(items)
    if start <= length - stop:
        return list(islice(items, start, stop))
    elements = list(islice(reversed(items), length - stop, length - start))
    elements.reverse()
    return elements


@command("lindex", arity=3, flags=READONLY, keys=(1, 1, 1))
def lindex(client: Client, args: list[bytes]) -> bytes:
    """LINDEX key index (t_list.c lindexCommand)."""
    items = client.db.read(args[1], List)
    if items is None:
        return null(client.resp)
    index = read_integer(args[2])
    return bulk_or_null(items[index] if is_index(items, index) else None, client.resp)


def is_index(items: List, index: int) -> bool:
    """Whether there is an element at `index`, which may count from the end."""
    return -len(items) <= index < len(items)


@command("lset", arity=4, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def lset(client: Client, args: list[bytes]) -> bytes:
    """LSET key index element (t_list.c lsetCommand)."""
    items = client.db.write(args[1], List)
    if items is None:
        raise CommandError(NO_SUCH_KEY)
    index = read_integer(args[2])
    if not is_index(items, index):
        raise CommandError(INDEX_OUT_OF_RANGE)
    items[index] = args[3]
    client.db.changed(args[1], LIST, b"lset")
    return OK


@command("linsert", arity=5, flags=WRITE | DENYOOM, keys=(1, 1, 1))
def linsert(client: Client, args: list[bytes]) -> bytes:
    """LINSERT key BEFORE|AFTER pivot element (t_list.c linsertCommand)."""
    where = read_word(args[2])
    if where not in (b"before", b"after"):
        raise CommandError(SYNTAX)
    items = client.db.write(args[1], List)
    if items is None:
        return integer(0)
    if args[3] not in items:
        return integer(-1)
    items.insert(items.index(args[3]) + (where == b"after"), args[4])
    client.db.changed(args[1], LIST, b"linsert")
    return integer(len(items))


@command("lrem", arity=4, flags=WRITE, keys=(1, 1, 1))
def lrem(client: Client, args: list[bytes]) -> bytes:
    """LREM key count element (t_list.c lremCommand)."""
    count = read_integer(args[2])
    items = client.db.write(args[1], List)
    if items is None:
        return integer(0)
    removed = remove_equal(items, args[3], abs(count), from_left=count >= 0)
    if removed:
        client.db.changed(args[1], LIST, b"lrem", count=removed)
        delete_if_empty(client.db, args[1], items)
    return integer(removed)


def remove_equal(items: List, element: bytes, limit: int, from_left: bool) -> int:
    """Remove the first `limit` elements that equal `element`, all when it is 0; how many they were."""
    kept: list[bytes] = []
    removed = 0
    for item in items if from_left else reversed(items):
        if item == element and (not limit or removed < limit):
            removed += 1
        else:
            kept.append(item)
    if removed:
        items.clear()
        refill = items.extend if from_left else items.extendleft
        refill(kept)
    return removed


@command("ltrim", arity=4, flags=WRITE, keys=(1, 1, 1))
def ltrim(client: Client, args: list[bytes]) -> bytes:
    """LTRIM key start stop (t_list.c ltrimCommand)."""
    start, stop = read_integer(args[2]), read_integer(args[3])
    items = client.db.write(args[1], List)
    if items is None:
        return OK
    removed = keep_between(items, *slice_bounds(start, stop, len(items)))
    client.db.changed(args[1], LIST, b"ltrim", count=removed)
    delete_if_empty(client.db, args[1], items)
    return OK


def keep_between(items: List, start: int, stop: int) -> int:
    """Remove what lies outside a half-open slice; how many elements that were."""
    length = len(items)
    if start >= stop:
        items.clear()
        return length
    for _ in range(start):
        items.popleft()
    for _ in range(length - stop):
        items.pop()
    return length - len(items)


@dataclass(slots=True)
class PositionOptions:
    """The options of LPOS; `count` is None unless an array is asked for, and 0 asks for all."""

    rank: int = 1
    count: int | None = None
    length_max: int = UNLIMITED


@command("lpos", arity=-3, flags=READONLY, keys=(1, 1, 1))
def lpos(client: Client, args: list[bytes]) -> bytes:
    """LPOS key element [RANK rank] [COUNT count] [MAXLEN len] (t_list.c lposCommand)."""
    options = parse_position_options(client, args[3:])
    items = client.db.read(args[1], List)
    matches = iter(()) if items is None else matching_positions(items, args[2], options)
    if options.count is not None:
        return array([integer(position) for position in islice(matches, match_limit(options))])
    position = next(matches, None)
    return null(client.resp) if position is None else integer(position)


def parse_position_options(client: Client, options: list[bytes]) -> PositionOptions:
    """The options of LPOS; each may be repeated, the last one counts."""
    parsed = PositionOptions()
    for name, value in zip(options[::2], [*options[1::2], None], strict=False):
        match read_word(name), value:
            case b"rank", bytes(text):
                parsed.rank = read_integer(text)
                if parsed.rank == 0:
                    raise CommandError(client.server.version.lpos_rank_is_zero)
            case b"count", bytes(text):
                parsed.count = read_at_least(text, 0, b"ERR COUNT can't be negative")
            case b"maxlen", bytes(text):
                parsed.length_max = read_at_least(text, 0, b"ERR MAXLEN can't be negative")
            case _:
                raise CommandError(SYNTAX)
    return parsed


def matching_positions(items: List, element: bytes, options: PositionOptions) -> Iterator[int]:
    """Where `element` is found, in the direction of the rank's sign, from the match of that rank on."""
    from_left = options.rank > 0
    searched = islice(items if from_left else reversed(items), options.length_max or None)
    found = (position for position, item in enumerate(searched) if item == element)
    last = len(items) - 1
    ranked = islice(found, min(matches_skipped(options.rank), len(items)), None)
    return (position if from_left else last - position for position in ranked)


def matches_skipped(rank: int) -> int:
    """How many matches precede the one of this rank; the lowest rank cannot be negated in 64 bits."""
    return 0 if rank == INT64_MIN else abs(rank) - 1


def match_limit(options: PositionOptions) -> int | None:
    """How many positions are answered at most; a rank that cannot be negated never reaches its count."""
    return None if options.rank == INT64_MIN else options.count or None
