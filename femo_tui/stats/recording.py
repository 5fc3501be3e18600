"""Reads a run folder and sums up its windows.

A sample belongs to a window if onset ≤ t < end, both shifted by the study's lag. It counts if its
flag is `ok`: the rule of the run folder's own description, so that anybody can recompute it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from femo_tui.model.events import Facts, RunStart
from femo_tui.model.records import JsonValue, SampleFlag
from femo_tui.model.snapshot import RunSnapshot, WindowSummary
from femo_tui.stats.figures import NEUTRAL_SPAN_S, RunFigures, WindowFigures
from femo_tui.store.run_reader import RunReader

if TYPE_CHECKING:
    from femo_tui.signals.grove import GroveCalibration
    from femo_tui.signals.quality import Floats, Mask
    from femo_tui.signals.responses import Response

AROUND_S = 5.0  # an invalid sample reaches this far into a window


@dataclass(frozen=True, slots=True)
class Samples:
    """The GSR of a run, in order of time, arrays of one length."""

    t_s: Floats
    gsr_us: Floats  # nan where there is no value
    valid: Mask

    def mean_us(self, onset_s: float, end_s: float) -> float | None:
        """Return the mean of the valid samples with onset ≤ t < end."""
        inside = self.valid_between(onset_s, end_s)
        return float(inside.mean()) if len(inside) else None

    def valid_between(self, onset_s: float, end_s: float) -> Floats:
        found: Floats = self.gsr_us[(self.t_s >= onset_s) & (self.t_s < end_s) & self.valid]
        return found


def samples_of(snapshot: RunSnapshot) -> Samples:
    """Return the samples that a snapshot holds."""
    import numpy as np

    trace = snapshot.gsr
    # copies: the arrays go on growing while a run is recorded
    t_s = np.array(trace.t_s[: trace.length], np.float64)
    order = np.argsort(t_s, kind="stable")
    gsr_us = np.array(trace.gsr_us[: trace.length], np.float64)
    valid = np.array(trace.valid[: trace.length], np.bool_)
    return Samples(t_s[order], gsr_us[order], valid[order])


def read_run(run_dir: Path, name: str, lag_s: float) -> RunFigures | None:
    """Return the figures of a run, None for one that has not begun or was discarded.

    Args:
        run_dir: its folder.
        name: what to call it, relative to the store.
        lag_s: by how much its windows are shifted for GSR.
    """
    snapshot = RunReader(run_dir, with_frames=False).poll()
    start = snapshot.start
    if start is None:
        return None
    gsr = start.devices.get("gsr")
    device = gsr if isinstance(gsr, dict) else {}
    run = RunFigures(
        run_dir=name,
        participant=start.participant,
        session=start.session,
        run=start.run,
        utc=start.utc,
        status=snapshot.stop.status.value if snapshot.stop else snapshot.state.value,
        data=snapshot.data.value,
        chosen=snapshot.chosen,
        age=start.age,
        sex=start.sex,
        scopes=start.scopes,
        simulated=tuple(start.simulated),
        protocol=str(start.protocol.get("name", "")),
        protocol_sha256=str(start.protocol.get("sha256", "")),
        sensor=_text(device.get("model")),
        rate_hz=None,
        calibration_facts=calibration_facts(start),
        environment=start.environment,
        versions=start.versions,
        responses=None,
        response_least_us=0.0,
        lost=snapshot.gsr_lost,
        windows=(),
    )
    return _sum_up(run, snapshot, start, _number(device.get("rate_hz")), lag_s)


def calibration_facts(start: RunStart) -> Facts | None:
    """Return what a run carries of its sensor's calibration, None where that has none."""
    match start.devices.get("gsr"):
        case {"facts": {"calibration": dict(facts)}}:
            return facts
    return None


def least_response_us(gsr_us: Floats, calibration: GroveCalibration | None) -> float:
    """Return the least amplitude of a response: none below the sensor's resolution is claimed."""
    import numpy as np

    from femo_tui.signals.responses import LEAST_US

    if calibration is None or not len(gsr_us):
        return LEAST_US
    return max(LEAST_US, calibration.resolution_us(float(np.median(gsr_us))))


def _sum_up(
    run: RunFigures,
    snapshot: RunSnapshot,
    start: RunStart,
    promised_hz: float | None,
    lag_s: float,
) -> RunFigures:
    """Return the run with its responses and windows."""
    import dataclasses

    from femo_tui.signals.responses import can_tell_responses, find_responses

    samples = samples_of(snapshot)
    t_s, gsr_us = samples.t_s[samples.valid], samples.gsr_us[samples.valid]
    calibration = run.calibration()
    least_us = least_response_us(gsr_us, calibration)
    responses = find_responses(t_s, gsr_us, least_us) if can_tell_responses(t_s) else None
    ceiling_us = calibration.ceiling_us if calibration else None
    kinds = {step.name: step.kind for step in snapshot.steps}
    equal_s = _equal_lengths(start)
    windows = tuple(
        _window(
            window,
            kinds.get(window.step, ""),
            samples,
            responses,
            equal_s.get(_emotion(window.class_name)),
            promised_hz,
            ceiling_us,
            lag_s,
        )
        for window in snapshot.windows
        if window.end_s is not None
    )
    span_s = float(samples.t_s[-1] - samples.t_s[0]) if len(samples.t_s) > 1 else 0.0
    return dataclasses.replace(
        run,
        rate_hz=(len(samples.t_s) - 1) / span_s if span_s > 0 else None,
        responses=None if responses is None else len(responses),
        response_least_us=least_us,
        windows=windows,
    )


def _window(
    window: WindowSummary,
    kind: str,
    samples: Samples,
    responses: list[Response] | None,
    equal_s: float | None,
    promised_hz: float | None,
    ceiling_us: float | None,
    lag_s: float,
) -> WindowFigures:
    import numpy as np

    from femo_tui.signals.grove import CEILING_US
    from femo_tui.signals.quality import assess_gsr

    assert window.end_s is not None
    onset_s, end_s = window.onset_s + lag_s, window.end_s + lag_s
    inside = (samples.t_s >= onset_s) & (samples.t_s < end_s)
    values_us = samples.gsr_us[inside & samples.valid]
    near = (samples.t_s >= onset_s - AROUND_S) & (samples.t_s < end_s + AROUND_S)
    not_worn = np.isnan(samples.gsr_us) & ~samples.valid
    flags = np.where(
        samples.valid, SampleFlag.OK, np.where(not_worn, SampleFlag.NOT_WORN, SampleFlag.CLIPPED)
    )
    middle_s, half_s = (onset_s + end_s) / 2, (equal_s or 0.0) / 2
    begun = [r for r in responses or [] if onset_s <= r.onset_s < end_s]
    return WindowFigures(
        step=window.step,
        attempt=window.attempt,
        class_name=window.class_name,
        kind=kind,
        onset_s=onset_s,
        end_s=end_s,
        verdict=window.verdict,
        verdict_reason=window.verdict_reason,
        primary=window.primary,
        samples=int(inside.sum()),
        valid=len(values_us),
        not_worn=int((inside & not_worn).sum()),
        mean_us=float(values_us.mean()) if len(values_us) else None,
        median_us=float(np.median(values_us)) if len(values_us) else None,
        slope_us_per_min=slope_per_min(samples.t_s[inside & samples.valid], values_us),
        last_us=samples.mean_us(max(onset_s, end_s - NEUTRAL_SPAN_S), end_s),
        equal_us=equal_s
        and samples.mean_us(max(onset_s, middle_s - half_s), min(end_s, middle_s + half_s)),
        equal_s=equal_s,
        responses=None if responses is None else len(begun),
        response_us=sum(r.amplitude_us for r in begun) / len(begun) if begun else None,
        clean_share=assess_gsr(
            samples.t_s[near],
            samples.gsr_us[near],
            flags[near],
            onset_s,
            end_s,
            promised_hz,
            ceiling_us=ceiling_us or CEILING_US,
        ).valid_share,
    )


def slope_per_min(t_s: Floats, gsr_us: Floats) -> float | None:
    """Return the least-squares slope in µS a minute, None where there is none to tell."""
    import numpy as np

    if len(t_s) < 2 or t_s[0] == t_s[-1]:
        return None
    since_s = t_s - t_s.mean()
    return 60 * float(np.dot(since_s, gsr_us) / np.dot(since_s, since_s))


def _equal_lengths(start: RunStart) -> dict[str, float]:
    """Return emotion → its shortest planned window in seconds, acted or spontaneous."""
    lengths: dict[str, float] = {}
    steps = start.protocol.get("steps")
    for step in steps if isinstance(steps, list) else []:
        window = step.get("window") if isinstance(step, dict) else None
        class_name = _text(step.get("class")) if isinstance(step, dict) else None
        length_s = _number(window.get("duration_s")) if isinstance(window, dict) else None
        if class_name and length_s:
            emotion = _emotion(class_name)
            lengths[emotion] = min(length_s, lengths.get(emotion, length_s))
    return lengths


def _emotion(class_name: str | None) -> str:
    return (class_name or "").rpartition("_")[0]


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
