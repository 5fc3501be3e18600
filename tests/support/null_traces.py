"""Skin of many simulated people at once, in whom nothing has an effect.

The arithmetic of devices.gsr_sim at rest, in columns: what one sensor makes sample by sample is
made here for thousands of people together. Without the sensor's noise, which is a hundredth of what
a window's mean differs by.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from femo_tui.devices import gsr_sim as sim

Floats = NDArray[np.float64]

BEFORE_S, AFTER_S = 10.0, 0.5  # of a step, around its window; as in tests/bench/null_study.py


def window_means_us(people: int, steps: int, window_s: float, seed: int) -> Floats:
    """Return the mean conductance of each of `steps` windows in a row, (people, steps)."""
    rng = np.random.default_rng(seed)
    for_s = 1 / sim.RATE_HZ
    rest_us = np.clip(5 * np.exp(rng.normal(0, 0.35, people)), 2, 12)
    responsiveness = np.exp(rng.normal(0, 0.25, people))
    drift, rising_us, falling_us = (np.zeros(people) for _ in range(3))
    means_us = np.empty((people, steps))
    first, last = round(BEFORE_S / for_s), round((BEFORE_S + window_s) / for_s)
    for step in range(steps):
        total_us = np.zeros(people)
        for sample in range(round((BEFORE_S + window_s + AFTER_S) / for_s)):
            begins = np.flatnonzero(rng.random(people) < sim.REST.responses_per_min / 60 * for_s)
            heights = np.exp(rng.normal(0, 0.5, begins.size)) / sim._PEAK
            rising_us[begins] += 0.25 * responsiveness[begins] * heights
            falling_us[begins] += 0.25 * responsiveness[begins] * heights
            rising_us *= math.exp(-for_s / sim.RISE_S)
            falling_us *= math.exp(-for_s / sim.DECAY_S)
            drift *= 1 - for_s / sim.DRIFT_S
            wander = sim.DRIFT_SHARE * math.sqrt(2 * for_s / sim.DRIFT_S)
            drift += rng.normal(0, wander, people)
            if first <= sample < last:
                total_us += rest_us * (1 + drift) + falling_us - rising_us
        means_us[:, step] = total_us / (last - first)
    return means_us


def percentages(means_us: Floats) -> Floats:
    """Return the percentage of change of every second window against those beside it."""
    around_us = (means_us[:, :-2:2] + means_us[:, 2::2]) / 2
    changes: Floats = (means_us[:, 1:-1:2] - around_us) / around_us * 100
    return changes
