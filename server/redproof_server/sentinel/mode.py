"""The commands that are others in Sentinel mode: HELLO, INFO, PUBLISH, ROLE and SHUTDOWN."""

from typing import TYPE_CHECKING

from redproof_server.commands import connection, info, saving
from redproof_server.engine.client import Client
from redproof_server.engine.command import (
    ADMIN,
    ALLOW_BUSY,
    FAST,
    LOADING,
    NO_AUTH,
    NO_MULTI,
    NOSCRIPT,
    PUBSUB,
    RANDOM,
    STALE,
)
from redproof_server.engine.errors import SYNTAX, CommandError
from redproof_server.protocol.replies import array, bulk, bulks, integer
from redproof_server.sentinel import facts, hello
from redproof_server.sentinel.table import sentinel_command
from redproof_server.sentinel.texts import decoded, encoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

MODE = b"sentinel"
SECTION = b"Sentinel"
NOT_BY_NAME = {b"default", b"all", b"everything"}


@sentinel_command("hello", -1, flags=NOSCRIPT | NO_AUTH | LOADING | STALE | FAST | ALLOW_BUSY)
def hello_(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """HELLO [protover [AUTH username password] [SETNAME clientname]]: a Sentinel tells no role."""
    return connection.greet(client, args, [(b"mode", bulk(MODE))])


@sentinel_command("role", 1, flags=NOSCRIPT | LOADING | STALE | FAST)
def role(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """ROLE (sentinelRoleCommand)."""
    return array([bulk(MODE), bulks(encoded(name) for name in sentinel.masters)])


@sentinel_command("publish", 3, flags=PUBSUB | LOADING | STALE | FAST)
def publish(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """PUBLISH channel message: a hello of another Sentinel (sentinelPublishCommand)."""
    if args[1] != hello.CHANNEL:
        raise CommandError(b"ERR Only HELLO messages are accepted by Sentinel instances.")
    hello.process(sentinel, decoded(args[2]))
    return integer(1)


@sentinel_command("shutdown", -1, flags=ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY | NO_MULTI)
def shutdown(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SHUTDOWN [NOSAVE|SAVE] [NOW] [FORCE]: there is no dataset to save (prepareForShutdown)."""
    options = {word.lower() for word in args[1:]}
    words = args if b"nosave" in options else [b"nosave" if word.lower() == b"save" else word for word in args]
    return saving.shutdown(client, words)


@sentinel_command("info", -1, flags=LOADING | STALE | RANDOM)
def info_(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """INFO [section ...] (sentinelInfoCommand)."""
    version = sentinel.server.version
    if len(args) > 2 and not version.info_sections_many:
        raise CommandError(SYNTAX)
    wanted = {word.lower() for word in args[1:]} or {b"default"}
    sections = [*version.sentinel_info_sections, SECTION]
    shown = [name for name in sections if wanted & (NOT_BY_NAME | {name.lower()})]
    return bulk(b"\r\n".join(section(sentinel, name) for name in shown))


def section(sentinel: "Sentinel", name: bytes) -> bytes:
    """One section with its heading."""
    if name == SECTION:
        return info.written(name, facts.info_facts(sentinel))
    told = info.SECTIONS[name](sentinel.server)
    return info.written(name, [(fact, MODE if fact == b"redis_mode" else value) for fact, value in told])
