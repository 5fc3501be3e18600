"""Writing what a screen shows as a page to look at and to print."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from femo_tui.model.progress import Report
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.long_work import in_sight


class Reporting(FemoScreen):
    """A screen of which there is a page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "o",
            "report",
            "report",
            id="report.write",
            tooltip="One page to look at and to print, in the store's exports",
            show=False,
        ),
    ]

    def write_report(self, report: Report) -> Path:
        """Write the page; called from a thread."""
        raise NotImplementedError

    @work(exclusive=True, exit_on_error=False, group="report")
    async def action_report(self) -> None:
        outcome = await in_sight(self.app, "Write a report", self.write_report)
        if outcome.result is not None:
            self.console.say(f"Written: {outcome.result}")
        else:
            problem = outcome.problem or "No report was written: cancelled."
            self.console.say(problem, refused=bool(outcome.problem))
