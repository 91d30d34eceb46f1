"""A campaign in a process of its own, for tests that end it, or one of its workers, while it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from redproof_properties import waiting
from redproof_reports.fuzzing.ledger import CAMPAIGN_FOLDER

WITHIN_S: Final = 180
_REDPROOF: Final = [sys.executable, "-c", "from redproof_reports.cli import main; main(prog_name='redproof')"]


def start(*words: object) -> subprocess.Popen[str]:
    """A command of redproof in a process and session of its own."""
    command = [*_REDPROOF, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_until(holds: Callable[[], bool]) -> None:
    """Come back when it holds."""
    assert waiting.wait_until(holds, WITHIN_S * 1000, poll_s=0.02)


def position(out: Path, shard: int = 0) -> int:
    """How many histories a shard has finished, as its file tells."""
    path = out / CAMPAIGN_FOLDER / f"shard-{shard}.json"
    return int(json.loads(path.read_text())["histories"]) if path.exists() else 0


def workers_of(pid: int) -> list[int]:
    """The processes of a command that have parts of its work: a campaign's have shards, the matrix's have targets."""
    return [each for each in children_of(pid) if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, with all its threads; those of a worker are servers."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        # A thread may end while it is looked at.
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, path.read_text().split())
    return found
