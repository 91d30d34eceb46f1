"""The pictures are drawn from states that the systems reach, and are well-formed."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from redproof_model.kernel.meaning import reverse_bits
from redproof_model.kernel.sorts import BitVec
from redproof_model.systems.scan.system import scan
from redproof_reports.drawing import PICTURES
from redproof_reports.drawing.order import visits
from redproof_reports.drawing.states import HASHES, Call, calls_over, dict_in_the_middle, reached
from redproof_reports.drawing.svg import Drawing

SVG = "{http://www.w3.org/2000/svg}"


def texts(drawing: str) -> list[str]:
    """The lines of text in a drawing."""
    return ["".join(each.itertext()) for each in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_well_formed_and_told_in_words(name: str) -> None:
    root = ElementTree.fromstring(PICTURES[name]())
    assert [each.tag for each in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    boxes = [{key: int(each.attrib[key]) for key in ("x", "y", "width", "height")} for each in root.iter(f"{SVG}rect")]
    assert all(box["x"] + box["width"] <= width and box["y"] + box["height"] <= height for box in boxes)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_uses_only_styles_that_it_defines(name: str) -> None:
    drawing = PICTURES[name]()
    used = {style for names in re.findall(r'class="([^"]*)"', drawing) for style in names.split()}
    assert used <= set(re.findall(r"\.([a-z]+) \{", drawing))


def test_text_is_escaped() -> None:
    drawing = Drawing(10, 10, "a < b", "c & d")
    drawing.text(0, 0, "<e>")
    assert texts(drawing.svg()) == ["<e>"]


def test_the_dict_is_half_way() -> None:
    shown = dict_in_the_middle()
    small, large = shown.tables
    assert (small.mask, large.mask, shown.rehashidx) == (3, 7, 2)
    for table in shown.tables:
        assert all(HASHES[key] & table.mask == bucket for bucket, keys in enumerate(table.buckets) for key in keys)
    assert sorted(key for table in shown.tables for keys in table.buckets for key in keys) == list(range(len(HASHES)))
    assert [bool(keys) for keys in small.buckets] == [False, False, True, True]


def test_every_key_is_drawn_with_its_low_bits() -> None:
    drawn = texts(PICTURES["dict-rehashing.svg"]())
    assert [f"{name} {number & 7:03b}" in drawn for name, number in zip("abcdefgh", HASHES, strict=True)] == [True] * 8
    assert "rehashidx = 2" in drawn


def test_a_call_visits_what_its_bucket_is_split_into() -> None:
    calls = calls_over(dict_in_the_middle())
    assert calls == [Call([0, 4], 2), Call([2, 6], 1), Call([1, 5], 3), Call([3, 7], 0)]


@pytest.mark.parametrize("mask", [0, 1, 3, 7])
def test_visits_count_up_read_backwards(mask: int) -> None:
    backwards = [reverse_bits(cursor, 64) for cursor in visits(mask)]
    assert backwards == sorted(backwards)
    assert sorted(visits(mask)) == list(range(mask + 1))


def test_a_state_to_be_drawn_must_be_reachable() -> None:
    system = scan(BitVec(3))
    start = {each.name: each.init or 0 for each in system.variables}
    with pytest.raises(ValueError, match="the start is not so"):
        reached(system, {**start, "cursor": 4}, [])
    with pytest.raises(ValueError, match="finish is possible in 0 ways"):
        reached(system, start, [("finish", {})])
