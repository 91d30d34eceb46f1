"""Clients that send a schedule's commands to the nodes of a deployment."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Final

from redproof_model.keyspace.roles import Role
from redproof_model.number import INT64_MAX
from redproof_model.reply import Error, Reply
from redproof_model.versions import Version

from redproof_properties.encoding import encode_command
from redproof_properties.errors import TargetClosed
from redproof_properties.grammar import Argument
from redproof_properties.history import Call
from redproof_properties.replication.topologies.deployment import Deployment
from redproof_properties.seen import SeenReplies
from redproof_properties.sending import BLOCKING, is_led_by_levels, sendable
from redproof_properties.targets import Connection

UNREPLICATED: Final = ("acl", "clients", "pubsub", "replication")
"""The groups of commands that are no data: users, connections, messages, and the links themselves."""

_TIMES: Final = frozenset({b"EX", b"PX", b"EXAT", b"PXAT"})


def changes_one_side(argv: Sequence[Argument], version: Version, is_replica: bool) -> bool:
    """Whether a command makes master and replica differ on real servers, as nothing of it is propagated.

    At a replica PFCOUNT remembers what it has counted (hyperloglog.c pfcountCommand). XREADGROUP with an ID counts
    deliveries again and notes their time (t_stream.c streamReplyWithRangeFromConsumerPEL). BITFIELD that fails for an
    overflow has made its key or lengthened it before (bitops.c bitfieldGeneric), from Redis 7.0 on, and HINCRBYFLOAT
    that fails has made a hash (t_hash.c hincrbyfloatCommand), in Redis 6.0. There SPOP of so many members that their
    number overflows is no change (t_set.c spopWithCountCommand).

    XDELEX with DELREF is no change where the entry was deleted before (t_stream.c xdelexCommand). An approximate trim
    is told by what is first then, also if that was deleted, or by how many are left, and where it has minded groups
    that trims less (t_stream.c streamRewriteTrimArgument). From 8.6 on XREADGROUP may count more reads than XGROUP lets
    a replica count (t_stream.c xgroupCommand). Of MSETEX with two times the last counts and is told as PXAT, which
    stands beside the first then and is refused (t_string.c msetexCommand). HPERSIST may come too late to a replica
    (t_hash.c hpersistCommand), and tells of HGETEX, too.
    """
    match [part.upper() if isinstance(part, bytes) else part for part in argv]:
        case [b"PFCOUNT", *_]:
            return is_replica
        case [b"BITFIELD", *words]:
            return b"FAIL" in words
        case [b"HINCRBYFLOAT", *_]:
            return version.hincrbyfloat_creates_first
        case [b"SPOP", _, count]:
            return version.propagation.spop_counts_what_was_asked and count == b"%d" % INT64_MAX
        case [b"MSETEX", *words]:
            return sum(word in _TIMES for word in words) > 1
        case [b"HPERSIST" | b"HGETEX" as name, *words] if name == b"HPERSIST" or b"PERSIST" in words:
            return version.fields is not None and version.fields.persists_in_time_only
        case [b"XGROUP", *words]:
            return version.streams.reads_are_capped and b"ENTRIESREAD" in words
        case [b"XDELEX", *words]:
            return b"DELREF" in words
        case [b"XADD" | b"XTRIM", *words]:
            return b"~" in words and not {b"ACKED", b"DELREF"}.isdisjoint(words)
        case [b"XREADGROUP", *words] if b"STREAMS" in words:
            names_and_ids = words[words.index(b"STREAMS") + 1 :]
            return any(word != b">" for word in names_and_ids[len(names_and_ids) // 2 :])
    return is_led_by_levels(argv)


def is_read_otherwise(argv: Sequence[Argument], versions: Collection[Version]) -> bool:
    """Whether an argument is a number to one of these versions and none to another, which refuses what it is sent."""
    odd = [pattern for fact, pattern in _ODD_NUMBERS.items() if len({getattr(each, fact) for each in versions}) > 1]
    return any(pattern.search(part) for pattern in odd for part in argv if isinstance(part, bytes))


_ODD_NUMBERS: Final[Mapping[str, re.Pattern[bytes]]] = {
    "hexadecimal_doubles": re.compile(rb"^[ +(-]*0x", re.IGNORECASE),
    "two_signs": re.compile(rb"^[ (]*[+-]{2}"),
}
"""Numbers that ZADD propagates as they came, by the fact of a version that says whether it reads them."""


def _tells_of_corruption(reply: Reply) -> bool:
    """Whether a command, or one of a transaction, found a HyperLogLog corrupt."""
    if isinstance(reply, list):
        return any(map(_tells_of_corruption, reply))
    return isinstance(reply, Error) and reply.text.startswith(b"INVALIDOBJ")


class Clients:
    """Named `NODE.CLIENT`; each has a connection of its own, and may be blocked while others go on."""

    def __init__(self, deployment: Deployment, versions: dict[str, Version]) -> None:
        self.commands = 0
        self._deployment = deployment
        self._versions = versions
        self._connections: dict[str, Connection] = {}
        self._blocked: set[str] = set()
        self._seen = SeenReplies()

    def call(self, call: Call) -> None:
        """Send a command and wait until it is answered, or its client is blocked.

        Nothing is sent to a node that is dead or paused, or by a client that is blocked; nor what ends a server,
        `changes_one_side` or `is_read_otherwise`. PFADD to a corrupt HyperLogLog changes part of it before it fails,
        and propagates nothing (hyperloglog.c pfaddCommand): the database is emptied then.
        """
        node = call.client.partition(".")[0]
        if node in self._deployment.dead | self._deployment.paused or self._is_blocked(call.client):
            return
        follows = self._deployment.following[node] is not None
        if changes_one_side(call.argv, self._versions[node], follows):
            return
        if is_read_otherwise(call.argv, self._versions.values()):
            return
        if not sendable(self._versions[node], [call], Role.WRITABLE_REPLICA if follows else Role.MASTER):
            return
        if call.client not in self._connections:
            self._connections[call.client] = self._deployment.targets[node].connect()
        connection = self._connections[call.client]
        argv = [part if isinstance(part, bytes) else self._seen.told[part] for part in call.argv]
        self.commands += 1
        try:
            connection.send(encode_command(argv))
            if argv[0] in BLOCKING and not self._is_answered(connection, node):
                self._blocked.add(call.client)
                return
            reply = connection.receive()
            self._seen.remember(argv, reply)
            if _tells_of_corruption(reply):
                connection.call("FLUSHDB")
        except TargetClosed:
            # After QUIT, or where a blocked client's server has become a replica.
            self._drop(call.client)

    def leave(self, node: str | None = None) -> None:
        """Close the connections to a node, or all: blocked clients go, transactions are discarded."""
        for client in list(self._connections):
            if node is None or client.partition(".")[0] == node:
                self._drop(client)

    def _is_answered(self, connection: Connection, node: str) -> bool:
        """Whether a command that may block was answered; asked twice, once may be in the same turn of the server."""
        for _ in range(2):
            self._deployment.control(node).call("PING")
        return connection.readable()

    def _is_blocked(self, client: str) -> bool:
        if client not in self._blocked:
            return False
        connection = self._connections[client]
        if not connection.readable():
            return True
        self._blocked.remove(client)
        with suppress(TargetClosed):
            connection.receive()
            return False
        self._drop(client)
        return False

    def _drop(self, client: str) -> None:
        self._connections.pop(client).close()
        self._blocked.discard(client)
