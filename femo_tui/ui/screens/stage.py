"""A stage of the set-up: a part of its screen that reads and tries things by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.containers import Vertical
from textual.worker import Worker

from femo_tui.ui.blocking.desk import Desk

if TYPE_CHECKING:
    from femo_tui.ui.app import FemoApp


class Stage(Vertical):
    """Has workers of its own."""

    @property
    def console(self) -> FemoApp:
        return cast("FemoApp", self.app)

    @property
    def desk(self) -> Desk:
        return self.console.desk

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.console.tell_defect(event)
