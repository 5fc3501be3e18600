"""The frame of every screen: status line on top, notice and keys at the bottom."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen

from femo_tui.ui.keys import key_word
from femo_tui.ui.widgets.lines import Lines, spread

NOTICE_LINES = 4
NAVIGATION = "screen."  # ids of the bindings that go from screen to screen


class StatusLine(Lines):
    """The one line that says what is being recorded."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._ends: Callable[[int], tuple[Content, Content]] = lambda _: (Content(""), Content(""))

    def say(self, ends: Callable[[int], tuple[Content, Content]]) -> None:
        """Show the two ends that `ends` gives for a width."""
        self._ends = ends
        self.redraw()

    def redraw(self) -> None:
        width = max(self.content_size.width, 1)
        left, right = self._ends(width)
        self.show([spread(left, right, width)])


class KeyLine(Lines):
    """The keys that do something here and now, taken from the active bindings."""

    def __init__(self) -> None:
        super().__init__(id="keys")

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def redraw(self) -> None:
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        here: list[Content] = []
        places: list[Content] = []
        last: list[Content] = []
        ways: list[str] = []
        told: set[str] = set()
        names = {active.binding.id for active in screen.active_bindings.values()}
        if "app.help" in names:
            told.add("app.help-anywhere")  # while one writes, it is the only way to the help
        for active in screen.active_bindings.values():
            binding, name = active.binding, active.binding.id or ""
            if not binding.show or not active.enabled or (name and name in told):
                continue
            told.add(name)
            shown = _key(binding, current=name == f"{NAVIGATION}{self.app.current_mode}")
            if name.startswith(NAVIGATION):
                places.append(shown)
                ways.append(key_word(binding.key))
            elif name.startswith("app."):
                last.append(shown)
            else:
                here.append(shown)
        around = [Content(" ").join(places)]
        if ways:
            around.append(Content.assemble((f"{ways[0]}–{ways[-1]}", "$accent bold"), " go"))
        width = max(self.content_size.width, 1)
        self.show([spread(*_fitted(here, around, last, width), width)])


def _fitted(
    here: list[Content], around: list[Content], last: list[Content], width: int
) -> tuple[Content, Content]:
    """Return both ends of the key line: what is done here comes before the ways elsewhere.

    `around` names the ways, at length and in short; `last` are leaving and the help, which stays.
    """
    left, right = Content("  ").join(here), Content("  ").join(last)
    for way in around:
        whole = Content("   ").join(part for part in (left, way) if part)
        if whole.cell_length + right.cell_length + 3 <= width:
            return whole, right
    for ends in (
        ((left, right), (left, last[-1]), (Content(" ").join(here), last[-1])) if last else ()
    ):
        if sum(end.cell_length for end in ends) < width:
            return ends
    return left, right


def _key(binding: Binding, *, current: bool) -> Content:
    style = "$accent bold" if current else ""
    return Content.assemble(
        (key_word(binding.key), "$accent bold"), " ", (binding.description, style or "$foreground")
    )


class NoticeLine(Lines):
    """One calm sentence: what was refused, or what was done; it takes the lines that it needs."""

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._said = ("", False)

    def say(self, text: str, *, refused: bool) -> None:
        self._said = (text, refused)
        self.redraw()

    def redraw(self) -> None:
        text, refused = self._said
        sign, style = ("!", "$warning") if refused else ("·", "$quiet")
        lines = textwrap.wrap(f"{sign} {text}", max(self.content_size.width, 20)) if text else []
        height = min(max(len(lines), 1), NOTICE_LINES)
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
        self.show([Content.styled(line, style) for line in lines])
