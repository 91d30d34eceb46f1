"""Faults in lists, and in how clients wait for them."""

from __future__ import annotations

from planted.fault import fault, replace_attribute, substitute, wrap
from redproof_server.commands import list_moves, lists
from redproof_server.engine import arguments, waiting
from redproof_server.engine.arguments import read_integer
from redproof_server.engine.blocking import Blocking
from redproof_server.engine.client import Client
from redproof_server.engine.command import Handler
from redproof_server.engine.database import Database
from redproof_server.engine.errors import CommandError
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List
from redproof_server.protocol.replies import integer, null

LISTS = ("lists",)
BLOCKING = ("blocking",)
READS = "LRANGE LINDEX LLEN LPOP RPOP LPOS LREM LINSERT LSET LPUSH RPUSH LPUSHX RPUSHX LMOVE RPOPLPUSH LMPOP LTRIM"


@fault("ltrim-keeps-one-more", "LTRIM keeps one element too many at the end", LISTS, READS)
def ltrim_keeps_one_more() -> None:
    honest = lists.keep_between
    substitute(honest, lambda items, start, stop: honest(items, start, min(stop + 1, len(items))))


@fault(
    "lpos-negative-rank-is-one-off",
    "LPOS with a negative rank skips one match too many",
    LISTS,
    "LPOS",
    within=10_000,
    script=3,
)
def lpos_negative_rank_is_one_off() -> None:
    substitute(lists.matches_skipped, lambda rank: abs(rank) - (rank > 0))


@fault(
    "linsert-answers-0",
    "LINSERT answers 0, as for an absent key, when the pivot is absent",
    LISTS,
    "LINSERT",
    within=500,
    script=3,
)
def linsert_answers_0() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        return integer(0) if reply == integer(-1) else reply

    wrap("linsert", faulty)


@fault("lrem-always-from-the-left", "LREM with a negative count removes the first matches, not the last", LISTS, READS)
def lrem_always_from_the_left() -> None:
    honest = lists.remove_equal
    substitute(honest, lambda items, element, limit, from_left: honest(items, element, limit, True))


@fault(
    "lpop-0-answers-null",
    "LPOP and RPOP with a count of 0 answer null, as for an absent key",
    LISTS,
    "LPOP RPOP",
    script=3,
)
def lpop_0_answers_null() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        return null(client.resp) if reply == b"*0\r\n" else reply

    wrap("lpop", faulty)
    wrap("rpop", faulty)


@fault("rpoplpush-does-not-rotate", "RPOPLPUSH from a list to itself leaves it as it was", LISTS, READS, within=500)
def rpoplpush_does_not_rotate() -> None:
    honest = list_moves.move_generic

    def faulty(client: Client, source: bytes, destination: bytes, from_left: bool, to_left: bool) -> bytes:
        return honest(client, source, destination, from_left, from_left if source == destination else to_left)

    substitute(honest, faulty)


@fault("lpushx-creates", "LPUSHX creates the list", LISTS, "LPUSHX RPUSHX", within=500, script=2)
def lpushx_creates() -> None:
    honest = lists.push_generic
    substitute(honest, lambda client, args, to_left, must_exist: honest(client, args, to_left, False))


@fault("empty-lists-stay", "A list that has become empty is not deleted", LISTS, READS, within=500, script=5)
def empty_lists_stay() -> None:
    honest = waiting.delete_if_empty

    def faulty(db: Database, key: bytes, value: List | Hash | Set | SortedSet) -> None:
        if not isinstance(value, List):
            honest(db, key, value)

    substitute(honest, faulty)


@fault("lset-checks-the-key-last", "LSET of an absent key complains of the index first", LISTS, "LSET", script=2)
def lset_checks_the_key_last() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        read_integer(args[2])
        return honest(client, args)

    wrap("lset", faulty)


@fault("lmpop-pops-from-all", "LMPOP goes on to the next key when the first has less than COUNT", LISTS, READS)
def lmpop_pops_from_all() -> None:
    honest = list_moves.pop_from_first

    def faulty(client: Client, keys: list[bytes], from_left: bool, count: int | None) -> bytes | None:
        reply = honest(client, keys, from_left, count)
        if reply is not None and count is not None and client.db.lookup(keys[0]) is None:
            honest(client, keys, from_left, 1)
        return reply

    substitute(honest, faulty)


@fault(
    "blpop-serves-the-last-first",
    "Of several blocked clients the one that came last is served first",
    BLOCKING,
    "RPUSH LPUSH SORT RENAME COPY MOVE SWAPDB BLMOVE BRPOPLPUSH ZADD ZINCRBY ZUNIONSTORE ZRANGESTORE",
    clients=3,
    within=10_000,
)
def blpop_serves_the_last_first() -> None:
    honest = Blocking.block

    def faulty(blocking: Blocking, client: Client, wait: object) -> None:
        honest(blocking, client, wait)  # type: ignore[arg-type]
        assert client.wait is not None
        for key in client.wait.keys:
            waiting = client.wait.db.blocked[key]
            others = [other for other in waiting if other is not client]
            for other in others:
                del waiting[other]
                waiting[other] = None

    replace_attribute(Blocking, "block", faulty)


@fault(
    "served-clients-wake-nobody",
    "An element that BLMOVE moves for a blocked client wakes nobody at its new place",
    BLOCKING,
    "RPUSH LPUSH RENAME COPY MOVE SWAPDB SORT EXEC",
    clients=3,
    within=20_000,
)
def served_clients_wake_nobody() -> None:
    def faulty(blocking: Blocking) -> None:
        ready, blocking.ready = blocking.ready, {}
        for db, key in ready:
            blocking._serve_key(db, key)
        blocking.ready.clear()

    replace_attribute(Blocking, "serve_ready", faulty)


@fault(
    "rename-wakes-nobody",
    "A list that RENAME or COPY brings to a key wakes nobody",
    BLOCKING,
    "RENAME COPY MOVE",
    clients=3,
    within=6_000,
)
def rename_wakes_nobody() -> None:
    def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes:
        reply = honest(client, args)
        client.server.blocking.ready.clear()
        return reply

    for name in ("rename", "renamenx", "copy", "move"):
        wrap(name, faulty)


@fault(
    "blpop-looks-from-the-last-key",
    "BLPOP of several keys pops from the last one that holds a list",
    BLOCKING,
    "BLPOP BRPOP BLMPOP",
    within=10_000,
    script=5,
)
def blpop_looks_from_the_last_key() -> None:
    honest = list_moves.pop_from_first

    def faulty(client: Client, keys: list[bytes], from_left: bool, count: int | None) -> bytes | None:
        return honest(client, keys[::-1], from_left, count)

    substitute(honest, faulty)


@fault(
    "negative-timeouts-wait",
    "BLPOP with a negative timeout waits for ever",
    BLOCKING,
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP",
    clients=2,
    script=2,
)
def negative_timeouts_wait() -> None:
    honest = arguments.read_deadline_ms

    def faulty(client: Client, text: bytes) -> int | None:
        try:
            return honest(client, text)
        except CommandError as refusal:
            if b"negative" in refusal.message:
                return None
            raise

    substitute(honest, faulty)


@fault(
    "timeouts-answer-a-null-string",
    "A wait for lists that times out is answered with a null string",
    BLOCKING,
    "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP",
    clients=2,
    within=2_000,
    script=3,
)
def timeouts_answer_a_null_string() -> None:
    def faulty(client: Client, *wait: object) -> bytes:
        reply = honest(client, *wait)  # type: ignore[arg-type]
        if client.wait is not None:
            client.wait.timeout_reply = null(client.resp)
        return reply

    honest = waiting.block
    substitute(honest, faulty)
