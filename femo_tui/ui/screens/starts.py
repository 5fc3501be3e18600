"""Starting a recorder from a screen, without holding up a key."""

from __future__ import annotations

from textual import work
from textual.worker import Worker, WorkerState

from femo_tui.errors import FemoError
from femo_tui.recorder.preflight_client import PreflightClient
from femo_tui.recorder.request import RecordRequest
from femo_tui.ui.messages import NotStarted, Started
from femo_tui.ui.screens.base import FemoScreen

GROUP = "start"


class Starts(FemoScreen):
    """A screen that starts a recorder; it is told by `Started` or `NotStarted`."""

    @work(thread=True, exclusive=True, exit_on_error=False, group=GROUP)
    def start_recorder(self, request: RecordRequest, tried: PreflightClient | None) -> None:
        """Start recording once `tried`, which holds the devices, has let them go."""
        if tried is not None:
            tried.close()
        try:
            self.desk.start(request)
        except FemoError as problem:
            self.post_message(NotStarted(str(problem)))
        else:
            self.post_message(Started())

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            event.prevent_default()
            self.post_message(NotStarted(f"a defect: {event.worker.error!r}"))
