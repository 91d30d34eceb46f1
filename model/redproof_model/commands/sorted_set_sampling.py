"""ZRANDMEMBER and ZSCAN: members in an order that may be the server's own (`t_zset.c`)."""

from __future__ import annotations

from typing import Final

from redproof_model.choice import Expected
from redproof_model.commands.sampling import OneMember, Sample, sample_count
from redproof_model.commands.scan import empty_page, parse_cursor, scan_collection
from redproof_model.commands.sorted_set_storage import SKIPLIST, elements_reply, score_reply, stored_text
from redproof_model.errors import SYNTAX, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.number import INT64_MAX
from redproof_model.reply import NULL, Reply, project

table = CommandTable()

_PICKED_ONE_BY_ONE: Final = 3


@table.command("ZRANDMEMBER", arity=-2)
def zrandmember(world: World, argv: list[bytes]) -> Expected:
    """ZRANDMEMBER key [count [WITHSCORES]] (t_zset.c zrandmemberCommand)."""
    if len(argv) == 2:
        zset = world.sorted_set(argv[1])
        return NULL if zset is None else OneMember(zset.scores)
    count, with_scores = _parse_count(argv)
    zset = world.sorted_set(argv[1])
    if zset is None or count == 0:
        return []
    size = len(zset.scores)
    if count >= size:
        return elements_reply(world, zset.ordered()[::-1], with_scores)
    walked = zset.encoding != SKIPLIST and 1 < count * _PICKED_ONE_BY_ONE <= size
    sample = _ScoredSample if with_scores else _MemberSample
    return sample(zset, abs(count), in_order=walked, repeats=count < 0, resp=world.session.resp)


def _parse_count(argv: list[bytes]) -> tuple[int, bool]:
    count = sample_count(argv[2])
    if len(argv) == 3:
        return count, False
    if len(argv) > 4 or c_string(argv[3]).upper() != b"WITHSCORES":
        raise ReplyError(SYNTAX)
    if abs(count) > INT64_MAX // 2:
        raise ReplyError(b"ERR value is out of range")
    return count, True


class _MemberSample(Sample):
    """Members of a sorted set, lowest first where the order is not the server's."""

    def __init__(self, zset: SortedSet, count: int, *, in_order: bool, repeats: bool, resp: int) -> None:
        super().__init__([member for _, member in zset.ordered()], count, in_order=in_order, repeats=repeats)
        self._zset = zset
        self._resp = resp


class _ScoredSample(_MemberSample):
    """Members with their scores: an array of pairs in RESP3, a flat array in RESP2."""

    def members(self, reply: Reply, resp: int) -> list[bytes] | None:
        if not isinstance(reply, list) or (resp == 2 and len(reply) % 2):
            return None
        pairs = [reply[at : at + 2] for at in range(0, len(reply), 2)] if resp == 2 else reply
        members: list[bytes] = []
        for pair in pairs:
            match pair:
                case [bytes(member), text] if text == self._score(member, resp):
                    members.append(member)
                case _:
                    return None
        return members

    def _score(self, member: bytes, resp: int) -> Reply | None:
        score = self._zset.scores.get(member)
        return None if score is None else project(score_reply(score), resp)

    def example(self) -> Reply:
        pairs: list[list[Reply]] = [
            [member, score_reply(self._zset.scores[member])] for member in self.example_members()
        ]
        return [*pairs] if self._resp == 3 else [part for pair in pairs for part in pair]


@table.command("ZSCAN", arity=-3)
def zscan(world: World, argv: list[bytes]) -> Expected:
    """ZSCAN key cursor [MATCH pattern] [COUNT count] (t_zset.c zscanCommand)."""
    cursor = parse_cursor(argv[2])
    zset = world.sorted_set(argv[1])
    if zset is None:
        return empty_page()
    texts = {member: stored_text(world.version, zset, score) for score, member in zset.ordered()}
    return scan_collection(world, argv, cursor, texts, compact=zset.encoding != SKIPLIST)
