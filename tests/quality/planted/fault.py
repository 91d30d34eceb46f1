"""A planted fault as a row of data, the register of all of them, and the ways of planting one.

A module of `planted` enters its faults with a decorator:

    @fault("linsert-answers-0", "LINSERT answers 0, as for an absent key, when the pivot is absent", LISTS, "LINSERT")
    def linsert_answers_0() -> None:
        def faulty(honest: Handler, client: Client, args: list[bytes]) -> bytes: ...
        wrap("linsert", faulty)

The decorated function plants the fault in the process that calls it: it replaces handlers in the command table,
functions or methods of the bundled server, or fields of its versions. The server knows nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType
from typing import Any

from redproof_server.engine.client import Client
from redproof_server.engine.command import TABLE, Command, Handler
from redproof_server.engine.versions import VERSIONS

Faulty = Callable[[Handler, Client, list[bytes]], bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is broken, where the properties look for it, and how soon and how small they must find it.

    It must be found `within` so many commands, in histories of `groups`, or by the documented property of the name
    `proof`, with these `parameters`, where no such history shows it, and shrink to a script of at most `script` steps.
    It may show at the commands `seen_at`, at any if there are none.
    """

    name: str
    breaks: str
    groups: tuple[str, ...]
    seen_at: frozenset[str]
    plant: Callable[[], None]
    clients: int
    pauses: bool
    resp: int
    emulate: str
    within: int
    script: int
    proof: str
    parameters: Mapping[str, str]


FAULTS: dict[str, Fault] = {}
_undo: list[Callable[[], None]] = []


def fault(
    name: str,
    breaks: str,
    groups: tuple[str, ...],
    seen_at: str,
    *,
    clients: int = 1,
    pauses: bool = False,
    resp: int = 2,
    emulate: str = "7.0",
    within: int = 2_000,
    script: int = 4,
    proof: str = "",
    **parameters: str,
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter the decorated function into the register as what plants this fault; `seen_at` is divided by blanks.

    Other arguments are the parameters of its proof.
    """

    def enter(plant: Callable[[], None]) -> Callable[[], None]:
        if name in FAULTS:
            raise ValueError(f"two faults are called {name}")
        commands = frozenset(seen_at.split())
        FAULTS[name] = Fault(
            name, breaks, groups, commands, plant, clients, pauses, resp, emulate, within, script, proof, parameters
        )
        return plant

    return enter


def rows(name: str) -> list[Command]:
    """The rows of the command table with this name; raises LookupError when there are none."""
    found = [row for row in TABLE if row.name == name.encode()]
    if not found:
        raise LookupError(f"no command {name} to plant a fault in")
    return found


def wrap(name: str, faulty: Faulty) -> None:
    """Let `faulty` handle a command; it is given the honest handler."""
    for row in rows(name):
        row.handler = partial(faulty, row.handler)


def substitute(honest: Callable[..., Any], faulty: Callable[..., Any]) -> None:
    """Put `faulty` wherever a module of the server or the command table holds the function `honest`."""
    for module in _server_modules():
        for name, value in vars(module).copy().items():
            if value is honest:
                replace_attribute(module, name, faulty)
    for row in TABLE:
        if row.handler is honest:
            replace_attribute(row, "handler", faulty)


def replace_attribute(owner: object, name: str, faulty: object) -> None:
    """Put `faulty` in the place of a method or of a module's value; raises AttributeError when there is none."""
    _undo.append(partial(setattr, owner, name, getattr(owner, name)))
    setattr(owner, name, faulty)


def replace_item(table: dict[Any, Any], key: object, faulty: object) -> None:
    """Put `faulty` in the place of an entry of a table; raises KeyError when there is none."""
    _undo.append(partial(table.__setitem__, key, table[key]))
    table[key] = faulty


@contextmanager
def planted(plant: Callable[[], None]) -> Iterator[None]:
    """Have a fault that replaces functions or attributes in this process, until the block ends."""
    plant()
    try:
        yield
    finally:
        while _undo:
            _undo.pop()()


def change_version(**fields: object) -> None:
    """Give all emulated versions these values; raises TypeError for a field that there is not."""
    for name, version in VERSIONS.items():
        VERSIONS[name] = replace(version, **fields)  # type: ignore[arg-type]


def _server_modules() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "redproof_server":
            yield module
