"""One run: how it ended, and what each of its windows holds."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from femo_tui.model.records import Severity
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.ui import status, words
from femo_tui.ui.screens.lost import LostRuns
from femo_tui.ui.widgets.frame import StatusLine
from femo_tui.ui.widgets.steps import verdict

_HEAD = (
    f"{'window':<16}{'samples':>7}{'valid':>7}{'rate':>9}{'mean':>9}{'frames':>8}{'faces':>7}"
    "  verdict"
)


class RunScreen(LostRuns):
    """Draws a snapshot that no longer changes."""

    HELP_TEXT = "One run as it lies on disk, window by window."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "back", id="run.back", tooltip="Back to the runs"),
        Binding(
            "l", "settle", "lost run", id="run.settle", tooltip="Resume, redo or close a lost run"
        ),
    ]

    def __init__(self, run: RunSnapshot) -> None:
        super().__init__()
        self._run = run

    def compose_body(self) -> ComposeResult:
        run = self._run
        with VerticalScroll(id="summary"):
            yield Static(Content("\n").join([*_facts(run), Content("")]))
            lines = [Content.styled(_HEAD, "$quiet")]
            lines += [_window_line(window) for window in run.windows]
            if not run.windows:
                lines.append(Content.styled("no window was opened", "$quiet"))
            yield Static(Content("\n").join(lines))
            yield Static(Content("\n").join([Content(""), *_troubles(run)]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "settle" or self._run.state is RunState.LOST

    def action_settle(self) -> None:
        self.settle(self._run.run_dir)

    def settled(self) -> None:
        if self.is_current:
            self.dismiss()

    def draw_status(self) -> None:
        self.query_one(StatusLine).say(partial(status.run_ends, self._run))


def _facts(run: RunSnapshot) -> list[Content]:
    start = run.start
    if start is None:
        return [Content.styled("! this run has no first record: nothing was saved", "$warning")]
    devices = ", ".join(
        str(device.get("model", "")) if isinstance(device, dict) else ""
        for device in start.devices.values()
        if device
    )
    reason = run.stop.reason if run.stop else run.state_reason
    end = run.stop.status.value if run.stop else run.state.value
    facts = [
        ("ended", f"{end}{f': {reason}' if reason else ''}"),
        ("protocol", f"{start.protocol.get('name', '')}  by {start.operator or 'somebody'}"),
        ("devices", devices),
        ("sealed", "yes, with its hashes" if run.sealed else "no"),
    ]
    return [Content.assemble((f"{name:<10}", "$quiet"), text) for name, text in facts]


def _window_line(window: WindowSummary) -> Content:
    attempt = f" ({window.attempt})" if window.attempt > 1 else ""
    name = f"{window.step}{attempt}"
    low = window.gsr_samples and window.gsr_valid < 0.8 * window.gsr_samples
    mean = words.NONE if window.gsr_mean_us is None else f"{window.gsr_mean_us:.2f}{words.THIN}µS"
    return Content.assemble(
        f"{name:<15.15} ",
        f"{words.count(window.gsr_samples):>7}",
        (f"{words.percent(window.gsr_valid, window.gsr_samples):>7}", "$warning" if low else ""),
        f"{words.rate(window.gsr_rate_hz):>9}",
        f"{mean:>9}",
        f"{words.count(window.frames):>8}",
        f"{words.percent(window.frames_with_face, window.frames):>7}",
        "  ",
        verdict(window),
    )


def _troubles(run: RunSnapshot) -> list[Content]:
    """Return what went wrong, in order: device trouble and lines that could not be read."""
    lines = []
    for note in run.device_notes:
        if note.severity is not Severity.INFO:
            loss = note.severity is Severity.LOSS
            text = f"{words.clock(note.t_s)}  {'LOSS' if loss else 'note'}  {note.text}"
            lines.append(Content.styled(text, "$error bold" if loss else "$warning"))
    lines += [Content.styled(f"! {problem}", "$warning") for problem in run.problems]
    return lines or [Content.styled("no device trouble", "$quiet")]
