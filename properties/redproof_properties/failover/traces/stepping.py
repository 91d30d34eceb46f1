"""A server whose clock can be stepped: a small library is put before the C library of its process."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from redproof_properties.errors import TargetError, TargetSilent
from redproof_properties.targets import Connection, Target
from redproof_properties.targets.clock import read_time_ms
from redproof_properties.targets.process import ProcessTarget
from redproof_properties.waiting import wait_until

SOURCE: Final = resources.files("redproof_properties") / "failover" / "traces" / "clock_step.c"
_FORMAT: Final = "q"
_COMPILED_WITHIN_S: Final = 60


def why_no_steps(target: Target) -> str | None:
    """Why the clock of a target's kind cannot be stepped here, None if it can."""
    if not isinstance(target, ProcessTarget):
        return f"{target.spelling}: only a process of ours is given a clock of its own"
    if shutil.which("cc") is None:
        return "no C compiler cc on PATH: it makes what steps the clock of a server"
    return None


class SteppedClock:
    """A clock that servers started with its `environment` have; its files are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock-step"
        self._library = folder / "clock_step.so"
        self._file.write_bytes(struct.pack(_FORMAT, 0))
        with resources.as_file(SOURCE) as source:
            command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(self._library), str(source)]
            made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_COMPILED_WITHIN_S)
        if made.returncode:
            raise TargetError(f"{' '.join(command)} failed: {made.stderr}")

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process has in its environment that has this clock."""
        return {"LD_PRELOAD": str(self._library), "REDPROOF_CLOCK_STEP": str(self._file)}

    def step(self, seconds: int, connection: Connection) -> None:
        """Let the clock go ahead by so much, and wait until the server at `connection` has seen it.

        A server may look at its clock once in a turn of its loop only. Raises `TargetSilent` where it never does.
        """
        goal_ms = read_time_ms(connection) + seconds * 1000
        with self._file.open("r+b") as file:
            (sofar,) = struct.unpack(_FORMAT, file.read())
            file.seek(0)
            file.write(struct.pack(_FORMAT, sofar + seconds))

        if not wait_until(lambda: read_time_ms(connection) >= goal_ms):
            raise TargetSilent(f"{connection.peer}: its clock has not gone ahead by {seconds} s")
