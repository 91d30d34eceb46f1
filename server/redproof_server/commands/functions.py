"""FUNCTION, FCALL and FCALL_RO."""

from redproof_server.commands.scripting import EVAL_FLAGS, EVAL_RO_FLAGS
from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ALLOW_BUSY,
    DENYOOM,
    LOADING,
    NOSCRIPT,
    RANDOM,
    SORT_FOR_SCRIPT,
    STALE,
    WRITE,
    command,
    container,
)
from redproof_server.engine.errors import CommandError
from redproof_server.engine.glob import matches
from redproof_server.engine.server import Server
from redproof_server.persistence.payload import CHECKSUM_BYTES, VERSION_BYTES, is_intact, sealed
from redproof_server.persistence.stream import CorruptPayloadError, Reader
from redproof_server.persistence.strings import encode_string, read_string
from redproof_server.protocol.numbers import parse_int64
from redproof_server.protocol.replies import (
    OK,
    array,
    bulk,
    bulk_or_null,
    integer,
    mapping,
    null,
    status,
)
from redproof_server.scripting.libraries import ENGINE, Function, Libraries, Library

OPCODE = 0xF5
POLICIES = (b"append", b"replace", b"flush")
NOT_BUSY = b"NOTBUSY No scripts in execution right now."
FLAG_ORDER = (b"no-writes", b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys")


def libraries_of(server: Server) -> Libraries:
    """The server's libraries; their interpreter starts with the first."""
    if server.libraries is None:
        server.libraries = Libraries(server)
    return server.libraries


def call_function(client: Client, args: list[bytes], read_only: bool) -> bytes:
    """Call a function by its name (functions.c fcallCommandGeneric)."""
    libraries = client.server.libraries
    if libraries is None or args[1].lower() not in libraries.functions:
        raise CommandError(b"ERR Function not found")
    count = parse_int64(args[2])
    if count is None:
        raise CommandError(b"ERR Bad number of keys provided")
    if count > len(args) - 3:
        raise CommandError(b"ERR Number of keys can't be greater than number of args")
    if count < 0:
        raise CommandError(b"ERR Number of keys can't be negative")
    return libraries.call(client, args[1], args[3 : 3 + count], args[3 + count :], read_only)


@command("fcall", arity=-3, flags=EVAL_FLAGS, since="7.0")
def fcall(client: Client, args: list[bytes]) -> bytes:
    """FCALL function numkeys [key ...] [arg ...] (functions.c fcallCommand)."""
    return call_function(client, args, read_only=False)


@command("fcall_ro", arity=-3, flags=EVAL_RO_FLAGS, since="7.0")
def fcall_ro(client: Client, args: list[bytes]) -> bytes:
    """FCALL_RO function numkeys [key ...] [arg ...] (functions.c fcallroCommand)."""
    return call_function(client, args, read_only=True)


container("function", refuse_subcommand, since="7.0")


@command("function|load", arity=-3, flags=WRITE | DENYOOM | NOSCRIPT, since="7.0")
def function_load(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION LOAD [REPLACE] code (functions.c functionLoadCommand)."""
    for option in args[2:-1]:
        if option.lower() != b"replace":
            raise CommandError(b"ERR Unknown option given: " + option.rstrip(b"\r\n"))
    name = libraries_of(client.server).load(args[-1], replace=len(args) > 3)
    client.server.dirty += 1
    return bulk(name)


@command("function|delete", arity=3, flags=WRITE | NOSCRIPT, since="7.0")
def function_delete(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION DELETE library (functions.c functionDeleteCommand)."""
    if client.server.libraries is None:
        raise CommandError(b"ERR Library not found")
    client.server.libraries.delete(args[2])
    client.server.dirty += 1
    return OK


@command("function|flush", arity=-2, flags=WRITE | NOSCRIPT, since="7.0")
def function_flush(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION FLUSH [ASYNC|SYNC] (functions.c functionFlushCommand)."""
    if len(args) > 3:
        raise CommandError(client.server.subcommand_syntax(args))
    if len(args) == 3 and args[2].lower() not in (b"sync", b"async"):
        raise CommandError(b"ERR FUNCTION FLUSH only supports SYNC|ASYNC option")
    if client.server.libraries is not None:
        client.server.libraries.flush()
    client.server.dirty += 1
    return OK


@command("function|kill", arity=2, flags=NOSCRIPT | ALLOW_BUSY, since="7.0")
def function_kill(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION KILL (script.c scriptKill): no function can be running while a command is."""
    raise CommandError(NOT_BUSY)


@command("function|list", arity=-2, flags=NOSCRIPT | SORT_FOR_SCRIPT, since="7.0")
def function_list(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION LIST [LIBRARYNAME pattern] [WITHCODE] (functions.c functionListCommand)."""
    with_code, pattern = read_list_options(args[2:])
    libraries = client.server.libraries
    shown = [] if libraries is None else list(libraries.by_name.values())
    return array(
        [
            library_reply(library, with_code, client.resp)
            for library in shown
            if matches(pattern, library.name, ignore_case=True)
        ]
    )


def read_list_options(options: list[bytes]) -> tuple[bool, bytes]:
    """Whether the code is asked for, and the pattern of names."""
    with_code, pattern, position = False, None, 0
    while position < len(options):
        option = options[position].lower()
        if option == b"withcode" and not with_code:
            with_code = True
        elif option == b"libraryname" and pattern is None:
            position += 1
            if position == len(options):
                raise CommandError(b"ERR library name argument was not given")
            pattern = options[position]
        else:
            raise CommandError(b"ERR Unknown argument " + options[position])
        position += 1
    return with_code, b"*" if pattern is None else pattern


def library_reply(library: Library, with_code: bool, resp: int) -> bytes:
    """One library as FUNCTION LIST shows it."""
    functions = [function_reply(function, resp) for function in library.functions.values()]
    items = [bulk(b"library_name"), bulk(library.name), bulk(b"engine"), bulk(ENGINE)]
    items += [bulk(b"functions"), array(functions)]
    if with_code:
        items += [bulk(b"library_code"), bulk(library.code)]
    return mapping(items, resp)


def function_reply(function: Function, resp: int) -> bytes:
    """One function as FUNCTION LIST shows it."""
    flags = [status(flag) for flag in FLAG_ORDER if flag in function.flags]
    flag_set = b"%c%d\r\n%b" % (b"~" if resp == 3 else b"*", len(flags), b"".join(flags))
    description = bulk_or_null(function.description, resp)
    return mapping(
        [bulk(b"name"), bulk(function.name), bulk(b"description"), description, bulk(b"flags"), flag_set], resp
    )


@command("function|stats", arity=2, flags=NOSCRIPT | ALLOW_BUSY | RANDOM, since="7.0")
def function_stats(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION STATS (functions.c functionStatsCommand)."""
    libraries, resp = client.server.libraries, client.resp
    counts = (0, 0) if libraries is None else (len(libraries.by_name), len(libraries.functions))
    engine = mapping([bulk(b"libraries_count"), integer(counts[0]), bulk(b"functions_count"), integer(counts[1])], resp)
    engines = mapping([bulk(ENGINE), engine], resp)
    return mapping([bulk(b"running_script"), null(resp), bulk(b"engines"), engines], resp)


@command("function|dump", arity=2, flags=NOSCRIPT, since="7.0")
def function_dump(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION DUMP (functions.c functionDumpCommand)."""
    libraries = client.server.libraries
    codes = [] if libraries is None else [library.code for library in libraries.by_name.values()]
    body = b"".join(bytes([OPCODE]) + encode_string(code) for code in codes)
    return bulk(sealed(body, client.server.version.rdb_version))


@command("function|restore", arity=-3, flags=WRITE | DENYOOM | NOSCRIPT, since="7.0")
def function_restore(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION RESTORE payload [FLUSH|APPEND|REPLACE] (functions.c functionRestoreCommand)."""
    if len(args) > 4:
        raise CommandError(client.server.subcommand_syntax(args))
    policy = args[3].lower() if len(args) == 4 else b"append"
    if policy not in POLICIES:
        raise CommandError(b"ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.")
    if not is_intact(args[2], client.server.version.rdb_version):
        raise CommandError(b"ERR DUMP payload version or checksum are wrong")
    libraries_of(client.server).restore(read_codes(args[2]), policy)
    client.server.dirty += 1
    return OK


def read_codes(payload: bytes) -> list[bytes]:
    """The code of each library in an intact payload."""
    reader = Reader(payload[: -VERSION_BYTES - CHECKSUM_BYTES])
    codes: list[bytes] = []
    while not reader.is_at_end:
        if reader.byte() != OPCODE:
            raise CommandError(b"ERR given type is not a function")
        try:
            codes.append(read_string(reader))
        except CorruptPayloadError:
            raise CommandError(b"ERR Failed loading library code") from None
    return codes


HELP = b"""\
LOAD [REPLACE] <code>
    Add a library.
DELETE <library>
    Remove a library.
LIST [LIBRARYNAME <pattern>] [WITHCODE]
    The libraries and their functions.
STATS
    How many libraries and functions there are.
KILL
    Stop the function that runs: never possible here, where nothing is served meanwhile.
FLUSH [ASYNC|SYNC]
    Remove all libraries.
DUMP
    All libraries as a payload for RESTORE.
RESTORE <payload> [FLUSH|APPEND|REPLACE]
    Add the libraries of a payload."""


@command("function|help", arity=2, flags=LOADING | STALE, since="7.0")
def function_help(client: Client, args: list[bytes]) -> bytes:
    """FUNCTION HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
