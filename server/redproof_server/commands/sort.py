"""SORT and SORT_RO."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from redproof_server.engine.arguments import read_integer, read_word
from redproof_server.engine.client import Client
from redproof_server.engine.command import DENYOOM, MOVABLE_KEYS, READONLY, WRITE, command
from redproof_server.engine.errors import SYNTAX, WRONG_TYPE, CommandError
from redproof_server.engine.events import GENERIC, LIST
from redproof_server.engine.values.hash import Hash
from redproof_server.engine.values.set import Set
from redproof_server.engine.values.sorted_set import SortedSet
from redproof_server.engine.values.value import List, Value
from redproof_server.protocol.numbers import parse_float
from redproof_server.protocol.replies import array, bulk_or_null, integer

NOT_SORTABLE = b"ERR One or more scores can't be converted into double"
WHITE_SPACE = b" \t\n\v\f\r"
THE_ELEMENT = b"#"


@dataclass(slots=True)
class SortOptions:
    """The options of SORT. `is_unsorted` stays once a pattern without a star was given."""

    descends: bool = False
    is_alphabetic: bool = False
    is_unsorted: bool = False
    offset: int = 0
    count: int = -1
    by: bytes | None = None
    gets: list[bytes] = field(default_factory=list)
    destination: bytes | None = None


@command("sort", arity=-2, flags=WRITE | DENYOOM | MOVABLE_KEYS, keys=(1, 1, 1))
def sort(client: Client, args: list[bytes]) -> bytes:
    """SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination]
    (sort.c sortCommand)."""
    return sort_generic(client, args, may_store=True)


@command("sort_ro", arity=-2, flags=READONLY | MOVABLE_KEYS, keys=(1, 1, 1), since="7.0")
def sort_ro(client: Client, args: list[bytes]) -> bytes:
    """SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA]
    (sort.c sortroCommand)."""
    return sort_generic(client, args, may_store=False)


def sort_generic(client: Client, args: list[bytes], may_store: bool) -> bytes:
    """Sort what a key holds, and answer or store it (sort.c sortCommandGeneric)."""
    options = parse_sort_options(args, may_store)
    value = look_up(client, args[1], options)
    if value is not None and not isinstance(value, List | Set | SortedSet):
        raise CommandError(WRONG_TYPE)
    if isinstance(value, SortedSet):
        value.convert()
    if isinstance(value, Set) and options.is_unsorted and options.destination is not None:
        options.is_unsorted, options.is_alphabetic, options.by = False, True, None
    elements = ordered(client, elements_of(value, options), options)
    start, stop = limits_of(options, len(elements))
    results = [text for element in elements[start:stop] for text in results_for(client, element, options)]
    if options.destination is None:
        return array([bulk_or_null(text, client.resp) for text in results])
    store(client, options.destination, [text or b"" for text in results])
    return integer(len(results))


def parse_sort_options(args: list[bytes], may_store: bool) -> SortOptions:
    """The options of a SORT request."""
    options = SortOptions()
    position = 2
    while position < len(args):
        name = read_word(args[position])
        operands = OPERANDS.get(name)
        remaining = len(args) - position - 1
        if operands is None or remaining < operands or (name == b"store" and not may_store):
            raise CommandError(SYNTAX)
        apply_option(options, name, args[position + 1 : position + 1 + operands])
        position += operands + 1
    return options


# The words behind each option.
OPERANDS = {b"asc": 0, b"desc": 0, b"alpha": 0, b"limit": 2, b"store": 1, b"by": 1, b"get": 1}


def apply_option(options: SortOptions, name: bytes, operands: list[bytes]) -> None:
    """Take one option with its operands into account."""
    if name in (b"asc", b"desc"):
        options.descends = name == b"desc"
    elif name == b"alpha":
        options.is_alphabetic = True
    elif name == b"limit":
        options.offset, options.count = read_integer(operands[0]), read_integer(operands[1])
    elif name == b"store":
        options.destination = operands[0]
    elif name == b"get":
        options.gets.append(operands[0])
    else:
        options.by = operands[0]
        options.is_unsorted = options.is_unsorted or b"*" not in c_string(operands[0])


def c_string(text: bytes) -> bytes:
    """What C's string functions see of a text: it ends at the first NUL."""
    return text.partition(b"\0")[0]


def look_up(client: Client, key: bytes, options: SortOptions) -> Value | None:
    """The value at a key that is sorted or that a pattern leads to."""
    if options.destination is None:
        return client.db.lookup_read(key)
    return client.db.lookup_source(key)


def elements_of(value: List | Set | SortedSet | None, options: SortOptions) -> list[bytes]:
    """The elements in the order in which they are found; DESC turns round what has an order of its own."""
    if value is None:
        return []
    elements = [member for _, member in value.ranking] if isinstance(value, SortedSet) else list(value)
    if options.is_unsorted and options.descends and not isinstance(value, Set):
        elements.reverse()
    return elements


def limits_of(options: SortOptions, length: int) -> tuple[int, int]:
    """The slice that LIMIT asks for; a negative count means all."""
    start = min(max(options.offset, 0), length)
    return start, length if options.count < 0 else min(start + options.count, length)


def ordered(client: Client, elements: list[bytes], options: SortOptions) -> list[bytes]:
    """The elements sorted as asked (sort.c sortCompare)."""
    if options.is_unsorted:
        return elements
    weights: Sequence[bytes | None] = elements
    if options.by is not None:
        weights = [value_by_pattern(client, options.by, element, options) for element in elements]
    keys = [sort_key(weight, element, options) for weight, element in zip(weights, elements, strict=True)]
    order = sorted(range(len(elements)), key=keys.__getitem__, reverse=options.descends)
    return [elements[position] for position in order]


def sort_key(weight: bytes | None, element: bytes, options: SortOptions) -> tuple[float, bytes]:
    """What an element is compared by: its weight, then its bytes; alphabetically the text of its weight alone."""
    if not options.is_alphabetic:
        return (0.0 if weight is None else weight_number(weight)), element
    if weight is None:
        return 0.0, b""
    return 1.0, weight if options.destination is not None else c_string(weight)


def weight_number(text: bytes) -> float:
    """The number that C's strtod reads from a weight; a text of no bytes is 0."""
    text = c_string(text)
    number = parse_float(text.lstrip(WHITE_SPACE)) if text else 0.0
    if number is None or is_inexact(number, text):
        raise CommandError(NOT_SORTABLE)
    return number


def is_inexact(number: float, text: bytes) -> bool:
    """Whether strtod complains of a number next to zero that has lost digits."""
    return 0 < abs(number) < sys.float_info.min and b"x" not in text.lower()


def value_by_pattern(client: Client, pattern: bytes, element: bytes, options: SortOptions) -> bytes | None:
    """What a BY or GET pattern means for an element: itself, a string or the field of a hash
    (sort.c lookupKeyByPattern)."""
    if pattern == THE_ELEMENT:
        return element
    visible = c_string(pattern)
    star = visible.find(b"*")
    if star < 0:
        return None
    arrow = visible.find(b"->", star + 1)
    names_field = 0 <= arrow < len(visible) - 2
    suffix = pattern[star + 1 : arrow if names_field else None]
    value = look_up(client, pattern[:star] + element + suffix, options)
    if names_field:
        return value.get(pattern[arrow + 2 :]) if isinstance(value, Hash) else None
    return value if isinstance(value, bytes) else None


def results_for(client: Client, element: bytes, options: SortOptions) -> list[bytes | None]:
    """What is answered for an element: itself, or what each GET pattern leads to."""
    if not options.gets:
        return [element]
    return [value_by_pattern(client, pattern, element, options) for pattern in options.gets]


def store(client: Client, destination: bytes, texts: list[bytes]) -> None:
    """Keep the result as a list, or delete the key when there is none."""
    db = client.db
    if texts:
        db.put(destination, List(texts))
        db.changed(destination, LIST, b"sortstore", len(texts))
    elif db.delete(destination):
        db.changed(destination, GENERIC, b"del")
