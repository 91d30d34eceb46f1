"""The statements of the configuration file that are Sentinel's own, as they are read (sentinelHandleConfiguration)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redproof_server.protocol.inline import split_words
from redproof_server.sentinel import peers
from redproof_server.sentinel.addresses import InstanceError
from redproof_server.sentinel.instances import Master
from redproof_server.sentinel.texts import decoded, encoded, leading_integer, leading_unsigned

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

# Options under an older name.
RENAMED = {"known-slave": "known-replica"}
ID_CHARACTERS = 40
NO_SCRIPTS = "{} is not supported by this server: it runs no scripts."


class StatementError(Exception):
    """A statement is refused; the text says why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """How a statement is read. `words` are how many there may be, the name of the statement among them."""

    words: tuple[int, ...]
    read: Callable[["Sentinel", list[str]], None]
    since: tuple[int, int] = (1, 0)


def of_master(read: Callable[["Sentinel", Master, list[str]], None]) -> Callable[["Sentinel", list[str]], None]:
    """Read a statement about a master, whose name comes first."""

    def read_of_master(sentinel: "Sentinel", words: list[str]) -> None:
        master = sentinel.masters.get(words[1])
        if master is None:
            raise StatementError("No such master with specified name.")
        read(sentinel, master, words[2:])

    return read_of_master


def positive(text: str) -> int:
    """A time in milliseconds."""
    number = leading_integer(text)
    if number <= 0:
        raise StatementError("negative or zero time parameter.")
    return number


def yes(option: str, text: str) -> bool:
    """A switch."""
    if text.lower() not in ("yes", "no"):
        raise StatementError(f"Please specify yes or no for the {option} option.")
    return text.lower() == "yes"


# Statements about this Sentinel.


def my_id(sentinel: "Sentinel", words: list[str]) -> None:
    """Its ID."""
    if len(words[1]) != ID_CHARACTERS:
        raise StatementError("Malformed Sentinel id in myid option.")
    sentinel.my_id = words[1]


def current_epoch(sentinel: "Sentinel", words: list[str]) -> None:
    """The greatest epoch that it has seen."""
    sentinel.current_epoch = max(sentinel.current_epoch, leading_unsigned(words[1]))


def announce_ip(sentinel: "Sentinel", words: list[str]) -> None:
    """Where others are to find it: the address."""
    sentinel.announce_ip = words[1]


def announce_port(sentinel: "Sentinel", words: list[str]) -> None:
    """Where others are to find it: the port."""
    sentinel.announce_port = leading_integer(words[1])


def deny_scripts(sentinel: "Sentinel", words: list[str]) -> None:
    """Whether SENTINEL SET may name scripts."""
    sentinel.denies_scripts = yes(words[0], words[1])


def resolve_hostnames(sentinel: "Sentinel", words: list[str]) -> None:
    """Whether hosts may have names."""
    sentinel.addresses.resolve_hostnames = yes(words[0], words[1])


def announce_hostnames(sentinel: "Sentinel", words: list[str]) -> None:
    """Whether names of hosts are told to others."""
    sentinel.addresses.announce_hostnames = yes(words[0], words[1])


def auth_user_of_sentinels(sentinel: "Sentinel", words: list[str]) -> None:
    """The user as which it goes to other Sentinels."""
    sentinel.auth_user = words[1] or None


def auth_pass_of_sentinels(sentinel: "Sentinel", words: list[str]) -> None:
    """The password with which it goes to other Sentinels."""
    sentinel.auth_pass = words[1] or None


# Statements about masters.


def monitor(sentinel: "Sentinel", words: list[str]) -> None:
    """Watch a master."""
    quorum = leading_integer(words[4])
    if quorum <= 0:
        raise StatementError("Quorum must be 1 or greater.")
    sentinel.create_master(words[1], words[2], leading_integer(words[3]), quorum)


def down_after(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """After how long it is down."""
    set_down_after(master, positive(words[0]))


def set_down_after(master: Master, down_after_ms: int) -> None:
    """Let it hold for all instances of a master (sentinelPropagateDownAfterPeriod)."""
    for instance in (master, *master.replicas.values(), *master.peers.values()):
        instance.down_after_ms = down_after_ms


def failover_timeout(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """How long a failover may take."""
    master.failover_timeout_ms = positive(words[0])


def parallel_syncs(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """How many replicas follow a new master at a time."""
    master.parallel_syncs = leading_integer(words[0])


def script(sentinel: "Sentinel", words: list[str]) -> None:
    """A script: refused."""
    raise StatementError(NO_SCRIPTS.format(words[0]))


def auth_pass(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """The password for master and replicas."""
    master.auth_pass = words[0]


def auth_user(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """The user for master and replicas."""
    master.auth_user = words[0]


def config_epoch(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """The epoch of what is known of it."""
    master.config_epoch = leading_unsigned(words[0])
    sentinel.current_epoch = max(sentinel.current_epoch, master.config_epoch)


def leader_epoch(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """The epoch of the last vote."""
    master.leader_epoch = leading_unsigned(words[0])


def known_replica(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """A replica that is known already."""
    sentinel.create_replica(master, words[0], leading_integer(words[1]))


def known_sentinel(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """Another Sentinel that is known already; without a run ID it is of no use."""
    if len(words) == 3:
        peers.add(sentinel, master, words[2], words[0], leading_integer(words[1]))


def rename_command(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """Another name for a command, at its instances."""
    if words[0].lower() in master.renamed:
        raise StatementError("Same command renamed multiple times with rename-command.")
    master.renamed[words[0].lower()] = words[0], words[1]


def reboot_down_after(sentinel: "Sentinel", master: Master, words: list[str]) -> None:
    """After how long it is down when it starts again."""
    number = leading_integer(words[0])
    if number < 0:
        raise StatementError("negative time parameter.")
    master.reboot_down_after_ms = number


STATEMENTS = {
    "announce-ip": Statement((2,), announce_ip),
    "announce-port": Statement((2,), announce_port),
    "deny-scripts-reconfig": Statement((2,), deny_scripts),
    "sentinel-user": Statement((2,), auth_user_of_sentinels),
    "sentinel-pass": Statement((2,), auth_pass_of_sentinels),
    "current-epoch": Statement((2,), current_epoch),
    "myid": Statement((2,), my_id),
    "resolve-hostnames": Statement((2,), resolve_hostnames),
    "announce-hostnames": Statement((2,), announce_hostnames),
    "monitor": Statement((5,), monitor),
    "down-after-milliseconds": Statement((3,), of_master(down_after)),
    "failover-timeout": Statement((3,), of_master(failover_timeout)),
    "parallel-syncs": Statement((3,), of_master(parallel_syncs)),
    "notification-script": Statement((3,), script),
    "client-reconfig-script": Statement((3,), script),
    "auth-pass": Statement((3,), of_master(auth_pass)),
    "auth-user": Statement((3,), of_master(auth_user)),
    "config-epoch": Statement((3,), of_master(config_epoch)),
    "leader-epoch": Statement((3,), of_master(leader_epoch)),
    "known-replica": Statement((4,), of_master(known_replica)),
    "known-sentinel": Statement((4, 5), of_master(known_sentinel)),
    "rename-command": Statement((4,), of_master(rename_command)),
    "master-reboot-down-after-period": Statement((3,), of_master(reboot_down_after), since=(7, 0)),
}
# What all others rest on comes first, wherever it stands in the file (queueSentinelConfig).
ORDER = {name: rank for rank, name in enumerate(STATEMENTS)}
MONITOR_RANK = ORDER["monitor"]


def load(sentinel: "Sentinel", lines: list[str]) -> None:
    """Read statements, each without the word `sentinel`.

    Raises:
        StatementError: one of them is refused; the text tells which, and why.
    """
    statements = [(split_words(encoded(line)), line) for line in lines]
    spelled = [([decoded(word) for word in words or []], line) for words, line in statements]
    for words, line in sorted(spelled, key=lambda pair: rank_of(pair[0])):
        try:
            read(sentinel, words)
        except (StatementError, InstanceError) as problem:
            raise StatementError(f"'sentinel {line}': {problem}") from None


def rank_of(words: list[str]) -> int:
    """When a statement is read: before the masters, as one, or behind them."""
    return min(ORDER.get(words[0].lower(), len(ORDER)), MONITOR_RANK + 1) if words else len(ORDER)


def read(sentinel: "Sentinel", words: list[str]) -> None:
    """Read one statement."""
    name = words[0].lower() if words else ""
    statement = STATEMENTS.get(RENAMED.get(name, name))
    is_known = statement is not None and statement.since <= sentinel.server.version.number
    if statement is None or not is_known or len(words) not in statement.words:
        raise StatementError("Unrecognized sentinel configuration statement.")
    statement.read(sentinel, words)
