"""What every run says of the GSR sensor it was recorded with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from femo_tui.model.records import JsonValue
from femo_tui.signals.grove import GroveCalibration

# What was measured of the sensor with this lasting name, at this rate in Hz; None if nothing was.
Measured: TypeAlias = Callable[[str, float], GroveCalibration | None]

TYPICAL_US = 5.0  # where the resolution is stated: a usual skin conductance level


def sensor_facts(calibration: GroveCalibration, **more: JsonValue) -> dict[str, JsonValue]:
    """Return calibration and resolution beside whatever else a sensor has to say."""
    return {
        **more,
        "calibration": calibration.facts(),
        "resolution_us_at_5_us": round(calibration.resolution_us(TYPICAL_US), 4),
        "ceiling_us": round(calibration.ceiling_us, 4),
    }
