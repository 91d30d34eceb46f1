"""Target files: TOML tables `[targets.NAME]` that tell how a server is run and judged.

Every key is a row of `KEYS`, with the kinds of target it is for; anything else in a file is a mistake that is
answered with its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from redproof_properties.errors import UsageError
from redproof_properties.targets.target import Terms

READY: Final = resources.files("redproof_properties") / "targets" / "ready.toml"
"""The entries that redproof brings."""

KINDS: Final = ("image", "program", "url")


@dataclass(frozen=True, slots=True)
class Health:
    """What is asked of a server that starts, and the text of the reply that says it is ready."""

    command: tuple[str, ...] = ("PING",)
    reply: str = "PONG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One target of a file; exactly one of `image`, `program` and `url` is given.

    Without a `command` it is the image's own, and without a `port` the one that the image exposes. `arguments` follow
    the command, then `settings` as options; `files` are the texts that a container finds at these paths. `databases`
    is how many may be used of a server that does not tell; `keeps_data` says that keys survive a restart. The rest are
    the target's `Terms`.
    """

    image: str = ""
    program: str = ""
    url: str = ""
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    health: Health = Health()
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    keeps_data: bool = False
    databases: int | None = None
    judge_as: str | None = None
    protocols: tuple[int, ...] = (2, 3)
    may_skip: tuple[str, ...] | None = None

    @property
    def terms(self) -> Terms:
        """How the target is judged."""
        return Terms(judge_as=self.judge_as, protocols=self.protocols, may_skip=self.may_skip)


def find_entry(place: str) -> Entry:
    """The entry at `FILE#NAME`, or the only one of `FILE`; raises `UsageError` when there is none."""
    path, _, name = place.partition("#")
    entries = read_entries(Path(path))
    if not name and len(entries) == 1:
        return next(iter(entries.values()))
    if name not in entries:
        raise UsageError(f"{path}: write {path}#NAME with one of {', '.join(entries)} as the name, not {name!r}")
    return entries[name]


def read_entries(path: Path) -> dict[str, Entry]:
    """The entries of a target file by their names; raises `UsageError` that says what is wrong and where.

    What an entry of an image does not say is as `entry_of_image` has it.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    return parse_entries(text, str(path), entry_of_image)


def spellings_of(path: Path) -> list[str]:
    """The spelling of each target of a file; raises `UsageError` as `read_entries` does."""
    return [f"file:{path}#{name}" for name in read_entries(path)]


@cache
def ready_entries() -> Mapping[str, Entry]:
    """The entries that redproof brings, by their names."""
    return parse_entries(READY.read_text(), READY.name)


def entry_of_image(image: str) -> Entry:
    """The ready entry of an image, by its name without the tag, or by the entry's own name.

    `keydb` is the image of that entry; `valkey/valkey:8.1` is run as the entry for `valkey/valkey` says. An image that
    none is for takes redis-server's settings.
    """
    entries = ready_entries()
    if image in entries:
        return entries[image]
    name = repository(image)
    known = {repository(entry.image): entry for entry in entries.values()}
    return replace(known.get(name, entries["redis"]), image=image)


def repository(image: str) -> str:
    """The name of an image without its tag or digest, and without the host that is meant when none is given."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = head + slash + last.partition(":")[0]
    return name.removeprefix("docker.io/").removeprefix("library/")


def _nothing_known(image: str) -> Entry:
    return Entry(image=image)


def parse_entries(text: str, where: str, known_of: Callable[[str], Entry] = _nothing_known) -> dict[str, Entry]:
    """The entries that a text holds; `where` names it in the messages of `UsageError`.

    `known_of` gives for an image what holds of it unless an entry says otherwise.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: is not TOML: {error}") from error
    tables = document.pop("targets", {})
    if document:
        raise UsageError(f"{where}: unknown key {next(iter(document))!r}; targets are tables [targets.NAME]")
    if not isinstance(tables, dict) or not tables:
        raise UsageError(f"{where}: names no target; write tables [targets.NAME]")
    return {name: _entry(table, f"{where}: targets.{name}", known_of) for name, table in tables.items()}


def _entry(table: object, where: str, known_of: Callable[[str], Entry]) -> Entry:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: must be a table, not {table!r}")
    given = [kind for kind in KINDS if kind in table]
    if len(given) != 1:
        raise UsageError(f"{where}: needs exactly one of {', '.join(KINDS)}, not {' and '.join(given) or 'none'}")
    for key in table:
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key!r}; known are {', '.join(KEYS)}")
        if given[0] not in KEYS[key].kinds:
            raise UsageError(f"{where}.{key}: is for {' and '.join(KEYS[key].kinds)}, not for {given[0]}")
    told = {key: _read(KEYS[key].read, value, f"{where}.{key}") for key, value in table.items()}
    known = known_of(told["image"]) if "image" in told else Entry()
    return replace(known, **told)


def _read(read: Callable[[Any], Any], value: object, where: str) -> Any:
    try:
        return read(value)
    except _FormError as error:
        raise UsageError(f"{where}: must be {error}, not {value!r}") from error


class _FormError(ValueError):
    """A value of the wrong form; the message says what it must be."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _FormError("a text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _FormError("true or false")
    return value


def _number(lowest: int, highest: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise _FormError(f"a number from {lowest} to {highest}")
        return value

    return read


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise _FormError("an array of texts")
    return tuple(value)


def _protocols(value: object) -> tuple[int, ...]:
    if value not in ([2], [3], [2, 3]):
        raise _FormError("[2], [3] or [2, 3]")
    return tuple(value)


def _named_texts(value: object) -> Mapping[str, str]:
    """Settings or variables; a number is as good as its text, true and false are written in many ways."""
    if not isinstance(value, dict) or not all(type(each) in (str, int) for each in value.values()):
        raise _FormError("a table of texts and numbers")
    return {name: str(each) for name, each in value.items()}


def _files(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(
        path.startswith("/") and isinstance(text, str) for path, text in value.items()
    ):
        raise _FormError("a table of texts by their paths, which begin with /")
    return value


def _health(value: object) -> Health:
    if not isinstance(value, dict) or value.keys() != {"command", "reply"}:
        raise _FormError("a table with the keys command and reply")
    command = _texts(value["command"])
    if not command:
        raise _FormError("a table whose command is not empty")
    return Health(command, _text(value["reply"]))


@dataclass(frozen=True, slots=True)
class _Key:
    """How a key's value is read, and for which kinds of target it means something."""

    read: Callable[[object], object]
    kinds: tuple[str, ...] = KINDS


KEYS: Final[Mapping[str, _Key]] = {
    "image": _Key(_text),
    "program": _Key(_text),
    "url": _Key(_text),
    "command": _Key(_texts, ("image",)),
    "arguments": _Key(_texts, ("image",)),
    "files": _Key(_files, ("image",)),
    "port": _Key(_number(1, 65_535), ("image",)),
    "health": _Key(_health, ("image",)),
    "settings": _Key(_named_texts, ("image", "program")),
    "environment": _Key(_named_texts, ("image", "program")),
    "keeps_data": _Key(_flag, ("image",)),
    "databases": _Key(_number(1, 1024), ("image",)),
    "protocols": _Key(_protocols),
    "judge_as": _Key(_text),
    "may_skip": _Key(_texts),
}
"""What an entry may hold."""
