"""Which of somebody's runs counts, chosen from the list of runs, as by `femo decide --primary`."""

from __future__ import annotations

from asyncio import to_thread
from pathlib import Path

from textual import work
from textual.binding import Binding

from femo_tui.errors import FemoError
from femo_tui.ui.screens.base import FemoScreen
from femo_tui.ui.screens.dialogs import RECORDED, AskText

# Of the screens on which it can be chosen.
PRIMARY = Binding(
    "p",
    "choose_primary",
    "counts",
    id="run.primary",
    tooltip="Have it count for its participant, and no other run of theirs",
)


class Choosing(FemoScreen):
    """A screen on which somebody's run can be chosen as the one that counts."""

    @work(exclusive=True, exit_on_error=False, group="decide")
    async def have_count(self, run_dir: Path) -> None:
        """Ask why a run shall count, and choose it."""
        code, run = run_dir.parts[-3], run_dir.name
        title = f"Have {run} count for {code}, and no other run? Why?"
        reason = await self.app.push_screen_wait(AskText(title, RECORDED, needed=False))
        if reason is None:
            return
        try:
            told = await to_thread(self.desk.choose_primary, run_dir, reason)
        except FemoError as problem:
            self.console.say(str(problem), refused=True)
            return
        self.console.say(f"{told}.")
        self.console.look()
