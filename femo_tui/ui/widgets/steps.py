"""The list of steps: what is done and how it was judged, what runs and how long, what comes."""

from __future__ import annotations

from textual.content import Content

from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot, StepStatus, WindowSummary
from femo_tui.ui import words
from femo_tui.ui.widgets.lines import Lines, spread

WIDE = 34  # from this width on a step's class stands beside its name

_SIGNS = {
    "planned": ("·", "$quiet"),
    "running": ("▸", "$accent bold"),
    "complete": ("✓", "$success"),
    "skipped": ("»", "$quiet"),
    "redo": ("↻", "$warning"),
    "stopped": ("■", "$warning"),
    "aborted": ("■", "$warning"),
    "failed": ("✗", "$error bold"),
}
VERDICTS = {
    "accepted": ("accepted", "$success"),
    "accepted_with_reason": ("accepted*", "$success"),
    "redo": ("redo", "$warning"),
    "failed": ("failed", "$warning bold"),
}


class StepList(Lines):
    """Draws the steps of a snapshot, keeping the running one in sight."""

    _run: RunSnapshot | None = None

    def redraw(self) -> None:
        if self._run is not None:
            self.show_run(self._run)

    def show_run(self, run: RunSnapshot) -> None:
        self._run = run
        width, height = self.content_size.width, self.content_size.height
        if height <= 0:
            return
        # One step before and as many after the running one as there is room for. A step takes one
        # line, the running one a second for its window; a run of hours has hundreds of steps, so
        # only those in sight are written out.
        place = run.current or 0
        count = len(run.steps) + (run.current is not None and _is_open(run.steps[run.current]))
        first = min(max(place - 3, 0), max(count - height, 0))
        shown: list[Content] = []
        for index, step in enumerate(run.steps[first : first + height], start=first):
            shown += _step_lines(step, run, width, current=index == run.current)
        del shown[height:]
        if first + height < count and shown:
            left = count - first - height + 1
            shown[-1] = Content.styled(f"  … {words.plural(left, 'more step')}", "$quiet")
        self.show(shown)


def _step_lines(step: StepStatus, run: RunSnapshot, width: int, *, current: bool) -> list[Content]:
    sign, style = _SIGNS.get(step.state, ("?", "$quiet"))
    name_style = "bold" if current else "$quiet" if step.state == "planned" else ""
    name = Content.assemble((sign, style), " ", (step.name, name_style))
    if step.class_name is not None and width >= WIDE:
        name = Content.assemble(name, (f"  {step.class_name}", "$quiet"))
    if step.attempt > 1:
        name = Content.assemble(name, (f" ({step.attempt})", "$warning"))
    lines = [spread(name, _right(step, run, current), width)]
    if current and step.window is not None and _is_open(step):
        gone_s = max(run.elapsed_s - step.window.onset_s, 0.0)
        planned_s = _planned_window_s(run, step.name)
        of = "" if planned_s is None else f" of {planned_s:g}"
        lines.append(Content.styled(f"    window {gone_s:.0f}{of} s", "$accent"))
    return lines


def _is_open(step: StepStatus) -> bool:
    return step.window is not None and step.window.end_s is None


def _right(step: StepStatus, run: RunSnapshot, current: bool) -> Content:
    if current and run.state is RunState.AWAITING_VERDICT:
        return Content.styled("verdict?", "$warning bold")
    if current and step.state == "running" and step.started_s is not None:
        gone_s = run.elapsed_s - step.started_s
        if step.duration_s is None:
            return Content(words.clock(gone_s))
        return Content.styled(f"{words.short(max(step.duration_s - gone_s, 0.0))} left", "bold")
    if step.window is not None and step.window.verdict:
        return verdict(step.window)
    if step.state in ("planned", "complete"):
        return Content.styled(words.short(step.duration_s), "$quiet")
    return Content.styled(step.state, "$quiet")


def _planned_window_s(run: RunSnapshot, step_name: str) -> float | None:
    """Return how long the window of a step is planned, as run_start tells it."""
    steps = run.start.protocol.get("steps") if run.start is not None else None
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict) and step.get("name") == step_name:
            window = step.get("window")
            planned_s = window.get("duration_s") if isinstance(window, dict) else None
            return float(planned_s) if isinstance(planned_s, int | float) else None
    return None


def verdict(window: WindowSummary) -> Content:
    """Return a verdict as a word and a colour."""
    return Content.styled(*VERDICTS.get(window.verdict, (window.verdict or words.NONE, "$quiet")))
