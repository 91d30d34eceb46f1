"""Whole databases: choose, count, swap and empty them (`db.c`); and PING and ECHO."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, permutations, product
from typing import Final

from redproof_model.choice import Expected, IntegerIn
from redproof_model.errors import DB_OUT_OF_RANGE, NOT_INTEGER, SYNTAX, ReplyError, c_string, wrong_arity
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.database import Database
from redproof_model.keyspace.split import split
from redproof_model.keyspace.world import World
from redproof_model.number import INT32_MAX, INT32_MIN, integer, to_int32, to_integer
from redproof_model.reply import OK, Status

table = CommandTable()

_NOT_AN_INT: Final = b"ERR value is out of range, value must between %d and %d" % (INT32_MIN, INT32_MAX)
_FIRST_INVALID: Final = b"ERR invalid first DB index"
_SECOND_INVALID: Final = b"ERR invalid second DB index"
_PONG: Final = Status(b"PONG")


@table.command("PING", arity=-1)
def ping(world: World, argv: list[bytes]) -> Expected:
    """PING [message] (server.c pingCommand)."""
    if len(argv) > 2:
        raise wrong_arity("PING")
    if world.session.subscribed and world.session.resp == 2:
        return [b"pong", argv[1] if len(argv) == 2 else b""]
    return argv[1] if len(argv) == 2 else _PONG


@table.command("ECHO", arity=2)
def echo(world: World, argv: list[bytes]) -> Expected:
    """ECHO message (server.c echoCommand)."""
    return argv[1]


@table.command("SELECT", arity=2)
def select(world: World, argv: list[bytes]) -> Expected:
    """SELECT index (db.c selectCommand)."""
    world.session.database = database_index(world, _truncated(world, argv[1]), world.version.select_not_integer)
    world.select(world.session)
    if world.recorder is not None:
        world.recorder.call.selected = world.session.database
    return OK


@table.command("DBSIZE", arity=1, wide=True)
def dbsize(world: World, argv: list[bytes]) -> Expected:
    """DBSIZE (db.c dbsizeCommand): keys that have expired count until the server has deleted them."""
    db = world.db
    count = len(db.values) + len(db.hidden)
    late = len(db.ghosts - db.values.keys())
    if not late:
        return count

    def follow(seen: int) -> None:
        if seen == count and world.recorder is None:
            db.ghosts.clear()

    return IntegerIn(count, count + late, follow)


@table.command("SWAPDB", arity=3, wide=True)
def swapdb(world: World, argv: list[bytes]) -> Expected:
    """SWAPDB index1 index2 (db.c swapdbCommand)."""
    first = _c_int(world, argv[1], _FIRST_INVALID, _FIRST_INVALID)
    second = _c_int(world, argv[2], _SECOND_INVALID, _SECOND_INVALID)
    databases = world.databases
    for index in (first, second):
        if not 0 <= index < len(databases):
            raise ReplyError(DB_OUT_OF_RANGE)
    world.dirty()
    if first == second:
        return OK

    def swap(world: World, awaited: Sequence[tuple[int, bytes]]) -> Expected:
        databases = world.databases
        both = databases[first], databases[second]
        for index in (first, second):
            _touch_all(world, index, *both)
            _tell_gone(world, index)
        databases[second], databases[first] = both
        world.select(world.session)
        for index, key in awaited:
            world.created(index, key, databases[index].values[key])
        return OK

    return split(world, _orders_of_awaited(world, {first: databases[second], second: databases[first]}), swap)


@table.command("FLUSHDB", arity=-1, wide=True)
def flushdb(world: World, argv: list[bytes]) -> Expected:
    """FLUSHDB [ASYNC|SYNC] (db.c flushdbCommand)."""
    _check_flush_options(world, argv)
    if world.version.propagation.empty_flush or world.db.values or world.db.ghosts:
        world.dirty()
    _flush(world, world.session.database)
    return OK


@table.command("FLUSHALL", arity=-1)
def flushall(world: World, argv: list[bytes]) -> Expected:
    """FLUSHALL [ASYNC|SYNC] (db.c flushallCommand)."""
    _check_flush_options(world, argv)
    world.dirty()
    for index in range(len(world.databases)):
        _flush(world, index)
    return OK


def _truncated(world: World, text: bytes) -> bytes:
    """The index that SELECT is given, without what does not fit into 32 bits where that is dropped."""
    number = None if world.version.indexes_are_ints else to_integer(text)
    return text if number is None else b"%d" % to_int32(number)


def database_index(world: World, text: bytes, not_integer: bytes = NOT_INTEGER) -> int:
    """Read the number of a database or end the command (`object.c` getIntFromObjectOrReply, `db.c` selectDb)."""
    index = _c_int(world, text, not_integer)
    if not 0 <= index < len(world.databases):
        raise ReplyError(DB_OUT_OF_RANGE)
    return index


def _c_int(world: World, text: bytes, not_integer: bytes, not_an_int: bytes = _NOT_AN_INT) -> int:
    """Read an integer, of 32 bits where the version says so (`object.c` getIntFromObjectOrReply)."""
    number = integer(text, not_integer)
    if world.version.indexes_are_ints and not INT32_MIN <= number <= INT32_MAX:
        raise ReplyError(not_an_int)
    return number


def _check_flush_options(world: World, argv: list[bytes]) -> None:
    """End the command on anything but one SYNC or ASYNC (`db.c` getFlushCommandFlags)."""
    known = (b"SYNC", b"ASYNC") if world.version.flush_sync else (b"ASYNC",)
    if len(argv) > 2 or (len(argv) == 2 and c_string(argv[1]).upper() not in known):
        raise ReplyError(SYNTAX)


def _orders_of_awaited(world: World, replacements: dict[int, Database]) -> list[tuple[tuple[int, bytes], ...]]:
    """The keys that clients wait for and now find, in every order in which a hash table may have them."""
    orders = [
        permutations(place for place in world.queues if place[0] == index and place[1] in db.values)
        for index, db in replacements.items()
    ]
    return [tuple(chain.from_iterable(order)) for order in product(*orders)]


def _flush(world: World, index: int) -> None:
    _touch_all(world, index, world.databases[index])
    _tell_gone(world, index)
    world.databases[index].clear()


def _tell_gone(world: World, index: int) -> None:
    """Tell those who wait for what is in a database that it goes (`db.c` scanDatabaseForDeletedStreams)."""
    for place in world.queues:
        if place[0] == index:
            world.gone(*place)


def _touch_all(world: World, index: int, *contents: Database) -> None:
    """Fail the transactions that watch in `index` what is in these contents (`multi.c` touchAllWatchedKeysInDb)."""
    if not world.watchers:
        return
    for session in world.sessions.values():
        for place in session.watched:
            if place[0] != index:
                continue
            if session.watched[place] and not world.version.watch_minds_expired_keys:
                session.watched[place] = False
                continue
            if any(place[1] in content.values for content in contents):
                session.dirty_cas = True
            elif world.version.watch_minds_expired_keys and any(place[1] in content.ghosts for content in contents):
                session.watched[place] = True
