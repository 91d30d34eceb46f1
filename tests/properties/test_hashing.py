"""The hash of an element that is computed here is the one that documents show."""

from __future__ import annotations

import re
from pathlib import Path

from redproof_properties.hashing import BY_FAMILY
from redproof_properties.siphash import siphash

DOCUMENT = Path(__file__).parents[2] / "docs/bundled-server.md"


def test_the_document_shows_the_same_hash() -> None:
    (shown,) = re.findall(r"assert hash_of_key == (0x[0-9A-F]{16})", DOCUMENT.read_text())
    assert BY_FAMILY["redis"].hash_with(b"redproof")(b"key") == int(shown, 16)


def test_siphash_is_that_of_the_paper() -> None:
    """The example of appendix A: SipHash-2-4 of the bytes 0 to 14 with the key of the bytes 0 to 15."""
    assert siphash(bytes(range(15)), bytes(range(16)), c_rounds=2, d_rounds=4) == 0xA129CA6149BE45E5
