"""Quality rules for the GSR of one window: what part of it may be called skin conductance.

The rules are those of Kleckner et al. 2018 (IEEE Trans. Biomed. Eng. 65, 1460–1467): invalid
outside 0.05–60 µS, where the slope goes beyond ±10 µS/s, and within 5 s of either. Their rule on
skin temperature needs a thermometer that this sensor has not. Beside them stand gaps, the real
rate and the flat line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from femo_tui.model.records import SampleFlag
from femo_tui.signals.grove import CEILING_US, FLOOR_US

SLOPE_US_PER_S = 10.0
# Between neighbours at 1 kHz one ADC step alone is 50 µS/s: slopes are taken over this time.
SLOPE_OVER_S = 0.1
PADDING_S = 5.0
STAMP_S = 1e-6  # stamps are kept to the microsecond; less apart is the same time
GAP_INTERVALS = 1.5
GAP_AT_LEAST_S = 0.03  # USB adapters hand lines over in batches, up to 16 ms apart
FLAT_AFTER_S = 5.0  # as long without the smallest change: no skin, or a stuck converter
RATE_SHARE = 0.9  # below it the rate is named as a reason

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GsrQuality:
    """What a window's GSR is worth. Shares are of the window's time, 0 to 1."""

    valid_share: float  # a gap is not valid
    unpadded_share: float  # the same without the 5 s around what is invalid
    samples: int
    gaps: tuple[tuple[float, float], ...]  # (onset_s, duration_s), within the window
    gap_s: float  # time for which readings are missing
    rate_hz: float  # samples a second of the window
    flat_share: float  # not taken off the valid share: quantised calm skin can be flat for a while
    not_worn_share: float  # of the samples
    reasons: tuple[str, ...]  # one phrase for each rule that was broken
    skin_temperature: str = "not assessed"


def assess_gsr(
    t_s: Floats,
    gsr_us: Floats,
    flags: Sequence[SampleFlag] | NDArray[np.str_],
    onset_s: float,
    end_s: float,
    rate_hz: float | None,
    *,
    ceiling_us: float = CEILING_US,
) -> GsrQuality:
    """Judge the GSR of the window `onset_s` ≤ t < `end_s`.

    Args:
        t_s: arrival times, ascending, (n,). Samples up to 5 s before and after the window may be
            among them; an artefact there reaches into the window.
        gsr_us: conductance in µS, (n,); nan where there is no value.
        flags: what each sample was judged by itself, (n,).
        onset_s: start of the window, on the clock of `t_s`.
        end_s: its end; at `onset_s` where it was cut before anything came: nothing of it is valid.
        rate_hz: what the sensor promises; None takes the rate seen.
        ceiling_us: the highest value that counts, where the sensor's is below 60 µS.
    """
    flag_of = np.asarray([str(flag) for flag in flags])
    interval_s = 1 / rate_hz if rate_hz else _usual_interval(t_s)
    out = ~(np.isfinite(gsr_us) & (gsr_us >= FLOOR_US) & (gsr_us <= min(ceiling_us, CEILING_US)))
    out |= flag_of != SampleFlag.OK.value
    steep = _too_steep(t_s, gsr_us, ~out)
    bad = out | steep
    padded = _within(t_s, t_s[bad], PADDING_S) | bad

    inside = (t_s >= onset_s) & (t_s < end_s)
    samples = int(inside.sum())
    length_s = end_s - onset_s
    gaps = _gaps(t_s[inside], onset_s, end_s, interval_s)
    gap_s = sum(duration_s - interval_s for _, duration_s in gaps) if samples else length_s
    covered = max(0.0, 1 - gap_s / length_s) if length_s else 0.0
    seen_hz = samples / length_s if length_s else 0.0
    flat_s = _flat_s(t_s[inside], gsr_us[inside])
    not_worn = flag_of == SampleFlag.NOT_WORN.value
    clipped = flag_of == SampleFlag.CLIPPED.value
    shares = {
        "not worn": _share(not_worn, inside),
        "clipped at the sensor's end": _share(clipped, inside),
        f"outside {FLOOR_US:g}–{CEILING_US:g} µS": _share(out & ~not_worn & ~clipped, inside),
        f"slope beyond ±{SLOPE_US_PER_S:g} µS/s": _share(steep, inside),
    }
    reasons = [
        f"{what} in {100 * share:.1f} % of the samples" for what, share in shares.items() if share
    ]
    valid_share = covered * _share(~padded, inside)
    unpadded_share = covered * _share(~bad, inside)
    if valid_share < unpadded_share:
        near = 100 * (unpadded_share - valid_share)
        reasons.append(
            f"within {PADDING_S:g} s of an invalid sample: {near:.1f} %"
            + (", which alone leaves nothing" if valid_share == 0 else "")
        )
    if samples == 0:
        reasons.append("no samples")
    elif gaps:
        longest_s = max(duration_s for _, duration_s in gaps)
        reasons.append(f"gaps: {len(gaps)}, the longest {longest_s:.2f} s")
    if rate_hz and seen_hz < RATE_SHARE * rate_hz:
        reasons.append(f"rate {seen_hz:.1f} Hz, not {rate_hz:g} Hz")
    if flat_s:
        reasons.append(f"flat line for {flat_s:.1f} s")
    return GsrQuality(
        valid_share=valid_share,
        unpadded_share=unpadded_share,
        samples=samples,
        gaps=gaps,
        gap_s=gap_s,
        rate_hz=seen_hz,
        flat_share=flat_s / length_s if length_s else 0.0,
        not_worn_share=shares["not worn"],
        reasons=tuple(reasons),
    )


def _share(mask: Mask, inside: Mask) -> float:
    """Return the share of the samples inside for which `mask` holds, 0 without samples."""
    return float(mask[inside].mean()) if inside.any() else 0.0


def _usual_interval(t_s: Floats) -> float:
    """Return the median interval in seconds, 0.1 if there is none."""
    return float(np.median(np.diff(t_s))) if len(t_s) > 1 else 0.1


def _too_steep(t_s: Floats, gsr_us: Floats, usable: Mask) -> Mask:
    """Mark usable samples that were reached by a slope beyond the limit.

    Each usable sample is compared with the first one that comes 0.1 s later, less half an interval
    so that jitter at 10 Hz does not skip a neighbour; samples handed over in one batch count as
    0.1 s apart.
    """
    steep = np.zeros(len(t_s), dtype=bool)
    at = np.flatnonzero(usable)
    if len(at) < 2:
        return steep
    t, g = t_s[at], gsr_us[at]
    later = np.searchsorted(t, t + SLOPE_OVER_S - _usual_interval(t) / 2)
    later = np.maximum(later, np.arange(1, len(t) + 1))
    start = np.flatnonzero(later < len(t))
    end = later[start]
    slope = (g[end] - g[start]) / np.maximum(t[end] - t[start], SLOPE_OVER_S)
    steep[at[end[np.abs(slope) > SLOPE_US_PER_S]]] = True
    return steep


def _within(t_s: Floats, bad_s: Floats, radius_s: float) -> Mask:
    """Mark times less than `radius_s` from any of `bad_s`, both ascending."""
    edges = np.concatenate(([-np.inf], bad_s, [np.inf]))
    place = np.searchsorted(bad_s, t_s)
    near: Mask = np.minimum(t_s - edges[place], edges[place + 1] - t_s) < radius_s - STAMP_S
    return near


def _gaps(
    t_s: Floats, onset_s: float, end_s: float, interval_s: float
) -> tuple[tuple[float, float], ...]:
    """Return (onset_s, duration_s) of the holes between neighbours and at the window's edges."""
    points = np.concatenate(([onset_s], t_s, [end_s]))
    lengths = np.diff(points)
    limit_s = max(GAP_INTERVALS * interval_s, interval_s + GAP_AT_LEAST_S)
    return tuple((float(points[i]), float(lengths[i])) for i in np.flatnonzero(lengths > limit_s))


def _flat_s(t_s: Floats, gsr_us: Floats) -> float:
    """Return how long the value stood still, runs of at least 5 s together."""
    if len(t_s) < 2:
        return 0.0
    still = np.concatenate(([False], np.diff(gsr_us) == 0, [False]))
    turns = np.flatnonzero(np.diff(still.astype(np.int8)))
    spans_s = t_s[turns[1::2]] - t_s[turns[::2]]
    return float(spans_s[spans_s >= FLAT_AFTER_S].sum())
