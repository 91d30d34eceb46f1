"""CLIENT KILL, UNBLOCK and PAUSE: what is done to connections."""

from collections.abc import Callable

from redproof_server.commands.client_list import client_type, read_type
from redproof_server.commands.clients import ADMIN_FLAGS
from redproof_server.engine import pausing
from redproof_server.engine.arguments import read_integer, read_timeout_ms
from redproof_server.engine.client import Client
from redproof_server.engine.command import command
from redproof_server.engine.errors import NOT_AN_INTEGER, SYNTAX, CommandError
from redproof_server.protocol.replies import OK, error, integer

UNBLOCKED = b"UNBLOCKED client unblocked via CLIENT UNBLOCK"
Test = Callable[[Client], bool]


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
