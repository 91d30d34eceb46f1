"""How a sorted set is kept, as far as it can be told: its encoding, and scores that it alters (`t_zset.c`)."""

from __future__ import annotations

from math import inf
from typing import Final, TypeAlias

from redproof_model.errors import NOT_FLOAT, ReplyError
from redproof_model.keyspace.values import SortedSet
from redproof_model.keyspace.world import World
from redproof_model.number import double_text, few_digits_text, is_hexadecimal, is_two_signed, to_double
from redproof_model.reply import Double, Reply
from redproof_model.versions import Version

SKIPLIST: Final = "skiplist"
MAX_LISTPACK_ENTRIES: Final = 128

MAX_LISTPACK_MEMBER_BYTES: Final = 64
_MAX_INTEGER_SCORE: Final = 2**62

Element: TypeAlias = tuple[float, bytes]


def new(version: Version, entries: int = 0) -> SortedSet:
    """An empty sorted set that is made for so many members."""
    return SortedSet({}, version.listpack if entries <= MAX_LISTPACK_ENTRIES else SKIPLIST)


def insert(version: Version, zset: SortedSet, member: bytes, score: float) -> None:
    """Add a member or change its score, converting to a skiplist when a listpack would grow too large (zsetAdd)."""
    if zset.encoding != SKIPLIST:
        too_large = len(zset.scores) >= MAX_LISTPACK_ENTRIES or len(member) > MAX_LISTPACK_MEMBER_BYTES
        if too_large and member not in zset.scores:
            zset.encoding = SKIPLIST
        elif score == 0:
            score = _in_listpack(version, score)
    zset.put(member, score)


def compact(version: Version, scores: dict[bytes, float]) -> SortedSet:
    """The sorted set that is kept in the end when it was built as a skiplist (zsetConvertToListpackIfNeeded)."""
    if len(scores) > MAX_LISTPACK_ENTRIES or any(len(member) > MAX_LISTPACK_MEMBER_BYTES for member in scores):
        return SortedSet(scores, SKIPLIST)
    return SortedSet({member: _in_listpack(version, score) for member, score in scores.items()}, version.listpack)


def _in_listpack(version: Version, score: float) -> float:
    """The score as a listpack gives it back; there is no integer -0."""
    return 0.0 if score == 0 and version.listpack_integer_scores else score


def stored_text(version: Version, zset: SortedSet, score: float) -> bytes:
    """A score as it is kept, or printed where it is a double in memory, which is what ZSCAN shows (zzlInsertAt)."""
    if zset.encoding == SKIPLIST:
        return double_text(score)
    if version.listpack_integer_scores and abs(score) <= _MAX_INTEGER_SCORE and score.is_integer():
        return b"%d" % score
    return few_digits_text(score) if version.few_digits else double_text(score)


def store(world: World, key: bytes, zset: SortedSet) -> int:
    """Let `key` hold `zset`, or nothing if it is empty; how many members it has."""
    if zset:
        world.replace(key, zset)
    else:
        world.remove(key)
    return len(zset.scores)


def score_argument(version: Version, text: bytes, error: bytes = NOT_FLOAT) -> float:
    """Read a score or a weight or end the command with `error` (`object.c` getDoubleFromObjectOrReply)."""
    number = to_double(text)
    if number is not None and (version.hexadecimal_doubles or not is_hexadecimal(text)):
        return number
    if version.two_signs and is_two_signed(text):
        return -inf
    raise ReplyError(error)


def score_reply(version: Version, score: float) -> Double:
    """A score as a reply (`networking.c` addReplyDouble)."""
    return Double(few_digits_text(score) if version.few_digits else double_text(score))


def elements_reply(world: World, elements: list[Element], with_scores: bool) -> list[Reply]:
    """Members in order; with scores they are flat in RESP2 and pairs in RESP3."""
    if not with_scores:
        return [member for _, member in elements]
    if world.session.resp == 2:
        return [part for score, member in elements for part in (member, score_reply(world.version, score))]
    return [[member, score_reply(world.version, score)] for score, member in elements]
