"""The gate: what a window reached and what it needs, as the recorder judged it, and the choice."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from femo_tui.model.records import JsonValue
from femo_tui.model.run_state import RunState
from femo_tui.model.snapshot import Controls, RunSnapshot, WindowSummary
from femo_tui.model.troubles import newest_loss
from femo_tui.ui import words
from femo_tui.ui.keys import KeyOf, keys_of
from femo_tui.ui.widgets.lines import Lines

ALL_MET = "all criteria are met"  # the recorder's words for a window that misses nothing
COLUMN_WIDTH = 34
NOTES_SHOWN = 2  # why the sensor, and why the camera, gave too little
_NAMES = {
    "window": "window",
    "onset_uncertainty_s": "onset",
    "media_played_s": "film",
    "film_stalls": "stalls",
    "gsr_valid_share": "GSR valid",
    "longest_gap_s": "GSR gap",
    "gsr_rate_share": "GSR rate",
    "frames": "frames",
    "face_yield": "faces",
    "sharpness": "sharpness",
}
_MISSED = {
    "window": "CUT",
    "onset_uncertainty_s": "WIDE",
    "longest_gap_s": "LONG",
    "film_stalls": "MANY",
}


def missed(run: RunSnapshot) -> str:
    """Return what the recorder found wanting in the window, empty if nothing."""
    return "" if run.state_reason == ALL_MET else run.state_reason


class Gate(Lines):
    """Lies over the lower part of Live while the recorder awaits a verdict."""

    _run: RunSnapshot | None = None
    _held: Controls | None = None

    def show_run(self, run: RunSnapshot, held: Controls | None) -> None:
        """Draw the gate of `run`; `held` is another console's hold on its controls."""
        self._run, self._held = run, held
        awaiting = run.state is RunState.AWAITING_VERDICT and bool(run.windows)
        self.display = awaiting
        if awaiting:
            self.border_title = _title(run.windows[-1])
            self.redraw()

    def redraw(self) -> None:
        if self._run is not None and self._run.windows:
            lines = gate_lines(
                self._run, self._held, self.content_size.width or COLUMN_WIDTH, keys_of(self)
            )
            self.styles.height = len(lines) + 2  # its border
            self.show(lines)


def _title(window: WindowSummary) -> str:
    length_s = 0.0 if window.end_s is None else window.end_s - window.onset_s
    attempt = f" · attempt {window.attempt}" if window.attempt > 1 else ""
    again = f" · exposure {window.exposure}" if (window.exposure or 1) > 1 else ""
    name = window.class_name or window.step
    return f"{name} · window {words.seconds(length_s)}{attempt}{again}"


def gate_lines(run: RunSnapshot, held: Controls | None, width: int, key: KeyOf) -> list[Content]:
    """Return the criteria in as many columns as fit, then what can be chosen, or who chooses."""
    cells = [
        _criterion(name, facts)
        for name, facts in run.criteria.items()
        if isinstance(facts, Mapping)
    ]
    short = missed(run)
    if not cells and short:
        cells = [Content.styled(short, "$warning")]
    columns = max(min(width // COLUMN_WIDTH, 2), 1)
    rows = -(-len(cells) // columns)
    lines = [Content("  ").join(cells[row::rows]) for row in range(rows)]
    notes = [
        Content.styled(f"{_NAMES.get(name, name)}: {facts['note']}", "$quiet")
        for name, facts in run.criteria.items()
        if isinstance(facts, Mapping) and facts.get("note") and not facts.get("ok")
    ]
    hint = "The rating never decides. Ask before a film is shown again."
    return [
        *lines,
        *notes[:NOTES_SHOWN],
        _loss(run),  # in the line that keeps the choice apart: nothing moves when one comes
        _choices(key, accepts=not short) if held is None else _decided_by(held, key),
        Content.styled(hint, "$quiet"),
    ]


def _loss(run: RunSnapshot) -> Content:
    """Return the newest loss that lasts, or came since the window: the gate covers its place."""
    ended_s = run.windows[-1].end_s
    note = newest_loss(run.device_notes, run.elapsed_s if ended_s is None else ended_s)
    if note is None:
        return Content("")
    text = f"{words.clock(note.t_s)}  LOSS  {note.stream.value}: {note.text}"
    return Content.styled(text, "$error bold")


def _choices(key: KeyOf, *, accepts: bool) -> Content:
    choices = {
        "window.accept-with-reason": "accept with a reason",
        "run.redo": "redo",
        "window.fail": "fail",
    }
    if accepts:
        choices = {"window.accept": "accept", **choices}
    keys: list[Content | str] = []
    for what, name in choices.items():
        lead = "▸ " if not keys else "     "
        keys += [Content.styled(f"{lead}{key(what)}", "$accent bold"), f" {name}"]
    return Content.assemble(*keys)


def _decided_by(held: Controls, key: KeyOf) -> Content:
    decides = f"{held.operator} decides at another console.     "
    return Content.assemble(decides, (key("run.take-over"), "$accent bold"), " take over")


def _criterion(name: str, facts: Mapping[str, JsonValue]) -> Content:
    ok = bool(facts.get("ok"))
    word, style = ("ok", "$success") if ok else (_MISSED.get(name, "LOW"), "$warning bold")
    value, need = _figures(name, facts.get("value"), facts.get("need"))
    return Content.assemble(
        (f"{_NAMES.get(name, name):<10}", "$quiet"),
        (f"{value:>9}", "bold"),
        (f" {need:<10}", "$quiet"),
        (f"{word:<4}", style),
    )


def _figures(name: str, value: JsonValue, need: JsonValue) -> tuple[str, str]:
    """Write what was reached and what is needed, in the unit that the name ends with."""
    if not isinstance(value, int | float) or not isinstance(need, int | float):
        return str(value), ""
    thin = words.THIN
    match name:
        case "onset_uncertainty_s":
            return f"±{value * 1000:.0f}{thin}ms", f"≤ {need * 1000:.0f}{thin}ms"
        case "longest_gap_s":
            return f"{value:.2f}{thin}s", f"≤ {need:g}{thin}s"
        case "media_played_s":
            return f"{value:.1f}{thin}s", f"of {need:.1f}{thin}s"
        case "gsr_valid_share" | "gsr_rate_share" | "face_yield":
            return f"{value * 100:.0f}{thin}%", f"≥ {need * 100:.0f}{thin}%"
        case "sharpness":
            return f"{value:.0f}", f"≥ {need:g}"
        case "film_stalls":
            return f"{value:g}", "none"
        case _:
            return f"{value:g}", f"≥ {need:g}"
