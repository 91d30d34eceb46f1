"""Lists: moving between two, popping from the first of several, and the forms of both that wait."""

from redproof_server.commands.lists import pop_elements, pop_event
from redproof_server.engine.arguments import read_at_least, read_deadline_ms, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import BLOCKING, DENYOOM, MOVABLE_KEYS, NOSCRIPT, WRITE, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.events import LIST
from redproof_server.engine.values.value import List
from redproof_server.engine.waiting import block, delete_if_empty
from redproof_server.protocol.replies import array, bulk, bulks, null, null_array

# A client that waited for one element is given it without counting a change (t_list.c serveClientBlockedOnList).
SERVED_CHANGES = 1


@command("lmove", arity=5, flags=WRITE | DENYOOM, keys=(1, 2, 1))
def lmove(client: Client, args: list[bytes]) -> bytes:
    """LMOVE source destination LEFT|RIGHT LEFT|RIGHT (t_list.c lmoveCommand)."""
    from_left, to_left = parse_end(args[3]), parse_end(args[4])
    return move_generic(client, args[1], args[2], from_left, to_left)


@command("rpoplpush", arity=3, flags=WRITE | DENYOOM, keys=(1, 2, 1))
def rpoplpush(client: Client, args: list[bytes]) -> bytes:
    """RPOPLPUSH source destination (t_list.c rpoplpushCommand)."""
    return move_generic(client, args[1], args[2], from_left=False, to_left=True)


@command("blmove", arity=6, flags=WRITE | DENYOOM | NOSCRIPT | BLOCKING, keys=(1, 2, 1))
def blmove(client: Client, args: list[bytes]) -> bytes:
    """BLMOVE source destination LEFT|RIGHT LEFT|RIGHT timeout (t_list.c blmoveCommand)."""
    from_left, to_left = parse_end(args[3]), parse_end(args[4])
    deadline_ms = read_deadline_ms(client, args[5])
    client.server.propagation.rewrite(b"LMOVE", *args[1:5])
    served = [b"LMOVE", *args[1:3], *(b"left" if is_left else b"right" for is_left in (from_left, to_left))]
    return blocking_move(client, args[1], args[2], from_left, to_left, deadline_ms, served)


@command("brpoplpush", arity=4, flags=WRITE | DENYOOM | NOSCRIPT | BLOCKING, keys=(1, 2, 1))
def brpoplpush(client: Client, args: list[bytes]) -> bytes:
    """BRPOPLPUSH source destination timeout (t_list.c brpoplpushCommand)."""
    deadline_ms = read_deadline_ms(client, args[3])
    moved = [b"RPOPLPUSH", *args[1:3]]
    client.server.propagation.rewrite(*moved)
    return blocking_move(client, args[1], args[2], False, True, deadline_ms, moved)


def parse_end(text: bytes) -> bool:
    """Whether an end of a list is the left one (t_list.c getListPositionFromObjectOrReply)."""
    end = read_word(text)
    if end not in (b"left", b"right"):
        raise CommandError(SYNTAX)
    return end == b"left"


def move_generic(client: Client, source: bytes, destination: bytes, from_left: bool, to_left: bool) -> bytes:
    """Take an element from one list to another, or to the same (t_list.c lmoveGenericCommand)."""
    db = client.db
    items = db.write(source, List)
    if items is None:
        return null(client.resp)
    target = db.write(destination, List)
    element = items.popleft() if from_left else items.pop()
    if target is None:
        target = List()
        db.add(destination, target)
    if to_left:
        target.appendleft(element)
    else:
        target.append(element)
    db.changed(destination, LIST, b"lpush" if to_left else b"rpush", count=0)
    db.changed(source, LIST, pop_event(from_left))
    delete_if_empty(db, source, items)
    return bulk(element)


def blocking_move(
    client: Client,
    source: bytes,
    destination: bytes,
    from_left: bool,
    to_left: bool,
    deadline_ms: int | None,
    served: list[bytes],
) -> bytes:
    """Move an element, or wait for one, which is then propagated as `served`; a time-out answers a null array all the
    same (blmoveGenericCommand)."""

    def serve(key: bytes) -> bytes:
        reply = move_generic(client, key, destination, from_left, to_left)
        client.server.dirty -= SERVED_CHANGES
        client.server.propagation.rewrite(*served)
        return reply

    if client.db.write(source, List) is not None or client.deny_blocking:
        return move_generic(client, source, destination, from_left, to_left)
    return block(client, [source], List, deadline_ms, serve, null_array(client.resp))


@command("blpop", arity=-3, flags=WRITE | NOSCRIPT | BLOCKING, keys=(1, -2, 1))
def blpop(client: Client, args: list[bytes]) -> bytes:
    """BLPOP key [key ...] timeout (t_list.c blpopCommand)."""
    return blocking_pop(client, args[1:-1], args[-1], from_left=True, count=None)


@command("brpop", arity=-3, flags=WRITE | NOSCRIPT | BLOCKING, keys=(1, -2, 1))
def brpop(client: Client, args: list[bytes]) -> bytes:
    """BRPOP key [key ...] timeout (t_list.c brpopCommand)."""
    return blocking_pop(client, args[1:-1], args[-1], from_left=False, count=None)


@command("blmpop", arity=-5, flags=WRITE | BLOCKING | MOVABLE_KEYS, since="7.0")
def blmpop(client: Client, args: list[bytes]) -> bytes:
    """BLMPOP timeout numkeys key [key ...] LEFT|RIGHT [COUNT count] (t_list.c blmpopCommand)."""
    keys, end, count = parse_pop_request(args[2:], (b"left", b"right"))
    return blocking_pop(client, keys, args[1], end == b"left", count)


def blocking_pop(client: Client, keys: list[bytes], timeout: bytes, from_left: bool, count: int | None) -> bytes:
    """Pop from the first key that holds a list, or wait for one that does (blockingPopGenericCommand)."""
    deadline_ms = read_deadline_ms(client, timeout)

    def serve(key: bytes) -> bytes | None:
        reply = pop_with_key(client, key, from_left, count)
        if count is None:
            client.server.dirty -= SERVED_CHANGES
        return reply

    reply = pop_from_first(client, keys, from_left, count)
    return block(client, keys, List, deadline_ms, serve, null_array(client.resp)) if reply is None else reply


@command("lmpop", arity=-4, flags=WRITE | MOVABLE_KEYS, since="7.0")
def lmpop(client: Client, args: list[bytes]) -> bytes:
    """LMPOP numkeys key [key ...] LEFT|RIGHT [COUNT count] (t_list.c lmpopCommand)."""
    keys, end, count = parse_pop_request(args[1:], (b"left", b"right"))
    reply = pop_from_first(client, keys, end == b"left", count)
    return null_array(client.resp) if reply is None else reply


def parse_pop_request(args: list[bytes], ends: tuple[bytes, bytes]) -> tuple[list[bytes], bytes, int]:
    """The keys, the end in lower case and the count of LMPOP or ZMPOP, from their number of keys on."""
    key_count = read_at_least(args[0], 1, b"ERR numkeys should be greater than 0")
    if key_count + 1 >= len(args):
        raise CommandError(SYNTAX)
    end = read_word(args[key_count + 1])
    if end not in ends:
        raise CommandError(SYNTAX)
    return args[1 : key_count + 1], end, parse_pop_count(args[key_count + 2 :])


def parse_pop_count(options: list[bytes]) -> int:
    """The count after COUNT, which may be given once; 1 without."""
    if not options:
        return 1
    if read_word(options[0]) != b"count" or len(options) == 1:
        raise CommandError(SYNTAX)
    count = read_at_least(options[1], 1, b"ERR count should be greater than 0")
    if len(options) > 2:
        raise CommandError(SYNTAX)
    return count


def pop_from_first(client: Client, keys: list[bytes], from_left: bool, count: int | None) -> bytes | None:
    """Pop from the first of the keys that exists, or answer None (t_list.c mpopGenericCommand)."""
    replies = (pop_with_key(client, key, from_left, count) for key in keys)
    return next((reply for reply in replies if reply is not None), None)


def pop_with_key(client: Client, key: bytes, from_left: bool, count: int | None) -> bytes | None:
    """Pop from a list and answer its key with the element, or with an array when there is a count."""
    items = client.db.write(key, List)
    if items is None:
        return None
    elements = pop_elements(client, key, items, count or 1, from_left)
    counted = [] if count is None else [b"%d" % len(elements)]
    client.server.propagation.rewrite(b"LPOP" if from_left else b"RPOP", key, *counted)
    return bulks([key, *elements]) if count is None else array([bulk(key), bulks(elements)])
