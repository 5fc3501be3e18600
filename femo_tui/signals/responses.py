"""Skin conductance responses: trough to peak, after a zero-phase low-pass at 1 Hz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LOWPASS_HZ = 1.0
LOWPASS_ORDER = 2  # Butterworth, forward and backward: four in effect, without phase
LEAST_US = 0.05  # absolute threshold
LEAST_RATE_HZ = 4.0  # below it a 1 Hz low-pass has too few samples to work on
BRIDGED_S = 1.0  # a longer hole is not interpolated: the trace is judged on each side of it
SHORTEST_S = 3.0  # a shorter piece holds no response from trough to peak

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Response:
    """One skin conductance response. Times are on the clock of the trace."""

    onset_s: float  # of the trough
    peak_s: float
    amplitude_us: float  # peak less trough, of the smoothed trace


def find_responses(t_s: Floats, gsr_us: Floats, least_us: float = LEAST_US) -> list[Response]:
    """Return the responses of `least_us` or more, in order of time.

    Args:
        t_s: times of the valid samples, ascending, (n,).
        gsr_us: their conductance in µS, (n,).
        least_us: the smallest amplitude that is a response; give the sensor's resolution where it
            is coarser than 0.05 µS.

    A trace sampled below 4 Hz holds none, since none can be told in it.
    """
    found: list[Response] = []
    for piece in _pieces(t_s):
        found += _responses_of(t_s[piece], gsr_us[piece], least_us)
    return found


def can_tell_responses(t_s: Floats) -> bool:
    """Return whether samples come often enough to look for responses."""
    return len(t_s) > 1 and float(np.median(np.diff(t_s))) <= 1 / LEAST_RATE_HZ


def _pieces(t_s: Floats) -> Iterator[slice]:
    """Yield the stretches without holes that are long enough to look at."""
    if len(t_s) < 2:
        return
    cuts = np.flatnonzero(np.diff(t_s) > BRIDGED_S) + 1
    edges = [0, *cuts.tolist(), len(t_s)]
    for first, end in pairwise(edges):
        piece = slice(first, end)
        is_long = t_s[end - 1] - t_s[first] >= SHORTEST_S
        if is_long and can_tell_responses(t_s[piece]):
            yield piece


def _responses_of(t_s: Floats, gsr_us: Floats, least_us: float) -> list[Response]:
    from scipy.signal import butter, sosfiltfilt

    step_s = float(np.median(np.diff(t_s)))
    even_s = t_s[0] + step_s * np.arange(int((t_s[-1] - t_s[0]) / step_s + 1e-6) + 1)
    low_pass = butter(LOWPASS_ORDER, LOWPASS_HZ, fs=1 / step_s, output="sos")
    smooth = np.asarray(sosfiltfilt(low_pass, np.interp(even_s, t_s, gsr_us)), np.float64)
    slope = np.sign(np.diff(smooth))
    moves = np.flatnonzero(slope)
    turns = moves[np.flatnonzero(slope[moves][1:] != slope[moves][:-1])] + 1
    found = []
    for trough, peak in pairwise(turns):
        amplitude_us = float(smooth[peak] - smooth[trough])
        if amplitude_us >= least_us:
            peak_s = float(even_s[peak]) + step_s * _apex(smooth, int(peak))
            found.append(Response(float(even_s[trough]), peak_s, amplitude_us))
    return found


def _apex(smooth: Floats, peak: int) -> float:
    """Return where the parabola through a peak and its neighbours is highest, in samples off it."""
    before, at, after = (float(value) for value in smooth[peak - 1 : peak + 2])
    bend = before - 2 * at + after
    return 0.0 if bend == 0 else (before - after) / (2 * bend)
