"""A badge, as shields.io draws it from a JSON file (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_COLORS: Final = {0: "brightgreen", 1: "red"}


def badge(exit_code: int, new: int, commands: int) -> dict[str, Any]:
    """The data of the badge for a run that ended so, with so many new divergences in so many commands."""
    message = {0: f"nothing new in {_short(commands)} commands", 1: f"{new:,} new" if new else "broken"}
    return {
        "schemaVersion": 1,
        "label": "redproof",
        "message": message.get(exit_code, "unknown"),
        "color": _COLORS.get(exit_code, "lightgrey"),
        "isError": exit_code == 1,
    }


def write_badge(exit_code: int, new: int, commands: int, path: Path) -> None:
    """Write the data of the badge. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(badge(exit_code, new, commands)) + "\n")


def _short(number: int) -> str:
    """A number in three digits, `1.2M`."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)
