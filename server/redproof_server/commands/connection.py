"""PING, ECHO, SELECT, HELLO, AUTH, QUIT and RESET."""

import re

from redproof_server.engine.arguments import read_int32, read_integer
from redproof_server.engine.client import Client, SkippedReply
from redproof_server.engine.command import (
    ALLOW_BUSY,
    FAST,
    IN_SUBSCRIBED,
    LOADING,
    NO_AUTH,
    NOSCRIPT,
    SKIP_QUEUE,
    STALE,
    command,
)
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.engine.transactions import discard
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    EMPTY_BULK,
    OK,
    PONG,
    array,
    bulk,
    integer,
    mapping,
    status,
)

RESETS = NOSCRIPT | SKIP_QUEUE | IN_SUBSCRIBED | LOADING | STALE | FAST | ALLOW_BUSY
WRONG_PASSWORD = b"WRONGPASS invalid username-password pair or user is disabled."
_name = re.compile(rb"[!-~]*").fullmatch
BAD_NAME = b"ERR Client names cannot contain spaces, newlines or special characters."
NOT_A_PROTOCOL = b"ERR Protocol version is not an integer or out of range"
HELLO_NEEDS_AUTH = (
    b"NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> "
    b"option can be used to authenticate the client and select the RESP protocol version at the same time"
)
NO_PASSWORD_SET = (
    b"ERR AUTH <password> called without any password configured for the default user. "
    b"Are you sure your configuration is correct?"
)


@command("ping", arity=-1, flags=FAST | IN_SUBSCRIBED, since="7.0")
@command("ping", arity=-1, flags=STALE | FAST | IN_SUBSCRIBED, until="6.2")
def ping(client: Client, args: list[bytes]) -> bytes:
    """PING [message] (server.c pingCommand)."""
    if len(args) > 2:
        raise CommandError(b"ERR wrong number of arguments for 'ping' command")
    if client.is_subscribed and client.resp == 2:
        return array([bulk(b"pong"), bulk(args[1]) if len(args) == 2 else EMPTY_BULK])
    return bulk(args[1]) if len(args) == 2 else PONG


@command("echo", arity=2, flags=LOADING | STALE | FAST, since="7.0")
@command("echo", arity=2, flags=FAST, until="6.2")
def echo(client: Client, args: list[bytes]) -> bytes:
    """ECHO message (server.c echoCommand)."""
    return bulk(args[1])


@command("select", arity=2, flags=LOADING | STALE | FAST)
def select(client: Client, args: list[bytes]) -> bytes:
    """SELECT index (db.c selectCommand)."""
    index = read_int32(args[1])
    if not 0 <= index < len(client.server.databases):
        raise CommandError(b"ERR DB index is out of range")
    client.db = client.server.databases[index]
    return OK


@command("quit", arity=-1, flags=NOSCRIPT | NO_AUTH | SKIP_QUEUE | IN_SUBSCRIBED | LOADING | STALE | FAST | ALLOW_BUSY)
def quit_(client: Client, args: list[bytes]) -> bytes:
    """QUIT (networking.c quitCommand)."""
    client.closing = True
    return OK


@command("reset", arity=1, flags=RESETS, until="6.2")
@command("reset", arity=1, flags=RESETS | NO_AUTH, since="7.0")
def reset(client: Client, args: list[bytes]) -> bytes:
    """RESET (networking.c resetCommand): not even its own reply is sent after CLIENT REPLY SKIP."""
    discard(client)
    client.server.pubsub.unsubscribe_all(client)
    client.db = client.server.databases[0]
    client.resp = 2
    client.name = b""
    if not isinstance(client.replies, SkippedReply):
        client.replies = client.output
    client.authenticated = not client.server.config.requirepass
    return status(b"RESET")


@command("auth", arity=-2, flags=NOSCRIPT | NO_AUTH | LOADING | STALE | FAST | ALLOW_BUSY)
def auth(client: Client, args: list[bytes]) -> bytes:
    """AUTH [username] password (acl.c authCommand)."""
    if len(args) > 3:
        raise CommandError(SYNTAX)
    if len(args) == 2 and not client.server.config.requirepass:
        raise CommandError(NO_PASSWORD_SET)
    authenticate(client, args[1] if len(args) == 3 else b"default", args[-1])
    return OK


def authenticate(client: Client, user: bytes, password: bytes) -> None:
    """Let the client in if the password is right; only the default user exists (acl.c ACLAuthenticateUser)."""
    required = client.server.config.requirepass
    if user != b"default" or (required and password != required):
        raise CommandError(WRONG_PASSWORD)
    client.authenticated = True


@command("hello", arity=-1, flags=NOSCRIPT | NO_AUTH | LOADING | STALE | FAST | ALLOW_BUSY)
def hello(client: Client, args: list[bytes]) -> bytes:
    """HELLO [protover [AUTH username password] [SETNAME clientname]] (networking.c helloCommand)."""
    role = b"master" if client.server.replication.is_master else b"replica"
    return greet(client, args, [(b"mode", bulk(b"standalone")), (b"role", bulk(role))])


def greet(client: Client, args: list[bytes], mode: list[tuple[bytes, bytes]]) -> bytes:
    """Do what HELLO asks for, and tell what is running: `mode` is what differs between servers and Sentinels."""
    resp = client.resp
    if len(args) > 1:
        resp = read_integer(args[1], NOT_A_PROTOCOL)
        if resp not in (2, 3):
            raise CommandError(b"NOPROTO unsupported protocol version")
    _apply_hello_options(client, args)
    if not client.authenticated:
        raise CommandError(HELLO_NEEDS_AUTH)
    client.resp = resp
    facts = [
        (b"server", bulk(b"redis")),
        (b"version", bulk(client.server.version.release)),
        (b"proto", integer(resp)),
        (b"id", integer(client.id)),
        *mode,
        (b"modules", EMPTY_ARRAY),
    ]
    return mapping([part for name, value in facts for part in (bulk(name), value)], resp)


def _apply_hello_options(client: Client, args: list[bytes]) -> None:
    position = 2
    while position < len(args):
        option, following = args[position].lower(), len(args) - position - 1
        if option == b"auth" and following >= 2:
            authenticate(client, args[position + 1], args[position + 2])
            position += 3
        elif option == b"setname" and following:
            set_name(client, args[position + 1])
            position += 2
        else:
            raise CommandError(b"ERR Syntax error in HELLO option '%b'" % args[position])


def set_name(client: Client, name: bytes) -> None:
    """Name the connection; an empty name removes it (networking.c clientSetNameOrReply)."""
    if _name(name) is None:
        raise CommandError(BAD_NAME)
    client.name = name
