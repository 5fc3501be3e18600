"""Skin conductance responses: a real recording, and traces whose responses are known."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from femo_tui.signals.responses import can_tell_responses, find_responses

Floats = NDArray[np.float64]

DATA = Path(__file__).parents[1] / "data" / "eda"
RISE_S, DECAY_S = 0.75, 2.0  # Benedek and Kaernbach 2010: a response as difference of exponentials
PEAK_S = math.log(DECAY_S / RISE_S) * DECAY_S * RISE_S / (DECAY_S - RISE_S)
PEAK = math.exp(-PEAK_S / DECAY_S) - math.exp(-PEAK_S / RISE_S)


def recording(rate_hz: int, *, averaged: bool = True) -> tuple[Floats, Floats]:
    """Return times and µS; at 10 Hz a sample is the mean of ten at their middle, or every tenth."""
    with gzip.open(DATA / "neurokit_eda_100hz.csv.gz", "rt") as file:
        gsr_us = np.loadtxt(file, skiprows=1)
    t_s = np.arange(len(gsr_us)) / 100
    if rate_hz == 10 and not averaged:
        gsr_us, t_s = gsr_us[::10], t_s[::10]
    elif rate_hz == 10:
        gsr_us, t_s = (column.reshape(-1, 10).mean(axis=1) for column in (gsr_us, t_s))
    return t_s, gsr_us


@pytest.mark.parametrize("rate_hz", [10, 100])
def test_the_real_recording_holds_twelve(rate_hz: int) -> None:
    assert len(find_responses(*recording(rate_hz))) == 12


@pytest.mark.parametrize("averaged", [True, False])
def test_ten_hertz_shows_the_same_twelve_at_the_same_times(averaged: bool) -> None:
    fine = find_responses(*recording(100))
    coarse = find_responses(*recording(10, averaged=averaged))
    for one, other in zip(fine, coarse, strict=True):
        assert one.peak_s == pytest.approx(other.peak_s, abs=0.1)
        assert one.onset_s == pytest.approx(other.onset_s, abs=0.1)
        assert one.amplitude_us == pytest.approx(other.amplitude_us, rel=0.05)


def simulated(rng: np.random.Generator, noise_us: float) -> tuple[Floats, Floats, Floats]:
    """Return five minutes at 10 Hz with a drifting level, and when its responses peak."""
    t_s = np.arange(3000) / 10
    gsr_us = 5 + 0.3 * np.sin(2 * np.pi * t_s / 180) + rng.normal(0, noise_us, len(t_s))
    onsets = 5 + np.cumsum(rng.uniform(4, 12, 80))
    onsets = onsets[onsets < 290]
    for onset_s in onsets:
        since_s = np.clip(t_s - onset_s, 0, None)
        shape = np.exp(-since_s / DECAY_S) - np.exp(-since_s / RISE_S)
        gsr_us += rng.uniform(0.1, 0.6) * shape / PEAK
    return t_s, gsr_us, onsets + PEAK_S


@pytest.mark.parametrize("noise_us", [0.0, 0.005, 0.01, 0.02])
def test_known_responses_are_found_and_nothing_else(noise_us: float) -> None:
    rng = np.random.default_rng(7)
    known = found = hits = false = 0
    for _ in range(25):
        t_s, gsr_us, peaks = simulated(rng, noise_us)
        seen = np.array([response.peak_s for response in find_responses(t_s, gsr_us)])
        apart = np.abs(peaks[:, None] - seen[None, :])
        known += len(peaks)
        found += len(seen)
        hits += int((apart.min(axis=1) < 1).sum())
        false += int((apart.min(axis=0) >= 1).sum())
    assert hits / known >= 0.98
    assert false / found <= 0.02


def test_what_the_sensor_cannot_resolve_is_no_response() -> None:
    t_s, gsr_us = recording(10)
    amplitudes = [response.amplitude_us for response in find_responses(t_s, gsr_us)]
    kept = find_responses(t_s, gsr_us, least_us=0.15)
    assert len(kept) == sum(amplitude >= 0.15 for amplitude in amplitudes) < 12


def test_a_hole_is_not_bridged() -> None:
    t_s, gsr_us = recording(10)
    outside = (t_s < 40) | (t_s > 60)
    seen = find_responses(t_s[outside], gsr_us[outside])
    whole = find_responses(t_s, gsr_us)
    assert [r.peak_s for r in seen] == pytest.approx(
        [r.peak_s for r in whole if not 40 < r.peak_s < 60], abs=0.1
    )


def test_few_samples_hold_no_response() -> None:
    slow_s = np.arange(0, 100, 0.5)
    assert not can_tell_responses(slow_s)
    assert find_responses(slow_s, 5 + np.sin(slow_s)) == []
    assert find_responses(np.array([]), np.array([])) == []
    assert find_responses(np.array([1.0]), np.array([5.0])) == []
