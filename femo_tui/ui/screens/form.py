"""A form over the screen behind: fields one after the other, ticks, one way to keep it."""

from __future__ import annotations

from textual.binding import Binding
from textual.widgets import Button

from femo_tui.ui.screens.console_screen import Result
from femo_tui.ui.screens.modal import Over
from femo_tui.ui.widgets.tick import Tick


def step(form: str, key: str, action: str, name: str, tooltip: str) -> Binding:
    """Return a key of a form's own, with priority: who types ahead writes into the next field."""
    return Binding(
        key, action, name, id=f"{form}.{name}", tooltip=tooltip, show=False, priority=True
    )


class Form(Over[Result]):
    """Its last field is a button; a form says itself what keeping it does."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "tick" or isinstance(self.focused, Tick)

    def key_hint(self, form: str, does: str, back: str, *others: str) -> str:
        """Return the keys of the form as a line; `form` begins their names, `back` is one whole."""
        key = self.key_of
        fields = f"{key(f'{form}.previous')}{key(f'{form}.next')} fields"
        return "   ".join((f"{key(f'{form}.keep')} {does}", f"{key(back)} back", fields, *others))

    def action_tick(self) -> None:
        if isinstance(self.focused, Tick):
            self.focused.toggle()

    def action_next_or_keep(self) -> None:
        if isinstance(self.focused, Button):
            self.action_keep()
        else:
            self.app.action_focus_next()

    def action_keep(self) -> None:
        """Keep what is written, or say what is wrong with it."""
        raise NotImplementedError
