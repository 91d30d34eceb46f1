"""How long people let something take: `30s`, `10m`, `8h`."""

from __future__ import annotations

import re
from typing import Final

import click

_SECONDS_PER: Final = {"s": 1, "m": 60, "h": 3600}
_DURATION: Final = re.compile(r"([1-9][0-9]{0,6})([smh])")


class TimeLimit(click.ParamType[int]):
    """A whole number of seconds, minutes or hours; the value is in seconds."""

    name = "duration"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; the value of a default is a number already."""
        if isinstance(value, int):
            return value
        match = _DURATION.fullmatch(value)
        if match is None:
            self.fail(f"{value!r} is no time such as 30s, 10m or 8h", param, ctx)
        return int(match[1]) * _SECONDS_PER[match[2]]


def in_words(seconds: int) -> str:
    """A time limit as `TimeLimit` takes it, in the largest unit of which it is a whole number."""
    unit = next(unit for unit in "hms" if seconds % _SECONDS_PER[unit] == 0)
    return f"{seconds // _SECONDS_PER[unit]}{unit}"
