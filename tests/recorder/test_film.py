"""The film's time against the host's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from femo_tui.recorder.film import FilmClock

FRAME_S = 1 / 25


def test_nothing_is_known_before_the_first_report() -> None:
    assert FilmClock(FRAME_S).on_screen(1.0) is None


@given(
    start_s=st.floats(0, 1e6),
    late_s=st.lists(st.floats(0, 0.08), min_size=1, max_size=60),
    speed=st.sampled_from([0.5, 1.0, 4.0]),
)
def test_the_estimate_is_never_early_and_its_uncertainty_covers_the_truth(
    start_s: float, late_s: list[float], speed: float
) -> None:
    film = FilmClock(FRAME_S, speed)
    for index, late in enumerate(late_s):
        media_s = index * 0.1
        film.report(start_s + media_s / speed + late, media_s)
    truth_s = start_s + 30.0 / speed
    found = film.on_screen(30.0)
    assert found is not None
    assert found.t_s >= truth_s - 1e-6
    assert found.t_s - truth_s <= max(late_s) + 1e-6


def test_after_a_pause_the_reports_from_before_do_not_count() -> None:
    film = FilmClock(FRAME_S)
    film.report(100.0, 0.0)
    film.restart()
    film.report(200.0, 1.0)  # the film stood still for 99 s
    found = film.on_screen(2.0)
    assert found is not None
    assert found.t_s == 201.0


@pytest.mark.parametrize(
    ("late_s", "uncertainty_s"),
    [
        ((0.0,), 0.0),
        ((0.0, 0.08), 0.08),
        ((0.0, 0.002, 0.08), 0.08),
        ((0.0, 0.002, 0.08, 0.0), 0.002),  # one of many says nothing of the film
        ((0.0, 0.002, 0.08, 0.07, 0.0), 0.07),
    ],
)
def test_the_uncertainty_is_as_large_as_reports_were_late(
    late_s: tuple[float, ...], uncertainty_s: float
) -> None:
    film = FilmClock(FRAME_S)
    for index, late in enumerate(late_s):
        film.report(100.0 + index * 0.1 + late, index * 0.1)
    found = film.on_screen(2.0)
    assert found is not None
    assert found.t_s == pytest.approx(102.0)
    assert found.uncertainty_s == pytest.approx(FRAME_S + uncertainty_s)


def test_a_film_that_stood_still_for_a_moment_is_late_from_then_on() -> None:
    film = FilmClock(FRAME_S)
    for index in range(20):
        film.report(100.0 + index * 0.1, index * 0.1)
    for index in range(20, 30):
        film.report(100.3 + index * 0.1, index * 0.1)
    found = film.on_screen(4.0)
    assert found is not None
    assert found.t_s == pytest.approx(104.3)
    assert found.uncertainty_s == pytest.approx(FRAME_S)


def test_a_film_that_reports_nothing_is_not_known_to_run() -> None:
    film = FilmClock(FRAME_S)
    film.report(100.0, 0.0)
    assert film.fresh(100.2)
    assert not film.fresh(100.3)
