"""COMMAND: what commands there are."""

from collections.abc import Iterable
from inspect import getdoc

from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.categories import categories
from redproof_server.engine.client import Client
from redproof_server.engine.command import LOADING, RANDOM, SORT_FOR_SCRIPT, STALE, Command, Flag, command
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.glob import matches
from redproof_server.engine.key_specs import KEY_SPECS, KeySpec
from redproof_server.engine.server import Server
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    array,
    bulk,
    bulk_set,
    bulks,
    integer,
    mapping,
    null,
    status,
)

FLAGS = LOADING | STALE
FLAG_NAMES = {
    Flag.WRITE: b"write",
    Flag.READONLY: b"readonly",
    Flag.DENYOOM: b"denyoom",
    Flag.ADMIN: b"admin",
    Flag.PUBSUB: b"pubsub",
    Flag.NOSCRIPT: b"noscript",
    Flag.RANDOM: b"random",
    Flag.SORT_FOR_SCRIPT: b"sort_for_script",
    Flag.BLOCKING: b"blocking",
    Flag.LOADING: b"loading",
    Flag.STALE: b"stale",
    Flag.SKIP_MONITOR: b"skip_monitor",
    Flag.SKIP_SLOWLOG: b"skip_slowlog",
    Flag.FAST: b"fast",
    Flag.NO_AUTH: b"no_auth",
    Flag.MAY_REPLICATE: b"may_replicate",
    Flag.NO_MANDATORY_KEYS: b"no_mandatory_keys",
    Flag.NO_ASYNC_LOADING: b"no_async_loading",
    Flag.NO_MULTI: b"no_multi",
    Flag.MOVABLE_KEYS: b"movablekeys",
    Flag.ALLOW_BUSY: b"allow_busy",
}
OLD_FLAGS = {Flag.RANDOM, Flag.SORT_FOR_SCRIPT, Flag.MAY_REPLICATE}
NEW_FLAGS = {Flag.BLOCKING, Flag.NO_MANDATORY_KEYS, Flag.NO_ASYNC_LOADING, Flag.NO_MULTI, Flag.ALLOW_BUSY}
TIPS = {RANDOM: b"nondeterministic_output", SORT_FOR_SCRIPT: b"nondeterministic_output_order"}
NO_SUCH_COMMAND = b"ERR Invalid command specified"
NO_KEYS = b"ERR The command has no key arguments"
BAD_ARITY = b"ERR Invalid number of arguments specified for command"
BAD_ARGUMENTS = b"ERR Invalid arguments specified for command"


@command("command", arity=-1, flags=FLAGS | RANDOM, until="6.2", is_container=True)
@command("command", arity=-1, flags=FLAGS | SORT_FOR_SCRIPT, since="7.0", is_container=True)
def command_(client: Client, args: list[bytes]) -> bytes:
    """COMMAND (server.c commandCommand)."""
    if len(args) > 1:
        return refuse_subcommand(client, args)
    return array([command_reply(client, row) for row in rows(client.server)])


def rows(server: Server) -> list[Command]:
    """The commands of a server, without subcommands."""
    return [row for name, row in server.commands.items() if name == row.name]


def subcommand_rows(server: Server, container_row: Command) -> list[Command]:
    """The subcommands of a command, where these are commands of their own."""
    if not server.version.subcommands_have_arity:
        return []
    return [row for (name, _), row in server.subcommands.items() if name == container_row.name]


def is_bare(row: Command) -> bool:
    """Whether a command does nothing without a subcommand."""
    return row.is_container and row.arity == -2


def flag_names(server: Server, row: Command) -> list[bytes]:
    """The flags of a command that the version shows."""
    is_new = server.version.subcommands_have_arity
    if is_new and is_bare(row):
        return []
    hidden = OLD_FLAGS if is_new else NEW_FLAGS
    return [name for flag, name in FLAG_NAMES.items() if row.flags & flag and flag not in hidden]


def statuses(names: Iterable[bytes], resp: int) -> bytes:
    """A set of simple strings."""
    return encoded_set([status(name) for name in names], resp)


def encoded_set(items: list[bytes], resp: int) -> bytes:
    """A set of replies that are encoded already."""
    return b"%c%d\r\n%b" % (b"~" if resp == 3 else b"*", len(items), b"".join(items))


def command_reply(client: Client, row: Command) -> bytes:
    """What COMMAND tells about a command (addReplyCommandInfo)."""
    server, resp = client.server, client.resp
    is_new = server.version.subcommands_have_arity
    groups = [b"@" + name.encode() for name in categories(row, is_new)]
    items = [bulk(row.name), integer(row.arity), statuses(flag_names(server, row), resp)]
    items += [integer(position) for position in row.keys]
    items.append(statuses(groups, resp))
    if is_new:
        tips = [] if is_bare(row) else [tip for flag, tip in TIPS.items() if row.flags & flag]
        specs = [spec_reply(spec, resp) for spec in KEY_SPECS.get(row.name, [])]
        inner = [command_reply(client, sub) for sub in subcommand_rows(server, row)]
        items += [bulk_set(tips, resp), encoded_set(specs, resp), encoded_set(inner, resp)]
    return array(items)


def spec_reply(spec: KeySpec, resp: int) -> bytes:
    """A specification of keys (addReplyCommandKeySpecs)."""
    flags = statuses([name.encode() for name in spec.flags], resp)
    if spec.first is None:
        search = find = typed(b"unknown", {}, resp)
    else:
        search = typed(b"index", {b"index": spec.first}, resp)
        counted = {b"keynumidx": 0, b"firstkey": 1, b"keystep": 1}
        ranged = {b"lastkey": spec.last, b"keystep": spec.step, b"limit": 0}
        find = typed(b"keynum", counted, resp) if spec.is_counted else typed(b"range", ranged, resp)
    return mapping([bulk(b"flags"), flags, bulk(b"begin_search"), search, bulk(b"find_keys"), find], resp)


def typed(kind: bytes, numbers: dict[bytes, int], resp: int) -> bytes:
    """A kind of step, and its numbers."""
    items = [part for name, number in numbers.items() for part in (bulk(name), integer(number))]
    return mapping([bulk(b"type"), bulk(kind), bulk(b"spec"), mapping(items, resp)], resp)


@command("command|count", arity=2, flags=FLAGS)
def command_count(client: Client, args: list[bytes]) -> bytes:
    """COMMAND COUNT (server.c commandCountCommand)."""
    return integer(len(rows(client.server)))


def find(server: Server, name: bytes) -> Command | None:
    """The command that a name means; subcommands are spelled with a bar where they are commands."""
    outer, bar, inner = name.lower().partition(b"|")
    if not bar:
        return server.commands.get(outer)
    return server.subcommands.get((outer, inner)) if server.version.subcommands_have_arity else None


@command("command|info", arity=-2, flags=FLAGS | SORT_FOR_SCRIPT)
def command_info(client: Client, args: list[bytes]) -> bytes:
    """COMMAND INFO [command ...] (server.c commandInfoCommand)."""
    server = client.server
    if len(args) == 2 and server.version.subcommands_have_arity:
        return array([command_reply(client, row) for row in rows(server)])
    found = [find(server, name) for name in args[2:]]
    return array([null(client.resp) if row is None else command_reply(client, row) for row in found])


# Listing and documentation.


@command("command|list", arity=-2, flags=FLAGS | SORT_FOR_SCRIPT, since="7.0")
def command_list(client: Client, args: list[bytes]) -> bytes:
    """COMMAND LIST [FILTERBY MODULE name|ACLCAT category|PATTERN pattern] (server.c commandListCommand)."""
    server = client.server
    everything = [row for outer in rows(server) for row in (outer, *subcommand_rows(server, outer))]
    if len(args) == 2:
        return bulks(row.name for row in everything)
    if len(args) != 5 or args[2].lower() != b"filterby":
        raise CommandError(SYNTAX)
    kind, wanted = args[3].lower(), args[4]
    if kind == b"module":
        return EMPTY_ARRAY
    if kind == b"pattern":
        return bulks(row.name for row in everything if matches(wanted, row.name, ignore_case=True))
    if kind == b"aclcat":
        category = wanted.lower().decode("latin-1")
        return bulks(row.name for row in everything if category in categories(row, True))
    raise CommandError(SYNTAX)


@command("command|docs", arity=-2, flags=FLAGS | SORT_FOR_SCRIPT, since="7.0")
def command_docs(client: Client, args: list[bytes]) -> bytes:
    """COMMAND DOCS [command ...] (server.c commandDocsCommand): syntax and source of each command."""
    server = client.server
    named = [find(server, name) for name in args[2:]] if len(args) > 2 else rows(server)
    items: list[bytes] = []
    for row in named:
        if row is not None:
            items += bulk(row.name), docs_reply(client, row)
    return mapping(items, client.resp)


def docs_reply(client: Client, row: Command) -> bytes:
    """What is known of a command: its handler's first line, and its subcommands."""
    summary = (getdoc(row.handler) or "").partition("\n")[0]
    group = next((name for name in categories(row, True) if name in DOCUMENTED_GROUPS), "server")
    items = [bulk(b"summary"), bulk(summary.encode()), bulk(b"group"), bulk(DOCUMENTED_GROUPS.get(group, b"server"))]
    inner = subcommand_rows(client.server, row)
    if inner:
        parts = [part for sub in inner for part in (bulk(sub.name), docs_reply(client, sub))]
        items += bulk(b"subcommands"), mapping(parts, client.resp)
    return mapping(items, client.resp)


DOCUMENTED_GROUPS = {
    "keyspace": b"generic",
    "set": b"set",
    "sortedset": b"sorted-set",
    "list": b"list",
    "hash": b"hash",
    "string": b"string",
    "bitmap": b"bitmap",
    "pubsub": b"pubsub",
    "connection": b"connection",
    "transaction": b"transactions",
    "scripting": b"scripting",
}


# Keys.


@command("command|getkeys", arity=-3, flags=FLAGS, until="6.2")
@command("command|getkeys", arity=-4, flags=FLAGS, since="7.0")
def command_getkeys(client: Client, args: list[bytes]) -> bytes:
    """COMMAND GETKEYS command [argument ...] (server.c commandGetKeysCommand)."""
    return bulks(args[position + 2] for position, _ in find_keys(client.server, args[2:]))


@command("command|getkeysandflags", arity=-4, flags=FLAGS, since="7.0")
def command_getkeysandflags(client: Client, args: list[bytes]) -> bytes:
    """COMMAND GETKEYSANDFLAGS command [argument ...] (server.c commandGetKeysAndFlagsCommand)."""
    found = find_keys(client.server, args[2:])
    flags = {position: statuses([name.encode() for name in names], client.resp) for position, names in found}
    return array([array([bulk(args[position + 2]), flags[position]]) for position, _ in found])


def find_keys(server: Server, words: list[bytes]) -> list[tuple[int, tuple[str, ...]]]:
    """The positions of a request's keys, and what is done with each (getKeysSubcommandImpl)."""
    try:
        row = server.find_command(words)
    except CommandError:
        raise CommandError(NO_SUCH_COMMAND) from None
    specs = [spec for spec in KEY_SPECS.get(row.name) or specs_of_row(row) if "not_key" not in spec.flags]
    if not specs:
        raise CommandError(NO_KEYS)
    if not row.accepts(len(words)):
        raise CommandError(BAD_ARITY)
    found = [(position, used_flags(row, spec, words)) for spec in specs for position in spec.positions(words) or ()]
    is_lost = any(spec.first is not None and spec.positions(words) is None for spec in specs)
    if is_lost or not found:
        if row.flags & Flag.NO_MANDATORY_KEYS and server.version.subcommands_have_arity:
            return []
        raise CommandError(BAD_ARGUMENTS)
    if row.name == b"sort":
        found += [(position, specs[-1].flags) for position in stored_at(words)]
    if row.name.endswith(b"store") and specs[-1].is_counted and not server.version.subcommands_have_arity:
        found.append(found.pop(0))
    return found


def specs_of_row(row: Command) -> list[KeySpec]:
    """Where the table of commands says that keys are."""
    first, last, step = row.keys
    return [KeySpec((), first, last - first if last >= 0 else last, step)] if first else []


def used_flags(row: Command, spec: KeySpec, words: list[bytes]) -> tuple[str, ...]:
    """What a request does with a key: SET reads it for GET, BITFIELD may only read (setGetKeys, bitfieldGetKeys)."""
    options = {word.lower() for word in words[2:]}
    if row.name == b"set" and b"get" not in options:
        return ("OW", "update")
    if row.name == b"bitfield" and not options & {b"set", b"incrby"}:
        return ("RO", "access")
    return tuple(flag for flag in spec.flags if flag != "variable_flags")


def stored_at(words: list[bytes]) -> list[int]:
    """Where SORT names its destination; the last STORE holds (db.c sortGetKeys)."""
    found: list[int] = []
    position = 2
    while position < len(words):
        option = words[position].lower()
        if option == b"store" and position + 1 < len(words):
            found = [position + 1]
        position += {b"limit": 3, b"get": 2, b"by": 2, b"store": 2}.get(option, 1)
    return found


HELP = b"""\
(no subcommand)
    All commands.
COUNT
    How many commands there are.
DOCS [<command-name> ...]
    Syntax of commands.
GETKEYS <full-command> | GETKEYSANDFLAGS <full-command>
    The keys in a request, and what is done with them.
INFO [<command-name> ...]
    Some commands, or all.
LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]
    The names of commands."""


@command("command|help", arity=2, flags=FLAGS)
def command_help(client: Client, args: list[bytes]) -> bytes:
    """COMMAND HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
