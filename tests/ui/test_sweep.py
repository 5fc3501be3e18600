"""The sweep: what is drawn where, what is left alone, what a gap looks like."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui.model.snapshot import TraceColumns
from femo_tui.store.trace import TraceBuilder
from femo_tui.ui.widgets.sweep import MIN_SPAN_US, Scale, Shade, Sweep

STEP_S = 0.05


def trace_of(values: list[float], rate_hz: float = 10.0) -> TraceColumns:
    times = [i / rate_hz for i in range(len(values))]
    built = TraceBuilder(STEP_S)
    built.add(times, values, [not math.isnan(v) for v in values])
    return built.columns()


def picture(sweep: Sweep) -> list[str]:
    return ["".join(sweep.cell(x, y) for x in range(sweep.width)) for y in range(sweep.height)]


def test_a_flat_line_is_one_row_of_dots() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0, wraps=False)
    sweep.feed(trace_of([3.0] * 20))
    assert sum(row.strip() != "" for row in picture(sweep)) == 1


def test_a_step_is_drawn_without_a_hole() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0, wraps=False)
    sweep.feed(trace_of([1.0] * 10 + [5.0] * 10))
    column = "".join(sweep.cell(5, y) for y in range(4))
    assert " " not in column[1:-1]


def test_a_gap_is_left_blank_and_named() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0, wraps=False)
    sweep.feed(trace_of([3.0] * 8 + [math.nan] * 6 + [3.0] * 6))
    assert sweep.shades([])[5] is Shade.NO_DATA
    assert all(sweep.cell(5, y) == " " for y in range(4))
    assert sweep.shades([])[1] is Shade.PLAIN


def test_the_window_shades_its_own_time_only() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0, wraps=False)
    sweep.feed(trace_of([3.0] * 20))
    shades = sweep.shades([(0.8, 1.2)])
    assert [x for x, shade in enumerate(shades) if shade is Shade.WINDOW] == [4, 5]


def test_a_window_that_outlasts_a_later_one_is_shaded_to_its_end() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0, wraps=False)
    sweep.feed(trace_of([3.0] * 20))
    shades = sweep.shades([(1.0, 1.2), (0.2, 1.6), (0.4, 0.6)])
    assert [x for x, shade in enumerate(shades) if shade is Shade.WINDOW] == [1, 2, 3, 4, 5, 6, 7]


def test_the_pen_erases_ahead_and_writes_over_the_last_sweep() -> None:
    sweep = Sweep(width=20, height=4, span_s=4.0)
    sweep.feed(trace_of([3.0] * 40))
    sweep.feed(trace_of([3.0] * 50))
    assert sweep.time_s(2) == 4.4  # written again in the second sweep
    assert sweep.time_s(6) is None  # erased ahead of the pen
    assert sweep.time_s(15) == 3.0  # still from the first


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(0.05, 60.0) | st.just(math.nan), min_size=2, max_size=160),
    st.integers(1, 15),
)
def test_feeding_in_pieces_reports_every_cell_that_differs(values: list[float], piece: int) -> None:
    """A cell that changed and was not reported would stay wrong on the screen."""
    sweep = Sweep(width=12, height=3, span_s=4.0)
    shown = [[" "] * sweep.width for _ in range(sweep.height)]
    for end in range(piece, len(values) + piece, piece):
        changed = sweep.feed(trace_of(values[:end]))
        everything = {(x, y) for x in range(sweep.width) for y in range(sweep.height)}
        for x, y in everything if changed is None else changed:
            shown[y][x] = sweep.cell(x, y)
    assert ["".join(row) for row in shown] == picture(sweep)


@given(st.floats(0.05, 60.0), st.floats(0.0, 40.0))
def test_the_scale_holds_what_it_shows_on_round_ticks(low_us: float, extent_us: float) -> None:
    scale = Scale.around(low_us, low_us + extent_us)
    assert scale.low_us <= low_us
    assert low_us + extent_us <= scale.high_us
    assert scale.span_us >= MIN_SPAN_US * 0.99 or scale.low_us == 0.0
    assert 1 <= len(scale.ticks()) - 1 <= 7


def test_a_spike_of_one_sample_in_a_thousand_a_second_is_drawn() -> None:
    sweep = Sweep(width=10, height=4, span_s=20.0)
    values = [3.0] * 8000 + [9.0] + [3.0] * 1000
    changed = sweep.feed(trace_of(values, rate_hz=1000.0))
    assert changed is None
    assert sweep.scale.high_us >= 9.0
    assert sweep.cell(4, 0).strip()


def test_a_time_that_goes_back_begins_the_sweep_anew() -> None:
    sweep = Sweep(width=10, height=4, span_s=2.0)
    built = TraceBuilder(STEP_S)
    built.add([0.1, 9000.0], [3.0, 3.0], [True, True])
    sweep.feed(built.columns())
    built.add([0.2, 0.3, 0.4], [3.0] * 3, [True] * 3)
    assert sweep.feed(built.columns()) is None
    assert sweep.shades([])[1] is Shade.PLAIN
