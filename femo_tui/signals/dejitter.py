"""De-jittered sample times for analysis: arrival has jitter, the sensor's own clock has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def dejitter(t_s: Floats, seq: NDArray[np.int64]) -> Floats:
    """Return the times at which samples were taken, by least squares on their sequence numbers.

    `t_s` (n, seconds, host arrival) is fitted as a line of `seq` (n, the sensor's count, lost
    samples counted); the fit keeps the mean delay of arrival, and takes its jitter away. Recording
    never does this: `gsr.csv` holds arrival.

    Raises:
        ValueError: the arrays differ in length, or hold less than two different counts.
    """
    if t_s.shape != seq.shape:
        raise ValueError(f"{t_s.size} times and {seq.size} sequence numbers")
    if np.unique(seq).size < 2:
        raise ValueError("a line needs two different sequence numbers")
    # centred, so that boot times of weeks cost no precision
    count = seq - seq.mean()
    slope = float(np.dot(count, t_s - t_s.mean()) / np.dot(count, count))
    return np.asarray(t_s.mean() + slope * count, np.float64)
