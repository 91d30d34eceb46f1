"""The commands by which people see a divergence again."""

from __future__ import annotations

import shlex
from pathlib import Path

from redproof_properties.divergence import Divergence
from redproof_properties.fuzzing.documented.pairing import DATA, REPLIES

from redproof_reports.text import printable


def compare_command(divergence: Divergence) -> str:
    """The command that finds again in what two servers differ."""
    targets = divergence.target.split(" and ")
    words = ["redproof", "compare", *targets, "--seed", divergence.seed, "--commands", "1"]
    return shlex.join(map(printable, words))


def replay_command(record: str, divergence: Divergence, records: Path | None = None) -> str:
    """The command that runs a record again on its own target, judged by the same version of the model.

    `record` is its file, or its id, of which `records` is the folder of a run that has it.
    A schedule is performed by the servers that its topology names, and what two servers differ in is compared again.
    """
    if divergence.kind in (REPLIES, DATA):
        return compare_command(divergence)
    words = ["redproof", "replay", record, *([] if records is None else ["--records", str(records)])]
    if divergence.topology is not None:
        return shlex.join(map(printable, words))
    words += ["--target", divergence.target]
    version = divergence.model.rpartition(" ")[2]
    if version[:1].isdecimal() and not divergence.server.startswith(f"{divergence.model}."):
        words += ["--judge-as", version]
    return shlex.join(map(printable, words))
