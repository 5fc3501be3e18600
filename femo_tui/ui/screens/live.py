"""Live: the run as it is saved, and the keys that steer it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.worker import get_current_worker

from femo_tui.errors import FemoError
from femo_tui.model.protocol import StudyProtocol
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import Controls, RunSnapshot
from femo_tui.model.thumbnail import Thumbnail
from femo_tui.ui import status
from femo_tui.ui.screens.modal import Over
from femo_tui.ui.screens.steering import Steering
from femo_tui.ui.widgets.figures import (
    ClassShares,
    Faults,
    face_lines,
    gsr_line,
    sees_lines,
)
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.gate import Gate
from femo_tui.ui.widgets.lines import Columns, Lines, Rows
from femo_tui.ui.widgets.picture import Picture
from femo_tui.ui.widgets.steps import StepList
from femo_tui.ui.widgets.trace import Trace

FIGURES_EVERY_S = 0.9  # counters that change four times a second are not read, only sent
PICTURE_EVERY_S = 0.4


class LiveScreen(Steering):
    """Draws the snapshot."""

    HELP_TEXT = "Live shows what is on disk. Leaving it never ends a recording."
    # Textual declares the two as instance variables, so a ClassVar is refused.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (118, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "v",
            "picture",
            "look",
            id="run.picture",
            tooltip="The camera's picture beside the trace; it is not kept",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._protocol: StudyProtocol | None = None
        self._protocol_run: Path | None = None  # the run that it is of
        self._state = RunState.IDLE
        self._step: str | None = None
        self._asks: tuple[str, ...] = ()
        self._held: Controls | None = None  # by another console
        self._drawn_s = float("-inf")
        self._notes = 0  # of devices, that were told

    def compose_body(self) -> ComposeResult:
        yield Lines(id="nothing")
        with Columns(id="run"):
            yield StepList(id="steps")
            with Rows(id="streams"):
                yield Lines(id="gsr")
                yield Trace(id="sweep")
                yield Trace(id="whole", whole=True)
                yield Lines(id="faces")
                yield ClassShares(id="classes")
                yield Lines(id="sees")
            yield Picture(id="picture")
        yield Faults(id="faults")
        yield Gate(id="gate")

    def draw_status(self) -> None:
        run = self.console.snapshot
        if run is None:
            super().draw_status()
        else:
            self.query_one(StatusLine).say(partial(status.run_ends, run))

    def show_snapshot(self, snapshot: RunSnapshot | None) -> None:
        self.set_class(snapshot is not None, "-run")
        if snapshot is None:
            self.draw_status()
            self._show_nothing()
            return
        current = None if snapshot.current is None else snapshot.steps[snapshot.current].name
        turned = (snapshot.state, current, snapshot.asks) != (self._state, self._step, self._asks)
        self.query_one("#sweep", Trace).show(snapshot)
        held = self.desk.held_elsewhere(snapshot)
        if held != self._held:
            self._tell_who_holds(held)
            turned = True
        if turned:
            self._state, self._step, self._asks = snapshot.state, current, snapshot.asks
            self.refresh_bindings()
            self.set_class(snapshot.state is RunState.LOST, "-lost")
            if snapshot.run_dir != self._protocol_run:
                self._protocol, self._protocol_run = None, snapshot.run_dir
            if self._protocol is None:
                self._load_protocol(snapshot)
        told, self._notes = self._notes, len(snapshot.device_notes)
        # Nothing may come after what is told of a silence, for as long as it lasts.
        turned = turned or told != self._notes
        if turned or abs(snapshot.elapsed_s - self._drawn_s) >= FIGURES_EVERY_S:
            self._drawn_s = snapshot.elapsed_s
            self._draw_figures(snapshot)

    def _tell_who_holds(self, held: Controls | None) -> None:
        """Say that another console has begun to steer, if this one did before."""
        before, self._held = self._held, held
        if held is not None and before is None and self.desk.steered:
            self.console.say(
                f"{held.operator} has taken the controls over: this console watches."
                f" {self.key_of('run.take-over')} takes them back.",
                refused=True,
            )

    def _draw_figures(self, run: RunSnapshot) -> None:
        self.draw_status()
        self.query_one("#whole", Trace).show(run)
        self.query_one(StepList).show_run(run)
        self.query_one("#gsr", Lines).show([gsr_line(run)])
        self.query_one("#faces", Lines).show(face_lines(run))
        self.query_one(ClassShares).show_run(run)
        self.query_one("#sees", Lines).show(sees_lines(run, self.key_of))
        self.query_one(Faults).tell(run, self._held, self.console.reading_takes_s)
        self.query_one(Gate).show_run(run, self._held)

    def _show_nothing(self) -> None:
        arming = self.console.active is not None
        what = "The recorder opens its devices …" if arming else "Nothing is being recorded."
        lines = [Content(""), Content.styled(what, "bold")]
        if not arming:
            key = (f"▸ {self.key_of('screen.setup')}", "$accent bold")
            lines += [Content(""), Content.assemble(key, " set up a session")]
        self.query_one("#nothing", Lines).show(lines)

    # --- the protocol: its scales ---------------------------------------------------------------

    def protocol_of_run(self) -> StudyProtocol | None:
        return self._protocol

    @work(thread=True, exclusive=True, exit_on_error=False, group="protocol")
    def _load_protocol(self, run: RunSnapshot) -> None:
        """Read the run's protocol for its scales, if it is the one recorded."""
        if run.start is None:
            return
        try:
            protocol = self.desk.protocol(str(run.start.protocol.get("name", "")))
        except FemoError:
            return  # the run goes on without what the file would have told
        if protocol.sha256 == run.start.protocol.get("sha256"):
            self.app.call_from_thread(self._take_protocol, run.run_dir, protocol)

    def _take_protocol(self, run_dir: Path, protocol: StudyProtocol) -> None:
        if run_dir == self._protocol_run:  # else another run has begun meanwhile
            self._protocol = protocol
            self.refresh_bindings()

    # --- the camera's picture -------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "picture":
            is_over = self.console.snapshot is not None and self.console.recording is None
            return self.console.active is not None and not is_over
        return super().check_action(action, parameters)

    def action_picture(self) -> None:
        shown = not self.has_class("-picture")
        self.set_class(shown, "-picture")
        if shown:
            self._look_at_camera()
        else:
            self.workers.cancel_group(self, "picture")
            self.query_one(Picture).show(None)

    def on_screen_suspend(self) -> None:
        if self.has_class("-picture") and not isinstance(self.app.screen, Over):
            self.action_picture()

    @work(thread=True, exclusive=True, exit_on_error=False, group="picture")
    def _look_at_camera(self) -> None:
        """Ask for the newest picture for as long as it is shown; the recorder makes none else."""
        app, worker = self.console, get_current_worker()
        while not worker.is_cancelled and not app.leaving.is_set():
            try:
                picture = self.desk.picture()
            except FemoError as problem:
                app.call_from_thread(self._no_picture, str(problem))
                return
            app.call_from_thread(self._show_picture, picture)
            app.leaving.wait(PICTURE_EVERY_S)

    def _show_picture(self, picture: Thumbnail | None) -> None:
        if self.has_class("-picture"):
            self.query_one(Picture).show(picture)

    def _no_picture(self, why: str) -> None:
        if self.has_class("-picture"):
            self.action_picture()
            self.console.say(why, refused=True)
