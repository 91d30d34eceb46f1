"""Baselines: the divergences that are known and accepted, which are shown but fail nothing.

A baseline is a JSON file that people write and review:

    {"format": 1, "known": {"3f2a19c0b7d1": "error texts are translated, see issue 12"}}

Each key is the id of a divergence, which is the same in every run, and each value says why it is accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from redproof_properties.errors import UsageError

BASELINE_FORMAT: Final = 1
_ID: Final = re.compile(r"[0-9a-f]{12}")


def read_baseline(path: Path) -> Mapping[str, str]:
    """The reasons of the known divergences by id. Raises UsageError, with the right shape, for anything else."""
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: no baseline: {error}") from error
    known = data.get("known") if isinstance(data, dict) and data.get("format") == BASELINE_FORMAT else None
    if not isinstance(known, dict) or not all(_is_entry(name, reason) for name, reason in known.items()):
        shape = '{"format": 1, "known": {"<id of 12 hex digits>": "<why it is accepted>"}}'
        raise UsageError(f"{path}: no baseline. It is written {shape}, with a reason for each id.")
    return known


def _is_entry(name: str, reason: object) -> bool:
    return _ID.fullmatch(name) is not None and isinstance(reason, str) and bool(reason.strip())
