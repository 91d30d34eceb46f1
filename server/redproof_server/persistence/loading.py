"""Values from bytes (rdb.c rdbLoadObject). All functions raise CorruptPayloadError."""

from collections.abc import Callable
from math import inf, isnan, nan

from redproof_server.engine.dict import INITIAL_SIZE
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.limits import Limits
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List, Value
from redproof_server.persistence import formats, intset, listpack, ziplist, zipmap
from redproof_server.persistence.formats import Format
from redproof_server.persistence.stream import CorruptPayloadError, Reader
from redproof_server.persistence.strings import read_string
from redproof_server.protocol.numbers import parse_float, parse_int64

PLAIN_NODE, PACKED_NODE = 1, 2
SPECIAL_SCORES = {253: nan, 254: inf, 255: -inf}

Decode = Callable[[bytes], list[bytes]]
Load = Callable[[Reader, Limits], Value]


def load_value(reader: Reader, rdb_format: Format, limits: Limits) -> Value:
    """The value behind a type's byte, in the encoding that `limits` ask for."""
    value_type = reader.byte()
    load = LOADERS.get(value_type)
    if load is None or value_type > rdb_format.types_max:
        raise CorruptPayloadError("not a type of value")
    value = load(reader, limits)
    if not isinstance(value, bytes) and not len(value):
        raise CorruptPayloadError("empty collection")
    return value


def _load_string(reader: Reader, limits: Limits) -> Value:
    return read_string(reader)


def _load_list(reader: Reader, limits: Limits) -> Value:
    return List(read_string(reader) for _ in range(reader.length()))


def _load_ziplist(reader: Reader, limits: Limits) -> Value:
    return List(ziplist.decode(read_string(reader)))


def _load_ziplist_nodes(reader: Reader, limits: Limits) -> Value:
    value = List()
    for _ in range(reader.length()):
        value.extend(ziplist.decode(read_string(reader)))
    return value


def _load_nodes(reader: Reader, limits: Limits) -> Value:
    value = List()
    for _ in range(reader.length()):
        container, node = reader.length(), read_string(reader)
        if container not in (PLAIN_NODE, PACKED_NODE) or not node:
            raise CorruptPayloadError("unknown node of a list")
        value.extend(listpack.decode(node) if container == PACKED_NODE else [node])
    return value


def _load_set(reader: Reader, limits: Limits) -> Value:
    value = Set(limits)
    count = reader.count()
    if count > limits.intset_entries:
        value.convert()
        value.members.expand(count)
    for _ in range(count):
        member = read_string(reader)
        if value.integers is not None and parse_int64(member) is None:
            value.convert()
            value.members.expand(count)
        if not value.add(member):
            raise CorruptPayloadError("the same member twice")
    return value


def _load_intset(reader: Reader, limits: Limits) -> Value:
    value = Set(limits)
    value.integers = intset.decode(read_string(reader))
    if len(value) > limits.intset_entries:
        value.convert()
    return value


def _load_hash(reader: Reader, limits: Limits) -> Value:
    value = Hash(limits)
    count = reader.count()
    if count > limits.hash_entries:
        value.convert()
        value.fields.expand(count)
    for left in reversed(range(count)):
        was_compact = not value.fields.indexed
        if not value.set(read_string(reader), read_string(reader)):
            raise CorruptPayloadError("the same field twice")
        if was_compact and value.fields.indexed and left > INITIAL_SIZE:
            value.fields.expand(left)
    return value


def _compact_hash_loader(decode: Decode, checks_lengths: bool = False) -> Load:
    def load(reader: Reader, limits: Limits) -> Value:
        value = Hash(limits)
        pairs = _pairs(decode(read_string(reader)))
        for field, text in pairs:
            if not value.fields.set(field, text):
                raise CorruptPayloadError("the same field twice")
        longest = max((len(text) for pair in pairs for text in pair), default=0)
        if len(pairs) > limits.hash_entries or (checks_lengths and longest > limits.hash_value_bytes):
            value.convert()
        return value

    return load


def _load_sorted_set(reader: Reader, limits: Limits) -> Value:
    ranked = [(read_string(reader), _read_text_score(reader)) for _ in range(reader.length())]
    return _filled_sorted_set(ranked, limits)


def _load_sorted_set_2(reader: Reader, limits: Limits) -> Value:
    ranked = [(read_string(reader), reader.double()) for _ in range(reader.length())]
    return _filled_sorted_set(ranked, limits)


def _filled_sorted_set(scored: list[tuple[bytes, float]], limits: Limits) -> Value:
    value = SortedSet(limits)
    value.fill([(score, member) for member, score in _checked_scores(scored)], presized=len(scored))
    return value


def _compact_sorted_set_loader(decode: Decode) -> Load:
    def load(reader: Reader, limits: Limits) -> Value:
        pairs = _pairs(decode(read_string(reader)))
        scored = _checked_scores([(member, _parse_score(text)) for member, text in pairs])
        value = SortedSet(limits)
        value.ranking.entries = sorted((score, member) for member, score in scored)
        for score, member in value.ranking.entries:
            value.scores.set(member, score)
        value.convert_for(len(scored))
        return value

    return load


def _checked_scores(scored: list[tuple[bytes, float]]) -> list[tuple[bytes, float]]:
    if len({member for member, _ in scored}) < len(scored) or any(isnan(score) for _, score in scored):
        raise CorruptPayloadError("the same member twice, or a score that is not a number")
    return scored


def _read_text_score(reader: Reader) -> float:
    length = reader.byte()
    if length in SPECIAL_SCORES:
        return SPECIAL_SCORES[length]
    return _parse_score(reader.take(length))


def _parse_score(text: bytes) -> float:
    score = parse_float(text)
    return nan if score is None else score


def _pairs(texts: list[bytes]) -> list[tuple[bytes, bytes]]:
    if len(texts) % 2:
        raise CorruptPayloadError("the last value is missing")
    return list(zip(texts[::2], texts[1::2], strict=True))


LOADERS: dict[int, Load] = {
    formats.STRING: _load_string,
    formats.LIST: _load_list,
    formats.SET: _load_set,
    formats.ZSET: _load_sorted_set,
    formats.HASH: _load_hash,
    formats.ZSET_2: _load_sorted_set_2,
    formats.HASH_ZIPMAP: _compact_hash_loader(zipmap.decode, checks_lengths=True),
    formats.LIST_ZIPLIST: _load_ziplist,
    formats.SET_INTSET: _load_intset,
    formats.ZSET_ZIPLIST: _compact_sorted_set_loader(ziplist.decode),
    formats.HASH_ZIPLIST: _compact_hash_loader(ziplist.decode),
    formats.LIST_QUICKLIST: _load_ziplist_nodes,
    formats.HASH_LISTPACK: _compact_hash_loader(listpack.decode),
    formats.ZSET_LISTPACK: _compact_sorted_set_loader(listpack.decode),
    formats.LIST_QUICKLIST_2: _load_nodes,
}
