"""Help where you stand: what each key does here, now."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from femo_tui.ui.keys import key_word
from femo_tui.ui.screens.modal import Over
from femo_tui.ui.widgets.frame import NAVIGATION

KEYS_WIDTH = 10
WHAT_WIDTH = 52  # beside them: what the widest help has room for


class HelpScreen(Over[None]):
    """Lists the keys that do something on `behind`, its own first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,q,enter",
            "dismiss",
            "back",
            id="help.back",
            tooltip="Back to where one was",
        ),
    ]

    def __init__(self, behind: Screen[object]) -> None:
        super().__init__()
        self._text = str(getattr(behind, "HELP_TEXT", ""))
        active = [a.binding for a in behind.active_bindings.values() if a.enabled]
        known = [binding for binding in active if binding.id and binding.tooltip]
        self._ways = [b for b in known if (b.id or "").startswith(NAVIGATION)]
        self._everywhere = [b for b in known if (b.id or "").startswith("app.")]
        self._here = [b for b in known if b not in self._ways and b not in self._everywhere]

    def compose(self) -> ComposeResult:
        parts = [_lines(self._here), _way_lines(self._ways), _lines(self._everywhere)]
        with VerticalScroll(classes="dialog -help"):
            if self._text:
                yield Static(Content.styled(self._text, "bold"))
            for part in filter(None, parts):
                yield Static("")
                yield Static(Content("\n").join(part))
            yield Static("")
            closes = f"{self.key_of('help.back')} closes this; ↑↓ show more of it"
            yield Static(Content.styled(closes, "$quiet"))


def _lines(bindings: Iterable[Binding]) -> list[Content]:
    """Return one line for each thing to do, with all the keys that do it."""
    keys: dict[str, list[str]] = {}
    does: dict[str, str] = {}
    for binding in bindings:
        keys.setdefault(binding.action, []).append(key_word(binding.key))
        does.setdefault(binding.action, binding.tooltip)
    return [_line(" ".join(keys[action]), what) for action, what in does.items()]


def _way_lines(ways: Sequence[Binding]) -> list[Content]:
    if not ways:
        return []
    first, last = key_word(ways[0].key), key_word(ways[-1].key)
    return [_line(f"{first}–{last}", ", ".join(way.description for way in ways))]


def _line(keys: str, what: str) -> Content:
    beside = f"\n{'':{KEYS_WIDTH}}  ".join(textwrap.wrap(what, WHAT_WIDTH))
    return Content.assemble((f"{keys:>{KEYS_WIDTH}}", "$accent bold"), f"  {beside}")
