"""De-jittered times against the times at which made samples were taken."""

from __future__ import annotations

import numpy as np
import pytest

from femo_tui.signals.dejitter import dejitter


@pytest.mark.parametrize("rate_hz", [10.0, 1000.0])
def test_jitter_goes_and_the_mean_delay_stays(rate_hz: float) -> None:
    random = np.random.default_rng(1)
    seq = np.delete(np.arange(5000), random.choice(5000, 300, replace=False))  # some were lost
    # a sensor whose clock is 20 ppm off, weeks after boot
    taken_s = 2_000_000.0 + seq / rate_hz * 1.00002
    arrived_s = taken_s + random.exponential(0.004, seq.size)
    fitted_s = dejitter(arrived_s, seq)
    assert np.abs(fitted_s - taken_s - 0.004).max() < 0.0005
    # the standard error of a slope: SD of the noise / (√n · SD of the regressor)
    slope_error = 0.004 / (np.sqrt(seq.size) * seq.std())
    slope = (fitted_s[-1] - fitted_s[0]) / (seq[-1] - seq[0])
    assert abs(slope - 1.00002 / rate_hz) < 4 * slope_error


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="two different"):
        dejitter(np.array([1.0, 2.0]), np.array([7, 7]))
    with pytest.raises(ValueError, match="3 times and 2"):
        dejitter(np.array([1.0, 2.0, 3.0]), np.array([1, 2]))
