"""All planted faults: importing this module fills the register."""

from __future__ import annotations

from planted import (  # noqa: F401
    bitmaps,
    contents,
    hashes,
    keys,
    lists,
    protocol,
    rehash,
    replication,
    scans,
    sets,
    sorted_sets,
    strings,
    transactions,
)
from planted.fault import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]
