"""How results about systems are laid out in a terminal: headings, and labelled values broken only between values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rich.console import Console
from rich.text import Text

GAP: Final = "  "
_LABEL_WIDTH: Final = 13
_MISSING: Final = "yellow"


def filled(units: Iterable[Text], width: int, gap: str = GAP) -> Iterator[Text]:
    """The units with gaps between them, in lines of at most `width` unless one unit alone is longer."""
    line: list[Text] = []
    for unit in units:
        if line and sum(each.cell_len + len(gap) for each in line) + unit.cell_len > width:
            yield Text(gap).join(line)
            line = []
        line.append(unit)
    if line:
        yield Text(gap).join(line)


def print_heading(console: Console, name: str, about: str) -> None:
    """A name, and beside it a sentence about it."""
    console.print()
    _print_beside(console, Text(name + GAP, "bold"), _words(about, "dim"), gap=" ")


def print_values(console: Console, label: str, values: Iterable[str | Text], style: str = "dim") -> None:
    """A label with values beside it; nothing if there are none."""
    units = [value if isinstance(value, Text) else Text(value) for value in values]
    _print_beside(console, _label(label, style), units, GAP)


def print_sentence(console: Console, label: str, sentence: str, style: str = "dim") -> None:
    """A label with a sentence beside it; the style is the label's."""
    _print_beside(console, _label(label, style), _words(sentence), gap=" ")


def print_fired(console: Console, fired: Mapping[str, int]) -> None:
    """How often each action was taken, and which never was."""
    print_values(console, "actions", [_counted(name, f"{number:,}") for name, number in fired.items() if number])
    print_values(console, "never taken", [name for name, number in fired.items() if not number], _MISSING)


def print_witnesses(console: Console, seen: Mapping[str, int], witnesses: Iterable[str]) -> None:
    """After how many steps each witness was seen, and which never was."""
    print_values(console, "witnesses", [_counted(name, f"after {steps:,}") for name, steps in seen.items()])
    print_values(console, "never seen", [name for name in witnesses if name not in seen], _MISSING)


def _counted(name: str, number: str) -> Text:
    return Text.assemble(name, " ", (number, "dim"))


def _label(label: str, style: str) -> Text:
    return Text.assemble(GAP, (f"{label:<{_LABEL_WIDTH}}", style))


def _words(sentence: str, style: str = "") -> list[Text]:
    return [Text(word, style) for word in sentence.split()]


def _print_beside(console: Console, head: Text, units: Iterable[Text], gap: str) -> None:
    for line in filled(units, console.width - head.cell_len, gap):
        console.print(Text.assemble(head, line), soft_wrap=True)
        head = Text(" " * head.cell_len)
