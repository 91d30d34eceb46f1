"""SCAN, and what HSCAN, SSCAN and ZSCAN share with it (`db.c` scanGenericCommand).

A server may return the elements of a hash table in any order and in pages of any size, and its cursors
mean nothing to anybody else. What it promises is that whoever goes from cursor 0 back to cursor 0 has
been given every element that was there all the time. So the model remembers for every cursor that came
in a reply which elements are still owed to those who go on with it, and none may be owed at cursor 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from redproof_model.choice import Choice, Expected
from redproof_model.errors import SYNTAX, ReplyError, c_string, one_line
from redproof_model.glob import Matcher, matcher
from redproof_model.keyspace.command import CommandTable
from redproof_model.keyspace.values import TYPE_NAMES, Hash, SortedSet, Value
from redproof_model.keyspace.world import World
from redproof_model.number import integer, to_integer
from redproof_model.reply import Reply

table = CommandTable()

Elements: TypeAlias = Mapping[bytes, bytes] | Collection[bytes]

_INVALID_CURSOR: Final = b"ERR invalid cursor"
_ONLY_HSCAN: Final = b"ERR NOVALUES option can only be used in HSCAN"
_ONLY_ZSCAN: Final = b"ERR NOSCORES option can only be used in ZSCAN"
_BLANKS: Final = b" \t\n\v\f\r"
_ULONG_MAX: Final = 2**64 - 1
_LONGEST_CURSOR: Final = 20
_KNOWN_TYPES: Final = frozenset(TYPE_NAMES.values())


@table.command("SCAN", arity=-2, wide=True)
def scan(world: World, argv: list[bytes]) -> Expected:
    """SCAN cursor [MATCH pattern] [COUNT count] [TYPE type] (db.c scanCommand)."""
    cursor = parse_cursor(world, argv[1])
    options = _parse_options(world, argv, 2, None)
    values, ghosts = world.db.values, world.db.ghosts
    if not values and not ghosts:
        return empty_page()
    world.meet_some(options.match, all_of_them=False)
    kind = options.type_name
    allowed = [
        key for key, value in values.items() if options.match(key) and (kind is None or TYPE_NAMES[type(value)] == kind)
    ]
    finds_expired = kind == b"none" and world.version.scan_type_none_finds_expired
    late = set(filter(options.match, ghosts - values.keys())) if finds_expired else set()
    return _Page(world, (world.session.database, None), cursor, allowed, late=late)


def scan_collection(
    world: World, argv: list[bytes], cursor: int, elements: Elements, compact: bool, in_order: bool = True
) -> Expected:
    """What HSCAN, SSCAN or ZSCAN answer about the value at `argv[1]`, with its options from `argv[3]` on.

    `elements` are members, or maps fields to values or members to the texts of scores; `compact` says that
    the encoding is not a hash table, when all of them come at once, in the order given if `in_order`. Before
    this, a command calls `parse_cursor`, answers `empty_page()` for a missing key, then checks the type.
    """
    options = _parse_options(world, argv, 3, type(world.db.values[argv[1]]))
    allowed = [element for element in elements if options.match(element)]
    values = elements if isinstance(elements, Mapping) and options.values else None
    if compact and in_order:
        return [b"0", _flat(values, allowed)]
    start = 0 if compact else cursor
    return _Page(world, (world.session.database, argv[1]), start, allowed, values, only_page=compact)


def empty_page() -> Reply:
    """The end of an iteration over nothing."""
    return [b"0", []]


def parse_cursor(world: World, text: bytes) -> int:
    """Read a cursor as C's strtoul does (`db.c` parseScanCursorOrReply).

    Without leading blanks; or with them, when what spells an integer was read as one before (`util.c` string2ull).
    """
    digits = c_string(text)
    if world.version.cursors_are_integers:
        number = to_integer(digits)
        digits = digits.lstrip(_BLANKS)
        if not digits or (number is not None and number < 0):
            raise ReplyError(_INVALID_CURSOR)
    sign, digits = (digits[:1], digits[1:]) if digits[:1] in (b"+", b"-") else (b"", digits)
    if not digits and not sign:
        return 0
    significant = digits.lstrip(b"0") or digits[-1:]
    number = int(significant) if digits.isdigit() and len(significant) <= _LONGEST_CURSOR else _ULONG_MAX + 1
    if number > _ULONG_MAX:
        raise ReplyError(_INVALID_CURSOR)
    return -number & _ULONG_MAX if sign == b"-" else number


def _everything(element: bytes) -> bool:
    return True


@dataclass(slots=True)
class _Options:
    """What is to be returned: elements that match, of the type with that name unless it is None, with `values`."""

    match: Matcher = _everything
    type_name: bytes | None = None
    values: bool = True


def _parse_options(world: World, argv: list[bytes], first: int, kind: type[Value] | None) -> _Options:
    """The options from `argv[first]` on, for a value of that type, None for the keys of the database."""
    options = _Options()
    rest = argv[: first - 1 : -1]
    while rest:
        name = c_string(rest.pop()).upper()
        if name == b"NOVALUES" and world.version.hscan_novalues:
            if kind is not Hash:
                raise ReplyError(_ONLY_HSCAN)
            options.values = False
        elif name == b"NOSCORES" and world.version.zscan_noscores:
            if kind is not SortedSet:
                raise ReplyError(_ONLY_ZSCAN)
            options.values = False
        elif name == b"COUNT" and rest:
            if integer(rest.pop()) < 1:
                raise ReplyError(SYNTAX)
        elif name == b"MATCH" and rest:
            pattern = rest.pop()
            options.match = _everything if pattern == b"*" else matcher(pattern)
        elif name == b"TYPE" and rest and kind is None:
            options.type_name = _type_name(world, c_string(rest.pop()))
        else:
            raise ReplyError(SYNTAX)
    return options


def _type_name(world: World, text: bytes) -> bytes:
    name = text.lower()
    if world.version.scan_refuses_unknown_types and name not in _KNOWN_TYPES:
        raise ReplyError(one_line(b"ERR unknown type name '%s'" % text))
    return name


class _Page(Choice):
    """A cursor, and any of the elements allowed; at cursor 0 none that was owed is missing.

    `place` is the database and the key of the collection, None for the keys of the database. With `values`
    each element is followed by its own. `late` are keys that may come although they have expired. An
    `only_page` has the cursor 0.
    """

    def __init__(
        self,
        world: World,
        place: tuple[int, bytes | None],
        cursor: int,
        allowed: Collection[bytes],
        values: Mapping[bytes, bytes] | None = None,
        late: Collection[bytes] = (),
        only_page: bool = False,
    ) -> None:
        self._world = world
        self._place = place
        self._cursor = cursor
        self._allowed = frozenset(allowed)
        self._values = values
        self._late = frozenset(late)
        self._only_page = only_page

    def observe(self, reply: Reply, resp: int) -> bool:
        match reply:
            case [bytes(text), list(items)]:
                cursor, returned = to_integer(text), self._returned(items)
            case _:
                return False
        if cursor is None or cursor < 0 or returned is None or (self._only_page and cursor):
            return False
        owed = self._owed() - returned
        if cursor == 0:
            return not owed
        place = (*self._place, cursor)
        self._world.scans[place] = self._world.scans.get(place, frozenset()) | owed
        return True

    def _returned(self, items: list[Reply]) -> set[bytes] | None:
        """The elements of a page, or None when it holds anything that is not allowed."""
        texts = [item for item in items if isinstance(item, bytes)]
        if len(texts) < len(items):
            return None
        returned = set(texts if self._values is None else texts[::2])
        if not returned <= self._allowed | self._late:
            return None
        if self._values is not None and texts != _flat(self._values, texts[::2]):
            return None
        return returned

    def _owed(self) -> frozenset[bytes]:
        if self._cursor == 0:
            return self._allowed
        return self._world.scans.get((*self._place, self._cursor), frozenset()) & self._allowed

    def example(self) -> Reply:
        return [b"0", _flat(self._values, self._allowed)]

    def describe(self) -> str:
        owed = ", ".join(map(repr, sorted(self._owed())))
        return f"a cursor and a page of {sorted(self._allowed)!r}; with cursor 0 at least [{owed}]"


def _flat(values: Mapping[bytes, bytes] | None, elements: Iterable[bytes]) -> list[Reply]:
    if values is None:
        return [*elements]
    return [part for element in elements for part in (element, values[element])]
