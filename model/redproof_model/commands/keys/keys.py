"""Keys whatever they hold: delete, find, name, copy and move them (`db.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.keys.databases import database_index
from redproof_model.commands.sampling import OneMember, Sample
from redproof_model.errors import NO_SUCH_KEY, SAME_OBJECT, SYNTAX, ReplyError, c_string
from redproof_model.glob import matcher
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.embedding import embed
from redproof_model.keyspace.fields import facts_of
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.values import TYPE_NAMES, Hash, String, Value
from redproof_model.keyspace.world import World
from redproof_model.number import to_integer
from redproof_model.reply import NULL, OK, Status

table = CommandTable()

_TYPE_STATUS: Final = {kind: Status(name) for kind, name in TYPE_NAMES.items()}
_NO_TYPE: Final = Status(b"none")


@table.command("UNLINK", arity=-2)
@table.command("DEL", arity=-2)
def delete(world: World, argv: list[bytes]) -> Expected:
    """DEL key [key …] and UNLINK key [key …] (db.c delGenericCommand).

    A writable replica deletes, and counts, also a key that has expired and that it still has (db.c expireIfNeeded).
    """
    count = sum(world.holds(key) and world.remove(key) for key in argv[1:])
    if world.role is not Role.WRITABLE_REPLICA:
        return count
    late = world.db.ghosts.intersection(argv[1:])
    world.db.ghosts -= late
    return count + len(late)


@table.command("TOUCH", arity=-2)
@table.command("EXISTS", arity=-2)
def exists(world: World, argv: list[bytes]) -> Expected:
    """EXISTS key [key …] (db.c existsCommand) and TOUCH key [key …] (expire.c touchCommand)."""
    return sum(map(world.holds, argv[1:]))


@table.command("TYPE", arity=2)
def type_(world: World, argv: list[bytes]) -> Expected:
    """TYPE key (db.c typeCommand)."""
    value = world.get(argv[1])
    return _NO_TYPE if value is None else _TYPE_STATUS[type(value)]


@table.command("KEYS", arity=2, wide=True)
def keys(world: World, argv: list[bytes]) -> Expected:
    """KEYS pattern (db.c keysCommand)."""
    values = world.db.values
    found = values if argv[1] == b"*" else set(filter(matcher(argv[1]), values))
    return Sample(found, len(found))


@table.command("RANDOMKEY", arity=1, wide=True)
def randomkey(world: World, argv: list[bytes]) -> Expected:
    """RANDOMKEY (db.c randomkeyCommand)."""
    world.meet_some(lambda key: True, all_of_them=not world.db.values)
    keys = [*world.db.values]
    if len(keys) == len(world.db.expires):
        # A replica gives up looking for one that has not expired.
        keys += world.db.hidden
    return OneMember(keys) if keys else NULL


@table.command("RENAME", arity=3)
def rename(world: World, argv: list[bytes]) -> Expected:
    """RENAME key newkey (db.c renameCommand)."""
    _rename(world, argv[1], argv[2], only_new=False)
    return OK


@table.command("RENAMENX", arity=3)
def renamenx(world: World, argv: list[bytes]) -> Expected:
    """RENAMENX key newkey (db.c renamenxCommand)."""
    return int(_rename(world, argv[1], argv[2], only_new=True))


@table.command("COPY", arity=-3)
def copy(world: World, argv: list[bytes]) -> Expected:
    """COPY source destination [DB index] [REPLACE] (db.c copyCommand)."""
    source, destination = argv[1], argv[2]
    index, replace = _parse_copy_options(world, argv)
    if index == world.session.database and source == destination:
        raise ReplyError(SAME_OBJECT)
    value = world.get(source)
    target = world.databases[index]
    if value is not None:
        world.meet(destination, index)
    if value is None or (destination in target.values and not replace):
        return 0
    world.gone(index, destination)
    target.discard(destination)
    _add(world, index, destination, _duplicate(world, value), world.db.expires.get(source))
    world.modified(destination, index)
    return 1


@table.command("MOVE", arity=3)
def move(world: World, argv: list[bytes]) -> Expected:
    """MOVE key db (db.c moveCommand)."""
    key = argv[1]
    index = _index_to_move_to(world, argv[2])
    if index == world.session.database:
        raise ReplyError(SAME_OBJECT)
    value = world.get(key)
    if value is not None:
        world.meet(key, index)
    if value is None or key in world.databases[index].values:
        return 0
    _add(world, index, key, value, world.db.expires.get(key))
    world.remove(key)
    world.modified(key, index)
    return 1


def _index_to_move_to(world: World, text: bytes) -> int:
    index = to_integer(text)
    refused = world.version.move_out_of_range
    if refused is not None and (index is None or not 0 <= index < len(world.databases)):
        raise ReplyError(refused)
    return database_index(world, text)


def _rename(world: World, source: bytes, destination: bytes, only_new: bool) -> bool:
    """Rename a key and say whether that was done (`db.c` renameGenericCommand)."""
    db = world.db
    value = world.get(source)
    if value is None:
        raise ReplyError(NO_SUCH_KEY)
    if source == destination or (world.holds(destination) and only_new):
        return False
    world.gone(world.session.database, destination)
    db.discard(destination)
    _add(world, world.session.database, destination, value, db.expires.get(source))
    world.remove(source)
    world.modified(destination)
    return True


def _parse_copy_options(world: World, argv: list[bytes]) -> tuple[int, bool]:
    """The database to copy to, and whether a key there is replaced."""
    index, replace = world.session.database, False
    rest = iter(argv[3:])
    for argument in rest:
        option = c_string(argument).upper()
        number = next(rest, None) if option == b"DB" else None
        if number is not None:
            index = database_index(world, number)
        elif option == b"REPLACE":
            replace = True
        else:
            raise ReplyError(SYNTAX)
    return index, replace


def _duplicate(world: World, value: Value) -> Value:
    """A copy, in which an integer is no longer a shared one (dupStringObject), and Valkey has no expired field.

    Where all have expired Valkey's is an empty hash, which stays.
    """
    twin = value.copy()
    if isinstance(twin, String):
        twin.encoding = twin.encoding_name(world.version.longest_embstr)
    if isinstance(twin, Hash) and twin.ghosts and not facts_of(world).meets_expired:
        twin.ghosts.clear()
    return twin


def _add(world: World, index: int, key: bytes, value: Value, expiry: tuple[int, int] | None) -> None:
    """Let `key`, which is not there, hold `value` in the database `index` (`db.c` dbAdd, setExpire)."""
    db = world.databases[index]
    db.ghosts.discard(key)
    embed(world.version, key, value, expires=expiry is not None)
    db.values[key] = value
    if expiry is not None:
        db.expires[key] = expiry
    world.created(index, key, value)
