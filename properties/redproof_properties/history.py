"""Histories: what is done to a server, or to several that replicate, step by step, by one or several clients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from redproof_properties.grammar import Argument, Seen

FIRST_CLIENT = "A"
_SEEN = frozenset(Seen)


@dataclass(slots=True, unsafe_hash=True)
class Call:
    """A client sends a command; never changed, though not frozen: that would double the cost of making one.

    `request` is its bytes, once they have been needed; empty with an argument that a reply is to tell.
    """

    client: str
    argv: tuple[Argument, ...]
    request: bytes = field(default=b"", init=False, compare=False, repr=False)

    @property
    def unresolved(self) -> bool:
        """Whether an argument is only known once earlier replies have come."""
        return not _SEEN.isdisjoint(self.argv)

    @property
    def name(self) -> str:
        """The command's name in upper case."""
        return name_of(self.argv)


@dataclass(slots=True, frozen=True)
class Sleep:
    """Nobody does anything for some time."""

    duration_ms: int


@dataclass(slots=True, frozen=True)
class Expire:
    """A blocked client is waited for until its time is up."""

    client: str


@dataclass(slots=True, frozen=True)
class Fault:
    """Something that happens to a node of a topology or to its link: a kind, the node, and what else the kind needs."""

    kind: str
    node: str
    value: str | int | None = None

    def __str__(self) -> str:
        return f"# {self.kind} {self.node}" + ("" if self.value is None else f" {self.value}")


Step: TypeAlias = Call | Sleep | Expire | Fault
History: TypeAlias = Sequence[Step]


def name_of(argv: Sequence[Argument]) -> str:
    """The name of the command that `argv` calls, in upper case."""
    name = argv[0]
    return name.decode("latin-1").upper() if isinstance(name, bytes) else name.name


def quote(text: bytes) -> str:
    """Write bytes as redis-cli takes them on its command line: in double quotes where they need any."""
    if re.fullmatch(rb"[!#-&(-\[\]-~]+", text):
        return text.decode()
    shown = "".join(_ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}") for byte in text)
    return f'"{shown}"'


def unquote(shown: str) -> bytes:
    """Read what `quote` wrote. Raises ValueError on anything else."""
    if not shown.startswith('"'):
        return shown.encode("ascii")
    if len(shown) < 2 or not shown.endswith('"'):
        raise ValueError(f"not a quoted string: {shown}")
    return _ESCAPED.sub(_unescape, shown[1:-1]).encode("latin-1")


_ESCAPES = {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t", ord('"'): '\\"', ord("\\"): "\\\\"}
_ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|.)")


def _unescape(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) == 3:
        return chr(int(escape[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(escape, escape)


def show_argument(argument: Argument) -> str:
    """An argument as people read it: quoted where it needs to be, `<SEEN…>` for what a reply will tell."""
    return f"<{argument.name}>" if isinstance(argument, Seen) else quote(argument)


def show(step: Step, several_clients: bool = False) -> str:
    """A step as a line of a script."""
    match step:
        case Call(client, argv):
            line = " ".join(map(show_argument, argv))
            return f"{client}> {line}" if several_clients else line
        case Sleep(duration_ms):
            return f"# wait {duration_ms} ms"
        case Expire(client):
            return f"# wait until {client} is no longer blocked"
        case Fault():
            return str(step)


def clients_of(history: History) -> list[str]:
    """The clients of a history, in the order in which they appear."""
    return list(dict.fromkeys(step.client for step in history if isinstance(step, Call | Expire))) or [FIRST_CLIENT]


def to_json(step: Step) -> dict[str, Any]:
    """A step as JSON."""
    match step:
        case Call(client, argv):
            return {"client": client, "argv": [_argument_to_json(argument) for argument in argv]}
        case Sleep(duration_ms):
            return {"sleep_ms": duration_ms}
        case Expire(client):
            return {"expire": client}
        case Fault(kind, node, value):
            return {"fault": kind, "node": node, "value": value}


def from_json(data: dict[str, Any]) -> Step:
    """Read a step. Raises KeyError, TypeError or ValueError on what `to_json` did not write."""
    if "sleep_ms" in data:
        return Sleep(int(data["sleep_ms"]))
    if "expire" in data:
        return Expire(str(data["expire"]))
    if "fault" in data:
        return Fault(str(data["fault"]), str(data["node"]), data["value"])
    return Call(str(data["client"]), tuple(_argument_from_json(argument) for argument in data["argv"]))


def _argument_to_json(argument: Argument) -> str | dict[str, str]:
    return {"seen": argument.name} if isinstance(argument, Seen) else quote(argument)


def _argument_from_json(data: str | dict[str, str]) -> Argument:
    return unquote(data) if isinstance(data, str) else Seen[data["seen"]]
