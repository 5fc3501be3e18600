"""Reads a page as a browser would, with Python's own parser: its words, tables and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

VOID = frozenset({"meta", "img", "br", "wbr", "col"})


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the words in it; what stands on lines of its own is parted by a space."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        told = " " if self.name == "br" else "".join(parts)
        return re.sub(r"\s+", " ", told)

    def all(self, name: str, kind: str = "") -> list[Element]:
        """Return the elements of a name, and of a class where one is given, in their order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child.name == name and (not kind or kind in child.classes):
                    found.append(child)
                found += child.all(name, kind)
        return found

    def one(self, name: str, kind: str = "") -> Element:
        (found,) = self.all(name, kind)
        return found

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()


class Page(HTMLParser):
    """A page that was read; elements that are not closed in their order make it fail."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.root = self._at = Element("", {})
        self.feed(html)
        self.close()
        assert self._at is self.root, f"<{self._at.name}> is never closed"

    @classmethod
    def read(cls, path: Path) -> Page:
        return cls(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        element = Element(tag, attributes, self._at)
        self._at.children.append(element)
        if tag not in VOID:
            self._at = element

    def handle_endtag(self, tag: str) -> None:
        assert self._at.name == tag, f"</{tag}> ends <{self._at.name}>"
        assert self._at.parent is not None
        self._at = self._at.parent

    def handle_data(self, data: str) -> None:
        self._at.children.append(data)

    @property
    def text(self) -> str:
        return self.root.one("body").text

    def table(self, caption: str) -> list[dict[str, str]]:
        """Return the rows of the table whose caption begins so, by the names of its columns."""
        found = [t for t in self.root.all("table") if t.one("caption").text.startswith(caption)]
        assert len(found) == 1, [t.one("caption").text for t in self.root.all("table")]
        names = [th.text for th in found[0].one("thead").all("th")]
        rows = found[0].one("tbody").all("tr")
        cells = ([c.text.strip() for c in _cells(row)] for row in rows)
        return [dict(zip(names, row, strict=True)) for row in cells]

    def figure(self, key: str, width: str = "wide") -> Element:
        """Return a figure's picture for a wide or a narrow screen."""
        title = f"{key}-{width}-title"
        return next(
            s for s in self.root.all("svg") if s.attributes["aria-labelledby"].startswith(title)
        )

    def fact(self, name: str) -> str:
        """Return what a fact is told to be."""
        found = [div.one("dd").text for div in self.root.all("div") if _term(div) == name]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]


def _term(div: Element) -> str:
    terms = [child for child in div.children if isinstance(child, Element) and child.name == "dt"]
    return terms[0].text if terms else ""


def _cells(row: Element) -> list[Element]:
    return [c for c in row.children if isinstance(c, Element) and c.name in ("th", "td")]
