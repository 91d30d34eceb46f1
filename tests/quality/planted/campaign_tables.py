"""What was measured of campaigns on planted faults as tables in Markdown, and the page that has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from pathlib import Path
from statistics import median
from typing import Final

from planted.campaigns import BUDGETS, DRAWN, GUIDED, HASH_TABLES, KEYSPACE, WAYS, Hunt, Outcome, hunts
from planted.failover.register import FAILOVER_FAULTS

BUDGETS_COMMANDS: Final = (300, 1_000, 3_000, 10_000, 20_000)
BUDGETS_MS: Final = (10, 30, 100, 300, 1_000)
Key = tuple[str, str]


def tables(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Each table under its name, as the page marks its place."""
    measured: dict[Key, list[Outcome]] = {}
    for outcome in outcomes:
        measured.setdefault((outcome.name, outcome.way), []).append(outcome)
    found = [hunt for hunt in hunts() if any(each.is_found for each in measured.get((hunt.name, DRAWN), ()))]
    others = [hunt for hunt in hunts() if hunt not in found]
    return {
        "summary": _summary(found, others, measured),
        "found": _found(found, measured),
        "others": _others(others, measured),
        "ablation by commands": _ablation(measured, BUDGETS_COMMANDS, "commands", lambda each: each.commands),
        "ablation by time": _ablation(
            measured, BUDGETS_MS, "ms of processor time", lambda each: 1000 * each.spent_s, may_end=False
        ),
        "ablation by fault": _by_fault(measured),
    }


def write_page(page: Path, outcomes: Iterable[Outcome]) -> None:
    """Put the tables where the page marks their places. Raises LookupError where it does not, and OSError."""
    text = page.read_text()
    for name, table in tables(outcomes).items():
        mark = re.compile(rf"(<!-- {name} -->\n)[^<]*(<!-- end -->)")
        if not mark.search(text):
            raise LookupError(f"{page}: there is no place marked for {name}")
        text = mark.sub(lambda place, table=table: f"{place[1]}\n{table}\n\n{place[2]}", text)  # type: ignore[misc]
    page.write_text(text)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: int) -> str:
    """A table whose last columns, so many, are numbers."""
    rules = ["---"] * (len(columns) - numbers) + ["---:"] * numbers
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (columns, rules, *rows))


def _median(outcomes: Sequence[Outcome], figure: Callable[[Outcome], float]) -> float:
    """Over all seeds; a fault that was not found took for ever."""
    return median(figure(each) if each.is_found else inf for each in outcomes)


def _shown(figure: float, budget: int) -> str:
    return f"{figure:,.0f}" if figure < inf else f"over {budget:,}"


def _commands(outcome: Outcome) -> float:
    return outcome.commands


def _ms(outcome: Outcome) -> float:
    return 1000 * outcome.spent_s


def _row(hunt: Hunt, outcomes: Sequence[Outcome]) -> list[str]:
    found = [each for each in outcomes if each.is_found]
    ms = _median(outcomes, _ms)
    return [
        f"`{hunt.name}`",
        f"`{hunt.options}`" if hunt.options else "",
        f"{len(found)} of {len(outcomes)}",
        _shown(_median(outcomes, _commands), BUDGETS[hunt.kind, DRAWN]),
        f"{ms:,.0f}" if ms < inf else "",
        f"{median(each.steps for each in found):.0f}",
    ]


def _found(found: Sequence[Hunt], measured: Mapping[Key, Sequence[Outcome]]) -> str:
    columns = ("fault", "options of `redproof fuzz`", "seeds that find it", "commands", "ms", "steps")
    return _table(columns, (_row(hunt, measured[hunt.name, DRAWN]) for hunt in found), 4)


def _others(others: Sequence[Hunt], measured: Mapping[Key, Sequence[Outcome]]) -> str:
    rows = [(f"`{hunt.name}`", _finder(hunt), _tried(hunt, measured.get((hunt.name, DRAWN), ()))) for hunt in others]
    rows += [
        (f"`{fault.name}`", f"the judge `{fault.judge}` of `redproof failover --simulate`", "not tried")
        for fault in FAILOVER_FAULTS.values()
    ]
    return _table(("fault", "found by", "`redproof fuzz`, in vain"), rows, 0)


def _finder(hunt: Hunt) -> str:
    return f"the property `{hunt.found_by}`" if hunt.found_by else "longer campaigns"


def _tried(hunt: Hunt, outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "not tried"
    options = f" with `{hunt.options}`" if hunt.options else ""
    if any(outcome.failure for outcome in outcomes):
        return f"it ends with exit code 3{options}"
    times = f"{len(outcomes)} times" if len(outcomes) > 1 else "once"
    return f"{times} {BUDGETS[hunt.kind, DRAWN]:,} commands{options}"


def _summary(found: Sequence[Hunt], others: Sequence[Hunt], measured: Mapping[Key, Sequence[Outcome]]) -> str:
    """How many of each kind are found, and the medians of their medians."""
    rows = []
    for kind in dict.fromkeys(hunt.kind for hunt in hunts()):
        these = [measured[hunt.name, DRAWN] for hunt in found if hunt.kind == kind]
        every = len(these) + sum(hunt.kind == kind for hunt in others)
        figures = [median([_median(each, figure) for each in these] or [inf]) for figure in (_commands, _ms)]
        rows.append((kind, every, len(these), *(f"{figure:,.0f}" if figure < inf else "" for figure in figures)))
    rows.append(("failover", len(FAILOVER_FAULTS), 0, "", ""))
    columns = ("planted in", "faults", "found by `redproof fuzz`", "median of commands", "median of ms")
    return _table(columns, rows, 4)


def _pairs(measured: Mapping[Key, Sequence[Outcome]]) -> dict[str, dict[str, dict[int, Outcome]]]:
    """What both ways have tried, by fault, way and seed."""
    pairs = {}
    for hunt in hunts():
        if hunt.kind in (KEYSPACE, HASH_TABLES):
            ways = {way: {each.seed: each for each in measured.get((hunt.name, way), ())} for way in WAYS}
            seeds = ways[DRAWN].keys() & ways[GUIDED].keys()
            if seeds:
                pairs[hunt.name] = {way: {seed: ways[way][seed] for seed in seeds} for way in WAYS}
    return pairs


def _ablation(
    measured: Mapping[Key, Sequence[Outcome]],
    budgets: Sequence[int],
    unit: str,
    figure: Callable[[Outcome], float],
    may_end: bool = True,
) -> str:
    """How many campaigns of each way find their fault within each budget.

    Unless they `may_end` before it, a budget that a campaign in vain did not last for is left out.
    """
    runs = {way: [each for ways in _pairs(measured).values() for each in ways[way].values()] for way in WAYS}
    lasted = min((figure(each) for way in WAYS for each in runs[way] if not each.is_found), default=inf)
    rows = [
        (f"{budget:,}", *(sum(each.is_found and figure(each) <= budget for each in runs[way]) for way in WAYS))
        for budget in budgets
        if may_end or budget <= lasted
    ]
    columns = (f"budget, {unit}", *(f"{way}, of {len(runs[way])}" for way in WAYS))
    return _table(columns, rows, 3)


def _by_fault(measured: Mapping[Key, Sequence[Outcome]]) -> str:
    """The faults of which the two ways find one in different numbers of seeds within the largest budget of both."""
    budget = BUDGETS_COMMANDS[-1]
    rows = []
    for name, ways in _pairs(measured).items():
        counts = [sum(each.is_found and each.commands <= budget for each in ways[way].values()) for way in WAYS]
        if counts[0] != counts[1]:
            rows.append((name, *(f"{count} of {len(ways[DRAWN])}" for count in counts)))
    return _table(("fault", *WAYS), rows, 2)
