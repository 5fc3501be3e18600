"""The gate: a window's figures held against what it needs, and the operator's verdict."""

from __future__ import annotations

from textual.content import Content

from femo_tui.model.protocol import Thresholds
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.ui import words
from femo_tui.ui.widgets.lines import Lines

ALL_MET = "all criteria are met"  # the recorder's words for a window that misses nothing


def missed(run: RunSnapshot) -> str:
    """Return what the recorder found wanting in the window, empty if nothing."""
    return "" if run.state_reason == ALL_MET else run.state_reason


class Gate(Lines):
    """Lies over the lower part of Live while the recorder awaits a verdict."""

    def show_run(self, run: RunSnapshot, thresholds: Thresholds | None) -> None:
        awaiting = run.state is RunState.AWAITING_VERDICT and bool(run.windows)
        self.display = awaiting
        if awaiting:
            window = run.windows[-1]
            self.border_title = _title(window)
            self.show(_lines(run, window, thresholds))


def _title(window: WindowSummary) -> str:
    length_s = 0.0 if window.end_s is None else window.end_s - window.onset_s
    attempt = f" · attempt {window.attempt}" if window.attempt > 1 else ""
    return f"{window.class_name or window.step} · window {length_s:.0f} s{attempt}"


def _lines(run: RunSnapshot, window: WindowSummary, thresholds: Thresholds | None) -> list[Content]:
    short = missed(run)
    need = thresholds
    figures = [
        _figure(
            "GSR valid",
            words.percent(window.gsr_valid, window.gsr_samples),
            None
            if need is None
            else f"≥ {need.gsr_valid_share:.0%}".replace("%", f"{words.THIN}%"),
            "gsr_valid_share" in short,
        ),
        _figure("GSR rate", words.rate(window.gsr_rate_hz), None, "gsr_rate_share" in short),
        _figure(
            "faces",
            words.percent(window.frames_with_face, window.frames),
            None if need is None else f"≥ {need.face_yield:.0%}".replace("%", f"{words.THIN}%"),
            "face_yield" in short,
        ),
        _figure(
            "window", window.reason or "open", None, "window " in short or "stalls" in short, "CUT"
        ),
    ]
    extra = [
        ("onset", f"±{window.uncertainty_s * 1000:.0f}{words.THIN}ms"),
        ("mean", words.microsiemens(window.gsr_mean_us)),
        ("sharpness", words.NONE if window.sharpness is None else f"{window.sharpness:.0f}"),
        ("frames", words.count(window.frames)),
    ]
    lines = [
        Content.assemble(figure, "     ", (f"{name:<11}", "$quiet"), f"{value:>9}")
        for figure, (name, value) in zip(figures, extra, strict=True)
    ]
    lines.append(Content(""))
    if short:
        choice = (("▸ w", "$accent bold"), " accept with a reason     ")
        lines.append(Content.assemble(*choice, ("r", "$accent bold"), " redo"))
    else:
        choice = (("▸ a", "$accent bold"), " accept     ")
        rest = (("w", "$accent bold"), " accept with a reason     ", ("r", "$accent bold"), " redo")
        lines.append(Content.assemble(*choice, *rest))
    lines.append(
        Content.styled("The rating never decides. Ask before a film is shown again.", "$quiet")
    )
    return lines


def _figure(name: str, value: str, need: str | None, low: bool, bad: str = "LOW") -> Content:
    word, style = (bad, "$warning bold") if low else ("ok", "$success")
    return Content.assemble(
        (f"{name:<10}", "$quiet"),
        (f"{value:>9}", "bold"),
        (f"   {'' if need is None else 'need ' + need:<12}", "$quiet"),
        (f"{word:<3}", style),
    )
