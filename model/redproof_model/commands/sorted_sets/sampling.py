"""ZRANDMEMBER and ZSCAN: members in an order that may be the server's own (`t_zset.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.keys.scan import empty_page, parse_cursor, scan_collection
from redproof_model.commands.sampling import OneMember, PairSample, Sample, pair_sample_arguments
from redproof_model.commands.sorted_sets.storage import SKIPLIST, elements_reply, score_reply, stored_text
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.world import World
from redproof_model.reply import NULL

table = CommandTable()

_PICKED_ONE_BY_ONE: Final = 3


@table.command("ZRANDMEMBER", arity=-2)
def zrandmember(world: World, argv: list[bytes]) -> Expected:
    """ZRANDMEMBER key [count [WITHSCORES]] (t_zset.c zrandmemberCommand)."""
    if len(argv) == 2:
        zset = world.sorted_set(argv[1])
        return NULL if zset is None else OneMember(zset.scores)
    count, with_scores = pair_sample_arguments(argv, b"WITHSCORES")
    zset = world.sorted_set(argv[1])
    if zset is None or count == 0:
        return []
    size = len(zset.scores)
    if count >= size:
        return elements_reply(world, zset.ordered()[::-1], with_scores)
    in_order = zset.encoding != SKIPLIST and 0 < count * _PICKED_ONE_BY_ONE <= size
    number, repeats, resp = abs(count), count < 0, world.session.resp
    scores = {member: score_reply(world.version, score) for score, member in zset.ordered()}
    if with_scores:
        return PairSample(scores, number, in_order=in_order, repeats=repeats, resp=resp)
    return Sample(scores, number, in_order=in_order, repeats=repeats)


@table.command("ZSCAN", arity=-3)
def zscan(world: World, argv: list[bytes]) -> Expected:
    """ZSCAN key cursor [MATCH pattern] [COUNT count] (t_zset.c zscanCommand)."""
    cursor = parse_cursor(world, argv[2])
    zset = world.sorted_set(argv[1])
    if zset is None:
        return empty_page()
    texts = {member: stored_text(world.version, zset, score) for score, member in zset.ordered()}
    return scan_collection(world, argv, cursor, texts, compact=zset.encoding != SKIPLIST)
