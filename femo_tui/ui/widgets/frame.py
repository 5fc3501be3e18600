"""The frame of every screen: status line on top, notice and keys at the bottom."""

from __future__ import annotations

from collections.abc import Callable

from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen

from femo_tui.ui.widgets.lines import Lines, spread

NAVIGATION = "screen."  # ids of the bindings that go from screen to screen
_KEY_WORDS = {
    "question_mark": "?",
    "ctrl+p": "^p",
    "ctrl+s": "^s",
    "escape": "esc",
    "slash": "/",
}


def key_word(binding: Binding) -> str:
    """Return a key as the key line writes it."""
    return binding.key_display or _KEY_WORDS.get(binding.key, binding.key)


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
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.show or not active.enabled:
                continue
            mode = (binding.id or "").removeprefix(NAVIGATION)
            shown = _key(binding, current=mode == self.app.current_mode)
            if (binding.id or "").startswith(NAVIGATION):
                places.append(shown)
            elif (binding.id or "").startswith("app."):
                last.append(shown)
            else:
                here.append(shown)
        width = max(self.content_size.width, 1)
        left, right = Content("  ").join(here), Content("  ").join(last)
        around = Content(" ").join(places)
        digits = Content.assemble(("1–5", "$accent bold"), " screens") if places else Content("")
        for way in (around, digits):
            parts = [part for part in (left, way) if part]
            if sum(part.cell_length for part in (*parts, right)) + 6 <= width:
                left = Content("   ").join(parts)
                break
        self.show([spread(left, right, width)])


def _key(binding: Binding, *, current: bool) -> Content:
    style = "$accent bold" if current else ""
    return Content.assemble(
        (key_word(binding), "$accent bold"), " ", (binding.description, style or "$foreground")
    )


class NoticeLine(Lines):
    """One calm line: what was refused, or what was done."""

    def __init__(self) -> None:
        super().__init__(id="notice")

    def say(self, text: str, *, refused: bool) -> None:
        sign, style = ("!", "$warning") if refused else ("·", "$quiet")
        self.show([Content.assemble((f"{sign} {text}", style))] if text else [])
