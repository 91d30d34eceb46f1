"""Classes of keyspace events and the letters that select them (notify.c)."""

from enum import IntFlag


class Event(IntFlag):
    """What an event is about; a set of classes is what `notify-keyspace-events` selects."""

    NONE = 0
    KEYSPACE = 1
    KEYEVENT = 2
    GENERIC = 4
    STRING = 8
    LIST = 16
    SET = 32
    HASH = 64
    ZSET = 128
    EXPIRED = 256
    EVICTED = 512
    STREAM = 1024
    KEY_MISS = 2048
    MODULE = 4096
    NEW = 8192


GENERIC, STRING, LIST, SET, HASH, ZSET = (
    Event.GENERIC,
    Event.STRING,
    Event.LIST,
    Event.SET,
    Event.HASH,
    Event.ZSET,
)
EXPIRED, KEY_MISS, NEW = Event.EXPIRED, Event.KEY_MISS, Event.NEW

_LETTERS = {
    "g": Event.GENERIC,
    "$": Event.STRING,
    "l": Event.LIST,
    "s": Event.SET,
    "h": Event.HASH,
    "z": Event.ZSET,
    "x": Event.EXPIRED,
    "e": Event.EVICTED,
    "t": Event.STREAM,
    "d": Event.MODULE,
}
_ALL = Event(sum(_LETTERS.values()))
_SPECIAL_LETTERS = {"K": Event.KEYSPACE, "E": Event.KEYEVENT, "m": Event.KEY_MISS, "n": Event.NEW}


def parse_events(text: str) -> Event | None:
    """The classes that the letters in `text` select, or None for an unknown letter."""
    selected = Event.NONE
    letters = {"A": _ALL, **_LETTERS, **_SPECIAL_LETTERS}
    for letter in text:
        if letter not in letters:
            return None
        selected |= letters[letter]
    return selected


def format_events(selected: Event) -> str:
    """The letters for `selected`, as CONFIG GET shows them (keyspaceEventsFlagsToString)."""
    letters = {"A": _ALL} if selected & _ALL == _ALL else _LETTERS
    return "".join(letter for letter, event in (letters | _SPECIAL_LETTERS).items() if selected & event)
