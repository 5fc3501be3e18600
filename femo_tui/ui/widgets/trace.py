"""The skin conductance trace, drawn in braille: a sweep, a strip of the run, or all of it at once.

Textual sends a changed line of a widget from the widget's left edge on, so the sweep is cut into
narrow strips side by side: a new dot then costs a few cells, not the whole width.
"""

from __future__ import annotations

from itertools import groupby

from textual.app import ComposeResult
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from femo_tui.model.snapshot import RunSnapshot, TraceColumns
from femo_tui.ui.widgets.lines import Columns, Lines
from femo_tui.ui.widgets.sweep import Shade, Sweep

STRIP_WIDTH = 8
LABEL_WIDTH = 7
SWEEP_S = 60.0
FIRST_WHOLE_S = 120.0  # the whole run's axis begins at two minutes and doubles when it is full

MARK = "▲"
POINTED = "▀"
TICK_WIDTH = 9  # cells between two numbers on the axis of time, at least
_AXIS = {Shade.BLANK: "─", Shade.PLAIN: "─", Shade.WINDOW: "━", Shade.NO_DATA: "╌"}
_AXIS_STYLE = {
    Shade.BLANK: "$rule",
    Shade.PLAIN: "$quiet",
    Shade.WINDOW: "$accent bold",
    Shade.NO_DATA: "$warning bold",
}


class TraceStrip(Widget):
    """A few columns of the trace, with the axis under them."""

    def __init__(self, trace: Trace, left: int) -> None:
        super().__init__()
        self._trace, self._left = trace, left

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line = self._trace.line(self._left, width, y)
        strips = Visual.to_strips(self, line, width, 1, self.visual_style, pad=True)
        return strips[0].simplify() if strips else Strip.blank(width, self.visual_style.rich_style)


class Trace(Columns):
    """Draws the samples of a snapshot: the last minute as a sweep, or the whole run.

    With `fits` the whole run fills the width, with a scale in µS, as for a run that has ended.
    """

    def __init__(self, *, whole: bool = False, fits: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._whole, self._fits = whole or fits, fits
        self._pointed: tuple[float, float] | None = None  # from when to when
        self._sweep: Sweep | None = None
        self._snapshot: RunSnapshot | None = None
        self._windows: tuple[tuple[float, float], ...] = ()
        self._axis: list[Shade] = []
        self._marked: set[int] = set()

    def compose(self) -> ComposeResult:
        yield Lines(classes="labels")

    def on_resize(self, event: Resize) -> None:
        width, height = max(event.size.width - LABEL_WIDTH, 1), max(event.size.height - 1, 1)
        span_s = FIRST_WHOLE_S if self._whole else SWEEP_S
        self._sweep = Sweep(width, height, span_s, wraps=not self._whole)
        strips = self.query(TraceStrip)
        wanted = range(0, width, STRIP_WIDTH)
        for left in list(wanted)[len(strips) :]:
            self.mount(TraceStrip(self, left))
        self._axis = []
        if self._snapshot is not None:
            self.show(self._snapshot)
        self._draw_all()

    def show(self, snapshot: RunSnapshot) -> None:
        """Take in what is new in `snapshot`."""
        other_run = self._snapshot is None or self._snapshot.run_dir != snapshot.run_dir
        self._snapshot = snapshot
        if self._sweep is None:
            return
        span_s = self._sweep.span_s
        if self._whole:
            span_s = _span_s(snapshot.elapsed_s, span_s, fits=self._fits)
        if other_run or span_s != self._sweep.span_s:
            self._sweep = Sweep(
                self._sweep.width, self._sweep.height, span_s, wraps=not self._whole
            )
        since_s = 0.0 if self._whole else snapshot.elapsed_s - span_s
        self._windows = tuple(
            (w.onset_s, w.end_s if w.end_s is not None else float("inf"))
            for w in snapshot.windows
            if w.end_s is None or w.end_s > since_s
        )
        changed = self._sweep.feed(self._columns(snapshot))
        before, self._axis = self._axis, self._sweep.shades(self._windows)
        marked, self._marked = self._marked, self._places(self._sweep, snapshot, since_s)
        if changed is None or len(before) != len(self._axis) or other_run:
            self._draw_all()
            return
        moved = {(x, self._sweep.height) for x in marked ^ self._marked}
        self._draw(changed | moved | self._recoloured(before))

    def _columns(self, run: RunSnapshot) -> TraceColumns:
        """Return what is drawn: fine columns for as long as they hold all of it."""
        if not self._whole:
            return run.recent
        is_short = run.recent.t_s[:1] == run.whole.t_s[:1]
        return run.recent if self._fits and is_short else run.whole

    def point_at(self, start_s: float, end_s: float) -> None:
        """Show from when to when something is that is pointed at."""
        self._pointed = (start_s, end_s)
        for strip in self.query(TraceStrip):
            strip.refresh()

    def line(self, left: int, width: int, y: int) -> Content:
        """Return `width` cells of row `y` from column `left`; the last row is the axis."""
        sweep = self._sweep
        if sweep is None or not self._axis:
            return Content("")
        xs = range(left, min(left + width, sweep.width))
        if y > sweep.height:
            return Content("")
        axis = y == sweep.height
        # Cells of one style go as one piece: a style costs more bytes than its characters.
        return Content.assemble(
            *(
                ("".join(self._axis_sign(x) if axis else sweep.cell(x, y) for x in run), style)
                for style, run in groupby(xs, lambda x: self._style(x, axis))
            )
        )

    def _axis_sign(self, x: int) -> str:
        if self._is_pointed_at(x):
            return POINTED
        return MARK if x in self._marked else _AXIS[self._axis[x]]

    def _places(self, sweep: Sweep, snapshot: RunSnapshot, since_s: float) -> set[int]:
        """Return the columns in which somebody marked a moment."""
        places = set()
        for marker in reversed(snapshot.markers):
            if marker.t_s < since_s:
                break
            at_s = marker.t_s if marker.pressed_s is None else marker.pressed_s
            if marker.ok and (place := sweep.place(at_s)) is not None:
                places.add(place)
        return places

    def _style(self, x: int, axis: bool) -> str:
        if axis and (x in self._marked or self._is_pointed_at(x)):
            return "$foreground bold"
        if axis:
            return _AXIS_STYLE[self._axis[x]]
        return "$accent" if self._axis[x] is Shade.WINDOW else "$foreground"

    def _is_pointed_at(self, x: int) -> bool:
        if self._pointed is None or self._sweep is None:
            return False
        at_s = self._sweep.time_s(x)
        return at_s is not None and self._pointed[0] <= at_s < self._pointed[1]

    def _recoloured(self, before: list[Shade]) -> set[tuple[int, int]]:
        """Return the cells whose shade changed: their place on the axis, and their dots."""
        sweep = self._sweep
        assert sweep is not None
        cells: set[tuple[int, int]] = set()
        for x, (old, new) in enumerate(zip(before, self._axis, strict=True)):
            if old is not new:
                cells.add((x, sweep.height))
                if Shade.WINDOW in (old, new):
                    cells.update((x, y) for y in range(sweep.height) if sweep.cell(x, y) != " ")
        return cells

    def _draw(self, cells: set[tuple[int, int]]) -> None:
        strips = list(self.query(TraceStrip))
        ends: dict[tuple[int, int], int] = {}
        for x, y in cells:
            key = (x // STRIP_WIDTH, y)
            ends[key] = max(ends.get(key, 0), x % STRIP_WIDTH)
        for (strip, y), end in ends.items():
            if strip < len(strips):
                strips[strip].refresh(Region(0, y, end + 1, 1))

    def _draw_all(self) -> None:
        for strip in self.query(TraceStrip):
            strip.refresh()
        self.query_one(Lines).show(self._labels())

    def _labels(self) -> list[Content]:
        sweep = self._sweep
        if sweep is None:
            return []
        if self._whole and not self._fits:
            words = ["run"] + [""] * (sweep.height - 1) + [f"{sweep.span_s / 60:.0f} min"]
            return [Content.styled(word.rjust(LABEL_WIDTH - 1), "$quiet") for word in words]
        rows = [""] * sweep.height
        digits = 0 if sweep.scale.step_us >= 1 else 1 if sweep.scale.step_us >= 0.1 else 2
        for tick in sweep.scale.ticks():
            rows[sweep.scale.row(tick, sweep.height)] = f"{tick:.{digits}f}"
        lines = [Content.styled(f"{text:>{LABEL_WIDTH - 2}} │", "$quiet") for text in rows]
        return [
            *lines,
            Content.styled(f"{_time_word(sweep, self._fits)} └", "$quiet"),
        ]


class MinuteAxis(Lines):
    """Minutes under the trace."""

    span_s = 0.0

    def redraw(self) -> None:
        width = max(self.size.width - LABEL_WIDTH, 1)
        text = minute_axis(self.span_s, width) if self.span_s else ""
        self.show([Content.styled(" " * LABEL_WIDTH + text, "$quiet")])


def _time_word(sweep: Sweep, fits: bool) -> str:
    return ("" if fits else f"{sweep.span_s:.0f} s").rjust(LABEL_WIDTH - 2)


def _span_s(elapsed_s: float, span_s: float, *, fits: bool) -> float:
    """Return what the axis of a whole run spans: all of it, or twice as much once it is full."""
    if fits:
        return max(elapsed_s, 1.0)
    while span_s < elapsed_s:
        span_s *= 2
    return span_s


def minute_axis(span_s: float, width: int) -> str:
    """Return minutes under a trace of `width` cells, on round numbers; under two, seconds."""
    unit_s, unit = (60.0, "min") if span_s >= 120.0 else (1.0, "s")
    room = max(width // TICK_WIDTH, 1)
    steps = (1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 600)
    step = next((s for s in steps if span_s / (s * unit_s) <= room), steps[-1])
    cells = [" "] * width
    ticks = range(0, int(span_s / unit_s) + 1, step)
    for tick in ticks:
        word = f"{tick} {unit}" if tick == ticks[-1] else f"{tick}"
        left = min(round(tick * unit_s / span_s * (width - 1)), width - len(word))
        cells[max(left, 0) : max(left, 0) + len(word)] = word
    return "".join(cells[:width])
