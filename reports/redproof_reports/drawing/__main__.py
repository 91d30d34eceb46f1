"""Draws the pictures of the documentation again: `python -m redproof_reports.drawing docs/pictures`."""

from __future__ import annotations

import sys
from pathlib import Path

from redproof_reports.drawing import PICTURES

_, folder = sys.argv
for name, draw in PICTURES.items():
    (Path(folder) / name).write_text(draw())
