"""The end of a run that is held against a baseline: a look at what it did not see, and the file brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redproof_properties.divergence import Divergence
from rich.console import Console
from rich.text import Text

from redproof_reports.baseline.edit import drop, enter
from redproof_reports.baseline.file import Baseline, Known
from redproof_reports.baseline.unseen import Fate, Judging, Unseen, look_again, records_beside
from redproof_reports.text import count, printable

_STYLES = {Fate.FIXED: "green", Fate.THERE: "yellow", Fate.UNOBSERVED: "dim"}


def look_at_unseen(
    console: Console, baseline: Baseline, seen: Iterable[Divergence], judging: Judging
) -> Sequence[Unseen]:
    """What became of every entry that the run did not see; with Ctrl-C of those until then. Raises UsageError."""
    found = {each.signature for each in seen}
    names = [name for name in baseline.entries if name not in found]
    looked_at: list[Unseen] = []
    if names:
        console.print(f"{count(len(names), 'known divergence')} not seen: taking their recorded steps again")
    try:
        looked_at.extend(look_again(names, records_beside(baseline), judging))
    except KeyboardInterrupt:
        console.print("interrupted: the others are unobserved")
    return looked_at


def print_expired(console: Console, expired: Iterable[Known]) -> None:
    """A line for each entry whose time is up."""
    for each in expired:
        told = f"expired {each.id}, accepted until {each.expires}: {each.reason}"
        console.print(Text(printable(told), "bold red"), soft_wrap=True)


def print_unseen(console: Console, baseline: Baseline, unseen: Sequence[Unseen]) -> None:
    """A line for each entry that the run did not see."""
    for each in unseen:
        told = f"{each.fate} {each.id} ({baseline.entries[each.id].told}): {each.why}"
        console.print(Text(printable(told), _STYLES[each.fate]), soft_wrap=True)


def bring_up_to_date(
    console: Console, baseline: Baseline, seen: Sequence[Divergence], unseen: Sequence[Unseen], run: str
) -> None:
    """Enter what is new, and drop what is fixed, where that was asked for. Raises OSError and UsageError."""
    if baseline.path is None:
        return
    if baseline.update:
        new = enter(baseline.path, [each for each in seen if each.signature not in baseline.entries], run)
        advice = ": give each a reason" if new else ""
        console.print(Text(f"{baseline.path}: {count(len(new), 'divergence')} entered{advice}"), soft_wrap=True)
    if baseline.prune:
        fixed = [each.id for each in unseen if each.fate is Fate.FIXED]
        drop(baseline.path, fixed)
        console.print(Text(f"{baseline.path}: {count(len(fixed), 'fixed divergence')} dropped"), soft_wrap=True)
