"""Which frames stand for a window: evenly in time, blind to the label, or furthest from neutral."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.faces.selection import evenly, furthest_from, sharpness_floor, thinned


def test_one_frame_is_taken_from_the_middle_of_each_slot() -> None:
    t_s = [0.1 * i for i in range(300)]  # 30 s at 10 Hz: slots of 3 s, middles at 1.5, 4.5, …
    assert evenly(t_s, 0.0, 30.0) == tuple(15 + 30 * i for i in range(10))


def test_an_empty_slot_gives_none() -> None:
    assert evenly([0.5, 1.0, 9.5], 0.0, 10.0, 10) == (0, 1, 2)
    assert evenly([], 0.0, 10.0) == ()


def test_frames_outside_the_window_are_not_taken() -> None:
    assert evenly([-0.1, 0.0, 10.0, 10.1], 0.0, 10.0, 2) == (1,)


@given(st.lists(st.floats(0, 29.999), max_size=80, unique=True), st.integers(1, 12))
def test_the_even_set_has_at_most_one_frame_a_slot(times: list[float], count: int) -> None:
    t_s = sorted(times)
    chosen = evenly(t_s, 0.0, 30.0, count)
    slots = [int(t_s[i] / (30.0 / count)) for i in chosen]
    assert len(set(chosen)) == len(chosen) <= count
    assert len(chosen) >= len({int(t / (30.0 / count)) for t in t_s}) - 1  # a slot's edge may round
    assert slots == sorted(slots)


def test_thinning_keeps_the_first_and_the_last() -> None:
    assert thinned(300, 4) == (0, 100, 199, 299)
    assert thinned(3, 4) == (0, 1, 2)
    assert thinned(0, 4) == ()


def test_those_furthest_from_the_mean_neutral_are_taken_in_their_order() -> None:
    neutral = np.array([[0.0, 0.0], [2.0, 0.0]])  # mean (1, 0)
    faces = np.array([[1.0, 0.5], [1.0, 3.0], [4.5, 0.0], [1.0, -1.0]])
    assert furthest_from(faces, neutral, 2) == (1, 2)


def test_of_equals_the_earlier_is_taken() -> None:
    assert furthest_from(np.ones((5, 2)), np.zeros((1, 2)), 2) == (0, 1)


def test_the_floor_is_half_the_runs_median_sharpness() -> None:
    assert sharpness_floor([100.0, None, 300.0, 200.0]) == 100.0
    assert sharpness_floor([None]) == 0.0
