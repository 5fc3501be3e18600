"""Long work in sight: a bar, a rate, the time left, and a key that ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Generic, TypeVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from femo_tui.errors import Cancelled, FemoError
from femo_tui.model.progress import Progress, Report
from femo_tui.ui.screens.modal import Over, key_hints
from femo_tui.ui.widgets.progress import ProgressBar

DRAWN_EVERY_S = 0.25

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What came of long work: a result, or why there is none."""

    result: Result | None = None
    problem: str = ""

    @property
    def cancelled(self) -> bool:
        return self.result is None and not self.problem


class LongWork(Over[Outcome[Result]]):
    """Does something in a thread and shows how far it has come."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,c", "cancel", "cancel", id="work.cancel", tooltip="End it before its time"),
    ]

    def __init__(self, title: str, do: Callable[[Report], Result]) -> None:
        """Show `title` while `do` works; what it reports is drawn, and ends it once cancelled."""
        super().__init__()
        self._title, self._do = title, do
        self._progress: Progress | None = None
        self._cancelled = threading.Event()
        self._began_s = 0.0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Content.styled(self._title, "bold"))
            yield ProgressBar(id="progress")
            yield Static("")
            yield Static(key_hints((f"▸ {self.key_of('work.cancel')}", "cancel")))

    def on_mount(self) -> None:
        self._began_s = monotonic()
        self._work()
        self.set_interval(DRAWN_EVERY_S, self._draw)

    def _draw(self) -> None:
        bar = self.query_one(ProgressBar)
        bar.show_progress(self._progress, monotonic() - self._began_s)

    def _report(self, progress: Progress) -> None:
        """Take in how far the work has come; on its own thread."""
        self._progress = progress
        if self._cancelled.is_set():
            raise Cancelled("cancelled")

    @work(thread=True, exit_on_error=False, group="long")
    def _work(self) -> None:
        outcome: Outcome[Result] = Outcome()
        try:
            outcome = Outcome(self._do(self._report))
        except Cancelled:
            pass  # no result and no problem says so
        except FemoError as problem:
            outcome = Outcome(None, str(problem))
        self.app.call_from_thread(self._end, outcome)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """End at a defect, too: whoever asked for the work says it."""
        event.prevent_default()
        if event.state is WorkerState.ERROR:
            self._end(Outcome(None, f"a defect ended it: {event.worker.error!r}"))

    def _end(self, outcome: Outcome[Result]) -> None:
        if self.is_running:
            self.dismiss(outcome)

    def action_cancel(self) -> None:
        self._cancelled.set()

    def on_unmount(self) -> None:
        self._cancelled.set()


async def in_sight(app: App[None], title: str, do: Callable[[Report], Result]) -> Outcome[Result]:
    """Do long work in sight and return what came of it; only from a worker."""
    doing: LongWork[Result] = LongWork(title, do)
    outcome: Outcome[Result] = await app.push_screen_wait(doing)
    return outcome
