"""HTML that cannot be forgotten to be escaped: what is no Markup is text, and is told as such."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

Attribute: TypeAlias = "str | int | float | bool | None"
_WITHOUT_END = frozenset({"meta", "img", "br", "wbr", "col"})  # elements that hold nothing


class Markup(str):
    """Text that is HTML already: made by `el` and `joined` alone."""

    __slots__ = ()


Child: TypeAlias = "str | Markup | Iterable[Child] | None"


def el(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return an element.

    Args:
        name: of the element.
        children: what it holds; text is escaped, None is nothing.
        attributes: `class_` is class, `stroke_width` stroke-width; None and False leave one out,
            True stands without a value, numbers have at most two decimals.
    """
    told = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _WITHOUT_END:
        return Markup(f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Return children one after the other."""
    return Markup("".join(_told(child) for child in children))


def px(value: float) -> str:
    """Return a length or a place in a picture, to a hundredth."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _told(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return html.escape(_printable(child), quote=False)
    return joined(*child)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    text = px(value) if isinstance(value, float) else str(value)
    return f' {name}="{html.escape(_printable(text), quote=True)}"'


def _printable(text: str) -> str:
    """Return text without what no page may hold: control characters, halves of surrogate pairs."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter
        for letter in text
        if letter in "\n\t" or not (letter < " " or "\x7f" <= letter <= "\x9f")
    )
