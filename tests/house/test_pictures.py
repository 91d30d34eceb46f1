"""The pictures of the documentation are what is drawn now, and pages show them all."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from redproof_reports.drawing import PICTURES
from redproof_reports.drawing.screenshots import SCREENSHOTS

DOCS = Path(__file__).parents[2] / "docs"
AGAIN = "draw them again with: python -m redproof_reports.drawing docs/pictures"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_is_drawn_now(name: str) -> None:
    assert (DOCS / "pictures" / name).read_text() == PICTURES[name](), AGAIN


@pytest.mark.parametrize("name", SCREENSHOTS)
def test_a_screenshot_has_the_size_at_which_it_is_taken(name: str) -> None:
    data = (DOCS / "pictures" / name).read_bytes()
    shot = SCREENSHOTS[name]
    assert struct.unpack(">8s4x4sII", data[:24]) == (b"\x89PNG\r\n\x1a\n", b"IHDR", shot.width, shot.height)
    assert len(data) < 200_000


def test_pages_show_the_pictures_that_are_drawn_and_no_others() -> None:
    shown = {
        name for page in DOCS.glob("*.md") for name in re.findall(r"!\[[^\]]+\]\(pictures/(.+?)\)", page.read_text())
    }
    assert shown == PICTURES.keys() | SCREENSHOTS.keys() == {path.name for path in (DOCS / "pictures").iterdir()}
