"""A run read for a screen: the same figures as from every sample, at a size that stays small."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from femo_tui.model.events import RunEvent, WindowStart, WindowStop
from femo_tui.store.run_reader import RunReader
from femo_tui.store.run_writer import RunWriter
from femo_tui.store.streams import HELD_S
from femo_tui.store.trace import TraceBuilder
from tests.support.runs import GOLDEN, ORIGIN_S, run_start, sample

VALUES = st.lists(
    st.tuples(st.floats(0.0, 30.0), st.floats(0.05, 60.0), st.booleans()), min_size=1, max_size=80
)


@settings(deadline=None, max_examples=60)
@given(VALUES, st.integers(1, 7))
def test_a_column_holds_the_extremes_of_its_stretch(
    rows: list[tuple[float, float, bool]], piece: int
) -> None:
    rows = sorted(rows)
    built = TraceBuilder(1.0)
    for first in range(0, len(rows), piece):
        t_s, us, valid = zip(*rows[first : first + piece], strict=True)
        built.add(list(t_s), list(us), list(valid))
    columns = built.columns()
    stretches = sorted({math.floor(t_s) for t_s, _, _ in rows})
    assert [math.floor(t_s) for t_s in columns.t_s] == stretches
    for place, second in enumerate(stretches):
        inside = [row for row in rows if math.floor(row[0]) == second]
        good = [us for _, us, valid in inside if valid]
        assert columns.samples[place] == len(inside)
        assert columns.valid[place] == len(good)
        if good:
            assert columns.low_us[place] == min(good)
            assert columns.high_us[place] == max(good)
        else:
            assert math.isnan(columns.low_us[place])


def test_old_columns_are_let_go() -> None:
    built = TraceBuilder(0.5, keep_s=10.0)
    for i in range(10_000):
        built.add([i * 0.1], [1.0], [True])
    assert 20 <= len(built.columns().t_s) <= 26


def test_a_clock_that_jumped_ahead_and_back_hides_nothing_after_it() -> None:
    built = TraceBuilder(1.0)
    built.add([1.0, 2.0, 9000.0, 3.0, 4.0], [1.0] * 5, [True] * 5)
    assert list(built.columns().t_s) == [1.0, 2.0, 3.0, 4.0]


def test_a_snapshot_is_not_changed_by_what_comes_after() -> None:
    built = TraceBuilder(1.0)
    built.add([0.1], [5.0], [True])
    before = built.columns()
    assert built.columns() is before
    built.add([0.2, 1.3], [7.0, 2.0], [True, True])
    assert list(before.high_us) == [5.0]
    assert list(built.columns().high_us) == [7.0, 2.0]


def test_without_samples_the_windows_are_the_same() -> None:
    whole, lean = RunReader(GOLDEN).poll(), RunReader(GOLDEN, keep_samples=False).poll()
    assert lean.windows == whole.windows
    assert lean.gsr.length == whole.gsr.length == len(whole.gsr.t_s)
    assert len(lean.gsr.t_s) == 0
    assert lean.gsr_us == whole.gsr_us


@pytest.mark.parametrize("behind_s", [0.0, HELD_S / 2, 8 * HELD_S])
def test_a_window_that_is_told_late_is_counted_whole(tmp_path: Path, behind_s: float) -> None:
    """Its onset, then its end, are written `behind_s` after their time; samples come at 20 Hz."""
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    reader = RunReader(tmp_path, keep_samples=False)
    told: dict[int, RunEvent] = {
        round((30.0 + behind_s) * 20): WindowStart(30.0, "happy", 1, "Happy_A", None, 0.0),
        round((60.0 + behind_s) * 20): WindowStop(60.0, "happy", 1, "Happy_A", "complete"),
    }
    for i in range(round((70.0 + behind_s) * 20)):
        writer.sample(sample(i / 20, gsr_us=3.0 + i % 40 / 10))
        if i in told:
            writer.event(told[i])
        if i % 5 == 0:
            snapshot = reader.poll()
    writer.close()
    snapshot = reader.poll()
    assert snapshot.windows == RunReader(tmp_path).poll().windows
    assert snapshot.windows[0].gsr_samples == 600
    assert snapshot.windows[0].gsr_mean_us == pytest.approx(4.95, abs=1e-9)
    assert snapshot.problems == ()


def test_a_long_run_can_be_read_a_piece_a_poll(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, ORIGIN_S)
    writer.event(run_start())
    writer.event(WindowStart(100.0, "happy", 1, "Happy_A", None, 0.0))
    writer.event(WindowStop(400.0, "happy", 1, "Happy_A", "complete"))
    for i in range(20_000):
        writer.sample(sample(i / 20))
    writer.close()
    reader = RunReader(tmp_path, keep_samples=False, bytes_at_once=1)
    polls = [reader.poll()]
    while polls[-1].unread_bytes:
        polls.append(reader.poll())
    assert len(polls) > 2
    assert polls[-1].windows == RunReader(tmp_path).poll().windows
    assert polls[-1].windows[0].gsr_samples == 6000
