"""What came of something, in a few lines that stay until they were read."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from femo_tui.ui import words
from femo_tui.ui.screens.modal import Over, key_hints

WIDTH = 74  # of a line
_SENTENCES = 8  # are told; where there are more, a command tells them all
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def warnings(sentences: Sequence[str], command: str, style: str = "$warning") -> list[Content]:
    """Return what is wrong, a sentence each; `command` tells the rest of many."""
    lines = [
        Content.styled(part, style)
        for sentence in sentences[:_SENTENCES]
        for part in textwrap.wrap("! " + _HASH.sub(r"\1…", sentence), WIDTH)
    ]
    if len(sentences) > _SENTENCES:
        more = f"  and {words.count(len(sentences) - _SENTENCES)} more: `{command}`"
        lines.append(Content.styled(more, "$quiet"))
    return lines


class Told(Over[None]):
    """Shows a title and lines."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "dismiss", "back", id="told.back", tooltip="Back, it was read"),
    ]

    def __init__(self, title: Content, lines: Sequence[Content]) -> None:
        super().__init__()
        self._title_line, self._lines = title, lines

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -told"):
            yield Static(self._title_line.stylize("bold"))
            yield Static("")
            yield Static(Content("\n").join(self._lines))
            yield Static("")
            yield Static(key_hints((f"▸ {self.key_of('told.back')}", "back")))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
