"""Live: the run as it is saved, and the keys that steer it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from femo_tui.errors import FemoError
from femo_tui.model.protocol import Scale, StudyProtocol
from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import ALLOWED_IN, CommandName, RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import status
from femo_tui.ui.screens.dialogs import AskRating, AskText, Confirm
from femo_tui.ui.screens.lost import LostRuns
from femo_tui.ui.widgets.figures import face_lines, fault_lines, gsr_line, sees_lines
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.gate import Gate, missed
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.steps import StepList
from femo_tui.ui.widgets.trace import Trace

FIGURES_EVERY_S = 0.9  # counters that change four times a second are not read, only sent


class LiveScreen(LostRuns):
    """Draws the snapshot; keys become commands, stamped with when they were pressed."""

    HELP_TEXT = "Live shows what is on disk. Leaving it never ends a recording."
    # Textual declares the two as instance variables, so a ClassVar is refused.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "mark", id="run.mark", tooltip="Mark this moment"),
        Binding("n", "note", "note", id="run.note", tooltip="Mark this moment with a few words"),
        Binding("p", "pause", "pause", id="run.pause", tooltip="Pause; the sensors go on"),
        Binding("p", "resume", "resume", id="run.resume", tooltip="Go on with the run"),
        Binding("s", "skip", "skip", id="run.skip", tooltip="Leave this step for the next"),
        Binding("a", "accept", "accept", id="window.accept", tooltip="Accept the window"),
        Binding(
            "w",
            "accept_with_reason",
            "reason",
            id="window.accept-with-reason",
            tooltip="Accept a window that misses something, saying why",
        ),
        Binding("r", "redo", "redo", id="run.redo", tooltip="Do this step again, as a new attempt"),
        Binding("t", "rate", "rating", id="run.rating", tooltip="Type the participant's answers"),
        Binding("e", "stop", "end", id="run.end", tooltip="End the run in order, before its time"),
        Binding(
            "x", "abort", "abort", id="run.abort", tooltip="Black screen now, then end the run"
        ),
        Binding(
            "l", "settle", "lost run", id="run.settle", tooltip="Resume, redo or close a lost run"
        ),
    ]
    _COMMAND_OF: ClassVar[dict[str, CommandName]] = {
        "mark": CommandName.MARK,
        "note": CommandName.MARK,
        "pause": CommandName.PAUSE,
        "resume": CommandName.RESUME,
        "skip": CommandName.SKIP,
        "accept": CommandName.VERDICT,
        "accept_with_reason": CommandName.VERDICT,
        "redo": CommandName.REDO,
        "rate": CommandName.RATING,
        "stop": CommandName.STOP,
        "abort": CommandName.ABORT,
    }

    def __init__(self) -> None:
        super().__init__()
        self._protocol: StudyProtocol | None = None
        self._protocol_run: Path | None = None  # the run that it is of
        self._state = RunState.IDLE
        self._step: str | None = None
        self._drawn_s = float("-inf")

    def compose_body(self) -> ComposeResult:
        yield Lines(id="nothing")
        with Horizontal(id="run"):
            yield StepList(id="steps")
            with Vertical(id="streams"):
                yield Lines(id="gsr")
                yield Trace(id="sweep")
                yield Trace(id="whole", whole=True)
                yield Lines(id="faces")
                yield Lines(id="sees")
        yield Lines(id="faults")
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
        turned = (snapshot.state, current) != (self._state, self._step)
        self.query_one("#sweep", Trace).show(snapshot)
        if turned:
            self._state, self._step = snapshot.state, current
            self.refresh_bindings()
            self.set_class(snapshot.state is RunState.LOST, "-lost")
            if snapshot.run_dir != self._protocol_run:
                self._protocol, self._protocol_run = None, snapshot.run_dir
            if self._protocol is None:
                self._load_protocol(snapshot)
        if turned or abs(snapshot.elapsed_s - self._drawn_s) >= FIGURES_EVERY_S:
            self._drawn_s = snapshot.elapsed_s
            self._draw_figures(snapshot)

    def _draw_figures(self, run: RunSnapshot) -> None:
        self.draw_status()
        self.query_one("#whole", Trace).show(run)
        self.query_one(StepList).show_run(run)
        self.query_one("#gsr", Lines).show([gsr_line(run)])
        self.query_one("#faces", Lines).show(face_lines(run))
        self.query_one("#sees", Lines).show(sees_lines(run))
        self.query_one("#faults", Lines).show(fault_lines(run))
        thresholds = None if self._protocol is None else self._protocol.thresholds
        self.query_one(Gate).show_run(run, thresholds)

    def _show_nothing(self) -> None:
        arming = self.console.active is not None
        what = "The recorder opens its devices …" if arming else "Nothing is being recorded."
        lines = [Content(""), Content.styled(what, "bold")]
        if not arming:
            lines += [Content(""), Content.assemble(("▸ 3", "$accent bold"), " set up a session")]
        self.query_one("#nothing", Lines).show(lines)

    @work(thread=True, exclusive=True, exit_on_error=False, group="protocol")
    def _load_protocol(self, run: RunSnapshot) -> None:
        """Read the run's protocol for its thresholds and scales, if it is the one recorded."""
        if run.start is None:
            return
        try:
            protocol = self.desk.protocol(str(run.start.protocol.get("name", "")))
        except FemoError:
            return  # the run goes on without what the file would have told
        if protocol.sha256 == run.start.protocol.get("sha256"):
            self.app.call_from_thread(self._take_protocol, run.run_dir, protocol)

    def _take_protocol(self, run_dir: Path, protocol: StudyProtocol) -> None:
        if run_dir != self._protocol_run:
            return  # another run has begun meanwhile
        self._protocol = protocol
        self.refresh_bindings()
        if self.console.snapshot is not None:
            self._draw_figures(self.console.snapshot)

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only where the run's state allows what it asks."""
        run = self.console.snapshot
        if action == "settle":
            return run is not None and run.state is RunState.LOST
        command = self._COMMAND_OF.get(action)
        if command is None:
            return True
        if run is None or self.console.active is None:
            return False
        if action == "rate":
            return bool(self._open_scales(run))
        if action == "accept":
            return run.state is RunState.AWAITING_VERDICT and not missed(run)
        return run.state in ALLOWED_IN[command]

    def _send(self, command: CommandName, args: dict[str, JsonValue], pressed_s: float) -> None:
        self.console.command(command, args, pressed_s)

    def _now_s(self) -> float:
        return self.desk.clock.now_s()

    def action_settle(self) -> None:
        if self.console.snapshot is not None:
            self.settle(self.console.snapshot.run_dir)

    def action_mark(self) -> None:
        self._send(CommandName.MARK, {"text": "mark"}, self._now_s())

    @work
    async def action_note(self) -> None:
        pressed_s = (
            self._now_s()
        )  # the moment noted is when the key went down, not when it was told
        question = AskText("Note", "Stands at the moment you pressed n. No names.", needed=False)
        text = await self.app.push_screen_wait(question)
        if text:
            self._send(CommandName.MARK, {"text": text}, pressed_s)

    def action_pause(self) -> None:
        self._send(CommandName.PAUSE, {}, self._now_s())

    def action_resume(self) -> None:
        self._send(CommandName.RESUME, {}, self._now_s())

    @work
    async def action_skip(self) -> None:
        pressed_s = self._now_s()
        run = self.console.snapshot
        window = run is not None and run.current is not None and run.steps[run.current].window
        if window and not await self.app.push_screen_wait(
            Confirm("Skip this step?", "Its window will count as failed.")
        ):
            return
        self._send(CommandName.SKIP, {}, pressed_s)

    @work
    async def action_redo(self) -> None:
        pressed_s = self._now_s()
        run = self.console.snapshot
        if run is None or run.current is None:
            return
        film = run.steps[run.current].kind == "clip"
        question = (
            Confirm(
                "Show the film again?",
                "Ask the participant first. A second viewing is recorded as exposure 2"
                " and left out of the primary analysis.",
            )
            if film
            else Confirm("Do this step again?", "The attempt so far stays in the record.")
        )
        if not await self.app.push_screen_wait(question):
            return
        if run.state is RunState.AWAITING_VERDICT:
            self._send(CommandName.VERDICT, {"verdict": "redo", "reason": ""}, pressed_s)
        else:
            self._send(CommandName.REDO, {}, pressed_s)

    def action_accept(self) -> None:
        self._send(CommandName.VERDICT, {"verdict": "accepted", "reason": ""}, self._now_s())

    @work
    async def action_accept_with_reason(self) -> None:
        pressed_s = self._now_s()
        question = AskText(
            "Accept the window, because …", "Stands in the run's record. No names.", needed=True
        )
        reason = await self.app.push_screen_wait(question)
        if reason:
            args: dict[str, JsonValue] = {"verdict": "accepted_with_reason", "reason": reason}
            self._send(CommandName.VERDICT, args, pressed_s)

    @work
    async def action_rate(self) -> None:
        run = self.console.snapshot
        if run is None or run.start is None:
            return
        for scale in self._open_scales(run):
            value = await self.app.push_screen_wait(AskRating(scale, run.start.language))
            if value is None:
                return
            args: dict[str, JsonValue] = {"scale": scale.name, "value": value}
            self._send(CommandName.RATING, args, self._now_s())

    def _open_scales(self, run: RunSnapshot) -> list[Scale]:
        """Return the questions of the running step that have no answer yet."""
        if self._protocol is None or run.current is None or run.state is not RunState.RUNNING:
            return []
        now = run.steps[run.current]
        answered = {r.scale for r in run.ratings if (r.step, r.attempt) == (now.name, now.attempt)}
        step = self._protocol.steps[self._protocol.step_index(now.name)]
        return [scale for scale in step.scales if scale.name not in answered]

    @work
    async def action_stop(self) -> None:
        pressed_s = self._now_s()
        question = Confirm(
            "End the run here?", "What was recorded is sealed; the rest is not made."
        )
        if await self.app.push_screen_wait(question):
            self._send(CommandName.STOP, {}, pressed_s)

    @work
    async def action_abort(self) -> None:
        pressed_s = self._now_s()
        question = Confirm(
            "Abort the run?",
            "The participant's screen goes black at once; the run ends as aborted.",
        )
        if await self.app.push_screen_wait(question):
            self._send(CommandName.ABORT, {}, pressed_s)
