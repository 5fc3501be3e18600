"""The figures beside the trace: skin conductance, faces, and what comes next."""

from __future__ import annotations

import textwrap
from bisect import bisect_left
from collections.abc import Mapping
from itertools import pairwise

from textual.content import Content

from femo_tui.model.protocol import Thresholds
from femo_tui.model.records import Severity
from femo_tui.model.run_state import CONTENT_WARNING, CommandName, RunData, RunState
from femo_tui.model.snapshot import Controls, RunSnapshot, StepStatus
from femo_tui.model.troubles import is_unheard
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf, keys_of
from femo_tui.ui.widgets.lines import Lines
from femo_tui.ui.widgets.path import next_action

BLACK = "a black screen"
FAULTS_SHOWN = 2
SILENT_S = 1.0  # without a sample for longer the last one tells nothing of now
LOOK_BACK_S = 60.0  # what the valid share is taken over: what the sweep shows
SLOW_READING_S = 0.25  # longer than a look lasts: the screen falls behind
CLASS_WIDTH = 18
LOW_YIELD = Thresholds().face_yield  # the usual one; the gate tells the run's own
BLURRED = 30.0  # variance of the Laplacian below which a face crop is soft at any size


def gsr_line(run: RunSnapshot) -> Content:
    """Return the newest value, the real rate, the last minute's valid share, what is missing."""
    newest_us = None if _is_silent(run) else run.gsr_us
    value = words.microsiemens(newest_us)
    parts: list[tuple[str, str] | str] = [
        ("GSR ", "$quiet bold"),
        (f"{value:>9}", "bold" if newest_us is not None else "$warning bold"),
        f"  {words.rate(run.gsr_rate_hz):>7}",
        f"  valid {_valid_share(run):>5}  lost ",
        (words.count(run.gsr_lost), "$error bold" if run.gsr_lost else ""),
    ]
    if run.gsr_rejected_lines:
        parts.append(f"  rejected {words.count(run.gsr_rejected_lines)}")
    return Content.assemble(*parts)


def _silence_s(run: RunSnapshot) -> float:
    """Return after how long without a sample the sensor is silent, at the rate it promised."""
    device = run.start.devices.get("gsr") if run.start is not None else None
    rate_hz = device.get("rate_hz") if isinstance(device, Mapping) else None
    slow_s = 3 / rate_hz if isinstance(rate_hz, int | float) and rate_hz > 0 else 0.0
    return max(SILENT_S, slow_s)


def _is_silent(run: RunSnapshot) -> bool:
    """Return whether the newest sample is of a while ago: its value is no more what is so."""
    trace = run.recent
    quiet_s = run.elapsed_s - trace.t_s[-1] - trace.step_s if trace.t_s else 0.0
    return is_unheard(run.device_notes) or quiet_s > _silence_s(run)


def _valid_share(run: RunSnapshot) -> str:
    """Write the share of the last minute that is valid; time without a sample is not."""
    trace, begins_s = run.recent, run.elapsed_s - LOOK_BACK_S
    first = bisect_left(trace.t_s, begins_s)
    valid, samples = sum(trace.valid[first:]), sum(trace.samples[first:])
    if not samples:
        return words.percent(0, 0)
    times = [max(t_s, begins_s) for t_s in trace.t_s[max(first - 1, 0) :]]
    gaps = [after - before - trace.step_s for before, after in pairwise([*times, run.elapsed_s])]
    missing_s = sum(gap_s for gap_s in gaps if gap_s > _silence_s(run))
    span_s = run.elapsed_s - times[0]
    heard = 1 - missing_s / span_s if span_s > 0 else 1.0
    return words.percent(round(1000 * heard * valid / samples), 1000)


def face_lines(run: RunSnapshot) -> list[Content]:
    """Return the counters of the camera: since run start, and in this window."""
    faces = run.faces
    names = f"{'frames':>10}{'faces':>7}{'eyes':>7}{'dropped':>9}{'saved':>7}{'sharp':>7}"
    blurred = faces.sharpness is not None and faces.sharpness < BLURRED
    lines = [
        Content.styled(names, "$quiet"),
        Content.assemble(
            ("run ", "$quiet"),
            f"{words.count(faces.frames):>6}",
            f"{words.percent(faces.with_face, faces.frames):>7}",
            f"{words.percent(faces.with_eyes, faces.frames):>7}",
            (f"{words.count(faces.dropped):>9}", "$error bold" if faces.dropped else ""),
            f"{words.count(faces.saved):>7}",
            (f"{_sharp(faces.sharpness):>7}", "$warning" if blurred else ""),
        ),
    ]
    window = run.windows[-1] if run.windows else None
    if window is not None:
        open_now = window.end_s is None
        lines.append(
            Content.assemble(
                ("win ", "$accent bold" if open_now else "$quiet"),
                f"{words.count(window.frames):>6}",
                f"{words.percent(window.frames_with_face, window.frames):>7}",
                f"{words.percent(window.frames_with_eyes, window.frames):>7}",
                f"{'':>16}",
                f"{_sharp(window.sharpness):>7}",
            )
        )
    return lines


def _sharp(sharpness: float | None) -> str:
    return words.NONE if sharpness is None else f"{sharpness:.0f}"


def sees_lines(run: RunSnapshot, key: KeyOf) -> list[Content]:
    """Return what the participant sees now and which step comes next."""
    if run.stop is not None:
        why = Content.assemble(("ended ", "$quiet"), run.stop.reason or run.stop.status.value)
        return [why, next_action(key("screen.runs"), "Look through what was recorded")]
    if run.data is RunData.DISCARDED:
        return [Content.assemble(("ended ", "$quiet"), run.state_reason)]
    if run.current is None:
        return []
    now = run.steps[run.current]
    lines = [Content.assemble(("sees  ", "$quiet"), _sees(run, now))]
    if run.asks:
        asked = "whether to see the film" if CONTENT_WARNING in run.asks else ", ".join(run.asks)
        answers = f"   {key('run.rating')} answers for them"
        lines = [Content.assemble(("asked ", "$quiet"), asked, (answers, "$quiet"))]
    if run.current + 1 < len(run.steps):
        after = run.steps[run.current + 1]
        length = f"  {words.short(after.duration_s)}" if after.duration_s else ""
        lines.append(Content.assemble(("next  ", "$quiet"), after.name, (length, "$quiet")))
    else:
        lines.append(Content.assemble(("next  ", "$quiet"), "the end of the run"))
    notes = [marker for marker in run.markers if marker.ok and marker.command == CommandName.MARK]
    if notes:
        at_s = notes[-1].t_s if notes[-1].pressed_s is None else notes[-1].pressed_s
        text = f"{words.clock(at_s)}  {notes[-1].text}"
        lines.append(Content.assemble(("noted ", "$quiet"), text))
    return lines


def _sees(run: RunSnapshot, now: StepStatus) -> str:
    if now.state != "running" or run.state is RunState.AWAITING_VERDICT:
        return BLACK
    if run.state is RunState.PAUSED:
        return "that it takes a moment"
    return now.sees or BLACK


class ClassShares(Lines):
    """Draws how often a face was found, class by class."""

    _run: RunSnapshot | None = None

    def show_run(self, run: RunSnapshot) -> None:
        self._run = run
        self.redraw()

    def redraw(self) -> None:
        if self._run is not None:
            self.show(class_lines(self._run, self.size.width, self.size.height))


def class_lines(run: RunSnapshot, width: int, height: int) -> list[Content]:
    """Return the share of frames with a face, class by class, as many columns as fit."""
    frames: dict[str, list[int]] = {}
    for window in run.windows:
        if window.class_name is not None and window.frames:
            counted = frames.setdefault(window.class_name, [0, 0])
            counted[0] += window.frames_with_face
            counted[1] += window.frames
    columns = max(width // CLASS_WIDTH, 1)
    shown = list(frames.items())[-columns * max(height, 0) :]
    cells = [
        Content.assemble(
            (f"{name:<11}", "$quiet"),
            (
                f"{words.percent(faces, all_frames):>5}",
                "$warning" if faces < LOW_YIELD * all_frames else "",
            ),
        )
        for name, (faces, all_frames) in shown
    ]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return [Content("  ").join(row) for row in rows]


def controls_lines(held: Controls | None, key: KeyOf) -> list[Content]:
    """Return that somebody else steers, if so."""
    if held is None:
        return []
    who = f"{held.operator} steers since {words.clock(held.since_s)}; this console watches"
    takes = f"   {key('run.take-over')} takes over"
    return [Content.assemble(("◇ ", "$warning bold"), who, (takes, "$quiet"))]


class Faults(Lines):
    """Draws who else steers and the newest troubles, each whole, as many as there is room for."""

    _told: tuple[RunSnapshot, Controls | None, float] | None = None

    def tell(self, run: RunSnapshot, held: Controls | None, reading_takes_s: float) -> None:
        """Draw what troubles `run`; `held` is another console's hold on its controls."""
        self._told = (run, held, reading_takes_s)
        self.redraw()

    def redraw(self) -> None:
        if self._told is None:
            return
        run, held, reading_takes_s = self._told
        width, height = max(self.size.width, 40), self.size.height
        lines = controls_lines(held, keys_of(self))
        troubles = fault_lines(run, width, reading_takes_s)
        first = len(troubles) - 1  # of those shown: the newest always, older ones where they fit
        while first > 0 and sum(map(len, troubles[first - 1 :])) <= height - len(lines):
            first -= 1
        for trouble in troubles[max(first, 0) :]:
            lines += trouble
        self.show(lines[:height])


def fault_lines(run: RunSnapshot, width: int, reading_takes_s: float = 0.0) -> list[list[Content]]:
    """Return the troubles as lines, the newest last; what loses data is red and says LOSS."""
    found = []
    if reading_takes_s > SLOW_READING_S:
        text = f"store: a look takes {reading_takes_s:.1f}{words.THIN}s, so what is shown is late"
        found.append(_note(run.elapsed_s, text, width))
    if run.unread_bytes:
        text = f"store: {words.size(run.unread_bytes)} of samples are still being read"
        found.append(_note(run.elapsed_s, text, width))
    if run.problems:
        count = words.plural(len(run.problems), "line")
        found.append(_note(run.elapsed_s, f"{count} not read; {run.problems[-1]}", width))
    troubles = [note for note in run.device_notes if note.severity is not Severity.INFO]
    for note in troubles[-FAULTS_SHOWN:]:
        text = f"{note.stream.value}: {note.text}"
        found.append(_note(note.t_s, text, width, loss=note.severity is Severity.LOSS))
    return found


def _note(t_s: float, text: str, width: int, *, loss: bool = False) -> list[Content]:
    style = "$error bold" if loss else "$warning"
    begin = f"{words.clock(t_s)}  {'LOSS' if loss else 'note'}  "
    lines = textwrap.wrap(text, width, initial_indent=begin, subsequent_indent=" " * len(begin))
    return [Content.styled(line, style) for line in lines]
