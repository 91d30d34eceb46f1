"""Which release brought an option, as servers tell it themselves (COMMAND DOCS, server.c commandDocsCommand)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from redproof_model.reply import Reply
from redproof_model.versions import VERSIONS
from redproof_properties.targets import Target

from redproof_reports.matrix.rows import form_name

Release: TypeAlias = tuple[int, int]
_LAST_SHARED: Final[Release] = (7, 2)
"""The last release of Redis whose history other families share."""

_OLDEST: Final = VERSIONS[0].number
"""What came with this release or before it, every version that the model knows has."""


def read_introduced(target: Target) -> dict[str, str]:
    """By the names of commands and forms the release that brought them, `redis 6.2`; only those since the oldest.

    Empty for a server that has no COMMAND DOCS, as those before 7.0. Raises TargetError when it cannot be asked.
    """
    with target.connect() as connection:
        reply = connection.call("COMMAND", "DOCS")
    return introduced_in(reply, target.version.family)


def introduced_in(docs: Reply, family: str) -> dict[str, str]:
    """The same of what a server of this family answered."""
    return {name: _named(release, family) for name, release in _releases(docs) if release > _OLDEST}


def introduced_by(told: Sequence[Mapping[str, str]], name: str) -> tuple[str, ...]:
    """The releases that brought a form, of all that servers tell."""
    return tuple(dict.fromkeys(each[name] for each in told if name in each))


def _named(release: Release, family: str) -> str:
    return f"{family if release > _LAST_SHARED else 'redis'} {release[0]}.{release[1]}"


def _releases(docs: Reply | None) -> Iterator[tuple[str, Release]]:
    """Each command, each of its options by its token, and each subcommand, which is a word too."""
    for name, fields in _pairs(docs):
        own = _pairs(fields)
        since = _release(dict(own).get("since"), (0, 0))
        yield name.upper(), since
        for word, release in _tokens(dict(own).get("arguments"), since):
            yield form_name(name.upper(), word), release
        for subcommand, release in _releases(dict(own).get("subcommands")):
            container, bar, word = subcommand.partition("|")
            if bar and " " not in word:
                yield form_name(container, word), release


def _tokens(arguments: Reply | None, since: Release) -> Iterator[tuple[str, Release]]:
    """The tokens of arguments, in what they are made of too; one that tells no release has it from its whole."""
    for argument in arguments if isinstance(arguments, list) else ():
        fields = dict(_pairs(argument))
        release = _release(fields.get("since"), since)
        token = fields.get("token")
        if isinstance(token, bytes):
            yield token.decode("latin-1").upper(), release
        yield from _tokens(fields.get("arguments"), release)


def _release(text: Reply | None, default: Release) -> Release:
    numbers = text.decode("latin-1").split(".") if isinstance(text, bytes) else []
    return (int(numbers[0]), int(numbers[1])) if len(numbers) > 1 and "".join(numbers[:2]).isdigit() else default


def _pairs(reply: Reply | None) -> list[tuple[str, Reply]]:
    """The entries of a map as RESP2 gives it."""
    flat = reply if isinstance(reply, list) else []
    pairs = zip(flat[::2], flat[1::2], strict=False)
    return [(name.decode("latin-1"), value) for name, value in pairs if isinstance(name, bytes)]
