"""What every screen and every question of the console has in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.worker import Worker

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp
    from femo_tui.ui.keys import KeysInUse

Result = TypeVar("Result")


class ConsoleScreen(Screen[Result]):
    """Knows its console, has its defects told, and is left only while nothing lies over it."""

    _leaves_with: tuple[Result | None] | None = None  # once it is on top again

    @property
    def console(self) -> FemoApp:
        return cast("FemoApp", self.app)

    @property
    def key_of(self) -> KeysInUse:
        """Return what says which key does something, for whatever text names one."""
        return self.console.key_of

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.console.tell_defect(event)  # Textual tells it to whose worker it is, and to no other

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave with a result: now, or once what lies over it is gone.

        Textual would take away whatever is on top: the help, or the screen of another area.
        """
        if self.is_active:
            return super().dismiss(result)
        self._leaves_with = (result,)
        return AwaitComplete()

    def on_screen_resume(self) -> None:
        if self._leaves_with is not None:
            (result,), self._leaves_with = self._leaves_with, None
            self.dismiss(result)
