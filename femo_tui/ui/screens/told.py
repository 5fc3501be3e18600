"""What came of something, in a few lines that stay until they were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from femo_tui.ui.screens.modal import Over


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
            yield Static(Content.assemble(("▸ enter", "$accent bold"), " back"))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
