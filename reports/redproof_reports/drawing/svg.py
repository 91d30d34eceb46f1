"""Drawings in SVG: a few shapes and texts, in colours that suit a light and a dark page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_STYLE: Final = """
  svg { --paper: #ffffff; --ink: #1f2328; --faint: #656d76; --line: #afb8c1; --shade: #eaeef2; --accent: #0b62c4; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #16191d; --ink: #e6edf3; --faint: #929ba5; --line: #57606a; --shade: #2a3038; --accent: #6cb0ff; }
  }
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--ink); }
  .words { font-family: system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
  .title { font-weight: 600; }
  .faint { fill: var(--faint); }
  .accent { fill: var(--accent); font-weight: 600; }
  .paper { fill: var(--paper); }
  .box { fill: var(--paper); stroke: var(--line); }
  .edge { fill: none; stroke: var(--line); }
  .shade { fill: var(--shade); }
  .gone { fill: none; stroke: var(--line); stroke-dasharray: 3 3; }
  .visited { fill: var(--paper); stroke: var(--accent); stroke-width: 2; }
  .arrow { fill: none; stroke: var(--accent); stroke-width: 2; }
  .head { fill: var(--accent); }
"""
"""The page's own background is drawn too: a reader may have chosen other colours for the page than for the system."""

_HEAD_LENGTH: Final = 8


class Drawing:
    """A drawing of `width` by `height` units, with a title and a description for those who do not see it."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        self._head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
            ' role="img" aria-labelledby="title description">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f"<style>{_STYLE}</style>",
        ]
        self._shapes: list[str] = []
        self.box(0, 0, width, height, "paper", radius=8)

    def box(self, x: int, y: int, width: int, height: int, style: str, radius: int = 3) -> None:
        """Draw a rectangle from its upper left corner."""
        size = f'x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"'
        self._shapes.append(f"<rect class={quoteattr(style)} {size}/>")

    def text(self, x: int, y: int, text: str, style: str = "", anchor: str = "start") -> None:
        """Write a line of text that starts, ends or has its middle at x, on the base line y."""
        self.parts(x, y, [(text, "")], style, anchor)

    def parts(self, x: int, y: int, parts: Iterable[tuple[str, str]], style: str = "", anchor: str = "start") -> None:
        """Write a line of text whose parts have styles of their own."""
        spans = "".join(
            f"<tspan class={quoteattr(own)}>{escape(part)}</tspan>" if own else escape(part) for part, own in parts
        )
        self._shapes.append(f'<text class={quoteattr(style)} x="{x}" y="{y}" text-anchor="{anchor}">{spans}</text>')

    def arrow(self, from_x: int, to_x: int, y: int) -> None:
        """Draw a horizontal arrow."""
        back = -_HEAD_LENGTH if to_x > from_x else _HEAD_LENGTH
        self._shapes.append(f'<path class="arrow" d="M{from_x} {y}H{to_x + back}"/>')
        self._shapes.append(f'<path class="head" d="M{to_x} {y}l{back} -5v10z"/>')

    def rule(self, from_x: int, to_x: int, y: int) -> None:
        """Draw a horizontal line."""
        self._shapes.append(f'<path class="arrow" d="M{from_x} {y}H{to_x}"/>')

    def svg(self) -> str:
        """The drawing as the text of a file."""
        return "\n".join([*self._head, *self._shapes, "</svg>\n"])
