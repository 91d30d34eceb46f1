"""The pictures of the documentation are what is drawn now, and pages show them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from redproof_reports.drawing import PICTURES

DOCS = Path(__file__).parents[2] / "docs"
AGAIN = "draw them again with: python -m redproof_reports.drawing docs/pictures"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_as_it_is_drawn_now(name: str) -> None:
    assert (DOCS / "pictures" / name).read_text() == PICTURES[name](), AGAIN


def test_pages_show_the_pictures_that_are_drawn_and_no_others() -> None:
    shown = {
        name for page in DOCS.glob("*.md") for name in re.findall(r"!\[[^\]]+\]\(pictures/(.+?)\)", page.read_text())
    }
    assert shown == set(PICTURES) == {path.name for path in (DOCS / "pictures").iterdir()}
