"""The windows of a finished run as a list: their figures and the verdict that counts."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from femo_tui.model.protocol import Thresholds
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.ui import words
from femo_tui.ui.widgets.row_list import RowList
from femo_tui.ui.widgets.steps import verdict

_USUAL = Thresholds()  # the gate told the run's own
_COLUMNS = (
    ("window", 16),
    ("class", 11),
    (" valid", 8),
    ("   rate", 10),
    ("    mean", 11),
    ("faces", 7),
    ("verdict", 11),
)


class WindowsTable(RowList[WindowSummary]):
    """Windows: enter shows the faces of one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "faces", id="window.faces", tooltip="The faces of this window"),
    ]

    def __init__(self) -> None:
        super().__init__(_COLUMNS, lambda w: f"{w.step}/{w.attempt}", _cells, id="windows")


def _cells(window: WindowSummary) -> list[Content]:
    attempt = f" ({window.attempt})" if window.attempt > 1 else ""
    low = window.gsr_samples and window.gsr_valid < _USUAL.gsr_valid_share * window.gsr_samples
    few = window.frames and window.frames_with_face < _USUAL.face_yield * window.frames
    amended = Content.styled("*", "$warning bold") if window.amended else Content("")
    return [
        Content(f"{window.step}{attempt}"),
        Content.styled(window.class_name or words.NONE, "$quiet"),
        Content.styled(
            f"{words.percent(window.gsr_valid, window.gsr_samples):>6}", "$warning" if low else ""
        ),
        Content(f"{words.rate(window.gsr_rate_hz):>8}"),
        Content(f"{words.microsiemens(window.gsr_mean_us):>9}"),
        Content.styled(
            f"{words.percent(window.frames_with_face, window.frames):>5}", "$warning" if few else ""
        ),
        Content.assemble(verdict(window), amended),
    ]


def about_window(run: RunSnapshot, window: WindowSummary) -> list[Content]:
    """Return what else is known of a window: when, how sure, what was answered, why so judged."""
    length_s = 0.0 if window.end_s is None else window.end_s - window.onset_s
    parts = [
        f"from {words.clock(window.onset_s)} for {length_s:.1f}{words.THIN}s",
        f"onset ±{window.uncertainty_s * 1000:.0f}{words.THIN}ms",
        f"{words.count(window.gsr_samples)} samples",
        f"{words.count(window.frames)} frames",
    ]
    if window.reason and window.reason != "complete":
        parts.append(f"cut: {window.reason}")
    if (window.exposure or 1) > 1 or not window.primary:
        parts.append(f"exposure {window.exposure}: no primary data")
    answers = [
        f"{rating.scale} {words.NONE if rating.value is None else rating.value}"
        for rating in run.ratings
        if rating.about == window.step
    ]
    judged = []
    if window.verdict_reason:
        who = f"{window.verdict_by}, afterwards" if window.amended else window.verdict_by
        judged.append(f"{window.verdict.replace('_', ' ')}: {window.verdict_reason} ({who})")
    second = [*(["answers  " + ", ".join(answers)] if answers else []), *judged]
    return [Content(" · ".join(parts)), Content.styled("   ".join(second), "$quiet")]
