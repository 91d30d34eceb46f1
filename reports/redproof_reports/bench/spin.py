"""SPIN on a system that was exported as Promela: the verifier that it generates, compiled, and the states it counts."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redproof_properties.errors import RedproofError

PLAIN: Final = ("-O2", "-DSAFETY", "-DNOCLAIM", "-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=8000")
"""There is one process, so that reducing interleavings would only cost time."""
SETTINGS: Final = (PLAIN, (*PLAIN, "-DSFH"))
"""The fastest settings: depth-first without compression, with either hash function.

Of the others -O3 -march=native, -DNOBOUNDCHECK, -DNOSTUTTER and larger hash tables changed nothing, -DHC4 neither,
although it loses states, and -DCOLLAPSE took twice as long.
"""

_COUNTS: Final = re.compile(r"errors: (\d+)\s+(\d+) states, stored")
_DEPTH_MAX: Final = 100_000
"""A deeper search is refused. SPIN gets its whole stack at once; for ten million that took about 0.2 s more on scan."""
_TIMEOUT_S: Final = 600


class SpinError(RedproofError):
    """SPIN or its verifier failed, or left states out."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Count:
    """What SPIN counted: distinct states, broken assertions, and the seconds of processor time it took."""

    states: int
    errors: int
    cpu_s: float


def missing() -> str:
    """What is not installed of what SPIN needs; empty if nothing is."""
    return ", ".join(program for program in ("spin", "gcc") if shutil.which(program) is None)


def verifier(promela: str, folder: Path, settings: Sequence[str] = PLAIN) -> Path:
    """The program that visits every state of a model. Raises SpinError."""
    (folder / "model.pml").write_text(promela)
    # Without -o2 it leaves out variables that are never read, and counts states that differ in them as one.
    _run(["spin", "-a", "-o2", "model.pml"], folder)
    # What SPIN generates is not free of warnings.
    _run(["gcc", *settings, "-w", "-o", "pan", "pan.c"], folder)
    return folder / "pan"


def count(pan: Path, hash_bits: int = 24) -> Count:
    """Visit every state, with a hash table of 2^hash_bits places. Raises SpinError."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = _run([str(pan), f"-m{_DEPTH_MAX}", f"-w{hash_bits}", "-n", "-E"], pan.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _COUNTS.search(output)
    if found is None or "max search depth too small" in output or "out of memory" in output:
        raise SpinError(f"the verifier did not come to an end:\n{output}")
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Count(states=int(found[2]), errors=int(found[1]), cpu_s=cpu_s)


def _run(command: Sequence[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise SpinError(f"{command[0]} failed: {error}") from error
    return done.stdout
