"""CLIENT: what the server knows of its clients, and what it does for one of them (`networking.c` clientCommand)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redproof_model.choice import SILENT, Expected, Satisfying
from redproof_model.commands.containers import call_subcommand, help_text, subcommand_syntax
from redproof_model.errors import SYNTAX, ReplyError, c_string, one_line
from redproof_model.keyspace.blocking import time_out, unblock
from redproof_model.keyspace.client_lines import agrees, fields, state_of
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.session import Session
from redproof_model.keyspace.silence import Silence
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.reply import NULL, OK, Error, Map, Reply, Set, Verbatim

table = CommandTable()

_BAD_NAME: Final = b"ERR Client names cannot contain spaces, newlines or special characters."
_NO_TRACKING: Final = (
    b"ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
)
_TYPES: Final = (b"NORMAL", b"MASTER", b"SLAVE", b"REPLICA", b"PUBSUB")
_UNBLOCKED: Final = Error(b"UNBLOCKED client unblocked via CLIENT UNBLOCK")
_REPLY_MODES: Final = (b"ON", b"OFF", b"SKIP")


@table.command("CLIENT", arity=-2)
def client(world: World, argv: list[bytes]) -> Expected:
    """CLIENT subcommand [argument …], where it is one command (networking.c clientCommand)."""
    return call_subcommand(world, table, argv, {b"KILL": 2, b"CACHING": 3})


@table.command("CLIENT|HELP", arity=2)
def client_help(world: World, argv: list[bytes]) -> Expected:
    """CLIENT HELP."""
    return help_text(b"CLIENT")


@table.command("CLIENT|ID", arity=2)
def client_id(world: World, argv: list[bytes]) -> Expected:
    """CLIENT ID: a number of the server's own, which stays the same and is no other client's."""
    return Satisfying(lambda reply, resp: learn_id(world, reply), lambda: world.session.id or 1, "the client's id")


@table.command("CLIENT|GETNAME", arity=2)
def client_getname(world: World, argv: list[bytes]) -> Expected:
    """CLIENT GETNAME."""
    return world.session.title or NULL


@table.command("CLIENT|SETNAME", arity=3)
def client_setname(world: World, argv: list[bytes]) -> Expected:
    """CLIENT SETNAME name (networking.c clientSetNameOrReply)."""
    world.session.title = client_name(world, argv[2])
    return OK


@table.command("CLIENT|SETINFO", arity=4)
def client_setinfo(world: World, argv: list[bytes]) -> Expected:
    """CLIENT SETINFO LIB-NAME|LIB-VER value (networking.c clientSetinfoCommand)."""
    option = c_string(argv[2])
    if option.upper() not in (b"LIB-NAME", b"LIB-VER"):
        raise ReplyError(one_line(b"ERR Unrecognized option '%b'" % option))
    if not _is_printable(c_string(argv[3])):
        raise ReplyError(b"ERR %b cannot contain spaces, newlines or special characters." % option)
    return OK


@table.command("CLIENT|INFO", arity=2)
def client_info(world: World, argv: list[bytes]) -> Expected:
    """CLIENT INFO: a line that agrees with the client's state."""
    state = state_of(world, world.session)

    def accept(reply: Reply, resp: int) -> bool:
        text = _text(reply, resp)
        if text is None or not text.endswith(b"\n") or text.count(b"\n") != 1:
            return False
        told = fields(text[:-1])
        number = told.get(b"id", b"")
        return number.isdigit() and learn_id(world, int(number)) and agrees(state, told)

    return Satisfying(accept, lambda: Verbatim(b"txt", b"id=1 ...\n"), "a line that describes the client")


@table.command("CLIENT|LIST", arity=-2)
def client_list(world: World, argv: list[bytes]) -> Expected:
    """CLIENT LIST [TYPE type | ID id …]: a line for each client, which agrees with its state where it is known."""
    facts = world.version.connections
    option = c_string(argv[2]).upper() if len(argv) > 3 else b""
    kind, ids = b"", None
    if option and facts.ids_are_filters:
        kind, ids = _filters(argv)
    elif option == b"TYPE" and len(argv) == 4:
        kind = _client_type(argv[3])
    elif option == b"ID" and facts.client_list_ids:
        ids = {integer(text, b"ERR Invalid client ID") for text in argv[3:]}
    elif len(argv) != 2:
        raise ReplyError(SYNTAX)

    sessions = [(session, state_of(world, session)) for session in world.sessions.values()]

    def accept(reply: Reply, resp: int) -> bool:
        text = _text(reply, resp)
        return text is not None and _lists(sessions, text, kind, ids)

    return Satisfying(accept, lambda: Verbatim(b"txt", b"id=1 ...\n"), "a line for each client")


@table.command("CLIENT|REPLY", arity=3)
def client_reply(world: World, argv: list[bytes]) -> Expected:
    """CLIENT REPLY ON|OFF|SKIP; only ON is answered."""
    mode = c_string(argv[2]).upper()
    if mode not in _REPLY_MODES:
        raise ReplyError(SYNTAX)
    session = world.session
    if mode == b"ON":
        session.silence = None
        return OK
    if mode == b"OFF":
        session.silence = Silence.OFF
    elif session.silence is not Silence.OFF:
        session.silence = Silence.NEXT
    return SILENT


@table.command("CLIENT|NO-EVICT", arity=3)
def client_no_evict(world: World, argv: list[bytes]) -> Expected:
    """CLIENT NO-EVICT ON|OFF."""
    return _switch(argv[2])


@table.command("CLIENT|NO-TOUCH", arity=3)
def client_no_touch(world: World, argv: list[bytes]) -> Expected:
    """CLIENT NO-TOUCH ON|OFF."""
    return _switch(argv[2])


@table.command("CLIENT|GETREDIR", arity=2)
def client_getredir(world: World, argv: list[bytes]) -> Expected:
    """CLIENT GETREDIR, of a client that does not track."""
    return -1


@table.command("CLIENT|CACHING", arity=3)
def client_caching(world: World, argv: list[bytes]) -> Expected:
    """CLIENT CACHING YES|NO, of a client that does not track."""
    raise ReplyError(_NO_TRACKING)


@table.command("CLIENT|TRACKINGINFO", arity=2)
def client_trackinginfo(world: World, argv: list[bytes]) -> Expected:
    """CLIENT TRACKINGINFO, of a client that does not track."""
    return Map([(b"flags", Set([b"off"])), (b"redirect", -1), (b"prefixes", [])])


@table.command("CLIENT|KILL", arity=-3)
def client_kill(world: World, argv: list[bytes]) -> Expected:
    """CLIENT KILL address | option value …, as far as it matches no client."""
    if len(argv) == 3:
        raise ReplyError(b"ERR No such client")
    if len(argv) < 3:
        raise ReplyError(SYNTAX)
    position = 2
    while position < len(argv):
        option = c_string(argv[position]).upper()
        if option == b"ID" and world.version.connections.ids_are_filters:
            position = _past_ids(argv, position + 1)
        else:
            _check_kill_option(world, option, argv[position + 1 : position + 2])
            position += 2
    return 0


def _past_ids(argv: list[bytes], position: int) -> int:
    """Where the ids from `position` on end, of which there may be none (`networking.c` parseClientFiltersOrReply)."""
    while position < len(argv) and (number := to_integer(argv[position])) is not None:
        if number < 1:
            raise ReplyError(_POSITIVE_ID)
        position += 1
    return position


@table.command("CLIENT|UNBLOCK", arity=-3)
def client_unblock(world: World, argv: list[bytes]) -> Expected:
    """CLIENT UNBLOCK id [TIMEOUT|ERROR]: a client that is blocked gets no more than that."""
    if len(argv) > 4 and not world.version.connections.unblock_ignores_more:
        raise subcommand_syntax(world, argv)
    reason = c_string(argv[3]).upper() if len(argv) == 4 else b"TIMEOUT"
    if reason not in (b"TIMEOUT", b"ERROR"):
        raise ReplyError(b"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    number = integer(argv[2])
    for session in world.sessions.values():
        if session.id == number and session.wait is not None:
            if reason == b"TIMEOUT":
                time_out(world, session.name)
            else:
                unblock(world, session.name)
                world.deliveries.append((session.name, _UNBLOCKED))
            return 1
    return 0


def learn_id(world: World, reply: Reply) -> bool:
    """Take an id for the client's; False if it has another, or another client has it."""
    session = world.session
    if not isinstance(reply, int) or reply <= 0 or session.id not in (None, reply):
        return False
    if any(other.id == reply and other is not session for other in world.sessions.values()):
        return False
    session.id = reply
    return True


def client_name(world: World, text: bytes) -> bytes:
    """A client's name, which ends the command unless it is printable (`networking.c` validateClientName)."""
    if not _is_printable(c_string(text) if world.version.connections.names_end_at_nul else text):
        raise ReplyError(_BAD_NAME)
    return text


def _is_printable(text: bytes) -> bool:
    return all(b"!"[0] <= byte <= b"~"[0] for byte in text)


def _switch(text: bytes) -> Expected:
    if c_string(text).upper() not in (b"ON", b"OFF"):
        raise ReplyError(SYNTAX)
    return OK


def _client_type(text: bytes) -> bytes:
    kind = c_string(text)
    if kind.upper() not in _TYPES:
        raise ReplyError(one_line(b"ERR Unknown client type '%b'" % kind))
    return kind.upper()


def _filters(argv: list[bytes]) -> tuple[bytes, set[int] | None]:
    """The type and the ids that are asked for, in any order (`networking.c` of Valkey, parseClientFiltersOrReply)."""
    kind: bytes = b""
    ids: set[int] | None = None
    position = 2
    while position < len(argv):
        option, first = c_string(argv[position]).upper(), position + 1
        if option == b"ID":
            position = _past_ids(argv, first)
            ids = {*(ids or ()), *map(integer, argv[first:position])}
        elif option == b"TYPE" and first < len(argv):
            kind = _client_type(argv[first])
            position += 2
        else:
            raise ReplyError(SYNTAX)
    return kind, ids


def _check_kill_option(world: World, option: bytes, values: list[bytes]) -> None:
    """End the command unless it is an option with a value that it can have."""
    if not values or option not in (b"ID", b"TYPE", b"ADDR", b"LADDR", b"SKIPME"):
        raise ReplyError(SYNTAX)
    if option == b"ID":
        if not world.version.connections.kill_wants_positive_id:
            integer(values[0])
        elif integer(values[0], _POSITIVE_ID) < 1:
            raise ReplyError(_POSITIVE_ID)
    elif option == b"TYPE":
        _client_type(values[0])
    elif option == b"SKIPME" and c_string(values[0]).upper() not in (b"YES", b"NO"):
        raise ReplyError(SYNTAX)


_POSITIVE_ID: Final = b"ERR client-id should be greater than 0"


def _text(reply: Reply, resp: int) -> bytes | None:
    """The text of a reply that is verbatim in RESP3; None if it is none."""
    if resp == 2:
        return reply if isinstance(reply, bytes) else None
    return reply.text if isinstance(reply, Verbatim) and reply.format == b"txt" else None


def _lists(
    sessions: Sequence[tuple[Session, dict[bytes, bytes]]], text: bytes, kind: bytes, ids: set[int] | None
) -> bool:
    """Whether each client whose id is known has its line where it belongs into the list, and no line where not."""
    lines = {told.get(b"id"): told for told in map(fields, text.splitlines())}
    for session, state in sessions:
        told = lines.get(b"%d" % (session.id or 0))
        if session.id is None:
            continue
        listed = (ids is None or session.id in ids) and kind in (b"", _kind(state))
        if listed != (told is not None) or (told is not None and not agrees(state, told)):
            return False
    return True


def _kind(state: dict[bytes, bytes]) -> bytes:
    """The type by which CLIENT LIST finds a client in this state (`networking.c` getClientType)."""
    return b"NORMAL" if state[b"sub"] == state[b"psub"] == state[b"ssub"] == b"0" else b"PUBSUB"
