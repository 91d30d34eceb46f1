"""Divergences and runs as they are shown in a terminal."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from redproof_properties.divergence import Divergence
from redproof_properties.history import show
from rich.console import Console
from rich.table import Table
from rich.text import Text

from redproof_reports.baseline.settle import print_expired, print_unseen
from redproof_reports.records.causes import cause_of
from redproof_reports.replaying.narration import Told
from redproof_reports.results import Record, Results
from redproof_reports.text import compare, count, duration, printable, shorten

SHOWN: Final = 10
"""Divergences shown whole at the end of a run; the page shows all."""

LONGEST_CAUSE: Final = 160

_WIDEST: Final = 200
_LABEL: Final = "  {:<10}"
_STYLES: Final = {"holds": "green", "broken": "bold red", "skipped": "yellow", "error": "bold magenta"}
_VERDICT_STYLES: Final = {0: "bold green", 1: "bold red", 3: "bold yellow"}


def step_lines(divergence: Divergence) -> list[str]:
    """The script of commands, a line for each step, very long ones shortened."""
    return [shorten(printable(line)) for line in divergence.script()]


def render_steps(divergence: Divergence) -> Text:
    """The script of commands, indented."""
    return Text("\n".join(f"    {line}" for line in step_lines(divergence)), "bold")


def render_told(number: int, told: Told, several: bool) -> Text:
    """A step with what the model allowed, what the server replied, and where their data differ after it."""
    text = Text.assemble((f"{number:>4}  ", "dim"), (shorten(printable(show(told.step, several))), "bold"), "\n")
    if told.unsent:
        text.append(f"      {told.unsent}\n", "yellow")
    elif told.expected is None or told.actual is None:
        pass
    elif told.agreed and told.expected == told.actual:
        text.append(f"      both    {shorten(printable(told.actual))}\n")
    else:
        # Only what says how a server ended has more than one line, the end of its log.
        compared = compare(told.expected, told.actual.partition("\n")[0])
        styles = ("", "") if told.agreed else ("bold green", "bold red")
        for label, own, style in zip(("model", "server"), (compared.expected, compared.actual), styles, strict=True):
            text.append_text(Text.assemble(f"      {label:<8}", compared.before, (own, style), compared.after, "\n"))
    for each in told.state:
        line = f"      data    {each.where}, {each.what}: model {each.left}, server {each.right}\n"
        text.append(shorten(printable(line.rstrip())) + "\n", "bold red")
    return text


def render_replies(expected: str, actual: str) -> Text:
    """What was expected above what came, with their difference marked."""
    compared = compare(expected, actual)
    return Text.assemble(
        _LABEL.format("expected"), compared.before, (compared.expected, "bold green"), compared.after, "\n",
        _LABEL.format("actual"), compared.before, (compared.actual, "bold red"), compared.after,
    )  # fmt: skip


def render_divergence(record: Record, reason: str | None = None) -> Text:
    """A divergence whole: where, the steps, the replies, and how to see it again; `reason` if it is known.

    To be printed with `soft_wrap`, so that its commands can be copied.
    """
    divergence = record.divergence
    judged_as = f", judged as {divergence.model}" if divergence.model else ""
    where = f"{divergence.target} ({divergence.server}){judged_as}"
    tried = f"came again in {divergence.reproduced} of {divergence.attempts} runs" if divergence.attempts else ""
    origin = "; ".join(part for part in (divergence.property_name, f"seed {divergence.seed}", tried) if part)
    return Text.assemble(
        (f"divergence {record.id}", "bold"), f"  {printable(divergence.command)}\n",
        (f"{printable(where)}\n{printable(origin)}\n", "dim"),
        ("" if reason is None else f"known: {printable(reason)}\n", "yellow"), "\n",
        render_steps(divergence), "\n\n",
        render_replies(divergence.expected, divergence.actual), "\n\n",
        f"{_LABEL.format('replay')}{record.replay}\n",
        f"{_LABEL.format('script')}bash {shlex.quote(str(record.script_path))}\n",
    )  # fmt: skip


def print_results(console: Console, results: Results) -> None:
    """The summary at the end of a run: targets, what was skipped, divergences, and the verdict last."""
    console.print()
    print_whole(console, _targets(results))
    for line in _reasons(results):
        console.print(line, soft_wrap=True)
    console.print()
    for record in results.records[:SHOWN]:
        console.print(render_divergence(record, results.known.get(record.id)), soft_wrap=True)
    if len(results.records) > SHOWN:
        print_whole(console, _causes(results.records))
        console.print(f"\n{len(results.records) - SHOWN} further divergences are on the page.\n")
    print_expired(console, results.expired)
    print_unseen(console, results.baseline, results.unseen)
    print_verdict(console, results)


def print_verdict(console: Console, results: Results) -> None:
    """The verdict in a line, and how to have the same run again."""
    took = (f", {duration(results.seconds)}", "dim")
    console.print(Text.assemble((results.headline, _VERDICT_STYLES[results.exit_code]), took), soft_wrap=True)
    console.print(Text(f"reproduce  {printable(results.reproduce)}"), soft_wrap=True)


def print_page_path(console: Console, page: Path) -> None:
    """Where the page lies, last of all, so that it is found."""
    console.print(Text(f"page       {page}"), soft_wrap=True)


def print_whole(console: Console, table: Table) -> None:
    """Print a table as wide as its contents want, so that a long URL stays in one piece to be copied."""
    wanted = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    width = max(console.width, wanted)
    Console(file=console.file, width=width, no_color=console.no_color, force_terminal=console.is_terminal).print(table)


def _targets(results: Results) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("target", "server", "model"):
        table.add_column(heading, overflow="fold")
    for heading in ("commands", *_STYLES):
        table.add_column(heading, justify="right")
    for target in results.targets:
        outcomes = Counter(each.outcome for each in results.properties if each.target == target.spelling)
        names = [Text(printable(text)) for text in (target.spelling, target.server, target.model)]
        counts = [_count(outcomes[outcome], style) for outcome, style in _STYLES.items()]
        commands = Text(f"{target.commands:,}") if target.commands else Text("-", "dim")
        table.add_row(*names, commands, *counts)
    return table


def _causes(records: Sequence[Record]) -> Table:
    """How many divergences have what in common, the most first."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    table.add_column("divergences", justify="right")
    table.add_column("alike in", overflow="fold")
    for cause, number in Counter(cause_of(record.divergence) for record in records).most_common(SHOWN):
        table.add_row(str(number), Text(shorten(printable(cause), LONGEST_CAUSE)))
    return table


def _count(number: int, style: str) -> Text:
    return Text(str(number), style) if number else Text("-", "dim")


def _reasons(results: Results) -> Iterator[Text]:
    """Why properties were skipped or could not be judged, each reason once, and how often was seen what is counted."""
    for outcome, label in (("skipped", "skipped"), ("error", "not judged")):
        reasons = Counter(_first_line(each.reason) for each in results.properties if each.outcome == outcome)
        for reason, number in reasons.most_common():
            yield Text(f"{label} {count(number, 'property')}: {reason}", _STYLES[outcome])
    for target in results.targets:
        if target.unsupported:
            yield Text(
                printable(f"not supported by {target.spelling}, and not judged: {', '.join(target.unsupported)}")
            )
        for name, frequency in target.frequencies.items():
            yield Text(printable(f"seen on {target.spelling}, {frequency}: {name}"))
    for each in results.unexplained:
        yield Text(f"broken on {each.target}: {printable(each.title)}: {_first_line(each.reason)}", _STYLES["broken"])


def _first_line(reason: str) -> str:
    return printable((reason.strip().splitlines() or ["no reason given"])[0])
