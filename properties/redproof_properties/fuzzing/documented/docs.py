"""What a server tells of its commands: COMMAND DOCS with the tree of arguments, COMMAND INFO with flags and tips.

Source: https://redis.io/docs/latest/commands/command-docs/ and https://redis.io/docs/latest/reference/command-tips/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redproof_model.reply import Error, Map, Reply, Set, Status

from redproof_properties.errors import UsageError
from redproof_properties.targets import Target

ORDERLESS: Final = "nondeterministic_output_order"
RANDOM: Final = "nondeterministic_output"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as documented: its name and type, the word before it, flags, and the arguments that it is made of."""

    name: str
    kind: str
    token: str = ""
    flags: frozenset[str] = frozenset()
    parts: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Documented:
    """A command or subcommand, `CLIENT|ID`, with its arguments, flags and tips."""

    name: str
    arguments: tuple[Argument, ...] = ()
    flags: frozenset[str] = field(default=frozenset())
    tips: frozenset[str] = field(default=frozenset())


def read_commands(target: Target) -> list[Documented]:
    """The commands and subcommands of a running target, by name.

    Raises UsageError where it does not tell the arguments: before Redis 7.0.
    """
    with target.connect() as connection:
        docs, told = connection.call("COMMAND", "DOCS"), connection.call("COMMAND")
    if isinstance(docs, Error):
        raise UsageError(f"{target.spelling} ({target.version}) has no COMMAND DOCS; servers have it from Redis 7.0 on")
    info = dict(_info(told))
    documented = [
        Documented(name, _arguments(fields.get("arguments")), *info[name])
        for name, fields in _flat(docs)
        if name in info and "subcommands" not in fields
    ]
    if not any(each.arguments for each in documented):
        raise UsageError(f"{target.spelling} ({target.version}) tells no arguments of commands in COMMAND DOCS")
    return sorted(documented, key=lambda each: each.name)


def names_of(target: Target) -> frozenset[str]:
    """The commands and subcommands that a running target has; before Redis 7.0 it tells no subcommands."""
    with target.connect() as connection:
        return frozenset(name for name, _ in _info(connection.call("COMMAND")))


def _info(reply: Reply) -> Iterator[tuple[str, tuple[frozenset[str], frozenset[str]]]]:
    """Flags and tips by name."""
    for row in _items(reply):
        name, _, flags, *_rest = _items(row)
        tips, subcommands = (_items(row)[7], _items(row)[9]) if len(_items(row)) > 9 else ([], [])
        yield _text(name).upper(), (frozenset(map(_text, _items(flags))), frozenset(map(_text, _items(tips))))
        yield from _info(subcommands)


def _flat(reply: Reply) -> Iterator[tuple[str, dict[str, Reply]]]:
    """The documentation of commands, and after each that of its subcommands."""
    for name, told in _pairs(reply):
        fields = dict(_pairs(told))
        yield name.upper(), fields
        if "subcommands" in fields:
            yield from _flat(fields["subcommands"])


def _arguments(reply: Reply | None) -> tuple[Argument, ...]:
    return tuple(_argument(dict(_pairs(each))) for each in _items(reply))


def _argument(fields: dict[str, Reply]) -> Argument:
    return Argument(
        name=_text(fields["name"]),
        kind=_text(fields["type"]),
        token=_text(fields.get("token", b"")),
        flags=frozenset(map(_text, _items(fields.get("flags")))),
        parts=_arguments(fields.get("arguments")),
    )


def _items(reply: Reply | None) -> list[Reply]:
    match reply:
        case list():
            return reply
        case Set(items):
            return items
    return []


def _pairs(reply: Reply) -> list[tuple[str, Reply]]:
    if isinstance(reply, Map):
        return [(_text(name), value) for name, value in reply.pairs]
    items = _items(reply)
    return [(_text(name), value) for name, value in zip(items[::2], items[1::2], strict=True)]


def _text(reply: Reply) -> str:
    return (reply.text if isinstance(reply, Status) else reply if isinstance(reply, bytes) else b"").decode()
