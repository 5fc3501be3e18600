"""The parts that every page is made of: the document, sections, tables, facts, notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from femo_tui import paths
from femo_tui.report.markup import Child, Markup, el, joined
from femo_tui.store.pages import META

# Nothing is fetched and nothing runs, whatever a page may hold: the browser itself sees to that.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_PLAIN = re.compile("[A-Za-z0-9 .]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    is_number: bool = False
    unit: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}, {self.unit}" if self.unit else self.name


def document(title: str, running: str, *body: Child, subject: str = "") -> str:
    """Return a whole page.

    Args:
        title: of the page.
        running: what stands at the foot of each printed sheet.
        body: what it shows.
        subject: what the page is of, for femo to find it by: `run S01/…` or `study`.
    """
    style = (paths.styles_dir() / "report.css").read_text("utf-8")
    foot = f'@page {{ @bottom-left {{ content: "{_css_text(running)}"; }} }}\n'
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name=META, content=subject),
        el("title", title),
        el("style", Markup("\n" + foot + style)),
    )
    page = el("html", head, "\n", el("body", el("main", *body)), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def masthead(kind: str, title: str, lines: Iterable[Child]) -> Markup:
    """Return the head of a page: what it is, of what, and the few words under it."""
    under = (el("p", line, class_="under") for line in lines)
    return el("header", el("p", kind, class_="kind"), el("h1", title), *under)


def section(key: str, title: str, *children: Child, lead: Child = None) -> Markup:
    """Return a part of the page under its own heading."""
    words = None if lead is None else el("p", lead, class_="lead")
    return el("section", el("h2", title, id=key), words, *children, aria_labelledby=key)


def notice(kind: str, title: str, *children: Child) -> Markup:
    """Return what must not be overlooked: `kind` is simulated, warning or plain."""
    told = (child if isinstance(child, Markup) else el("p", child) for child in children if child)
    return el("aside", el("p", el("strong", title)), *told, class_=f"notice {kind}")


def bullets(items: Iterable[Child]) -> Markup | None:
    """Return a list, None without items."""
    listed = [el("li", item) for item in items]
    return el("ul", *listed) if listed else None


def facts(pairs: Iterable[tuple[str, Child]]) -> Markup:
    """Return names and what they are, side by side where there is room."""
    return el(
        "dl",
        (el("div", el("dt", name), el("dd", value)) for name, value in pairs),
        class_="facts",
    )


def figures(items: Iterable[tuple[str, str, str]]) -> Markup:
    """Return a row of key figures: what it is, the number, and a word on it."""
    return el(
        "dl",
        (
            el("div", el("dt", name), el("dd", el("b", number), " ", el("span", word)))
            for name, number, word in items
        ),
        class_="figures",
    )


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Child]],
    *,
    stacks: bool = True,
    has_head: bool = True,
    kind: str = "",
) -> Markup:
    """Return a table whose first column names the row.

    Args:
        caption: what it shows.
        columns: from left to right.
        rows: a cell a column.
        stacks: on a narrow screen each row becomes a card, its cells named by their columns.
        has_head: the columns' names stand above.
        kind: a further class.
    """
    head = el(
        "tr",
        (el("th", c.label, scope="col", class_="n" if c.is_number else None) for c in columns),
    )
    body = (
        el(
            "tr",
            el("th", row[0], scope="row", class_="n" if columns[0].is_number else None),
            (
                el("td", cell, data_label=c.label, class_="n" if c.is_number else None)
                for c, cell in zip(columns[1:], row[1:], strict=True)
            ),
        )
        for row in rows
    )
    classes = " ".join(filter(None, ("stacks" if stacks else "", kind))) or None
    return el(
        "table",
        el("caption", caption),
        el("thead", head) if has_head else None,
        el("tbody", *body),
        class_=classes,
    )


def state(sign: str, words: Child, kind: str = "") -> Markup:
    """Return a state as a sign and words, so that no colour has to tell it."""
    return el(
        "span",
        el("span", sign, aria_hidden="true", class_="sign"),
        Markup("&nbsp;"),
        words,
        class_=f"state {kind}".strip(),
    )


def lines(*children: Child) -> Markup:
    """Return children, each on a line of its own."""
    kept = [child for child in children if child]
    return joined(*((el("br"), child) if i else child for i, child in enumerate(kept)))


def _css_text(text: str) -> str:
    """Return text as it may stand in a string of a style sheet."""
    return "".join(c if _PLAIN.fullmatch(c) else f"\\{ord(c):06x}" for c in text)
