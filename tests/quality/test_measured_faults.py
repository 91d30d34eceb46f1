"""The page that tells how soon campaigns find planted faults has each of them once; and what it tells is measured."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from planted.campaign_tables import tables, write_page
from planted.campaigns import BUDGETS, DRAWN, GUIDED, KEYSPACE, REPLICATED, Outcome, Sound, hunts, measure
from planted.endings import ENDINGS
from planted.failover.register import FAILOVER_FAULTS
from planted.register import FAULTS
from planted.replicated.register import REPLICATION_FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "planted-faults.md"
ROW = re.compile(r"^\| `([^`]+)` \| (.*?) \|", re.MULTILINE)
HUNTS = {hunt.name: hunt for hunt in hunts()}


def section(heading: str) -> dict[str, str]:
    """The second cell of each fault's row below a heading of the page."""
    text = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(ROW.findall(text))


def test_page_has_each_planted_fault_once_and_tells_what_finds_it() -> None:
    rows = ROW.findall(PAGE.read_text())
    planted = [*FAULTS, *ENDINGS, *REPLICATION_FAULTS, *FAILOVER_FAULTS]
    assert sorted(name for name, _ in rows) == sorted(planted)
    for name, options in section("Found by `redproof fuzz`").items():
        assert options.strip("`") == HUNTS[name].options
    for name, by in section("Found otherwise").items():
        finder = FAILOVER_FAULTS[name].judge if name in FAILOVER_FAULTS else HUNTS[name].found_by
        assert f"`{finder}`" in by, name
    assert "| not tried |" not in PAGE.read_text().replace("--simulate` | not tried |", "")


def test_every_fault_without_a_property_is_found_by_fuzz() -> None:
    found = section("Found by `redproof fuzz`").keys()
    assert {hunt.name for hunt in HUNTS.values() if not hunt.found_by} <= found


@pytest.mark.parametrize(
    ("name", "way"),
    [("hset-counts-updates", DRAWN), ("hset-counts-updates", GUIDED), ("hdel-is-not-propagated", DRAWN)],
)
def test_campaign_finds_a_fault_within_its_budget(name: str, way: str) -> None:
    hunt = HUNTS[name]
    with ExitStack() as stack:
        (outcome,) = measure(hunt, [(1, way)], Sound(stack))
    assert outcome.is_found
    assert 0 < outcome.commands <= BUDGETS[hunt.kind, way]
    assert outcome.spent_s > 0


def test_what_a_sound_server_shows_too_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sound, "shows", lambda *_: True)
    monkeypatch.setitem(BUDGETS, (KEYSPACE, DRAWN), 300)
    with ExitStack() as stack:
        (outcome,) = measure(HUNTS["hset-counts-updates"], [(1, DRAWN)], Sound(stack))
    assert not outcome.is_found
    assert outcome.commands >= 200, "a history ends at its divergence"


def outcomes(name: str, way: str, commands: list[int], kind: str = KEYSPACE) -> list[Outcome]:
    """Campaigns that found a fault after so many commands, each a microsecond long; or not, where there are none."""
    budget = BUDGETS[kind, way]
    return [
        Outcome(kind, name, way, seed, count or budget, (count or budget) / 1e6, bool(count), "X", 2)
        for seed, count in enumerate(commands)
    ]


def test_tables_tell_medians_and_what_each_way_finds(tmp_path: Path) -> None:
    measured = [
        *outcomes("persist-answers-1", DRAWN, [400, 0, 2_000]),
        *outcomes("persist-answers-1", GUIDED, [200, 900, 25_000]),
        *outcomes("hdel-is-not-propagated", DRAWN, [0], REPLICATED),
    ]
    made = tables(measured)
    assert "| `persist-answers-1` | `--groups generic` | 2 of 3 | 2,000 | 2 | 2 |" in made["found"]
    assert "| `hdel-is-not-propagated` | the property `test_stream_of_group` | once 500 commands" in made["others"]
    assert "| 300 | 0 | 1 |" in made["ablation by commands"]
    assert "| 1,000 | 1 | 2 |" in made["ablation by commands"]
    assert "| 20,000 | 2 | 2 |" in made["ablation by commands"]
    assert "| 1 | 1 | 2 |" not in made["ablation by time"]
    page = tmp_path / "page.md"
    page.write_text("".join(f"<!-- {name} -->\nTo be replaced.\n<!-- end -->\n" for name in made))
    write_page(page, measured)
    assert "To be replaced" not in page.read_text()
    assert all(table in page.read_text() for table in made.values())
    page.write_text("")
    with pytest.raises(LookupError, match="no place marked for summary"):
        write_page(page, measured)
