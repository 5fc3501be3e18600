"""The machine: what works here, what is missing, and what mends it, as `femo doctor` says it."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Resize

from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.widgets.lines import Lines, page

# As the command prints a line: how a thing stands, its name, what was found; what mends it below.
_STANDING, _FOUND, _REMEDY = 9, 20, 22
_STYLES = {"ok": "$success", "look": "$warning bold", "missing": "$error bold"}


class MachineScreen(FemoScreen):
    """Draws what was found, from the top; what follows from all of it stands over it."""

    HELP_TEXT = "No device was opened, so a recording goes on. Home looks again."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "pagedown",
            "page(1)",
            "more",
            id="machine.more",
            tooltip="Further down",
            priority=True,
        ),
        Binding(
            "pageup",
            "page(-1)",
            "less",
            id="machine.less",
            tooltip="Back up",
            show=False,
            priority=True,
        ),
        Binding("escape", "app.pop_screen", "back", id="machine.back", tooltip="Back to Home"),
    ]

    def __init__(self, said: str) -> None:
        super().__init__()
        self._found, _, self._conclusion = said.rstrip().rpartition("\n\n")

    def compose_body(self) -> ComposeResult:
        yield Lines(id="conclusion")
        with VerticalScroll(id="found"):
            yield Lines(id="findings")

    def on_mount(self) -> None:
        view = self.query_one(VerticalScroll)
        view.focus()
        self.watch(view, "show_vertical_scrollbar", lambda _: self.refresh_bindings())

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        width = max(self.query_one("#body").content_size.width - 1, 40)  # beside a scroll bar
        told = textwrap.wrap(self._conclusion, width)
        self.query_one("#conclusion", Lines).show_all([Content.styled(one, "bold") for one in told])
        self.query_one("#findings", Lines).show_all(finding_lines(self._found, width))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "page":
            return any(view.show_vertical_scrollbar for view in self.query(VerticalScroll))
        return True

    def action_page(self, by: int) -> None:
        page(self.query_one(VerticalScroll), by)


def finding_lines(found: str, width: int) -> list[Content]:
    """Return what the command printed, each line folded below itself."""
    lines: list[Content] = []
    for line in found.splitlines():
        indent = _REMEDY if line.startswith(" ") else _FOUND
        first, *others = textwrap.wrap(
            line, width, subsequent_indent=" " * indent, break_on_hyphens=False
        )
        style = _STYLES.get(first[:_STANDING].strip(), "")
        lines.append(Content.assemble((first[:_STANDING], style), first[_STANDING:]))
        lines += map(Content, others)
    return lines
