"""The figures beside the trace: skin conductance, faces, and what comes next."""

from __future__ import annotations

from bisect import bisect_left

from textual.content import Content

from femo_tui.model.records import Severity
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot
from femo_tui.ui import words

FAULTS_SHOWN = 2
LOOK_BACK_S = 60.0  # what the valid share is taken over: what the sweep shows
BLURRED = 30.0  # variance of the Laplacian below which a face crop is soft at any size


def gsr_line(run: RunSnapshot) -> Content:
    """Return the newest value, the real rate, the last minute's valid share, what is missing."""
    trace = run.recent
    first = bisect_left(trace.t_s, run.elapsed_s - LOOK_BACK_S)
    valid, samples = sum(trace.valid[first:]), sum(trace.samples[first:])
    value = words.microsiemens(run.gsr_us)
    parts: list[tuple[str, str] | str] = [
        ("GSR ", "$quiet bold"),
        (f"{value:>9}", "bold" if run.gsr_us is not None else "$warning bold"),
        f"  {words.rate(run.gsr_rate_hz):>7}",
        f"  valid {words.percent(valid, samples):>5}  lost ",
        (words.count(run.gsr_lost), "$error bold" if run.gsr_lost else ""),
    ]
    if run.gsr_rejected_lines:
        parts.append(f"  rejected {words.count(run.gsr_rejected_lines)}")
    return Content.assemble(*parts)


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


def sees_lines(run: RunSnapshot) -> list[Content]:
    """Return what the participant sees now and which step comes next."""
    if run.current is None:
        return []
    now = run.steps[run.current]
    sees = now.sees or "a black screen"
    if run.state is RunState.AWAITING_VERDICT:
        sees = "a black screen"
    lines = [Content.assemble(("sees  ", "$quiet"), sees)]
    if run.current + 1 < len(run.steps):
        after = run.steps[run.current + 1]
        length = f"  {words.short(after.duration_s)}" if after.duration_s else ""
        lines.append(Content.assemble(("next  ", "$quiet"), after.name, (length, "$quiet")))
    else:
        lines.append(Content.assemble(("next  ", "$quiet"), "the end of the run"))
    return lines


def fault_lines(run: RunSnapshot) -> list[Content]:
    """Return the newest troubles of the devices; what loses data is red and says LOSS."""
    troubles = [note for note in run.device_notes if note.severity is not Severity.INFO]
    lines = []
    for note in troubles[-FAULTS_SHOWN:]:
        loss = note.severity is Severity.LOSS
        style = "$error bold" if loss else "$warning"
        word = "LOSS" if loss else "note"
        text = f"{words.clock(note.t_s)}  {word}  {note.stream.value}: {note.text}"
        lines.append(Content.styled(text, style))
    return lines
