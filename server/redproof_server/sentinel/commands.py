"""SENTINEL: what is known, and what other Sentinels and people ask for (sentinelCommand)."""

from typing import TYPE_CHECKING

from redproof_server.commands.subcommands import help_reply
from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import LOADING, STALE
from redproof_server.engine.errors import CommandError
from redproof_server.engine.glob import matches
from redproof_server.protocol.replies import (
    EMPTY_ARRAY,
    OK,
    array,
    bulk,
    bulk_or_null,
    bulks,
    error,
    integer,
    null_array,
    status,
)
from redproof_server.sentinel import agreement, facts, failover, selection
from redproof_server.sentinel.addresses import InstanceError
from redproof_server.sentinel.instances import Address, Master, Node, State
from redproof_server.sentinel.table import sentinel_command
from redproof_server.sentinel.texts import decoded, encoded

if TYPE_CHECKING:
    from redproof_server.sentinel.sentinel import Sentinel

NO_SUCH_MASTER = b"ERR No such master with that name"
CRASHES = [b"crash-after-election", b"crash-after-promotion"]


def master_named(sentinel: "Sentinel", name: bytes) -> Master:
    """The master of a name (sentinelGetMasterByNameOrReplyError)."""
    master = sentinel.masters.get(decoded(name))
    if master is None:
        raise CommandError(NO_SUCH_MASTER)
    return master


# What is known.


@sentinel_command("sentinel|masters", 2)
def masters(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL MASTERS."""
    return facts.instances_reply(sentinel, client, sentinel.masters.values())


@sentinel_command("sentinel|master", 3)
def master(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL MASTER name."""
    return facts.instance_reply(sentinel, client, master_named(sentinel, args[2]))


@sentinel_command("sentinel|replicas", 3)
@sentinel_command("sentinel|slaves", 3)
def replicas(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL REPLICAS name."""
    return facts.instances_reply(sentinel, client, master_named(sentinel, args[2]).replicas.values())


@sentinel_command("sentinel|sentinels", 3)
def sentinels(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL SENTINELS name."""
    return facts.instances_reply(sentinel, client, master_named(sentinel, args[2]).peers.values())


@sentinel_command("sentinel|myid", 2)
def myid(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL MYID."""
    return bulk(sentinel.my_id.encode())


@sentinel_command("sentinel|get-master-addr-by-name", 3)
def get_master_addr_by_name(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL GET-MASTER-ADDR-BY-NAME name."""
    found = sentinel.masters.get(decoded(args[2]))
    if found is None:
        return null_array(client.resp)
    address = found.current_address
    return bulks([sentinel.shown(address).encode(), b"%d" % address.port])


@sentinel_command("sentinel|info-cache", -2, until=(6, 2))
@sentinel_command("sentinel|info-cache", -3, since=(7, 0))
def info_cache(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL INFO-CACHE [name ...]."""
    named = [sentinel.masters[decoded(name)] for name in args[2:] if decoded(name) in sentinel.masters]
    shown = named if len(args) > 2 else list(sentinel.masters.values())
    items: list[bytes] = []
    for each in dict.fromkeys(shown):
        nodes: list[Node] = [each, *each.replicas.values()]
        items += [
            bulk(encoded(each.name)),
            array([cached(sentinel, client, node) for node in nodes]),
        ]
    return array(items)


def cached(sentinel: "Sentinel", client: Client, node: Node) -> bytes:
    """How old the last INFO of a node is, and what it said."""
    age_ms = sentinel.now_ms - node.info_refreshed_ms if node.info_refreshed_ms else 0
    return array([integer(age_ms), bulk_or_null(node.info, client.resp)])


@sentinel_command("sentinel|pending-scripts", 2)
def pending_scripts(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL PENDING-SCRIPTS: there are none, for none are run."""
    return EMPTY_ARRAY


@sentinel_command("sentinel|ckquorum", 3)
def ckquorum(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL CKQUORUM name (sentinelIsQuorumReachable)."""
    found = master_named(sentinel, args[2])
    usable = 1 + sum(not peer.has_any(State.S_DOWN | State.O_DOWN) for peer in found.peers.values())
    missing: list[bytes] = []
    if usable < found.quorum:
        missing.append(b"Not enough available Sentinels to reach the specified quorum for this master")
    if usable < (len(found.peers) + 1) // 2 + 1:
        missing.append(b"Not enough available Sentinels to reach the majority and authorize a failover")
    if missing:
        raise CommandError(b"NOQUORUM %d usable Sentinels. %b" % (usable, b". ".join(missing)))
    return status(b"OK %d usable Sentinels. Quorum and failover authorization can be reached" % usable)


# What others ask for.


@sentinel_command("sentinel|is-master-down-by-addr", 6)
def is_master_down_by_addr(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL IS-MASTER-DOWN-BY-ADDR ip port current-epoch runid: whether it is down, and a vote if asked for."""
    port, epoch = read_integer(args[3]), read_integer(args[4])
    address = sentinel.resolve_or_none(decoded(args[2]), port)
    found = None if address is None else master_at(sentinel, address)
    leader, leader_epoch, is_down = None, 0, False
    if found is not None:
        is_down = not sentinel.is_tilt and found.has_any(State.S_DOWN)
        if args[5] != agreement.NOBODY.encode():
            leader, leader_epoch = agreement.vote(sentinel, found, epoch % 2**64, decoded(args[5]))
    named = encoded(leader or agreement.NOBODY)
    return array([integer(int(is_down)), bulk(named), integer(leader_epoch)])


def master_at(sentinel: "Sentinel", address: Address) -> Master | None:
    """The master at an address."""
    return next((each for each in sentinel.masters.values() if each.address.is_same(address)), None)


@sentinel_command("sentinel|failover", 3)
def failover_(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL FAILOVER name: without asking the others."""
    found = master_named(sentinel, args[2])
    if found.has_any(State.FAILOVER_IN_PROGRESS):
        raise CommandError(b"INPROG Failover already in progress")
    if selection.select(sentinel, found) is None:
        raise CommandError(b"NOGOODSLAVE No suitable replica to promote")
    failover.start(sentinel, found)
    found.state |= State.FORCE_FAILOVER
    return OK


@sentinel_command("sentinel|monitor", 6, confirms_saving=True)
def monitor(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL MONITOR name ip port quorum."""
    quorum = read_integer(args[5], b"ERR Invalid quorum")
    port = read_integer(args[4], b"ERR Invalid port")
    if quorum <= 0:
        raise CommandError(b"ERR Quorum must be 1 or greater.")
    if sentinel.addresses.resolve(decoded(args[3])) is None:
        raise CommandError(b"ERR Invalid IP address or hostname specified")
    try:
        made = sentinel.create_master(decoded(args[2]), decoded(args[3]), port, quorum)
    except InstanceError as problem:
        raise CommandError(b"ERR " + str(problem).encode()) from None
    sentinel.file.flush()
    sentinel.event("+monitor", made, f" quorum {quorum}")
    return OK


@sentinel_command("sentinel|remove", 3, confirms_saving=True)
def remove(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL REMOVE name."""
    found = master_named(sentinel, args[2])
    sentinel.event("-monitor", found)
    sentinel.remove_master(found)
    sentinel.file.flush()
    return OK


@sentinel_command("sentinel|reset", 3)
def reset(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL RESET pattern (sentinelResetMastersByPattern)."""
    found = [each for name, each in sentinel.masters.items() if matches(args[2], encoded(name))]
    for each in found:
        sentinel.reset_master(each)
        sentinel.event("+reset-master", each)
    return integer(len(found))


@sentinel_command("sentinel|flushconfig", 2, confirms_saving=True)
def flushconfig(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL FLUSHCONFIG."""
    sentinel.file.flush()
    return OK


@sentinel_command("sentinel|simulate-failure", -2, until=(6, 2))
@sentinel_command("sentinel|simulate-failure", -3, since=(7, 0))
def simulate_failure(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]: the process is to end there."""
    sentinel.crashes_after_election = sentinel.crashes_after_promotion = False
    told = b""
    for word in map(read_word, args[2:]):
        if word == b"crash-after-election":
            sentinel.crashes_after_election = True
        elif word == b"crash-after-promotion":
            sentinel.crashes_after_promotion = True
        elif word == b"help":
            told += bulks(CRASHES)
            if not client.server.version.sentinel_help_is_answered_twice:
                return told
        else:
            return told + error(b"ERR Unknown failure simulation specified")
    return told + OK


HELP = b"""\
CKQUORUM <master-name> | FAILOVER <master-name> | MASTER <master-name> | MASTERS | MYID
    As in Redis.
REPLICAS <master-name> | SENTINELS <master-name> | GET-MASTER-ADDR-BY-NAME <master-name>
    As in Redis.
INFO-CACHE <master-name> | IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>
    As in Redis.
MONITOR <name> <ip> <port> <quorum> | REMOVE <master-name> | RESET <pattern> | FLUSHCONFIG
    As in Redis.
SET <master-name> <option> <value> [<option> <value> ...] | CONFIG GET|SET <param> [<value>]
    As in Redis, but for scripts: none are run.
DEBUG [<param> <value> ...]
    The times that Sentinel keeps to, in milliseconds, from 7.0 on.
PENDING-SCRIPTS | SIMULATE-FAILURE [CRASH-AFTER-ELECTION] [CRASH-AFTER-PROMOTION] [HELP]
    As in Redis."""


@sentinel_command("sentinel|help", 2, flags=LOADING | STALE)
def help_(sentinel: "Sentinel", client: Client, args: list[bytes]) -> bytes:
    """SENTINEL HELP (networking.c addReplyHelp)."""
    return help_reply(args, HELP)
