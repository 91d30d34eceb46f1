"""CLIENT: this connection, and what the subcommands have in common."""

from redproof_server.commands.connection import set_name
from redproof_server.commands.subcommands import help_reply, refuse_subcommand
from redproof_server.engine.client import Client, SkippedReply, Unsent
from redproof_server.engine.command import ADMIN, LOADING, NOSCRIPT, RANDOM, STALE, command, container
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.protocol.replies import EMPTY_ARRAY, NO_REPLY, OK, bulk, bulk_or_null, bulk_set, integer, mapping

FLAGS = NOSCRIPT | LOADING | STALE
ADMIN_FLAGS = ADMIN | FLAGS
NO_TRACKING = b"ERR CLIENT TRACKING is not supported by this server: it does not keep track of what clients cache"
NO_CACHING = (
    b"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
)

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
