"""The caption of the tour: a rule with its number, what one sees, what to press next."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from weakref import WeakSet

from textual.content import Content
from textual.screen import Screen

from femo_tui.ui.keys import key_word
from femo_tui.ui.tour import STAGES, Press
from femo_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp

_HIDE = "app.tour"


class TourCaption(Lines):
    """Three lines above the keys, drawn anew when what can be done here becomes another."""

    def __init__(self) -> None:
        super().__init__(id="tour")
        self._heard: WeakSet[Screen[object]] = WeakSet()

    def on_mount(self) -> None:
        self._hear(self.screen)
        self.app.screen_change_signal.subscribe(self, self._hear)
        self.watch(self.app, "snapshot", self.redraw)

    def _hear(self, top: Screen[object]) -> None:
        """Draw; and hear from now on of what can be done on a screen, or on a question over it."""
        if self.screen in self.app.screen_stack:
            if top not in self._heard:
                self._heard.add(top)
                top.bindings_updated_signal.subscribe(self, lambda _: self.redraw())
            self.redraw()

    def redraw(self) -> None:
        app = cast("FemoApp", self.app)
        if app.tour is None or self.screen not in app.screen_stack or not self.size.width:
            return
        said = app.tour.caption(app)
        keys: dict[str, str] = {}
        for active in app.screen.active_bindings.values():
            if active.enabled and active.binding.id:
                keys.setdefault(active.binding.id, key_word(active.binding.key))
        number = f" {said.stage} of {len(STAGES)}" if said.stage <= len(STAGES) else ""
        left, right = f" tour{number} ", f" {app.key_of(_HIDE)} hides "
        rule = "─" * (self.size.width - len(left) - len(right) - 4)
        shown = [part for press in said.presses for part in _pressed(press, keys)]
        self.show(
            [
                Content.assemble(
                    *(("──", "$rule"), (left, "$quiet"), (rule, "$rule")),
                    *((right, "$quiet"), ("──", "$rule")),
                ),
                Content(f"  {said.text}"),
                Content.assemble("  ", *shown),
            ]
        )


def _pressed(press: Press, keys: dict[str, str]) -> list[tuple[str, str]]:
    """Return a key and what it does; nothing of one that does nothing here."""
    is_name = "." in press.key
    if is_name and press.key not in keys:
        return []
    key = keys[press.key] if is_name else press.key
    sign = f"▸ {key} " if key else "· "
    return [(sign, "$accent bold" if key else "$quiet"), (f"{press.does}  ", "")]
