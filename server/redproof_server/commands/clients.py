"""CLIENT: this connection and the others."""

from collections.abc import Callable

from redproof_server.commands.connection import set_name
from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine import pausing
from redproof_server.engine.arguments import read_integer, read_timeout_ms
from redproof_server.engine.client import Client, SkippedReply, Unsent
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, RANDOM, STALE, command, container
from redproof_server.engine.errors import NOT_AN_INTEGER, SYNTAX, CommandError
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    NO_REPLY,
    OK,
    bulk,
    bulk_or_null,
    bulk_set,
    error,
    integer,
    mapping,
    verbatim,
)
from redproof_server.replication.replicas import is_replica

FLAGS = NOSCRIPT | LOADING | STALE
ADMIN_FLAGS = ADMIN | FLAGS
TYPES = {b"normal": "normal", b"slave": "replica", b"replica": "replica", b"pubsub": "pubsub", b"master": "master"}
UNBLOCKED = b"UNBLOCKED client unblocked via CLIENT UNBLOCK"
NO_TRACKING = b"ERR CLIENT TRACKING is not supported by this server: it does not keep track of what clients cache"
NO_CACHING = (
    b"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
)
Test = Callable[[Client], bool]

container("client", refuse_subcommand, flags=ADMIN_FLAGS | RANDOM)


@command("client|id", arity=2, flags=FLAGS)
def client_id(client: Client, args: list[bytes]) -> bytes:
    """CLIENT ID (networking.c clientCommand)."""
    return integer(client.id)


@command("client|setname", arity=3, flags=FLAGS)
def client_setname(client: Client, args: list[bytes]) -> bytes:
    """CLIENT SETNAME connection-name (networking.c clientCommand)."""
    set_name(client, args[2])
    return OK


@command("client|getname", arity=2, flags=FLAGS)
def client_getname(client: Client, args: list[bytes]) -> bytes:
    """CLIENT GETNAME (networking.c clientCommand)."""
    return bulk_or_null(client.name or None, client.resp)


# Descriptions.


def client_type(client: Client) -> str:
    """What CLIENT LIST TYPE knows a client as (getClientType)."""
    if client.is_master:
        return "master"
    if is_replica(client):
        return "replica"
    return "pubsub" if client.is_subscribed else "normal"


def client_flags(client: Client) -> str:
    """The letters for a client's state (catClientInfoString)."""
    states = [
        ("S", is_replica(client)),
        ("M", client.is_master),
        ("P", client.is_subscribed),
        ("x", client.transaction is not None),
        ("b", client.wait is not None),
        ("d", client.is_dirty),
        ("c", client.closing),
        ("U", client.address.endswith(b":0")),
        ("e", not client.is_evictable),
    ]
    return "".join(letter for letter, is_so in states if is_so) or "N"


def client_facts(client: Client) -> dict[str, object]:
    """What one line of CLIENT LIST says. What only an allocator knows is 0."""
    transaction, last = client.transaction, client.last_command
    is_old = not client.server.version.subcommands_have_arity
    name = b"NULL" if last is None else last.name.partition(b"|")[0] if is_old else last.name
    newer: dict[str, object] = {} if is_old else {"resp": client.resp}
    return {
        "id": client.id,
        "addr": client.address.decode(),
        "laddr": client.local_address.decode(),
        "fd": client.id,
        "name": client.name.decode(),
        "age": (client.server.now_ms - client.created_ms) // 1000,
        "idle": (client.server.now_ms - client.active_ms) // 1000,
        "flags": client_flags(client),
        "db": client.db.index,
        "sub": len(client.channels),
        "psub": len(client.patterns),
        **({} if is_old else {"ssub": len(client.shard_channels)}),
        "multi": -1 if transaction is None else len(transaction.queue),
        "qbuf": client.unread_bytes + client.pending_bytes,
        "qbuf-free": 0,
        "argv-mem": 0,
        **({} if is_old else {"multi-mem": 0, "rbs": 0, "rbp": 0}),
        "obl": 0,
        "oll": len(client.output),
        "omem": client.output_bytes,
        "tot-mem": client.output_bytes,
        "events": "r",
        "cmd": name.decode("latin-1"),
        "user": "default",
        "redir": -1,
        **newer,
    }


def client_line(client: Client) -> bytes:
    """One line of CLIENT LIST (catClientInfoString)."""
    return " ".join(f"{name}={value}" for name, value in client_facts(client).items()).encode() + b"\n"


@command("client|info", arity=2, flags=FLAGS | RANDOM)
def client_info(client: Client, args: list[bytes]) -> bytes:
    """CLIENT INFO (networking.c clientCommand)."""
    return verbatim(client_line(client), b"txt", client.resp)


@command("client|list", arity=-2, flags=ADMIN_FLAGS | RANDOM)
def client_list(client: Client, args: list[bytes]) -> bytes:
    """CLIENT LIST [TYPE type] [ID id ...] (networking.c clientCommand)."""
    clients = client.server.clients
    chosen = list(clients.values())
    if len(args) == 4 and args[2].lower() == b"type":
        wanted = read_type(args[3])
        chosen = [one for one in chosen if client_type(one) == wanted]
    elif len(args) > 3 and args[2].lower() == b"id":
        ids = [read_integer(text, b"ERR Invalid client ID") for text in args[3:]]
        chosen = [clients[one] for one in ids if one in clients]
    elif len(args) != 2:
        raise CommandError(SYNTAX)
    return verbatim(b"".join(map(client_line, chosen)), b"txt", client.resp)


def read_type(text: bytes) -> str:
    """A type of client (getClientTypeByName)."""
    found = TYPES.get(text.lower())
    if found is None:
        raise CommandError(b"ERR Unknown client type '%b'" % text)
    return found


# What is done to clients.


@command("client|kill", arity=-2, flags=ADMIN_FLAGS, until="6.2")
@command("client|kill", arity=-3, flags=ADMIN_FLAGS, since="7.0")
def client_kill(client: Client, args: list[bytes]) -> bytes:
    """CLIENT KILL address, or option value [option value ...] (networking.c clientCommand)."""
    if len(args) == 2:
        raise CommandError(SYNTAX)
    if len(args) == 3:
        victims = [one for one in client.server.clients.values() if one.address == args[2]]
        if not victims:
            raise CommandError(b"ERR No such client")
        kill(client, victims)
        return OK
    tests, skips_caller = read_kill_options(client, args[2:])
    candidates = [one for one in client.server.clients.values() if not (skips_caller and one is client)]
    victims = [one for one in candidates if all(test(one) for test in tests)]
    kill(client, victims)
    return integer(len(victims))


def kill(caller: Client, victims: list[Client]) -> None:
    """Close connections at once, the caller's own after its reply."""
    for victim in victims:
        if victim is caller:
            caller.closing = True
        else:
            caller.server.abort(victim)


def read_kill_options(client: Client, options: list[bytes]) -> tuple[list[Test], bool]:
    """What a client must be to be closed, and whether the caller is spared."""
    tests: dict[bytes, Test] = {}
    skips_caller = True
    for position in range(0, len(options), 2):
        option, values = options[position].lower(), options[position + 1 : position + 2]
        if not values or (option not in KILL_OPTIONS and option != b"skipme"):
            raise CommandError(SYNTAX)
        if option != b"skipme":
            tests[option] = KILL_OPTIONS[option](client, values[0])
        elif values[0].lower() in (b"yes", b"no"):
            skips_caller = values[0].lower() == b"yes"
        else:
            raise CommandError(SYNTAX)
    return list(tests.values()), skips_caller


def has_id(client: Client, text: bytes) -> Test:
    """ID client-id; 0 means any where the version takes it."""
    if client.server.version.kill_id_is_positive:
        wanted = read_integer(text, b"ERR client-id should be greater than 0")
        if wanted < 1:
            raise CommandError(b"ERR client-id should be greater than 0")
    else:
        wanted = read_integer(text, NOT_AN_INTEGER)
    return lambda one: not wanted or one.id == wanted


def has_type(client: Client, text: bytes) -> Test:
    """TYPE type."""
    wanted = read_type(text)
    return lambda one: client_type(one) == wanted


def has_user(client: Client, text: bytes) -> Test:
    """USER username; there is only the default user."""
    if text != b"default":
        raise CommandError(b"ERR No such user '%b'" % text)
    return lambda one: True


KILL_OPTIONS: dict[bytes, Callable[[Client, bytes], Test]] = {
    b"id": has_id,
    b"type": has_type,
    b"addr": lambda client, text: lambda one: one.address == text,
    b"laddr": lambda client, text: lambda one: one.local_address == text,
    b"user": has_user,
}


@command("client|unblock", arity=-3, flags=ADMIN_FLAGS)
def client_unblock(client: Client, args: list[bytes]) -> bytes:
    """CLIENT UNBLOCK client-id [TIMEOUT|ERROR] (networking.c clientCommand)."""
    if len(args) > 4:
        raise CommandError(client.server.subcommand_syntax(args))
    reason = args[3].lower() if len(args) == 4 else b"timeout"
    if reason not in (b"timeout", b"error"):
        raise CommandError(b"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    target = client.server.clients.get(read_integer(args[2]))
    if target is None or target.wait is None or target.postponed is not None:
        return integer(0)
    reply = error(UNBLOCKED) if reason == b"error" else target.wait.time_out()
    client.server.blocking.unblock(target)
    client.server.push(target, reply)
    return integer(1)


@command("client|pause", arity=-3, flags=ADMIN_FLAGS)
def client_pause(client: Client, args: list[bytes]) -> bytes:
    """CLIENT PAUSE timeout [WRITE|ALL] (networking.c clientCommand)."""
    if len(args) > 4:
        raise CommandError(client.server.subcommand_syntax(args))
    mode = args[3].lower() if len(args) == 4 else b"all"
    if mode not in (b"write", b"all"):
        raise CommandError(b"ERR CLIENT PAUSE mode must be WRITE or ALL")
    timeout_ms = read_timeout_ms(args[2])
    pausing.pause(client.server, client.server.now_ms + timeout_ms, writes_only=mode == b"write")
    return OK


@command("client|unpause", arity=2, flags=ADMIN_FLAGS)
def client_unpause(client: Client, args: list[bytes]) -> bytes:
    """CLIENT UNPAUSE (networking.c clientCommand)."""
    pausing.unpause(client.server)
    return OK


# What is done to this connection.


@command("client|reply", arity=3, flags=FLAGS)
def client_reply(client: Client, args: list[bytes]) -> bytes:
    """CLIENT REPLY ON|OFF|SKIP (networking.c clientCommand)."""
    mode = args[2].lower()
    if mode == b"on":
        client.replies = client.output
        return OK
    if mode == b"off":
        client.replies = Unsent()
    elif mode != b"skip":
        raise CommandError(SYNTAX)
    elif not isinstance(client.replies, Unsent) or isinstance(client.replies, SkippedReply):
        client.replies = SkippedReply(client)
    return NO_REPLY


@command("client|no-evict", arity=3, flags=ADMIN_FLAGS, since="7.0")
def client_no_evict(client: Client, args: list[bytes]) -> bytes:
    """CLIENT NO-EVICT ON|OFF (networking.c clientCommand)."""
    mode = args[2].lower()
    if mode not in (b"on", b"off"):
        raise CommandError(SYNTAX)
    client.is_evictable = mode == b"off"
    return OK


@command("client|tracking", arity=-3, flags=FLAGS)
def client_tracking(client: Client, args: list[bytes]) -> bytes:
    """CLIENT TRACKING ON|OFF … (networking.c clientCommand): only OFF is possible."""
    if args[2].lower() == b"off":
        return OK
    raise CommandError(NO_TRACKING if args[2].lower() == b"on" else SYNTAX)


@command("client|caching", arity=-3, flags=FLAGS, until="6.2")
@command("client|caching", arity=3, flags=FLAGS, since="7.0")
def client_caching(client: Client, args: list[bytes]) -> bytes:
    """CLIENT CACHING YES|NO (networking.c clientCommand): there is no tracking."""
    raise CommandError(NO_CACHING)


@command("client|getredir", arity=2, flags=FLAGS)
def client_getredir(client: Client, args: list[bytes]) -> bytes:
    """CLIENT GETREDIR (networking.c clientCommand): there is no tracking."""
    return integer(-1)


@command("client|trackinginfo", arity=2, flags=FLAGS)
def client_trackinginfo(client: Client, args: list[bytes]) -> bytes:
    """CLIENT TRACKINGINFO (networking.c clientCommand): there is no tracking."""
    facts = [(b"flags", bulk_set([b"off"], client.resp)), (b"redirect", integer(-1)), (b"prefixes", EMPTY_ARRAY)]
    return mapping([part for name, value in facts for part in (bulk(name), value)], client.resp)


HELP = b"""\
GETNAME | SETNAME <name>
    The name of this connection.
ID | INFO
    The ID of this connection, or all about it.
KILL <ip:port>
KILL <option> <value> [<option> <value> [...]]
    Close connections. Options: ADDR, LADDR, ID, TYPE, USER, SKIPME (YES|NO).
LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <id> [<id> ...]]
    All about the connections.
NO-EVICT (ON|OFF)
    Taken note of: no client is evicted.
PAUSE <timeout> [WRITE|ALL] | UNPAUSE
    Put off requests for so many milliseconds.
REPLY (ON|OFF|SKIP)
    Whether requests are answered.
TRACKING (ON|OFF) | TRACKINGINFO | CACHING (YES|NO) | GETREDIR
    There is no client side caching: ON is refused.
UNBLOCK <clientid> [TIMEOUT|ERROR]
    End the wait of a blocked client."""


@command("client|help", arity=2, flags=LOADING | STALE)
def client_help(client: Client, args: list[bytes]) -> bytes:
    """CLIENT HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
