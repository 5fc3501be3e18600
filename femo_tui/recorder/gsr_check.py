"""How the GSR sensor stands before a run: its reading, its rate, its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from femo_tui.devices.base import DeviceInfo
from femo_tui.devices.gsr_unit import UnitDoubt
from femo_tui.model.records import GsrSample, SampleFlag
from femo_tui.recorder.preflight_client import CheckState
from femo_tui.signals.calibrate import counts_of, drift_of
from femo_tui.signals.grove import GroveCalibration


class GsrLook(NamedTuple):
    """What the pre-flight says of the sensor."""

    state: CheckState
    reading: str
    remedy: str = ""
    gsr_us: float | None = None


def look_at_gsr(samples: Sequence[GsrSample], info: DeviceInfo, doubt: UnitDoubt) -> GsrLook:
    """Judge a sensor by its last few seconds."""
    if len(samples) < 2:
        wrong, remedy = doubt.words(info)
        if wrong:
            return GsrLook(CheckState.MISSING, wrong, remedy)
        return GsrLook(CheckState.CHECKING, "no sample yet")
    newest = samples[-1]
    span_s = newest.t_s - samples[0].t_s
    rate = f"   {(len(samples) - 1) / span_s:.1f} Hz" if span_s > 0 else ""
    if newest.flag is SampleFlag.OK:
        look = GsrLook(CheckState.OK, f"{newest.gsr_us:.2f} µS{rate}", gsr_us=newest.gsr_us)
    else:
        look = GsrLook(CheckState.WARNING, f"{newest.flag.value.replace('_', ' ')}{rate}")
    calibration = _calibration(info)
    if calibration is None:
        return look
    if calibration.measured_utc is None:
        return look._replace(
            state=CheckState.WARNING,
            reading=f"{look.reading}   not calibrated: nominal {calibration.cal:g}",
            remedy=f"run `femo calibrate --gsr '{info.uri}'` with nobody wearing the sensor",
        )
    unit = str(info.facts["unit"])
    mean = sum(counts_of(sample, unit, calibration) for sample in samples) / len(samples)
    drift = drift_of(calibration, mean)
    return look._replace(state=CheckState.WARNING, remedy=drift) if drift else look


def calibration_words(info: DeviceInfo, now: datetime) -> str:
    """Return how old the sensor's calibration is and what it resolves; empty if it has none."""
    calibration = _calibration(info)
    if calibration is None or calibration.measured_utc is None:
        return ""
    at = datetime.fromisoformat(calibration.measured_utc)
    days = (now - at).days
    ages = {0: "today", 1: "yesterday"}
    age = "in the future (check the clock)" if days < 0 else ages.get(days, f"{days} days ago")
    resolution_us = info.facts.get("resolution_us_at_5_us")
    fine = f", resolves {resolution_us} µS" if resolution_us is not None else ""
    return f"calibrated {age}{fine}"


def _calibration(info: DeviceInfo) -> GroveCalibration | None:
    """Return what turns this sensor's counts into µS; None where it has no counts of its own."""
    facts = info.facts.get("calibration")
    if info.simulated or info.facts.get("unit") == "us" or not isinstance(facts, dict):
        return None
    return GroveCalibration.from_facts(facts)
