"""From windows to one value per participant and class: baselines and measures.

Percentage of change is (emotion − baseline)/baseline × 100, as in the study of 2018; the log ratio
is ln(emotion/baseline). An emotion's value is the mean over its windows, each against the baseline
of its own place in the run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from femo_tui.model.conditions import NEUTRAL, Condition, Elicitation
from femo_tui.model.left_out import LeftOut
from femo_tui.model.study import Baseline, Measure
from femo_tui.signals.grove import GroveCalibration
from femo_tui.stats.figures import WindowFigures
from femo_tui.stats.selection import Counted

LEAST_RESOLUTIONS = 10.0  # a percentage of less is made of the sensor's steps
BASELINE_KIND = "baseline"  # of the step that stands for `baseline_step`


@dataclass(frozen=True, slots=True)
class AgainstBaseline:
    """One window of an emotion and what it is held against."""

    window: WindowFigures
    baseline_us: float
    neutrals: int  # how many windows the baseline is the mean of


@dataclass(frozen=True, slots=True)
class ClassValue:
    """What one participant has in one class, over all windows of it. Conductance in µS."""

    windows: int
    emotion_us: float
    baseline_us: float
    percent: float
    log_ratio: float
    percent_uncertainty: float | None  # because the calibration may be off; None: not known
    neutrals: int  # windows behind the baseline, the fewest of any window

    def of(self, measure: Measure) -> float:
        match measure:
            case Measure.PERCENT:
                return self.percent
            case Measure.LOG_RATIO:
                return self.log_ratio
            case Measure.US:
                return self.emotion_us


def class_of(window: WindowFigures) -> Condition | None:
    """Return the condition that a window's class names, None for a window without one."""
    return _condition(window.class_name or "")


@cache
def _condition(class_name: str) -> Condition | None:
    emotion, _, elicitation = class_name.rpartition("_")
    if not emotion or elicitation not in list(Elicitation):
        return None
    return Condition(emotion.lower(), Elicitation(elicitation))


def against_baselines(
    person: Counted, condition: Condition, rule: Baseline, left_out: list[LeftOut]
) -> list[AgainstBaseline]:
    """Return every window of a class with its baseline; what has none is named in `left_out`."""
    found = []
    for window in person.windows:
        if class_of(window) != condition:
            continue
        neutrals = _neutrals(person.windows, window, condition.elicitation, rule)
        levels = [n.last_us for n in neutrals if n.last_us is not None]
        level = sum(levels) / len(levels) if levels else None
        reason = _refusal(level, person.run.calibration(), rule)
        if reason or level is None:
            what = f"{condition.class_name}, step {window.step}"
            left_out.append(LeftOut(person.participant, what, reason))
        else:
            found.append(AgainstBaseline(window, level, len(levels)))
    return found


def value_of(
    held: Sequence[AgainstBaseline], calibration: GroveCalibration | None, *, equal: bool = False
) -> ClassValue | None:
    """Return a participant's value in a class, None without windows.

    With `equal` the windows are cut to the length that acted and spontaneous ones share.
    """
    levels = [
        (level, one.baseline_us)
        for one in held
        if (level := one.window.equal_us if equal else one.window.mean_us) is not None and level > 0
    ]
    if not levels:
        return None
    n = len(levels)
    doubts = [_uncertainty(calibration, *pair) for pair in levels]
    known = [doubt for doubt in doubts if doubt is not None]
    return ClassValue(
        windows=n,
        emotion_us=sum(level for level, _ in levels) / n,
        baseline_us=sum(baseline for _, baseline in levels) / n,
        percent=sum(percent_of(*pair) for pair in levels) / n,
        log_ratio=sum(math.log(level / baseline) for level, baseline in levels) / n,
        # the unworn reading is off for all windows alike, so the doubts do not average out
        percent_uncertainty=sum(known) / n if len(known) == n else None,
        neutrals=min(one.neutrals for one in held),
    )


def percent_of(level_us: float, baseline_us: float) -> float:
    """Return the percentage of change."""
    return (level_us - baseline_us) / baseline_us * 100


def _neutrals(
    windows: Sequence[WindowFigures],
    window: WindowFigures,
    elicitation: Elicitation,
    rule: Baseline,
) -> list[WindowFigures]:
    """Return the windows that make the baseline of one window; `windows` are in order of time."""
    if rule is Baseline.BASELINE_STEP:
        rest = [w for w in windows if w.kind == BASELINE_KIND and w.onset_s < window.onset_s]
        return rest[-1:]
    neutral = Condition(NEUTRAL, elicitation)
    neutrals = [w for w in windows if class_of(w) == neutral]
    before = [w for w in neutrals if w.onset_s < window.onset_s][-1:]
    after = [w for w in neutrals if w.onset_s > window.onset_s][:1]
    match rule:
        case Baseline.NEUTRAL_BEFORE:
            return before
        case Baseline.NEUTRAL_AFTER:
            return after
        case Baseline.FIRST_NEUTRAL:
            return neutrals[:1]
        case Baseline.NEUTRALS_AROUND:
            return before + after


def _refusal(level_us: float | None, calibration: GroveCalibration | None, rule: Baseline) -> str:
    """Return why a baseline cannot be used, empty if it can."""
    if level_us is None:
        return f"no baseline ({rule.value.replace('_', ' ')})"
    if level_us <= 0:
        return f"a baseline of {level_us:.3f} µS is no conductance"
    if calibration is None:
        return ""
    resolution_us = calibration.resolution_us(level_us)
    if level_us < LEAST_RESOLUTIONS * resolution_us:
        return (
            f"a baseline of {level_us:.3f} µS is under {LEAST_RESOLUTIONS:g} resolutions of"
            f" {resolution_us:.3f} µS"
        )
    return ""


def _uncertainty(
    calibration: GroveCalibration | None, level_us: float, baseline_us: float
) -> float | None:
    """Return how far off a percentage may be, in percentage points, because cal may be off.

    Both conductances err together: d(E/B) = (dE − E/B·dB)/B.
    """
    if calibration is None:
        return None
    level_off, baseline_off = (calibration.uncertainty_us(us) for us in (level_us, baseline_us))
    return abs(level_off - level_us / baseline_us * baseline_off) / baseline_us * 100
