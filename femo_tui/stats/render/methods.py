"""The methods paragraph: written from what was recorded, "not recorded" where nothing was."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from femo_tui import __version__
from femo_tui.model.conditions import Elicitation
from femo_tui.model.environment import NOT_RECORDED, USUAL, environment_fact
from femo_tui.model.study import Baseline, Measure
from femo_tui.signals.grove import GroveCalibration
from femo_tui.stats.comparisons import Family
from femo_tui.stats.figures import RunFigures
from femo_tui.stats.measures import LEAST_RESOLUTIONS, class_of
from femo_tui.stats.orders import other_orders, same_order
from femo_tui.stats.render.numbers import number
from femo_tui.stats.results import StudyResults

NAMED = 4  # different devices or facts that are listed one by one
_MEASURES = {
    Measure.PERCENT: "percentage of change, (emotion − baseline)/baseline × 100, with the same"
    " test on the log ratio beside it",
    Measure.LOG_RATIO: "log ratio, ln(emotion/baseline)",
    Measure.US: "conductance in µS, with the same test on the log ratio beside it",
}
_BASELINES = {
    Baseline.NEUTRALS_AROUND: "the mean of the neutral windows before and after the emotion"
    " (their last 30 s; the one there is where the other is missing)",
    Baseline.NEUTRAL_BEFORE: "the neutral window before the emotion (its last 30 s)",
    Baseline.NEUTRAL_AFTER: "the neutral window after the emotion (its last 30 s)",
    Baseline.FIRST_NEUTRAL: "the first neutral window (its last 30 s)",
    Baseline.BASELINE_STEP: "the resting baseline before the stimuli (its last 30 s)",
}
_ELECTRODES = ("electrode_site", "electrode_metal")  # stand with the sensor, not with the room


def methods(results: StudyResults) -> str:
    """Return the paragraphs, parted by empty lines."""
    return "\n\n".join(
        [_people(results), _measurement(results), _windows(results), _tests(results)]
    )


def _people(results: StudyResults) -> str:
    primary = {who for one in results.primary.comparisons for who in one.participants}
    runs = [person.run for person in results.participants if person.participant in primary]
    beside = len(results.participants) - len(runs)
    ages = sorted(run.age for run in runs if run.age is not None)
    years = f"{_span(ages, 0)} years" if ages else NOT_RECORDED
    sexes = Counter(run.sex or NOT_RECORDED for run in runs)
    silent, unjudged = results.non_responders, len(results.unjudged_responders)
    reasons = Counter(one.reason.partition(":")[0] for one in results.left_out)
    out = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    planned = results.study.planned_n
    said = [
        _simulated(results),
        f"{results.n} participants are in the primary analysis, of"
        f" {NOT_RECORDED if planned is None else planned} planned (age {years}; sex"
        f" {_listed(f'{sex} {n}' for sex, n in sorted(sexes.items())) or NOT_RECORDED}).",
        f"{beside} more have windows that count, in no comparison of the primary family."
        if beside
        else "",
        f"Left out: {out or 'nothing'}.",
        f"Without a skin conductance response in the whole session: {_listed(silent) or 'none'}"
        + (f"; not to be told for {unjudged}." if unjudged else "."),
    ]
    return " ".join(sentence for sentence in said if sentence)


def _simulated(results: StudyResults) -> str:
    if results.mixed:
        return "SIMULATED and real data are mixed."
    return "Data are SIMULATED." if results.simulated else ""


def _measurement(results: StudyResults) -> str:
    runs = [person.run for person in results.participants]
    found = [run.calibration() for run in runs]
    calibrations = [calibration for calibration in found if calibration is not None]
    resolutions = sorted(
        calibration.resolution_us(window.mean_us)
        for run, calibration in zip(runs, found, strict=True)
        if calibration is not None
        for window in run.windows[:1]
        if window.mean_us is not None
    )
    rates = sorted(run.rate_hz for run in runs if run.rate_hz is not None)
    site, metal = (_facts(runs, name) for name in _ELECTRODES)
    lab_own = sorted({name for run in runs for name in run.environment} - {*USUAL})
    room = (name for name in (*USUAL, *lab_own) if name not in _ELECTRODES)
    conditions = "; ".join(f"{environment_fact(n).title}: {_facts(runs, n)}" for n in room)
    return " ".join(
        [
            f"Skin conductance was recorded with {_listed(_distinct(map(_sensor, runs)))}",
            f"(electrode site: {site}; electrode metal: {metal}),",
            f"sampled at {_with_unit(_span(rates, 2), 'Hz')}, gaps included.",
            f"Calibration: {_listed(_distinct(map(_calibration, calibrations)))};",
            f"resolution at the level of the skin: {_with_unit(_span(resolutions, 3), 'µS')}.",
            f"{conditions[:1].upper()}{conditions[1:]}.",
        ]
    )


def _sensor(run: RunFigures) -> str | None:
    """Return what sensor it was, without the port that it was plugged into."""
    return run.sensor and run.sensor.partition(" on ")[0]


def _windows(results: StudyResults) -> str:
    lengths: dict[str, set[float]] = {}
    for person in results.participants:
        for window in person.windows:
            condition = class_of(window)
            if condition is not None:
                is_acted = condition.elicitation is Elicitation.ACTED
                name = "acted" if is_acted else "spontaneous"
                lengths.setdefault(name, set()).add(round(window.end_s - window.onset_s, 1))
    said = "; ".join(f"{name} {_span(sorted(all_s), 1)} s" for name, all_s in lengths.items())
    cut = {c.equal_s for family in results.families for c in family.comparisons if c.equal_s}
    seen = [p.run for p in results.participants]
    least = sorted({round(run.response_least_us, 3) for run in seen})
    return " ".join(
        [
            f"Windows: {said or NOT_RECORDED}; a value is the mean of the samples flagged ok.",
            _order(results),
            f"GSR windows were shifted by {results.lag_s:g} s against the stimulus.",
            f"The measure is the {_MEASURES[results.measure]};",
            f"the baseline is {_BASELINES[results.baseline]}.",
            f"Baselines under {LEAST_RESOLUTIONS:g} resolutions were refused.",
            f"Spontaneous windows were cut to the middle {_span(sorted(cut), 1)} s where they meet"
            " acted ones."
            if cut
            else "",
            "Responses were scored from trough to peak after a zero-phase 1 Hz low-pass"
            f" (Butterworth, second order, forward and backward), from"
            f" {_with_unit(_span(least, 3), 'µS')} (0.05 µS, or the sensor's"
            " resolution where that is coarser).",
        ]
    ).replace("  ", " ")


def _order(results: StudyResults) -> str:
    same, other = same_order(results), other_orders(results)
    said = [
        f"The order was the same for everybody: {same}." if same else "",
        f"The order of {other} emotions differed between participants." if other else "",
    ]
    return " ".join(sentence for sentence in said if sentence)


def _tests(results: StudyResults) -> str:
    unit = (
        "The unit is the GSR sample (pseudo-replication)"
        if results.per_register
        else "The unit is the participant"
    )
    exploratory = [family for family in results.families if not family.confirmatory]
    versions = sorted({str(p.run.versions.get("femo", NOT_RECORDED)) for p in results.participants})
    looks = results.looks
    return " ".join(
        [
            f"{unit}.",
            "Pairs were compared by Wilcoxon's signed-rank test, two-sided (differences rounded to"
            " 9 decimals, zeros dropped, mid-ranks, variance corrected for ties, no continuity"
            " correction) with exact p-values by the shift algorithm up to 200 ranked pairs,"
            " asymptotic ones above; since it takes differences as symmetric, their skewness and"
            " the sign test stand beside it.",
            f"Holm's correction ran over the primary family ({_names(results.primary)});",
            f"exploratory and uncorrected: {_listed(f.title for f in exploratory) or 'nothing'}.",
            "Effects are Hodges–Lehmann estimates over all Walsh averages with intervals of at"
            " least 95 % where n allows, matched-pairs rank-biserial correlations, and r = Z/√n"
            " with n the pairs that differ.",
            "Friedman's test with Kendall's W is the omnibus.",
            f"Looks at p-values before the planned n: {looks or 'none'}.",
            f"Recorded with femo {_listed(versions) or NOT_RECORDED}; analysed with femo"
            f" {__version__}, Python {platform.python_version()}, NumPy {version('numpy')}, SciPy"
            f" {version('scipy')}.",
        ]
    )


def _calibration(calibration: GroveCalibration) -> str:
    if calibration.measured_utc is None:
        return f"{calibration.source}, not measured"
    return f"{calibration.source}, measured {calibration.measured_utc[:10]}"


def _facts(runs: Sequence[RunFigures], name: str) -> str:
    """Return what the runs say of a fact, and of how many runs it is not recorded."""
    told = [run.environment[name] for run in runs if run.environment.get(name) not in (None, "")]
    if not told:
        return NOT_RECORDED
    said = _listed(_distinct(str(fact) for fact in told))
    missing = len(runs) - len(told)
    return f"{said} ({NOT_RECORDED} for {missing})" if missing else said


def _names(family: Family) -> str:
    return _listed(comparison.label for comparison in family.comparisons) or "empty"


def _with_unit(text: str, unit: str) -> str:
    return text if text == NOT_RECORDED else f"{text} {unit}"


def _distinct(texts: Iterable[str | None]) -> list[str]:
    """Return what there is of different texts, in few words where there are many."""
    found = sorted({text or NOT_RECORDED for text in texts}) or [NOT_RECORDED]
    if len(found) <= NAMED:
        return found
    return [*found[: NAMED - 1], f"and {len(found) - NAMED + 1} others"]


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(texts)


def _span(ordered: Sequence[float], places: int) -> str:
    if not ordered:
        return NOT_RECORDED
    low, high = number(ordered[0], places), number(ordered[-1], places)
    return low if low == high else f"{low}–{high}"
