"""How pages are made: templates whose every text is escaped, and data that a script in the page draws from."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from redproof_reports.text import count, duration, printable


@cache
def template(name: str) -> Template:
    """A template of this package, with the filters for people's texts."""
    environment = Environment(
        loader=PackageLoader("redproof_reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"printable": printable, "duration": duration, "count": count, "moment": moment}
    return environment.get_template(name)


def moment(text: str) -> str:
    """A time in ISO 8601 as people read it."""
    return printable(text.replace("T", " ").replace("+00:00", " UTC"))


def asset(name: str) -> str:
    """The text of a style or a script of this package."""
    return (files("redproof_reports") / "templates" / name).read_text()


def in_script(data: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
