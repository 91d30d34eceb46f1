"""The rows of the matrix: commands with the words that they know, read from the grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from redproof_model.versions.since import ADDED
from redproof_properties.divergence import Divergence
from redproof_properties.grammar import (
    Alternatives,
    Argument,
    Command,
    InOrder,
    Keyword,
    Options,
    Part,
    Perhaps,
    Repeated,
)
from redproof_properties.history import Call
from redproof_properties.sending import BLOCKING
from redproof_properties.vocabulary import GROUPS

_BORROWING: Final = (
    "pubsub",
    "geo",
    "hyperloglog",
    "hash_expiry",
    "blocking",
    "clients",
    "transactions",
    "acl",
    "replication",
)
"""Groups that have commands of others too, for what these do to their own; each has some of those before it."""

_HOME: Final[Mapping[str, str]] = {"TTL": "generic"}
"""Commands that another group than their own draws more often."""


@dataclass(frozen=True)
class CommandRow:
    """A command of the vocabularies: the group it belongs to, and the words that its options are made of.

    A form of a command is named `SET`, or `SET EX` for one with that word.
    """

    name: str
    group: str
    words: tuple[str, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """The names of the forms that have a word."""
        return tuple(form_name(self.name, word) for word in self.words)

    @property
    def may_block(self) -> bool:
        """Whether a client that sends it may have to wait for others."""
        return self.name.encode() in BLOCKING

    @property
    def introduced(self) -> tuple[str, ...]:
        """The release of each family that brought it, as `redis 6.2`; none for what all versions have."""
        return introduced(self.name)

    @cached_property
    def _form_of_word(self) -> Mapping[bytes, str]:
        return {word.encode(): form for word, form in zip(self.words, self.forms, strict=True)}

    def forms_in(self, argv: Sequence[Argument]) -> list[str]:
        """The forms that a call of this command takes, each once."""
        words = dict.fromkeys(argument.upper() for argument in argv[1:] if isinstance(argument, bytes))
        return [self._form_of_word[word] for word in words if word in self._form_of_word]

    def forms_at(self, divergence: Divergence) -> list[str]:
        """The forms of the call at which a divergence of this command was seen."""
        calls = [step for step in divergence.steps if isinstance(step, Call) and step.name == self.name]
        return self.forms_in(calls[-1].argv) if calls else []


def form_name(command: str, word: str) -> str:
    """How a command with one of its words is named."""
    return f"{command} {word}"


def introduced(name: str) -> tuple[str, ...]:
    """The release of each family that brought a command, as `redis 6.2`; none for what all versions have."""
    releases = [release for release, names in ADDED.items() if name in names.split()]
    return tuple(f"{family} {major}.{minor}" for family, (major, minor) in releases)


def command_rows(groups: Mapping[str, Sequence[Command]] = GROUPS) -> tuple[CommandRow, ...]:
    """A row for each command of the vocabularies, by group and name."""
    found: dict[str, dict[str, int]] = {}
    words: dict[str, dict[str, None]] = {}
    for group, commands in groups.items():
        for command in commands:
            weights = found.setdefault(command.name, {})
            weights[group] = weights.get(group, 0) + command.weight
            words.setdefault(command.name, {}).update(dict.fromkeys(_words(command.arguments)))
    rows = [CommandRow(name, _home(name, weights), tuple(words[name])) for name, weights in found.items()]
    return tuple(sorted(rows, key=lambda row: (row.group, row.name)))


def _home(name: str, weights: Mapping[str, int]) -> str:
    """The group that draws a command most often; of several that do, keys in general come first."""
    lenders = [group for group in weights if group not in _BORROWING] or [min(weights, key=_BORROWING.index)]
    return _HOME.get(name) or max(lenders, key=lambda group: (weights[group], group == "generic"))


def _words(part: Part) -> Iterator[str]:
    """The keywords of a piece of the grammar, in order, some of them more than once."""
    match part:
        case Keyword(items):
            yield items[0].decode() if isinstance(items[0], bytes) else items[0].name
        case InOrder(parts) | Alternatives(parts) | Options(parts):
            for each in dict.fromkeys(parts):
                yield from _words(each)
        case Perhaps(inner) | Repeated(inner):
            yield from _words(inner)
