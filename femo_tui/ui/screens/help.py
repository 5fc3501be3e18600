"""Help where you stand: the keys of the screen one is on, and what each does."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from femo_tui.ui.screens.modal import Over
from femo_tui.ui.widgets.frame import NAVIGATION, key_word


class HelpScreen(Over[None]):
    """Lists the active bindings of `behind`, its own first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "back", id="help.back"),
    ]

    def __init__(self, behind: Screen[object]) -> None:
        super().__init__()
        self._text = str(getattr(behind, "HELP_TEXT", ""))
        active = [a.binding for a in behind.active_bindings.values() if a.enabled]
        known = [b for b in active if b.id and b.description]
        self._here = [b for b in known if not (b.id or "").startswith((NAVIGATION, "app."))]
        self._everywhere = [b for b in known if (b.id or "").startswith((NAVIGATION, "app."))]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -help"):
            if self._text:
                yield Static(Content.styled(self._text, "bold"))
                yield Static("")
            yield Static(_table(self._here))
            if self._here:
                yield Static("")
            yield Static(_table(self._everywhere))
            yield Static(
                Content.assemble(("      ^p", "$accent bold"), "  find any command by name")
            )


def _table(bindings: list[Binding]) -> Content:
    seen: dict[str, Content] = {}
    for binding in bindings:
        what = binding.tooltip or binding.description
        line = Content.assemble((f"{key_word(binding):>8}", "$accent bold"), f"  {what}")
        seen.setdefault(binding.action, line)
    return Content("\n").join(seen.values())
