"""What is in a page, as tests of pages ask for it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = frozenset({"meta", "input", "br", "link", "img"})


class Elements(HTMLParser):
    """The tags, attributes and ids of a page; `open` are the elements that are not ended, which is none at the end."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open[-1] == tag, f"</{tag}> ends <{self.open[-1]}>, line {self.getpos()[0]}"
        self.open.pop()

    def all(self, name: str) -> list[str]:
        """The values of an attribute wherever it occurs."""
        return [value for key, value in self.attributes if key == name]
