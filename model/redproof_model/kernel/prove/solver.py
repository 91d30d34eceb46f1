"""Solvers as child processes: one question each, with a time limit, a memory limit and a hard kill.

A child that is killed, runs out of time or memory, or prints anything but an answer has not answered: `unknown`,
with the reason. Nothing here knows what is asked.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryFile
from time import monotonic
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

Verdict: TypeAlias = Literal["sat", "unsat", "unknown"]
Key = TypeVar("Key")

_GRACE_S: Final = 1.0
"""How much longer than its own time limit a child may live."""

_OUTPUT_MAX: Final = 1 << 24
_CHUNK: Final = 1 << 16
_TOLD: Final = 200
"""How many of the last characters of an output that is no answer are told."""

_UNKNOWN: Final = re.compile(r'unknown(?: \((?P<cvc5>\w+)\))?\n(?:.*:reason-unknown "?(?P<z3>[^")]*))?', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may take: seconds, and megabytes of address space."""

    time_s: float = 60.0
    memory_mb: int = 4096


DEFAULT: Final = Limits()


@dataclass(frozen=True, slots=True)
class Solver:
    """A solver's name, and the command that reads a script from its standard input."""

    name: str
    command: Callable[[Limits], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said: `values` is the text after `sat`, `reason` tells why it is `unknown`."""

    verdict: Verdict
    reason: str
    values: str
    seconds: float


@cache
def z3_program() -> Path:
    """The program of the package z3-solver. Raises FileNotFoundError without it."""
    name = "z3.exe" if sys.platform == "win32" else "z3"
    places = [Path(sysconfig.get_path("scripts"), name)]
    with suppress(PackageNotFoundError):
        places += [Path(str(file.locate())).resolve() for file in files("z3-solver") or () if file.name == name]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"no program {name} in {places[0].parent}: install the package z3-solver")


def _z3(limits: Limits) -> list[str]:
    return [str(z3_program()), "-in", "-smt2", f"-t:{round(limits.time_s * 1000)}"]


def _cvc5(limits: Limits) -> list[str]:
    if find_spec("cvc5") is None:
        raise ModuleNotFoundError("there is no module cvc5: install redproof[recheck]")
    child = Path(__file__).with_name("cvc5_child.py")
    return [sys.executable, "-I", str(child), str(round(limits.time_s * 1000))]


Z3: Final = Solver("z3", _z3)
CVC5: Final = Solver("cvc5", _cvc5)
SOLVERS: Final = {solver.name: solver for solver in (Z3, CVC5)}


def ask(
    questions: Iterable[tuple[Key, str, str]], solver: Solver, limits: Limits, jobs: int
) -> Iterator[tuple[Key, Answer]]:
    """The answers to scripts, as they come: `(key, script, symbols)`, where `symbols` are those whose values are asked.

    At most `jobs` children run at once. They are ended when the iteration is, also by Ctrl-C.
    """
    waiting = iter(questions)
    running: set[_Child[Key]] = set()
    with DefaultSelector() as selector:
        try:
            while True:
                while len(running) < jobs and (question := next(waiting, None)) is not None:
                    key, script, symbols = question
                    child = _Child(
                        key, solver, limits, f"{script}(get-value ({symbols}))\n(get-info :reason-unknown)\n"
                    )
                    running.add(child)
                    selector.register(child.output, EVENT_READ, child)
                if not running:
                    return
                for child in _finished(selector, running):
                    selector.unregister(child.output)
                    running.remove(child)
                    yield child.key, child.answer()
        finally:
            for child in running:
                child.end("")


def _finished(selector: DefaultSelector, running: set[_Child[Key]]) -> list[_Child[Key]]:
    """The children that are done by the next event, those whose time is up being killed."""
    nearest = min(child.deadline for child in running)
    ready: list[_Child[Any]] = [
        chosen.data for chosen, _ in selector.select(max(0.0, nearest - monotonic())) if chosen.data.read()
    ]
    now = monotonic()
    # One that ended by itself has only not been read to its end yet.
    late = [each for each in running if each.deadline <= now and each not in ready and each.process.poll() is None]
    for child in late:
        child.end("killed: it overran its time limit")
    return ready + late


@dataclass(eq=False)
class _Child(Generic[Key]):
    """A running child: its script goes in by a file, its output comes through a pipe."""

    key: Key
    solver: Solver
    limits: Limits
    script: str
    text: bytearray = field(default_factory=bytearray)
    fault: str = ""

    def __post_init__(self) -> None:
        self.started = monotonic()
        self.deadline = self.started + self.limits.time_s + _GRACE_S
        with TemporaryFile() as file:
            file.write(self.script.encode())
            file.seek(0)
            # A group of its own, so that Ctrl-C reaches the parent alone, which ends the children.
            self.process = subprocess.Popen(
                self.solver.command(self.limits),
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        assert self.process.stdout is not None
        self.output = self.process.stdout
        self._limit()

    def _limit(self) -> None:
        """Let the system end a child that outlives this process or takes too much, where it can."""
        if sys.platform == "linux":
            cpu_s, memory = int(self.limits.time_s + _GRACE_S) + 1, self.limits.memory_mb << 20
            for limit, amount in ((resource.RLIMIT_CPU, cpu_s), (resource.RLIMIT_AS, memory)):
                try:
                    resource.prlimit(self.process.pid, limit, (amount, amount))
                except ProcessLookupError:
                    return

    def read(self) -> bool:
        """Take what the child has printed; whether that was the last of it."""
        chunk = os.read(self.output.fileno(), _CHUNK)
        self.text += chunk
        if len(self.text) > _OUTPUT_MAX:
            self.end("killed: it printed without end")
        return not chunk or bool(self.fault)

    def end(self, fault: str) -> None:
        """Kill the child, for this reason."""
        self.fault = fault
        self.process.kill()
        self.process.wait()
        self.output.close()

    def answer(self) -> Answer:
        """What the child said, now that it is done."""
        if not self.fault:
            try:
                self.process.wait(max(0.0, self.deadline - monotonic()))
            except subprocess.TimeoutExpired:
                self.end("killed: it fell silent and did not end")
        self.output.close()
        return _understood(self.text.decode(errors="replace"), self.fault, self.process.returncode, self._seconds())

    def _seconds(self) -> float:
        return monotonic() - self.started


def _understood(text: str, fault: str, status: int, seconds: float) -> Answer:
    """An answer only if the first line is one, and the child came to its own end."""
    verdict, _, rest = text.partition("\n")
    if fault or status < 0:
        return Answer("unknown", fault or f"ended by signal {-status}", "", seconds)
    if verdict == "sat":
        return Answer("sat", "", rest, seconds)
    if verdict == "unsat":
        return Answer("unsat", "", "", seconds)
    if admitted := _UNKNOWN.match(text):
        return Answer("unknown", (admitted["z3"] or admitted["cvc5"] or "no reason given").lower(), "", seconds)
    told = f"said {text.strip()[-_TOLD:]!r}" if text else f"said nothing and ended with status {status}"
    return Answer("unknown", told, "", seconds)
