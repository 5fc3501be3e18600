"""Quality rules on made traces, at 10 Hz, 100 Hz and 1 kHz."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from femo_tui.model.records import SampleFlag
from femo_tui.signals.grove import GroveCalibration
from femo_tui.signals.quality import GsrQuality, assess_gsr

RATES = [10.0, 100.0, 1000.0]
ONSET_S = 50.0
Floats = NDArray[np.float64]


def times(rate_hz: float, length_s: float = 30.0, jitter_s: float = 0.0) -> Floats:
    rng = np.random.default_rng(1)
    n = round(rate_hz * length_s)
    return ONSET_S + (np.arange(n) + 0.5) / rate_hz + rng.uniform(-jitter_s, jitter_s, n)


def calm(t_s: Floats) -> Floats:
    """Skin at about 5 µS that drifts and breathes; the steepest slope is 0.4 µS/s."""
    return 5 + 0.02 * (t_s - ONSET_S) + 0.4 * np.sin(t_s)


def judge(
    t_s: Floats,
    gsr_us: Floats,
    rate_hz: float | None,
    flags: list[SampleFlag] | None = None,
    length_s: float = 30.0,
    ceiling_us: float = 60.0,
) -> GsrQuality:
    return assess_gsr(
        t_s,
        gsr_us,
        flags or [SampleFlag.OK] * len(t_s),
        ONSET_S,
        ONSET_S + length_s,
        rate_hz,
        ceiling_us=ceiling_us,
    )


@pytest.mark.parametrize("rate_hz", RATES)
def test_calm_skin_is_valid(rate_hz: float) -> None:
    t_s = times(rate_hz)
    quality = judge(t_s, calm(t_s), rate_hz)
    assert quality.valid_share == quality.unpadded_share == 1.0
    assert quality.rate_hz == pytest.approx(rate_hz)
    assert (quality.gaps, quality.flat_share, quality.reasons) == ((), 0.0, ())
    assert quality.skin_temperature == "not assessed"


@pytest.mark.parametrize("rate_hz", RATES)
def test_quantised_skin_has_no_slope_of_its_own(rate_hz: float) -> None:
    """One ADC step, 0.1 µS near 5 µS, is 100 µS/s between neighbours at 1 kHz."""
    grove = GroveCalibration()
    t_s = times(rate_hz)
    noise = np.random.default_rng(2).normal(0, 0.7, len(t_s))
    counts = np.array([round(grove.reading(g)) for g in calm(t_s)]) + np.round(noise)
    quality = judge(t_s, np.array([grove.conductance_us(r) for r in counts]), rate_hz)
    assert quality.valid_share == 1.0


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("rise_us", "is_steep"), [(0.9, False), (1.1, True), (-1.1, True)])
def test_slope_is_taken_over_a_tenth_of_a_second(
    rate_hz: float, rise_us: float, is_steep: bool
) -> None:
    """A ramp of 0.1 s: 0.9 µS is 9 µS/s and passes, 1.1 µS is 11 µS/s and does not."""
    t_s = times(rate_hz)
    ramp = 5 + rise_us * np.clip((t_s - t_s[len(t_s) // 2]) / 0.1, 0, 1)
    quality = judge(t_s, ramp, rate_hz)
    assert (quality.unpadded_share < 1) == is_steep
    if is_steep:
        assert quality.unpadded_share > 0.99
        assert quality.valid_share == pytest.approx(20 / 30, abs=0.01)  # 5 s to either side
        assert any("slope" in reason for reason in quality.reasons)


def test_arrival_jitter_hides_no_slope_and_makes_none() -> None:
    t_s = times(10, jitter_s=0.02)
    assert judge(t_s, calm(t_s), 10).valid_share == 1.0
    jump = calm(t_s) + np.where(np.arange(len(t_s)) >= 150, 1.6, 0)
    assert judge(t_s, jump, 10).unpadded_share == pytest.approx(299 / 300)


def test_a_batch_handed_over_at_once_is_no_slope() -> None:
    """A host that was busy for 0.3 s stamps four samples within a millisecond."""
    t_s = times(10)
    t_s[100:103] = t_s[103] - np.array([0.0009, 0.0006, 0.0003])
    quality = judge(t_s, calm(t_s), 10)
    assert quality.unpadded_share > 0.98  # the wait itself is a gap
    assert not any("slope" in reason for reason in quality.reasons)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("value_us", [0.04, 60.5, np.nan])
def test_out_of_range_voids_five_seconds_to_either_side(rate_hz: float, value_us: float) -> None:
    t_s = times(rate_hz)
    gsr_us = calm(t_s)
    gsr_us[len(t_s) // 2] = value_us
    quality = judge(t_s, gsr_us, rate_hz)
    assert quality.unpadded_share == pytest.approx(1 - 1 / len(t_s))
    # By Kleckner's code: n − 1 samples to either side, n = 5 s times the rate.
    assert quality.valid_share == pytest.approx(1 - (2 * 5 * rate_hz - 1) / len(t_s), abs=1e-9)


def test_the_sensors_ceiling_counts_where_it_is_lower() -> None:
    t_s = times(10)
    gsr_us = calm(t_s)
    gsr_us[0] = 50.5
    assert judge(t_s, gsr_us, 10, ceiling_us=50.0).unpadded_share < 1
    assert any("slope" in reason for reason in judge(t_s, gsr_us, 10).reasons)


@pytest.mark.parametrize("flag", [SampleFlag.NOT_WORN, SampleFlag.CLIPPED])
def test_a_flagged_sample_is_invalid_whatever_its_value(flag: SampleFlag) -> None:
    t_s = times(10)
    flags = [SampleFlag.OK] * 300
    flags[290:] = [flag] * 10
    quality = judge(t_s, calm(t_s), 10, flags)
    assert quality.unpadded_share == pytest.approx(290 / 300)
    assert quality.valid_share == pytest.approx(241 / 300)
    assert quality.not_worn_share == (
        pytest.approx(10 / 300) if flag is SampleFlag.NOT_WORN else 0.0
    )
    assert flag.value.replace("_", " ") in quality.reasons[0]


def test_an_artefact_just_before_the_window_reaches_into_it() -> None:
    t_s = np.concatenate((times(10) - 30, times(10)))
    gsr_us = calm(t_s)
    gsr_us[299] = np.nan
    quality = judge(t_s, gsr_us, 10)
    assert (quality.samples, quality.unpadded_share) == (300, 1.0)
    assert quality.valid_share == pytest.approx(251 / 300)


def test_padding_that_alone_voids_a_short_window_is_named() -> None:
    t_s = times(10, 9.0)
    gsr_us = calm(t_s)
    gsr_us[45] = np.nan
    quality = judge(t_s, gsr_us, 10, length_s=9.0)
    assert quality.valid_share == 0.0
    assert quality.unpadded_share == pytest.approx(89 / 90)
    assert any("alone leaves nothing" in reason for reason in quality.reasons)


def test_the_hole_of_401_ms_is_found() -> None:
    """The study's recording: 401 ms between samples 7 and 8, unmarked."""
    t_s = times(10)
    t_s = np.concatenate((t_s[:8], t_s[11:]))
    quality = judge(t_s, calm(t_s), 10)
    assert len(quality.gaps) == 1
    assert quality.gaps[0] == pytest.approx((ONSET_S + 0.75, 0.4))
    assert quality.valid_share == pytest.approx(297 / 300)
    assert quality.reasons == ("gaps: 1, the longest 0.40 s",)


@pytest.mark.parametrize("rate_hz", RATES)
def test_what_is_missing_at_the_edges_is_a_gap(rate_hz: float) -> None:
    t_s = times(rate_hz)
    t_s = t_s[(t_s > ONSET_S + 3) & (t_s < ONSET_S + 24)]
    quality = judge(t_s, calm(t_s), rate_hz)
    assert [onset_s for onset_s, _ in quality.gaps] == pytest.approx([50, 74], abs=0.1)
    assert [duration_s for _, duration_s in quality.gaps] == pytest.approx([3, 6], abs=0.1)
    assert quality.valid_share == pytest.approx(21 / 30, abs=0.01)
    assert any(reason.startswith("rate") for reason in quality.reasons)


def test_the_2018_loop_ran_below_its_rate_but_had_no_gap() -> None:
    t_s = ONSET_S + np.arange(293) / 9.76
    quality = judge(t_s, calm(t_s), 10)
    assert quality.rate_hz == pytest.approx(9.76, abs=0.01)
    assert quality.gaps == ()


def test_usb_batches_at_one_kilohertz_are_no_gaps() -> None:
    t_s = np.ceil(times(1000) / 0.016) * 0.016
    t_s = t_s[t_s < ONSET_S + 30]
    assert judge(t_s, calm(t_s), 1000).gaps == ()


def test_without_a_promised_rate_the_usual_interval_is_taken() -> None:
    t_s = times(10)
    t_s = np.delete(t_s, slice(100, 105))
    assert len(judge(t_s, calm(t_s), None).gaps) == 1


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_flat_line_is_named_and_left_valid(rate_hz: float) -> None:
    t_s = times(rate_hz)
    gsr_us = calm(t_s)
    still = (t_s > ONSET_S + 10) & (t_s < ONSET_S + 22)
    gsr_us[still] = gsr_us[still][0]
    quality = judge(t_s, gsr_us, rate_hz)
    assert quality.flat_share == pytest.approx(12 / 30, abs=0.01)
    assert quality.reasons[0].startswith("flat line for 1")


def test_a_short_standstill_is_no_flat_line() -> None:
    t_s = times(10)
    gsr_us = np.floor((t_s - ONSET_S) / 4) * 0.1 + 5  # calm skin, one step every 4 s
    assert judge(t_s, gsr_us, 10).flat_share == 0.0


@pytest.mark.parametrize("n", [0, 1])
def test_a_window_with_next_to_nothing_in_it(n: int) -> None:
    t_s = times(10)[:n]
    quality = judge(t_s, calm(t_s), 10)
    assert quality.samples == n
    assert quality.valid_share == pytest.approx(n / 300, abs=0.002)
    assert quality.gaps[-1][0] + quality.gaps[-1][1] == pytest.approx(ONSET_S + 30)
    assert quality.reasons


def test_of_a_window_that_was_cut_at_its_onset_nothing_is_valid() -> None:
    t_s = times(10)
    quality = judge(t_s, calm(t_s), 10, length_s=0.0)
    assert (quality.samples, quality.valid_share, quality.unpadded_share) == (0, 0.0, 0.0)
    assert (quality.rate_hz, quality.flat_share, quality.gaps) == (0.0, 0.0, ())
    assert quality.reasons[0] == "no samples"


def test_flags_may_be_an_array_of_words() -> None:
    t_s = times(10)
    flags = np.array(["ok"] * 299 + ["not_worn"])
    quality = assess_gsr(t_s, calm(t_s), flags, ONSET_S, ONSET_S + 30, 10)
    assert quality.unpadded_share == pytest.approx(299 / 300)
