"""The connection itself: HELLO and AUTH begin it, RESET makes it new, QUIT ends it (`networking.c`, `acl.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected, Satisfying
from redproof_model.commands.clients.clients import client_name, learn_id
from redproof_model.errors import SYNTAX, ReplyError, c_string, one_line
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.roles import Role
from redproof_model.keyspace.silence import Silence
from redproof_model.keyspace.subscriptions import unsubscribe_all
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.reply import OK, Map, Reply, Status

table = CommandTable()

_NO_PROTOCOL: Final = b"NOPROTO unsupported protocol version"
_NOT_A_VERSION: Final = b"ERR Protocol version is not an integer or out of range"
_NO_PASSWORD: Final = (
    b"ERR AUTH <password> called without any password configured for the default user. "
    b"Are you sure your configuration is correct?"
)
_GREETING: Final = (b"server", b"version", b"proto", b"id", b"mode", b"role", b"modules")


@table.command("QUIT", arity=-1, queued=False)
def quit_(world: World, argv: list[bytes]) -> Expected:
    """QUIT (networking.c quitCommand); that the connection is closed then, `Model.disconnect` has to be told."""
    return OK


@table.command("RESET", arity=1, queued=False)
def reset(world: World, argv: list[bytes]) -> Expected:
    """RESET (networking.c resetCommand): the connection is as new, and speaks RESP2."""
    session = world.session
    world.end_transaction(session)
    unsubscribe_all(session)
    session.database = 0
    session.resp = 2
    session.title = b""
    session.user = None
    if session.silence is Silence.OFF:
        session.silence = None
    world.select(session)
    return Status(b"RESET")


@table.command("AUTH", arity=-2)
def auth(world: World, argv: list[bytes]) -> Expected:
    """AUTH [user] password (acl.c authCommand)."""
    if len(argv) > 3:
        raise ReplyError(SYNTAX)
    if len(argv) == 2:
        raise ReplyError(_NO_PASSWORD)
    _log_in(world, argv[1], argv[2])
    return OK


@table.command("HELLO", arity=-1)
def hello(world: World, argv: list[bytes]) -> Expected:
    """HELLO [version [AUTH user password] [SETNAME name]] (networking.c helloCommand)."""
    facts = world.version.connections
    protocol = _protocol(world, argv[1]) if len(argv) > 1 else world.session.resp
    late: dict[bytes, list[bytes]] = {}
    rest = argv[2:]
    while rest:
        option = c_string(rest[0]).upper()
        places = {b"AUTH": 2, b"SETNAME": 1}.get(option)
        if places is None or len(rest) <= places:
            raise ReplyError(one_line(b"ERR Syntax error in HELLO option '%b'" % c_string(rest[0])))
        if option == b"SETNAME":
            client_name(world, rest[1])
        if facts.hello_acts_last:
            late[option] = rest[1 : 1 + places]
        else:
            _act(world, option, rest[1 : 1 + places])
        rest = rest[1 + places :]
    for option, values in sorted(late.items()):
        _act(world, option, values)
    world.session.resp = protocol
    return Satisfying(lambda reply, resp: _greets(world, reply), lambda: Map([]), "the greeting of the server")


def _protocol(world: World, text: bytes) -> int:
    version = integer(text, _NOT_A_VERSION) if world.version.connections.hello_without_version else to_integer(text)
    if version not in (2, 3):
        raise ReplyError(_NO_PROTOCOL)
    return version


def _act(world: World, option: bytes, values: list[bytes]) -> None:
    if option == b"AUTH":
        _log_in(world, *values)
    else:
        world.session.title = client_name(world, values[0])


def _log_in(world: World, name: bytes, password: bytes) -> None:
    """Let the client be another user, or end the command (`acl.c` ACLAuthenticateUser)."""
    user = world.users.get(name)
    if name != b"default" and (user is None or not user.accepts(password)):
        raise ReplyError(world.version.connections.wrong_password)
    world.session.user = None if user is None else name


def _greets(world: World, reply: Reply) -> bool:
    """Whether a reply tells who the server is, the client's id, and the protocol spoken from now on."""
    match reply:
        case Map(pairs) if world.session.resp == 3:
            told = {key: value for key, value in pairs if isinstance(key, bytes)}
        case list() if world.session.resp == 2 and len(reply) % 2 == 0:
            told = {key: value for key, value in zip(reply[::2], reply[1::2], strict=True) if isinstance(key, bytes)}
        case _:
            return False
    if not set(_GREETING) <= told.keys() or told[b"proto"] != world.session.resp:
        return False
    role = b"master" if world.role is Role.MASTER else b"replica"
    return told[b"mode"] == b"standalone" and told[b"role"] == role and learn_id(world, told[b"id"])
