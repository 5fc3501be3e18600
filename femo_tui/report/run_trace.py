"""The skin conductance of a whole run as a figure: what was measured, and where nothing was.

Each column of the picture shows the least and the most of its samples, so nothing that was measured
is smoothed away. The line breaks where samples are missing or not valid, and is never drawn across.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from femo_tui.model.events import DeviceNote, Marker
from femo_tui.model.records import Severity
from femo_tui.model.snapshot import TraceColumns, WindowSummary
from femo_tui.report import words
from femo_tui.report.markup import Child, Markup, el, joined, px
from femo_tui.report.picture import (
    LETTER_PX,
    Scale,
    Sheet,
    box,
    drawn,
    line,
    places,
    seconds_ticks,
    text,
    ticks,
)
from femo_tui.report.run_material import RunMaterial
from femo_tui.report.run_missing import (
    GAP,
    KEPT,
    NOT_WORN,
    OUT_OF_RANGE,
    Missing,
    summary,
)
from femo_tui.stats.recording import Samples
from femo_tui.store.trace import TraceBuilder

LEFT_PX, RIGHT_PX, PLOT_PX, LANE_PX, AXIS_PX = 46.0, 10.0, 210.0, 18.0, 34.0
RULED_PX = 4.0
APART_PX = 14.0  # of names that stand upright
SIGNS = {"accepted": "✓", "accepted_with_reason": "✓", "failed": "✕", "redo": "↻", "": "?"}


def draw_trace(material: RunMaterial, samples: Samples, sheet: Sheet) -> Markup:
    """Draw the run on a sheet."""
    span_s = max(material.run.elapsed_s, float(samples.t_s[-1]), 1.0)
    time = Scale(0.0, span_s, LEFT_PX, sheet.width - RIGHT_PX)
    missing = material.missing
    columns = _columns(samples, span_s / (time.to_px - time.from_px))
    low, high = _range(columns)
    names_px, names = _names(material.windows, time, span_s)
    top = names_px + 6
    height = Scale(low, high, top + PLOT_PX, top)
    lanes = list(_lanes(material, missing, time, top + PLOT_PX + 8))
    axis_px = top + PLOT_PX + 8 + LANE_PX * len(lanes)
    told = _told(material, samples, span_s, missing)
    return drawn(
        sheet,
        axis_px + AXIS_PX,
        f"Skin conductance of {material.participant}, run {material.number}",
        told,
        *_shades(material.windows, time, span_s, top),
        names,
        *_scale_lines(height, time),
        *_holes(missing, time, top),
        el("path", d=_path(columns, missing, time, height), class_="trace"),
        *lanes,
        *_axis(time, span_s, axis_px, sheet),
    )


def _columns(samples: Samples, step_s: float) -> TraceColumns:
    from array import array

    builder = TraceBuilder(step_s)
    valid = array("b", samples.valid.astype("int8").tobytes())
    builder.add(array("d", samples.t_s.tobytes()), array("d", samples.gsr_us.tobytes()), valid)
    return builder.columns()


def _range(columns: TraceColumns) -> tuple[float, float]:
    lows = [us for us, n in zip(columns.low_us, columns.valid, strict=True) if n]
    highs = [us for us, n in zip(columns.high_us, columns.valid, strict=True) if n]
    if not lows:
        return 0.0, 1.0
    low, high = min(lows), max(highs)
    room = max((high - low) * 0.08, 0.05)
    return max(low - room, 0.0), high + room


def _path(columns: TraceColumns, missing: Sequence[Missing], time: Scale, height: Scale) -> str:
    """Return the line: in each column from the end nearer to where it is, to the other."""
    parts: list[str] = []
    holes = iter(missing)
    hole = next(holes, None)
    before_s, at_px, pen_is_down = -1.0, 0.0, False  # before_s: where the last column ends
    for t_s, low, high, n in zip(
        columns.t_s, columns.low_us, columns.high_us, columns.valid, strict=True
    ):
        while hole is not None and hole.end_s <= before_s:
            hole = next(holes, None)
        if hole is not None and hole.begin_s < t_s and hole.end_s > before_s:
            pen_is_down = False
        before_s = (math.floor(t_s / columns.step_s) + 1) * columns.step_s
        if not n:
            pen_is_down = False
            continue
        x, ends = time(t_s), [height(low), height(high)]
        if abs(ends[1] - at_px) < abs(ends[0] - at_px):
            ends.reverse()
        if ends[0] == ends[1]:
            del ends[1:]
        for end in ends:
            parts.append(f"{'L' if pen_is_down else 'M'}{px(x)} {px(end)}")
            pen_is_down = True
        if len(ends) == 1 and parts[-1][0] == "M":
            parts.append("h.01")  # a point alone, which a round pen shows
        at_px = ends[-1]
    return "".join(parts)


def _shades(
    windows: Sequence[WindowSummary], time: Scale, span_s: float, top: float
) -> Iterator[Markup]:
    """Yield where the windows lie; those that were not accepted have edges only."""
    for window in windows:
        begin, end = time(window.onset_s), time(min(window.end_s or span_s, span_s))
        is_good = window.accepted
        kind = "window" if is_good else "window bad"
        yield box(begin, top, max(end - begin, 1.0), PLOT_PX, kind)


def _names(windows: Sequence[WindowSummary], time: Scale, span_s: float) -> tuple[float, Markup]:
    """Return the windows' names above the plot, and how much room they take."""
    told = [(_middle(w, time, span_s), _label(w)) for w in windows]
    told.sort()
    if not told:
        return 4.0, joined()
    places_px = _spread([at for at, _ in told], time.from_px + 6, time.to_px - 4)
    room = max(len(label) for _, label in told) * LETTER_PX + 16
    parts = []
    for (middle, label), at in zip(told, places_px, strict=True):
        turned = f"rotate(-90 {px(at)} {px(room - 12)})"
        parts += [
            text(at + 4, room - 12, label, "name", transform=turned),
            el(
                "polyline",
                points=f"{px(at)},{px(room - 9)} {px(middle)},{px(room + 3)} {px(middle)},"
                f"{px(room + 6)}",
                class_="leader",
            ),
        ]
    return room, joined(*parts)


def _label(window: WindowSummary) -> str:
    sign = SIGNS.get(window.verdict, "?")
    again = f" ({window.attempt})" if window.attempt > 1 else ""
    return f"{sign} {window.class_name or window.step}{again}"


def _middle(window: WindowSummary, time: Scale, span_s: float) -> float:
    return time((window.onset_s + min(window.end_s or span_s, span_s)) / 2)


def _spread(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Return places near the wanted ones, none closer to the next than names need."""
    apart = min(APART_PX, (high - low) / max(len(wanted) - 1, 1))
    at: list[float] = []
    for place in wanted:
        at.append(max(place, at[-1] + apart if at else low))
    limit = high
    for i in range(len(at) - 1, -1, -1):
        at[i] = min(at[i], limit)
        limit = at[i] - apart
    return at


def _scale_lines(height: Scale, time: Scale) -> Iterator[Markup]:
    marks = ticks(height.low, height.high, 5)
    decimals = places(marks)
    for mark in marks:
        y = height(mark)
        yield line(time.from_px, y, time.to_px, y, "grid")
        yield text(time.from_px - 6, y + 4, f"{mark:.{decimals}f}", "end number")
    yield text(2, height.to_px - 8, "µS", "unit")


def _holes(missing: Sequence[Missing], time: Scale, top: float) -> Iterator[Markup]:
    """Yield where there is no conductance, ruled; what is narrower than a pixel is one line."""
    for is_cut, name in ((False, "hole"), (True, "hole cut")):
        ruled: list[float] = []
        for one in missing:
            if (one.kind == KEPT) is is_cut:
                begin, end = time(one.begin_s), time(one.end_s)
                at = [begin + RULED_PX * i for i in range(int((end - begin) / RULED_PX) + 1)]
                ruled += [x for x in [*at, end] if not ruled or x - ruled[-1] >= 1.0]
        if ruled:
            strokes = "".join(f"M{px(x)} {px(top)}v{px(PLOT_PX)}" for x in ruled)
            yield el("path", d=strokes, class_=name)


def _lanes(
    material: RunMaterial, missing: Sequence[Missing], time: Scale, top: float
) -> Iterator[Markup]:
    """Yield a row under the plot for each kind of thing that happened."""
    notes = [e for e in material.events if isinstance(e, DeviceNote)]
    lanes = (
        ("gap", "¦", [m.middle_s for m in missing if m.kind == GAP]),
        ("invalid", "×", [m.middle_s for m in missing if m.kind in (NOT_WORN, OUT_OF_RANGE)]),
        ("cut", "~", [m.middle_s for m in missing if m.kind == KEPT]),
        ("fault", "!", [n.t_s for n in notes if n.severity is not Severity.INFO]),
        ("marker", "▼", [e.t_s for e in material.events if _is_marked(e)]),
    )
    row = 0
    for name, sign, moments in lanes:
        if not moments:
            continue
        y = top + LANE_PX * row + 12
        row += 1
        kept: list[float] = []
        for at in sorted(map(time, moments)):
            if not kept or at - kept[-1] >= 3.0:
                kept.append(at)
        yield joined(
            text(time.from_px - 6, y, name, "end lane"),
            line(time.from_px, y + 4, time.to_px, y + 4, "grid"),
            *(text(at, y, sign, f"middle sign {name}") for at in kept),
        )


def _is_marked(event: object) -> bool:
    from femo_tui.bundle.outgoing.selection import is_note

    return isinstance(event, Marker) and is_note(event)


def _axis(time: Scale, span_s: float, y: float, sheet: Sheet) -> Iterator[Child]:
    yield line(time.from_px, y, time.to_px, y, "axis")
    for mark in seconds_ticks(span_s, 5 if sheet.is_narrow else 12):
        x = time(mark)
        yield line(x, y, x, y + 4, "axis")
        yield text(x, y + 17, words.clock(mark), "middle number")
    yield text(time.to_px, y + 31, "minutes and seconds of the run", "end unit")


def _told(
    material: RunMaterial, samples: Samples, span_s: float, missing: Sequence[Missing]
) -> str:
    valid = samples.gsr_us[samples.valid]
    level = (
        f"between {valid.min():.2f} and {valid.max():.2f} µS" if len(valid) else "never a number"
    )
    names = ", ".join(
        f"{w.class_name or w.step} {words.named(w.verdict) or 'without verdict'}"
        for w in material.windows
    )
    return (
        f"{words.plural(len(samples.t_s), 'sample')} over {words.clock(span_s)}, {level}."
        f" Windows: {names or 'none'}. {summary(missing)}"
    )
