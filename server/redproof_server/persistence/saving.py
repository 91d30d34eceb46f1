"""Values into bytes (rdb.c rdbSaveObject)."""

import struct
from collections.abc import Iterable
from itertools import chain
from math import copysign, isinf

from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List, Value
from redproof_server.persistence import formats, intset
from redproof_server.persistence.formats import Format
from redproof_server.persistence.stream import encode_length
from redproof_server.persistence.strings import encode_string

PACKED_NODE = 2
NODE_BYTES_MAX = {-1: 4096, -2: 8192, -3: 16384, -4: 32768, -5: 65536}
NODE_BYTES_MAX_BY_COUNT = 8192


def save_value(value: Value, rdb_format: Format, list_fill: int) -> bytes:
    """The type of a value, one byte, and the value. `list_fill` is the setting list-max-ziplist-size."""
    if isinstance(value, bytes):
        return bytes([formats.STRING]) + encode_string(value)
    if isinstance(value, List):
        return _save_list(value, rdb_format, list_fill)
    if isinstance(value, Set):
        return _save_set(value)
    if isinstance(value, Hash):
        return _save_hash(value, rdb_format)
    return _save_sorted_set(value, rdb_format)


def _save_list(value: List, rdb_format: Format, fill: int) -> bytes:
    nodes = split_nodes(value, rdb_format, fill)
    container = bytes([PACKED_NODE]) if rdb_format.nodes_have_containers else b""
    saved = [container + encode_string(rdb_format.encode_compact(node)) for node in nodes]
    return bytes([rdb_format.list_type]) + encode_length(len(nodes)) + b"".join(saved)


def split_nodes(texts: Iterable[bytes], rdb_format: Format, fill: int) -> list[list[bytes]]:
    """The nodes that a list has after RPUSH of its elements (quicklist.c _quicklistNodeAllowInsert)."""
    nodes: list[list[bytes]] = []
    node_bytes = previous_bytes = 0
    for text in texts:
        if not nodes or not node_has_room(node_bytes + added_bytes(text, rdb_format), len(nodes[-1]), fill):
            nodes.append([])
            node_bytes, previous_bytes = rdb_format.empty_bytes, 0
        nodes[-1].append(text)
        previous_bytes = rdb_format.entry_bytes(text, previous_bytes)
        node_bytes += previous_bytes
    return nodes


def node_has_room(bytes_then: int, count: int, fill: int) -> bool:
    """Whether a node of `count` elements may grow to `bytes_then`: a negative fill is about bytes."""
    if fill < 0:
        return bytes_then <= NODE_BYTES_MAX[max(fill, -5)]
    return bytes_then <= NODE_BYTES_MAX_BY_COUNT and count < fill


def added_bytes(text: bytes, rdb_format: Format) -> int:
    """What Redis expects an element to add to a node; rather too much."""
    length = len(text)
    if rdb_format.nodes_have_containers:
        return length + 8
    return length + (1 if length < 254 else 5) + (1 if length < 64 else 2 if length < 16384 else 5)


def _save_set(value: Set) -> bytes:
    if value.integers is not None:
        return bytes([formats.SET_INTSET]) + encode_string(intset.encode(value.integers))
    return bytes([formats.SET]) + encode_length(len(value)) + b"".join(map(encode_string, value))


def _save_hash(value: Hash, rdb_format: Format) -> bytes:
    texts = list(chain.from_iterable(value.items()))
    if not value.fields.indexed:
        return bytes([rdb_format.hash_compact_type]) + encode_string(rdb_format.encode_compact(texts))
    return bytes([formats.HASH]) + encode_length(len(value)) + b"".join(map(encode_string, texts))


def _save_sorted_set(value: SortedSet, rdb_format: Format) -> bytes:
    ranked = list(value.ranking)
    if not value.scores.indexed:
        pairs = ((member, score_text(score, rdb_format)) for score, member in ranked)
        texts = list(chain.from_iterable(pairs))
        return bytes([rdb_format.zset_compact_type]) + encode_string(rdb_format.encode_compact(texts))
    saved = [encode_string(member) + struct.pack("<d", score) for score, member in reversed(ranked)]
    return bytes([formats.ZSET_2]) + encode_length(len(ranked)) + b"".join(saved)


def score_text(score: float, rdb_format: Format) -> bytes:
    """A score within a ziplist or listpack (util.c d2string)."""
    if score == 0:
        return b"-0" if rdb_format.keeps_negative_zero and copysign(1, score) < 0 else b"0"
    if not isinf(score) and abs(score) < rdb_format.whole_score_limit and score == int(score):
        return b"%d" % score
    return b"%.17g" % score
