"""SORT and SORT_RO (`sort.c`).

Elements that compare as equal come in the order in which the C library's sort happens to leave them, and a set
that is not sorted at all in that of its hash table: what is expected is then a choice. Where the result is stored,
each order goes on in a world of its own; if there are very many, a stable sort is assumed, as glibc's is. Texts
are collated as by a server that was started with `LC_ALL=C`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, permutations, product
from math import perm, prod
from operator import itemgetter
from typing import Final, TypeAlias

from redproof_model.choice import Choice, Expected, OneOf
from redproof_model.commands.sorted_sets.storage import SKIPLIST
from redproof_model.errors import SYNTAX, WRONG_TYPE, ReplyError, c_string
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.encodings import INTSET
from redproof_model.keyspace.listpacks import list_built
from redproof_model.keyspace.split import split
from redproof_model.keyspace.streams import Stream
from redproof_model.keyspace.values import Hash, List, SetValue, SortedSet, String, Value
from redproof_model.keyspace.world import World
from redproof_model.number import fast_float, integer, is_hexadecimal, to_double, to_integer
from redproof_model.reply import NULL, Error, Reply, project

table = CommandTable()

_NOT_DOUBLE: Final = b"ERR One or more scores can't be converted into double"
_BLANKS: Final = b" \t\n\v\f\r"

_MOST_ALTERNATIVES: Final = 120

_Key: TypeAlias = tuple[float, bytes]
_Group: TypeAlias = list[bytes]
_Row: TypeAlias = tuple[bytes | None, ...]


@dataclass(slots=True)
class _Options:
    """What SORT is asked for; `unsorted` once a BY pattern without a star has been given."""

    descending: bool = False
    alpha: bool = False
    unsorted: bool = False
    by: bytes | None = None
    gets: list[bytes] = field(default_factory=list)
    start: int = 0
    count: int = -1
    store: bytes | None = None


@table.command("SORT", arity=-2, wide=True)
def sort(world: World, argv: list[bytes]) -> Expected:
    """SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA] [STORE key] (sort.c)."""
    return _sort(world, argv[1], _parse_options(argv, readonly=False))


@table.command("SORT_RO", arity=-2, wide=True)
def sort_ro(world: World, argv: list[bytes]) -> Expected:
    """SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA] (sort.c)."""
    return _sort(world, argv[1], _parse_options(argv, readonly=True))


def _parse_options(argv: list[bytes], readonly: bool) -> _Options:
    options = _Options()
    rest = argv[:1:-1]
    while rest:
        name = c_string(rest.pop()).upper()
        if name in (b"ASC", b"DESC"):
            options.descending = name == b"DESC"
        elif name == b"ALPHA":
            options.alpha = True
        elif name == b"LIMIT" and len(rest) >= 2:
            options.start, options.count = integer(rest.pop()), integer(rest.pop())
        elif name == b"STORE" and rest and not readonly:
            options.store = rest.pop()
        elif name == b"BY" and rest:
            options.by = rest.pop()
            options.unsorted |= b"*" not in c_string(options.by)
        elif name == b"GET" and rest:
            options.gets.append(rest.pop())
        else:
            raise ReplyError(SYNTAX)
    return options


def _sort(world: World, key: bytes, options: _Options) -> Expected:
    """Sort what is at `key` and answer with it or store it (`sort.c` sortCommandGeneric)."""
    value = world.get(key)
    if isinstance(value, String | Hash | Stream):
        raise ReplyError(WRONG_TYPE)
    if isinstance(value, SetValue) and options.unsorted and options.store is not None:
        options.unsorted, options.alpha, options.by = False, True, None
    if isinstance(value, SortedSet):
        value.encoding = SKIPLIST
    groups = _native(value, options.descending) if options.unsorted else _sorted(world, value, options)
    result = _Result(world, groups, options)
    may_fail = world.version.sort_minds_old_range_errors and bool(groups) and _reads_texts(value, options)
    if options.store is not None:
        return _store(world, options.store, result, may_fail)
    if may_fail:
        return OneOf([result.example(), Error(_NOT_DOUBLE)])
    return result if result.open else result.example()


def _store(world: World, key: bytes, result: _Result, may_fail: bool) -> Expected:
    outcomes: list[list[Reply] | None] = [*result.alternatives()]
    if may_fail:
        outcomes.append(None)
    return split(world, outcomes, lambda heir, items: Error(_NOT_DOUBLE) if items is None else _put(heir, key, items))


def _put(world: World, key: bytes, result: list[Reply]) -> int:
    items = [item if isinstance(item, bytes) else b"" for item in result]
    if items:
        world.put(key, list_built(world.version, items))
    else:
        world.remove(key)
    return len(items)


def _reads_texts(value: Value | None, options: _Options) -> bool:
    """Whether numbers are read from texts; the integers in a list are kept as such."""
    if options.alpha or options.unsorted:
        return False
    return options.by is not None or not isinstance(value, List) or any(to_integer(i) is None for i in value.items)


def _native(value: List | SetValue | SortedSet | None, descending: bool) -> list[_Group]:
    """The elements as they are: one group for a hash table, whose order is the server's choice."""
    match value:
        case None:
            return []
        case SetValue(members, encoding):
            return [[member] for member in sorted(members, key=int)] if encoding == INTSET else [[*members]]
        case List(items):
            elements = items
        case SortedSet():
            elements = [member for _, member in value.ordered()]
    return [[element] for element in (reversed(elements) if descending else elements)]


def _sorted(world: World, value: List | SetValue | SortedSet | None, options: _Options) -> list[_Group]:
    """The elements sorted, those that compare as equal in a group (`sort.c` sortCompare)."""
    elements = [element for group in _native(value, descending=False) for element in group]
    weights = [_lookup(world, options.by, element) for element in elements] if options.by is not None else elements
    keys: list[_Key] = []
    for element, weight in zip(elements, weights, strict=True):
        if not options.alpha:
            keys.append((0.0 if weight is None else _score(world, weight), element))
        else:
            keys.append((weight is not None, _collated(weight or b"", options)))
    pairs = sorted(zip(keys, elements, strict=True), key=itemgetter(0), reverse=options.descending)
    return [[element for _, element in group] for _, group in groupby(pairs, key=itemgetter(0))]


def _collated(text: bytes, options: _Options) -> bytes:
    """What of a text is compared: up to the first NUL, but all of it if the result is stored."""
    return c_string(text) if options.store is None else text


def _score(world: World, text: bytes) -> float:
    """Read a number as C's strtod does, which takes blanks before it and no text at all for 0, or as fast_float."""
    if not world.version.hexadecimal_doubles:
        number = None if is_hexadecimal(text) else to_double(c_string(text))
    elif world.version.fast_float:
        number = fast_float(text, world.version.two_signs)
    else:
        digits = c_string(text)
        number = to_double(digits.lstrip(_BLANKS)) if digits else 0.0
        if number is not None and 0 < abs(number) < sys.float_info.min:
            number = None
    if number is None:
        raise ReplyError(_NOT_DOUBLE)
    return number


def _lookup(world: World, pattern: bytes, element: bytes) -> bytes | None:
    """What a BY or GET pattern tells of an element, None for nothing (`sort.c` lookupKeyByPattern)."""
    visible = c_string(pattern)
    if visible == b"#":
        return element
    star = visible.find(b"*")
    if star < 0:
        return None
    arrow = visible.find(b"->", star + 1)
    if arrow < 0 or arrow + 2 == len(visible):
        value = world.get(pattern[:star] + element + pattern[star + 1 :])
        return value.data if isinstance(value, String) else None
    value = world.get(pattern[:star] + element + pattern[star + 1 : arrow])
    return value.fields.get(pattern[arrow + 2 :]) if isinstance(value, Hash) else None


class _Result(Choice):
    """What SORT answers: elements, or what GET finds for each; those of a group in any order, cut by LIMIT."""

    def __init__(self, world: World, groups: list[_Group], options: _Options) -> None:
        total = sum(map(len, groups))
        self._start = min(max(options.start, 0), total)
        self._stop = total if options.count < 0 else min(self._start + options.count, total)
        self._groups = groups
        self._rows = {
            element: tuple(_lookup(world, pattern, element) for pattern in options.gets or [b"#"])
            for _, group in self._parts()
            for element in group
        }
        self._width = len(options.gets) or 1
        self.open = any(len({self._rows[element] for element in group}) > 1 for _, group in self._parts())

    def _parts(self) -> Iterator[tuple[range, _Group]]:
        """The groups within the limits, each with the positions that it takes in the reply."""
        at = 0
        for group in self._groups:
            first, last = max(at, self._start), min(at + len(group), self._stop)
            if first < last:
                yield range(first - self._start, last - self._start), group
            at += len(group)

    def observe(self, reply: Reply, resp: int) -> bool:
        if not isinstance(reply, list) or len(reply) != (self._stop - self._start) * self._width:
            return False
        null = project(NULL, resp)
        parts = [item if isinstance(item, bytes) else None for item in reply]
        if any(part is None and item != null for part, item in zip(parts, reply, strict=True)):
            return False
        for positions, group in self._parts():
            allowed = Counter(self._rows[element] for element in group)
            for position in positions:
                row = tuple(parts[position * self._width :][: self._width])
                allowed[row] -= 1
                if allowed[row] < 0:
                    return False
        return True

    def alternatives(self) -> list[list[Reply]]:
        """Every result that is allowed; only that of a stable sort if there are too many."""
        parts = [(len(positions), group) for positions, group in self._parts()]
        if prod(perm(len(group), length) for length, group in parts) > _MOST_ALTERNATIVES:
            return [self.example()]
        orders = [
            dict.fromkeys(permutations((self._rows[element] for element in group), length)) for length, group in parts
        ]
        return [_flat(row for rows in order for row in rows) for order in product(*orders)]

    def example(self) -> list[Reply]:
        elements = [element for group in self._groups for element in group][self._start : self._stop]
        return _flat(self._rows[element] for element in elements)

    def describe(self) -> str:
        return f"{self.example()!r}, or what compares as equal in another order"


def _flat(rows: Iterable[_Row]) -> list[Reply]:
    return [NULL if part is None else part for row in rows for part in row]
