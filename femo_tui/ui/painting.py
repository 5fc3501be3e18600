"""What a key costs: nothing is styled or sent twice, and garbage is looked for in pauses."""

from __future__ import annotations

import time

from rich.console import RenderableType
from textual.app import App
from textual.events import Event, Key
from textual.screen import Screen

from femo_tui.ui.glass import Glass
from femo_tui.ui.tidying import LOOK_EVERY_S, Tidying

# Textual paints nothing for 50 ms when screens change; the budget of key to paint is no more.
SCREEN_CHANGE_S = 0.005
_NEVER = -1  # of a screen that is new: it is styled when it is composed


class ThriftyApp(App[None]):
    """A Textual app whose keys are answered at once, also over a bad line."""

    def __init__(self) -> None:
        super().__init__()
        self._glass = Glass()
        self._tidying = Tidying()

    def be_thrifty(self) -> None:
        """Begin once the first screen is painted."""
        self.app_resume_signal.subscribe(self, lambda _: self._glass.forget())
        if not self.is_headless:
            self._tidying.begin()
            self.set_interval(LOOK_EVERY_S, lambda: self._tidying.look(time.monotonic()))

    def delay_update(self, delay: float = SCREEN_CHANGE_S) -> None:
        super().delay_update(delay)

    def refresh_css(self, animate: bool = True) -> None:
        """Take over the colours of another theme; where it is the same, style what was not yet.

        Textual parses all styles anew, twice, for each screen that is gone to for the first time.
        """
        if self.stylesheet._variables != self.get_css_variables():
            super().refresh_css(animate)
            return
        for screen in self.screen_stack:
            if screen._css_update_count not in (_NEVER, self._css_update_count):
                self.stylesheet.update(screen, animate=False)
            screen._css_update_count = self._css_update_count

    def on_resize(self) -> None:
        self._glass.forget()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key):
            self._tidying.pressed(time.monotonic())
        await super().on_event(event)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send only what differs from what the terminal shows."""
        if self._running and not self.is_headless and not self._batch_count:
            renderable = self._glass.changed(renderable)
            self._tidying.painted(time.monotonic())
        super()._display(screen, renderable)

    def action_redraw(self) -> None:
        """Paint everything anew, whatever others have written on the terminal."""
        self._glass.forget()
        for screen in self.screen_stack:
            screen.refresh()
