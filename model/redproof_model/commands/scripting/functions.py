"""FUNCTION and FCALL, of the libraries that the model knows (`functions.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import AnyOrder, Expected
from redproof_model.commands.containers import call_subcommand, help_text, subcommand_syntax
from redproof_model.commands.scripting.scripts import keys_and_arguments
from redproof_model.errors import ReplyError, c_string, one_line, without_breaks
from redproof_model.glob import matcher
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.libraries import BROKEN_LIBRARIES, LIBRARIES, library_with
from redproof_model.keyspace.scripts import ScriptError
from redproof_model.keyspace.world import World
from redproof_model.number import to_integer
from redproof_model.reply import NULL, OK, Error, Map, Reply, Set, Status

table = CommandTable()

_NOT_FOUND: Final = b"ERR Function not found"
_WRITES: Final = b"ERR Can not execute a script with write flag using *_ro command."


@table.command("FCALL", arity=-3)
def fcall(world: World, argv: list[bytes]) -> Expected:
    """FCALL function numkeys [key …] [argument …] (functions.c fcallCommand)."""
    return _call(world, argv, read_only=False)


@table.command("FCALL_RO", arity=-3)
def fcall_ro(world: World, argv: list[bytes]) -> Expected:
    """FCALL_RO function numkeys [key …] [argument …] (functions.c fcallroCommand)."""
    return _call(world, argv, read_only=True)


@table.command("FUNCTION", arity=-2)
def function(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION subcommand [argument …] (functions.c)."""
    return call_subcommand(world, table, argv)


@table.command("FUNCTION|HELP", arity=2)
def function_help(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION HELP."""
    return help_text(b"FUNCTION")


@table.command("FUNCTION|LOAD", arity=-3)
def function_load(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION LOAD [REPLACE] text (functions.c functionLoadCommand)."""
    for option in argv[2:-1]:
        if c_string(option).upper() != b"REPLACE":
            raise ReplyError(one_line(b"ERR Unknown option given: " + c_string(option)))
    text = argv[-1]
    if text in BROKEN_LIBRARIES:
        raise ReplyError(BROKEN_LIBRARIES[text])
    library = LIBRARIES[text]
    if library.name in world.libraries and len(argv) == 3:
        raise ReplyError(b"ERR Library '%b' already exists" % library.name)
    others = {name: other for name, other in world.libraries.items() if name != library.name}
    if any(LIBRARIES[other].function == library.function for other in others.values()):
        raise ReplyError(b"ERR Function %b already exists" % library.function)
    world.dirty()
    world.libraries = {**others, library.name: text}
    return library.name


@table.command("FUNCTION|DELETE", arity=3)
def function_delete(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION DELETE library (functions.c functionDeleteCommand)."""
    if argv[2] not in world.libraries:
        raise ReplyError(b"ERR Library not found")
    world.dirty()
    world.libraries = {name: text for name, text in world.libraries.items() if name != argv[2]}
    return OK


@table.command("FUNCTION|FLUSH", arity=-2)
def function_flush(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION FLUSH [ASYNC|SYNC] (functions.c functionFlushCommand)."""
    if len(argv) > 3:
        raise subcommand_syntax(world, argv)
    if len(argv) == 3 and c_string(argv[2]).upper() not in (b"SYNC", b"ASYNC"):
        raise ReplyError(b"ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    world.dirty()
    world.libraries = {}
    return OK


@table.command("FUNCTION|KILL", arity=2)
def function_kill(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION KILL, while none runs."""
    raise ReplyError(b"NOTBUSY No scripts in execution right now.")


@table.command("FUNCTION|STATS", arity=2)
def function_stats(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION STATS, while none runs (functions.c functionStatsCommand)."""
    count = len(world.libraries)
    counts = Map([(b"libraries_count", count), (b"functions_count", count)])
    return Map([(b"running_script", NULL), (b"engines", Map([(b"LUA", counts)]))])


@table.command("FUNCTION|LIST", arity=-2)
def function_list(world: World, argv: list[bytes]) -> Expected:
    """FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE] (functions.c functionListCommand): in any order."""
    pattern: bytes | None = None
    with_code = False
    rest = argv[2:]
    while rest:
        option = c_string(rest.pop(0))
        if option.upper() == b"WITHCODE" and not with_code:
            with_code = True
        elif option.upper() == b"LIBRARYNAME" and pattern is None:
            if not rest:
                raise ReplyError(b"ERR library name argument was not given")
            pattern = rest.pop(0)
        else:
            raise ReplyError(without_breaks(b"ERR Unknown argument " + option))
    matches = matcher(b"*" if pattern is None else pattern.lower())
    return AnyOrder([_described(text, with_code) for name, text in world.libraries.items() if matches(name)])


def _described(text: bytes, with_code: bool) -> Reply:
    library = LIBRARIES[text]
    flags = Set([Status(b"no-writes")] if library.read_only else [])
    described = Map([(b"name", library.function), (b"description", NULL), (b"flags", flags)])
    code: list[tuple[Reply, Reply]] = [(b"library_code", text)] if with_code else []
    return Map([(b"library_name", library.name), (b"engine", b"LUA"), (b"functions", [described]), *code])


def _call(world: World, argv: list[bytes], read_only: bool) -> Expected:
    library = library_with(world.libraries.values(), argv[1])
    if library is None:
        raise ReplyError(_NOT_FOUND)
    if to_integer(argv[2]) is None:
        raise ReplyError(b"ERR Bad number of keys provided")
    keys, arguments = keys_and_arguments(argv)
    if read_only and not library.read_only:
        raise ReplyError(_WRITES)
    in_exec, world.in_exec = world.in_exec, True
    try:
        return library.body(world, keys, arguments, read_only)
    except ScriptError as failed:
        text = world.version.scripts.function_failed
        return Error(text % {b"function": library.function, b"error": failed.text})
    finally:
        world.in_exec = in_exec
