"""The hash of an element that is computed here is the one that the bundled server's document shows."""

from __future__ import annotations

import re
from pathlib import Path

from redproof_properties.hashing import BY_FAMILY

DOCUMENT = Path(__file__).parents[2] / "docs/bundled-server.md"


def test_the_document_shows_the_same_hash() -> None:
    (shown,) = re.findall(r"assert hash_of_key == (0x[0-9A-F]{16})", DOCUMENT.read_text())
    assert BY_FAMILY["redis"](b"redproof")(b"key") == int(shown, 16)
