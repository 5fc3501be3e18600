"""Whole studies: simulated people through record → results; null and true effects repeated."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from femo_tui.devices.base import parse_uri
from femo_tui.devices.gsr_sim import SimGsr
from femo_tui.model.clock import VirtualClock
from femo_tui.recorder.process import record
from femo_tui.recorder.simulated_study import prepare_simulated_study, simulated_request
from femo_tui.signals.grove import GroveCalibration
from femo_tui.stats.hodges_lehmann import shift_of
from femo_tui.stats.render.text import study_text
from femo_tui.stats.results import Asked, StudyResults, study_results
from femo_tui.store.catalog import Catalog
from femo_tui.store.study import load_study
from tests.bench.null_study import alarms_of_traces, null_results
from tests.support.null_traces import percentages, window_means_us


def recorded(root: Path, people: int, gsr: str) -> StudyResults:
    """Record a study of simulated people in virtual time and return its results."""
    prepare_simulated_study(root, people)
    for number in range(1, people + 1):
        request = simulated_request(root, number)
        request = replace(request, gsr=gsr.format(seed=number), camera="none")
        record(request, clock=VirtualClock())
    with Catalog.open(root) as catalog:
        registered = catalog.participants()
    return study_results(root, load_study(root), registered, Asked())


@pytest.fixture(scope="module")
def simulated_study(tmp_path_factory: pytest.TempPathFactory) -> StudyResults:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("FEMO_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        return recorded(tmp_path_factory.mktemp("store") / "study", 12, "sim:{seed}?effect=3")


def test_a_simulated_study_finds_what_was_put_into_it(simulated_study: StudyResults) -> None:
    """`effect=3` is three times devices.gsr_sim.AROUSAL: stress and joy up, boredom down."""
    estimates = {c.contrast.second.emotion: c.test for c in simulated_study.primary.comparisons}
    assert simulated_study.n == 12
    for emotion, sign in (("stress", 1), ("happy", 1), ("boredom", -1)):
        assert (estimates[emotion].hodges_lehmann or 0) * sign > 0
    assert (simulated_study.primary.comparisons[0].p_holm or 1) < 0.05
    assert simulated_study.left_out == ()


def test_a_simulated_study_says_so(simulated_study: StudyResults) -> None:
    text = study_text(simulated_study)
    assert text.splitlines()[0].endswith("SIMULATED")
    assert "Data are SIMULATED." in text


def test_null_studies_raise_no_more_false_alarms_than_promised() -> None:
    """1 000 studies of 22 people with the study's windows, by skin alone; tests/bench/null_study.py
    counts those that are recorded."""
    studies = 1000
    alarms = alarms_of_traces(studies, 22, 30.0)
    assert alarms / studies <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert alarms / studies >= 0.03  # a family that never raises one has no power either


def test_traces_in_columns_are_those_of_the_simulated_sensor() -> None:
    """By how much windows differ and lean: 200 sensors, and 4 000 people in columns."""
    window_s, steps = 2.5, 7
    sensors = np.array([means_of_a_sensor(seed, steps, window_s) for seed in range(200)])
    one, other = (
        percentages(means) for means in (sensors, window_means_us(4000, steps, window_s, 3))
    )
    # standard errors of 600 values: 3 % of a deviation, 1/√600 of it for a mean
    assert one.std() == pytest.approx(other.std(), rel=0.12)
    assert one.mean() == pytest.approx(other.mean(), abs=4 * other.std() / math.sqrt(one.size))
    assert np.median(one) < one.mean()
    assert np.median(other) < other.mean()


def means_of_a_sensor(seed: int, steps: int, window_s: float) -> list[float]:
    """Return the window means of one simulated sensor, which nothing cues."""
    sensor = SimGsr(parse_uri(f"sim:{seed}", {"sim": frozenset()}), GroveCalibration())
    sensor.open()
    levels_us = [sensor._live(0.1) for _ in range(round(steps * (window_s + 10.5) * 10))]
    per_step = round((window_s + 10.5) * 10)
    return [
        float(np.mean(levels_us[at + 100 : at + 100 + round(window_s * 10)]))
        for at in range(0, steps * per_step, per_step)
    ]


def test_a_null_study_is_recorded_and_tested_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of those that tests/bench/null_study.py counts, so that it goes on to work."""
    monkeypatch.setenv("FEMO_STATE_DIR", str(tmp_path / "state"))
    found = null_results(0, 4, 2.5, tmp_path)
    assert (found.n, found.simulated, found.left_out) == (4, True, ())
    assert len(found.primary.comparisons) == 3
    for comparison in found.primary.comparisons:
        assert comparison.test.n_pairs == 4
        assert not any(pair.one_sided for pair in comparison.pairs)


def test_intervals_cover_a_known_shift_as_often_as_they_say() -> None:
    """40 people, a shift of 8, 2 000 repetitions: 93 to 97 %."""
    rng = np.random.default_rng(1)
    shift, covered = 8.0, 0
    for _ in range(2000):
        differences = shift + 5 * rng.standard_t(5, 40)
        found = shift_of([round(d * 1e9) for d in differences])
        assert found is not None
        covered += found.low / 1e9 <= shift <= found.high / 1e9
    assert 0.93 <= covered / 2000 <= 0.97
