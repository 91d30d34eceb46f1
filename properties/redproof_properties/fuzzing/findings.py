"""What a campaign has seen so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from redproof_properties.divergence import Divergence


@dataclass(slots=True)
class Findings:
    """Commands judged, histories finished, and each divergence under its signature with how often it was met."""

    commands: int = 0
    histories: int = 0
    divergences: dict[str, Divergence] = field(default_factory=dict)
    occurrences: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False
