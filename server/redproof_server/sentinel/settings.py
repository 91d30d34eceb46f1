"""SENTINEL SET, CONFIG and DEBUG: how a master is watched, and how this Sentinel behaves."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from redproof_server.engine.arguments import read_word
from redproof_server.engine.client import Client
from redproof_server.engine.errors import CommandError
from redproof_server.engine.glob import matches
from redproof_server.engine.lookup import c_string
from redproof_server.protocol.numbers import parse_int64
from redproof_server.protocol.replies import OK, bulk, bulk_integer, mapping
from redproof_server.sentinel import statements
from redproof_server.sentinel.addresses import PORT_MAX
from redproof_server.sentinel.commands import master_named
from redproof_server.sentinel.instances import Master
from redproof_server.sentinel.periods import FIELDS
from redproof_server.sentinel.table import sentinel_command
from redproof_server.sentinel.texts import decoded, encoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

Words = list[bytes]
SCRIPTS_DENIED = (
    b"ERR Reconfiguration of scripts path is denied for security reasons. Check the deny-scripts-reconfig "
    b"configuration directive in your Sentinel configuration"
)


class BadValueError(Exception):
    """An option does not take a value: the one at `position` among its values."""

    def __init__(self, position: int = 0) -> None:
        super().__init__(position)
        self.position = position


def number_of(text: bytes, minimum: int = 1) -> int:
    """A number that is great enough."""
    number = parse_int64(text)
    if number is None or number < minimum:
        raise BadValueError
    return number


# SENTINEL SET.


def set_down_after(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """After how many milliseconds it is down."""
    statements.set_down_after(master, number_of(values[0]))


def set_failover_timeout(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """How many milliseconds a failover may take."""
    master.failover_timeout_ms = number_of(values[0])


def set_parallel_syncs(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """How many replicas follow a new master at a time."""
    master.parallel_syncs = number_of(values[0])


def set_quorum(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """How many Sentinels must agree that it is down."""
    master.quorum = number_of(values[0])


def set_reboot_down_after(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """After how many milliseconds it is down when it starts again."""
    master.reboot_down_after_ms = number_of(values[0], 0)


def set_script(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """A script: refused, and why."""
    if sentinel.denies_scripts:
        raise CommandError(SCRIPTS_DENIED)
    raise CommandError(b"ERR " + statements.NO_SCRIPTS.format("A script").encode())


def set_auth_pass(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """The password for master and replicas; empty for none."""
    master.auth_pass = decoded(values[0]) or None
    connect_anew(sentinel, master)


def set_auth_user(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """The user for master and replicas; empty for none."""
    master.auth_user = decoded(values[0]) or None
    connect_anew(sentinel, master)


def connect_anew(sentinel: "Sentinel", master: Master) -> None:
    """From 7.0 on a new password is used at once."""
    if sentinel.server.version.sentinel_auth_reconnects:
        sentinel.links.drop_data_connections(master)


def set_rename_command(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """Another name for a command; its own name for none."""
    for position, value in enumerate(values):
        if not value:
            raise BadValueError(position)
    old, new = map(decoded, values)
    master.renamed.pop(old.lower(), None)
    if old.lower() != new.lower():
        master.renamed[old.lower()] = old, new


OPTIONS: dict[bytes, tuple[int, Callable[["Sentinel", Master, Words], None]]] = {
    b"down-after-milliseconds": (1, set_down_after),
    b"failover-timeout": (1, set_failover_timeout),
    b"parallel-syncs": (1, set_parallel_syncs),
    b"notification-script": (1, set_script),
    b"client-reconfig-script": (1, set_script),
    b"auth-pass": (1, set_auth_pass),
    b"auth-user": (1, set_auth_user),
    b"quorum": (1, set_quorum),
    b"rename-command": (2, set_rename_command),
}
OPTIONS_70 = {b"master-reboot-down-after-period": (1, set_reboot_down_after)}
SECRET = b"auth-pass"


def set_unknown(sentinel: "Sentinel", master: Master, values: Words) -> None:
    """There is no such option."""


UNKNOWN = 0, set_unknown


@sentinel_command("sentinel|set", -3, until=(6, 2), confirms_saving=True)
@sentinel_command("sentinel|set", -5, since=(7, 0), confirms_saving=True)
def set_(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL SET name option value [option value ...]: what comes before a fault holds (sentinelSetCommand)."""
    master = master_named(sentinel, args[2])
    version = sentinel.server.version
    options = OPTIONS | OPTIONS_70 if version.sentinel_notices_reboots else OPTIONS
    position = 3
    while position < len(args):
        option = read_word(args[position])
        count, change = options.get(option, UNKNOWN)
        values = args[position + 1 : position + 1 + count]
        if change is set_unknown or len(values) < count:
            shown = c_string(args[position])
            raise CommandError(b"ERR Unknown option or number of arguments for SENTINEL SET '%b'" % shown)
        try:
            change(sentinel, master, values)
        except BadValueError as bad:
            both = c_string(values[bad.position]), c_string(args[position])
            raise CommandError(b"ERR Invalid argument '%b' for SENTINEL SET '%b'" % both) from None
        sentinel.file.flush()
        told = [b"******"] if option == SECRET else values
        sentinel.event("+set", master, "".join(f" {decoded(word)}" for word in [args[position], *told]))
        position += 1 + count
    return OK


# SENTINEL CONFIG.


def switch_of(text: bytes) -> bool:
    """A switch."""
    if text.lower() not in (b"yes", b"no"):
        raise BadValueError
    return text.lower() == b"yes"


def set_resolve_hostnames(sentinel: "Sentinel", value: bytes) -> None:
    """Whether hosts may have names."""
    sentinel.addresses.resolve_hostnames = switch_of(value)


def set_announce_hostnames(sentinel: "Sentinel", value: bytes) -> None:
    """Whether names of hosts are told to others."""
    sentinel.addresses.announce_hostnames = switch_of(value)


def set_announce_ip(sentinel: "Sentinel", value: bytes) -> None:
    """Where others are to find this Sentinel: the address."""
    sentinel.announce_ip = decoded(value)


def set_announce_port(sentinel: "Sentinel", value: bytes) -> None:
    """Where others are to find this Sentinel: the port."""
    port = number_of(value, 0)
    if port > PORT_MAX:
        raise BadValueError
    sentinel.announce_port = port


def set_sentinel_user(sentinel: "Sentinel", value: bytes) -> None:
    """The user as which it goes to other Sentinels."""
    sentinel.auth_user = decoded(value) or None
    sentinel.drop_peer_connections()


def set_sentinel_pass(sentinel: "Sentinel", value: bytes) -> None:
    """The password with which it goes to other Sentinels."""
    sentinel.auth_pass = decoded(value) or None
    sentinel.drop_peer_connections()


CONFIG: dict[bytes, tuple[Callable[["Sentinel", bytes], None], Callable[["Sentinel"], str]]] = {
    b"resolve-hostnames": (set_resolve_hostnames, lambda sentinel: yes_no(sentinel.addresses.resolve_hostnames)),
    b"announce-hostnames": (set_announce_hostnames, lambda sentinel: yes_no(sentinel.addresses.announce_hostnames)),
    b"announce-ip": (set_announce_ip, lambda sentinel: sentinel.announce_ip),
    b"announce-port": (set_announce_port, lambda sentinel: str(sentinel.announce_port)),
    b"sentinel-user": (set_sentinel_user, lambda sentinel: sentinel.auth_user or ""),
    b"sentinel-pass": (set_sentinel_pass, lambda sentinel: sentinel.auth_pass or ""),
}


def yes_no(truth: bool) -> str:
    """How a switch is shown."""
    return "yes" if truth else "no"


@sentinel_command("sentinel|config", -3, confirms_saving=True)
def config(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL CONFIG GET pattern, SENTINEL CONFIG SET option value."""
    what = read_word(args[2])
    if what == b"set" and len(args) == 5:
        return config_set(sentinel, args[3], args[4])
    if what == b"get" and len(args) == 4:
        shown = [
            part
            for name, (_, show) in CONFIG.items()
            if matches(args[3], name, ignore_case=True)
            for part in (bulk(name), bulk(encoded(show(sentinel))))
        ]
        return mapping(shown, client.resp)
    raise CommandError(b"ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported.")


def config_set(sentinel: "Sentinel", option: bytes, value: bytes) -> bytes:
    """SENTINEL CONFIG SET option value (sentinelConfigSetCommand)."""
    if read_word(option) not in CONFIG:
        raise CommandError(b"ERR Invalid argument '%b' to SENTINEL CONFIG SET" % c_string(option))
    try:
        CONFIG[read_word(option)][0](sentinel, value)
    except BadValueError:
        shown = c_string(value), c_string(option)
        raise CommandError(b"ERR Invalid value '%b' to SENTINEL CONFIG SET '%b'" % shown) from None
    sentinel.file.flush()
    return OK


# SENTINEL DEBUG.


@sentinel_command("sentinel|debug", -2, since=(7, 0))
def debug(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL DEBUG [option value ...]: the times that Sentinel keeps to (sentinelSetDebugConfigParameters)."""
    if len(args) == 2:
        items = [
            part
            for name, field in FIELDS.items()
            for part in (bulk(name.upper()), bulk_integer(getattr(sentinel.periods, field)))
        ]
        return mapping(items, client.resp)
    for position in range(2, len(args), 2):
        option, field = args[position], FIELDS.get(read_word(args[position]))
        if field is None or position + 1 == len(args):
            shown = c_string(option)
            raise CommandError(b"ERR Unknown option or number of arguments for SENTINEL DEBUG '%b'" % shown)
        try:
            setattr(sentinel.periods, field, number_of(args[position + 1]))
        except BadValueError:
            told = c_string(args[position + 1]), c_string(option)
            raise CommandError(b"ERR Invalid argument '%b' for SENTINEL DEBUG '%b'" % told) from None
    return OK
